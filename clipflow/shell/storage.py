"""The shell commands of the storage: storage migrate."""

import click

from clipflow import registry
from clipflow.core.errors import ServiceError
from clipflow.operations.moving_files import move_files
from clipflow.shell.errors import CommandFailedError
from clipflow.shell.service import with_database


@click.group("storage")
def storage_command() -> None:
    """What concerns the place of the recordings."""


@storage_command.command("migrate")
@click.option("--to", "target", type=click.Choice(["s3", "local"]), required=True, help="Where the files are to be.")
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
def migrate_command(target: str, dry_run: bool) -> None:
    """Move the recordings from the disk into the bucket, or back, while everything runs."""
    resources = with_database()
    try:
        moved = move_files(
            resources,
            registry.known_keys,
            target,
            is_dry_run=dry_run,
            on_step=lambda step: click.echo(f"… {step}", err=True),
        )
    except ServiceError as error:
        raise CommandFailedError(str(error)) from None
    verb = "would be moved" if dry_run else "are moved; where they were they are deleted in a week"
    click.echo(f"{moved.count} files of {moved.total_bytes / 1024**2:,.0f} MiB {verb}.")
    for problem in moved.problems:
        click.echo(problem)
    if moved.problems:
        raise CommandFailedError(f"{len(moved.problems)} files stay where they are; look at them, and move again.")
