"""The shell commands of the service: serve, web, worker, migrate, create-admin, cleanup, doctor.

Imported when one of them is run, because Flask, the database and the queue take their time.
"""

import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from urllib.request import urlopen

import click

from clipflow import encrypted, registry
from clipflow.accounts import service as accounts
from clipflow.administration import service as administration
from clipflow.administration.set_up import make_initial_administrator, set_up_address
from clipflow.app import create_app
from clipflow.app_context import resources_of
from clipflow.computing import computing_processes
from clipflow.config import Settings, load_settings
from clipflow.core import clock
from clipflow.core.addresses import canonical_email
from clipflow.core.db import connected, database, migrate, missing_migrations, open_database
from clipflow.core.errors import ServiceError
from clipflow.core.logs import set_up_logging
from clipflow.jobs import service as jobs
from clipflow.operations import service as operations
from clipflow.operations.ownership import bind_storage, claim_storage
from clipflow.operations.service import WORKER_SEEN_WITHIN_S
from clipflow.resources import Resources
from clipflow.server.supervisor import Supervisor
from clipflow.server.web import CannotListenError, run_web
from clipflow.server.worker import Worker
from clipflow.shell.errors import CommandFailedError

logger = logging.getLogger(__name__)


def _stop_with_parent(is_wanted: bool) -> None:
    """Leave when standard input ends, which it does when whoever started us is gone, however that happened."""
    if not is_wanted:
        return

    def wait() -> None:
        while sys.stdin.buffer.read(1024):
            pass

        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


_stop_with_parent_option = click.option("--stop-with-parent", is_flag=True, hidden=True)


@click.command("serve")
def serve_command() -> None:
    """Serve: web server and worker side by side, until Ctrl-C. The default command."""
    settings = _prepared()
    _check_port(settings)

    if not Supervisor(settings.stop_patience_s).run():
        raise CommandFailedError("A process ended again and again; see the lines above, or run: python run.py doctor")


@click.command("web")
@_stop_with_parent_option
def web_command(stop_with_parent: bool) -> None:
    """Serve the API and the pages alone; the work needs at least one worker besides."""
    _stop_with_parent(stop_with_parent)
    settings = _prepared()
    _bind_storage(settings)

    def say_address(port: int) -> None:
        host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else settings.host  # noqa: S104
        address = settings.public_url or f"http://{host}:{port}"
        click.echo(f"ClipFlow is ready at {address}", err=True)
        with connected():
            setting_up = set_up_address(resources_of(app), address)
        if setting_up is not None:
            click.echo(f"Nobody runs this server yet; make the first administrator at {setting_up}", err=True)

    if settings.is_production and not settings.public_url.startswith("https://"):
        logger.warning(
            "PUBLIC_URL does not begin with https://: in production cookies are marked Secure, so browsers sign in "
            "over https alone, or on this machine."
        )
    computing = computing_processes(settings)
    app = create_app(settings, computing)
    with connected():
        make_initial_administrator(resources_of(app))
    try:
        run_web(app, settings, say_address)
    except CannotListenError as error:
        raise CommandFailedError(str(error)) from None
    finally:
        computing.stop()


@click.command("worker")
@_stop_with_parent_option
def worker_command(stop_with_parent: bool) -> None:
    """Run jobs; several workers share one queue."""
    _stop_with_parent(stop_with_parent)
    settings = _prepared()
    _bind_storage(settings)

    Worker(settings).run()


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database up to date; every start does it by itself."""
    settings = settings_for_shell()
    for name in _migrate(settings) or ["nothing was missing"]:
        click.echo(name)


@click.command("create-admin")
@click.option("--email", prompt=True, help="E-mail address of the administrator.")
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Password; asked for when left out, so that it does not end up in the shell's history.",
)
def create_admin_command(email: str, password: str) -> None:
    """Make an administrator, or make one of someone who has an account."""
    resources = with_database()

    if canonical_email(email) is None:
        raise CommandFailedError(f"{email!r} is no e-mail address; check it.")
    try:
        with connected():
            user = accounts.create_admin(resources, email=email, password=password)
    except ServiceError as error:
        raise CommandFailedError(str(error)) from None
    click.echo(f"{user.email} is an administrator.")


@click.command("set-active")
@click.argument("email")
@click.option("--off", is_flag=True, help="Switch the account off instead of on.")
def set_active_command(email: str, off: bool) -> None:
    """Switch an account on or off; switched off, all of its sessions end at once."""
    with_database()

    with connected():
        try:
            is_known = administration.set_active(email, is_active=not off)
        except ServiceError as error:
            raise CommandFailedError(str(error)) from None
        if not is_known:
            raise CommandFailedError(f"Nobody has the e-mail address {email!r}; check it.")
    click.echo(f"{email} is switched {'off' if off else 'on'}.")


@click.command("rotate-keys")
def rotate_keys_command() -> None:
    """Encrypt every secret in the database with the first of ENCRYPTION_KEYS; then the others can go."""
    resources = with_database()

    if resources.key_ring is None:
        raise CommandFailedError("There are no ENCRYPTION_KEYS; set them first.")
    with connected():
        done, unreadable = encrypted.rotate(resources.key_ring)
    click.echo(f"{done} secrets are encrypted with the newest key now.")
    if unreadable:
        raise CommandFailedError(f"{unreadable} cannot be read with these keys; put the key that is missing back.")


@click.command("cleanup")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--yes", is_flag=True, help="Put unknown files aside even when they are more than a tenth of all.")
def clean_up_command(dry_run: bool, yes: bool) -> None:
    """Remove what nobody needs any more; a worker does it each day."""
    resources = with_database()

    try:
        with connected():
            done = operations.clean_up(resources, registry.known_keys, clock.now(), is_dry_run=dry_run, is_sure=yes)
    except ServiceError as error:
        raise CommandFailedError(str(error)) from None
    click.echo("Would be removed:" if dry_run else "Removed:")
    for sentence in done.sentences():
        click.echo(sentence)


@click.command("claim-storage")
@click.confirmation_option(prompt="Do the files of this storage belong to this database?")
def claim_storage_command() -> None:
    """Say that the storage belongs to this database, after one of the two was moved or restored on purpose."""
    resources = with_database()

    try:
        with connected():
            claim_storage(resources)
    except ServiceError as error:
        raise CommandFailedError(f"{error} Check UPLOAD_DIR and the rights on it.") from None
    click.echo("The storage belongs to this database now.")


@click.command("doctor")
def doctor_command() -> None:
    """Look at everything an installation needs and say in plain words what is wrong."""
    settings = settings_for_shell()

    resources = Resources.from_settings(settings)
    database.initialize(open_database(settings.database, connections=2))
    with suppress(Exception), connected():
        # A first look at a new installation; what stands against it is among the findings.
        if not missing_migrations():
            bind_storage(resources, registry.known_keys)
    findings = list(operations.examine(resources))
    for one in findings:
        mark = click.style("ok     ", fg="green") if one.is_well else click.style("PROBLEM", fg="red")
        advice = f" → {one.advice}" if one.advice else ""
        click.echo(f"{mark} {one.subject:<9} {one.fact}{advice}")
    problems = sum(not one.is_well for one in findings)
    if problems:
        raise CommandFailedError(f"{problems} of {len(findings)} things need care; see the arrows above.")


@click.command("health")
@click.option("--worker", is_flag=True, help="Ask the database for a living worker instead of the web server.")
def health_command(worker: bool) -> None:
    """Ask whether the web server of this machine answers; for containers and monitors."""
    settings = load_settings()
    if worker:
        _check_worker(settings)
        return

    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    try:
        with urlopen(f"http://{host}:{settings.port}/api/v1/health", timeout=4):
            click.echo("The web server answers.")
    except OSError as error:
        raise CommandFailedError(f"The web server does not answer ({error}); look at its log.") from None


def _check_worker(settings: Settings) -> None:

    database.initialize(open_database(settings.database, connections=1))
    try:
        with connected():
            is_alive = jobs.has_worker(clock.now(), WORKER_SEEN_WITHIN_S)
    except ServiceError as error:
        raise CommandFailedError(str(error)) from None
    if not is_alive:
        raise CommandFailedError("No worker has been heard of lately; look at its log.")
    click.echo("A worker is alive.")


def settings_for_shell() -> Settings:
    """The settings, with logging set up and what is kept readable for this user alone."""
    settings = load_settings()
    set_up_logging("DEBUG" if settings.debug else settings.log_level)
    _keep_to_oneself(settings)
    return settings


def _keep_to_oneself(settings: Settings) -> None:
    """Let nobody else on this machine read what is kept, also what an earlier version has left open."""
    os.umask(0o077)
    with suppress(OSError):
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (settings.data_dir, settings.storage_folder):
        with suppress(OSError):
            folder.chmod(0o700)
    for pattern in ("*.db", "*.db-wal", "*.db-shm", "*.txt"):
        for file in settings.data_dir.glob(pattern):
            with suppress(OSError):
                file.chmod(0o600)


def _prepared() -> Settings:
    """The settings, with logging set up and the database up to date."""
    settings = settings_for_shell()
    _migrate(settings)
    return settings


def _migrate(settings: Settings) -> list[str]:

    database.initialize(open_database(settings.database, connections=2))
    try:
        done = migrate(settings.data_dir)
    except ServiceError as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise CommandFailedError(
            f"The database cannot be used ({reason}); check DATABASE_URL, that it runs and may be "
            "written, or restore a copy, then start again."
        ) from None
    finally:
        database.close_all()
    return done


def _bind_storage(settings: Settings) -> Resources:
    """Have the storage carry the id of this installation, or say in the log that it is another one's."""
    database.initialize(open_database(settings.database, connections=2))
    resources = Resources.from_settings(settings)
    with connected():
        bind_storage(resources, registry.known_keys)
    return resources


def with_database() -> Resources:
    """What commands work with: the database up to date, and the storage bound to it."""
    return _bind_storage(_prepared())


def _check_port(settings: Settings) -> None:
    """Say that the port is taken before anything is started, instead of starting again and again."""

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CommandFailedError(
                f"Nothing can be served on {settings.host}:{settings.port} ({error.strerror}); "
                "set PORT to a free port or stop what uses it."
            ) from None
