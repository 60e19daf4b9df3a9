"""The shell commands: ``python run.py COMMAND``."""

import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

import click

from clipflow import __version__
from clipflow.config import SettingsError
from clipflow.core.errors import UnavailableError
from clipflow.engine import EngineError, InvalidOptionError
from clipflow.shell.errors import CommandFailedError, OutputError
from clipflow.transcription.errors import TranscriptionError

_EXIT_FAILED = 1
_EXIT_WRONG_USAGE = 2
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_and_leave() -> NoReturn:
    """Run the command of this process and end it.

    The usual way out would wait for a thread that may still be loading torch, and take half a
    second to take torch apart.
    """
    os._exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status; errors become one sentence on standard error."""
    for number in _STOP_SIGNALS:
        # Whoever started us with a signal ignored, as nohup does, means it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    _prepare_streams()
    try:
        commands.main(arguments, prog_name="run.py", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit as leaving:
        # click's own way out when whoever reads the output has gone.
        return _EXIT_FAILED if leaving.code else 0
    except (Exception, _Stopped) as error:
        sentence, status = _explain(error)
        click.echo(sentence, err=True)
        return status
    return 0


def _prepare_streams() -> None:
    # A stream that the caller has closed is None, and whatever is said to it may be lost.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character gets a question mark instead of a crash.
            stream.reconfigure(errors="replace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _explain(error: BaseException) -> tuple[str, int]:
    """The sentence and the exit status for what ended a command."""
    if isinstance(error, _Stopped):
        return "Stopped.", error.exit_status
    if isinstance(error, InvalidOptionError):
        return str(error), _EXIT_WRONG_USAGE
    if isinstance(error, EngineError):
        return str(error), _EXIT_FAILED
    if isinstance(error, (SettingsError, CommandFailedError, TranscriptionError, UnavailableError)):
        return str(error), _EXIT_FAILED
    if isinstance(error, OutputError):
        return f"The result could not be written ({error}); make room or choose another place.", _EXIT_FAILED
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name} line {where.lineno}"
    fact = f"{type(error).__name__}: {error}"
    return f"Something unexpected went wrong ({fact}, {place}); please report it.", _EXIT_FAILED


class _Stopped(BaseException):
    """A signal asked the command to stop; raised wherever it is, so that it cleans up on its way out."""

    def __init__(self, signal_number: int) -> None:
        super().__init__()
        self.exit_status = 128 + signal_number


def _stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    for number in _STOP_SIGNALS:
        signal.signal(number, _stop_at_once)
    raise _Stopped(signal_number)


def _stop_at_once(signal_number: int, frame: FrameType | None) -> NoReturn:
    # The second signal comes while the first one is being cleaned up after; ffmpeg ends with us.
    os._exit(128 + signal_number)


# Where each command is. Its module is imported when it is run, so that an analysis in the shell
# starts without Flask, the database and the queue.
_COMMANDS = {
    "analyze": "clipflow.shell.recording:analyze_command",
    "export": "clipflow.shell.recording:export_command",
    "upload": "clipflow.shell.upload:upload_command",
    "serve": "clipflow.shell.service:serve_command",
    "web": "clipflow.shell.service:web_command",
    "worker": "clipflow.shell.service:worker_command",
    "migrate": "clipflow.shell.service:migrate_command",
    "create-admin": "clipflow.shell.service:create_admin_command",
    "set-active": "clipflow.shell.service:set_active_command",
    "backup": "clipflow.shell.backup:backup_command",
    "storage": "clipflow.shell.storage:storage_command",
    "verify-backup": "clipflow.shell.backup:verify_command",
    "restore": "clipflow.shell.backup:restore_command",
    "rotate-keys": "clipflow.shell.service:rotate_keys_command",
    "cleanup": "clipflow.shell.service:clean_up_command",
    "claim-storage": "clipflow.shell.service:claim_storage_command",
    "doctor": "clipflow.shell.service:doctor_command",
    "health": "clipflow.shell.service:health_command",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="ClipFlow")
@click.pass_context
def commands(context: click.Context) -> None:
    """ClipFlow finds speech and silence in talking video and proposes the cuts.

    Without a command it serves: web server and worker side by side.
    """
    if context.invoked_subcommand is None:
        serve = commands.get_command(context, "serve")
        assert serve is not None
        context.invoke(serve)
