"""The shell commands of backups: backup, verify-backup, restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from clipflow import registry
from clipflow.core.db import database, open_database
from clipflow.core.dumps import DumpError
from clipflow.core.errors import ServiceError
from clipflow.operations import backup
from clipflow.operations.backup import BackupError, Manifest
from clipflow.resources import Resources, storage_of
from clipflow.shell.errors import CommandFailedError
from clipflow.shell.service import settings_for_shell, with_database

_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")


@click.command("backup")
@_folder
@click.option("--with-files", is_flag=True, help="Copy the recordings too, not only their list.")
def backup_command(folder: Path, with_files: bool) -> None:
    """Back up the database, and with --with-files the recordings, into DIR while everything runs.

    DIR is empty, or holds an earlier backup, which is brought up to date.
    """
    resources = with_database()
    with _explained():
        manifest, lost = backup.make_backup(resources, registry.known_keys, folder, with_files=with_files, on_step=_say)
    kept = "copied" if with_files else "listed"
    click.echo(f"The database is copied, and {_files_of(manifest)} are {kept}, in {folder}.")
    for key in lost:
        click.echo(f"{key} is not in the storage any more; the copy of an earlier backup is kept.")
    if manifest.key_names:
        click.echo(f"Keep ENCRYPTION_KEYS elsewhere: {', '.join(manifest.key_names)}.")
    if lost:
        raise CommandFailedError(f"{len(lost)} files are lost in the storage; look at its disk.")


@click.command("verify-backup")
@_folder
def verify_command(folder: Path) -> None:
    """Look whether the backup in DIR is whole."""
    with _explained():
        manifest = backup.read_manifest(folder)
        problems = list(backup.problems_of(folder, manifest, _say))
    for problem in problems:
        click.echo(problem)
    if problems:
        raise CommandFailedError(f"{len(problems)} things are wrong with this backup; make another one.")
    files = "all as they were" if manifest.has_files else "not part of it"
    click.echo(f"The backup of {manifest.made_at[:16]} is whole: the database; {_files_of(manifest)}, {files}.")


@click.command("restore")
@_folder
@click.option("--with-its-storage", is_flag=True, help="The storage is the one that the backup was made of.")
def restore_command(folder: Path, with_its_storage: bool) -> None:
    """Put the backup in DIR into an empty installation that is not running."""
    settings = settings_for_shell()
    database.initialize(open_database(settings.database, connections=2))
    resources = Resources.from_settings(settings)
    with _explained():
        manifest = backup.restore_backup(
            resources, storage_of(settings), folder, has_its_storage=with_its_storage, on_step=_say
        )
    click.echo(f"The backup of {manifest.made_at[:16]} is put back: the database and {_files_of(manifest)}.")
    missing = backup.missing_keys(resources, manifest)
    if missing:
        raise CommandFailedError(
            f"Secrets in it need keys that are missing; put {', '.join(missing)} back into ENCRYPTION_KEYS."
        )


def _files_of(manifest: Manifest) -> str:
    return f"{len(manifest.files)} files of {manifest.total_bytes / 1024**2:,.0f} MiB"


def _say(step: str) -> None:
    click.echo(f"… {step}", err=True)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (BackupError, DumpError, ServiceError) as error:
        raise CommandFailedError(str(error)) from None
