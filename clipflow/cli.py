"""The shell commands: ``python run.py COMMAND``."""

import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

import click

from clipflow import __version__
from clipflow.config import SettingsError
from clipflow.engine import (
    Analysis,
    AnalysisOptions,
    EngineError,
    InvalidOptionError,
    OptionRange,
    Tracks,
    TracksFileError,
    analyze,
    option_ranges,
)
from clipflow.report import ProgressBar, print_analysis, print_json
from clipflow.service_commands import (
    CommandFailedError,
    backup_command,
    clean_up_command,
    create_admin_command,
    doctor_command,
    health_command,
    migrate_command,
    serve_command,
    set_active_command,
    web_command,
    worker_command,
)

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
    if isinstance(error, (SettingsError, CommandFailedError)):
        return str(error), _EXIT_FAILED
    if isinstance(error, _OutputError):
        return f"The result could not be written ({error}); make room or choose another place.", _EXIT_FAILED
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name} line {where.lineno}"
    fact = f"{type(error).__name__}: {error}"
    return f"Something unexpected went wrong ({fact}, {place}); please report it.", _EXIT_FAILED


class _OutputError(Exception):
    """Standard output does not take the result; the text is the system's reason."""


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


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="ClipFlow")
@click.pass_context
def commands(context: click.Context) -> None:
    """ClipFlow finds speech and silence in talking video and proposes the cuts.

    Without a command it serves: web server and worker side by side.
    """
    if context.invoked_subcommand is None:
        context.invoke(serve_command)


def _engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag for each option of the engine, explained from the engine's own table."""
    for name, allowed in reversed(option_ranges().items()):
        command = _engine_option(name, allowed)(command)
    return command


def _engine_option(name: str, allowed: OptionRange) -> Callable[[Callable[..., None]], Callable[..., None]]:
    default = getattr(AnalysisOptions(), name)
    takes_fractions = isinstance(default, float)
    return click.option(
        f"--{name.removeprefix('vad_').replace('_', '-')}",
        name,
        type=click.FLOAT if takes_fractions else click.INT,
        default=default,
        metavar=(allowed.unit or "number").upper(),
        help=f"{allowed.description} Default {default:g}, {allowed}.",
    )


@commands.command("analyze")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON instead of tables.")
@click.option(
    "--tracks",
    "tracks_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the tracks (speech, level, peaks) to this file, to segment again without decoding.",
)
@_engine_options
def analyze_command(file: Path, as_json: bool, tracks_file: Path | None, **engine_options: Any) -> None:
    """Find speech and silence in FILE, any audio or video recording, and print the proposed cuts."""
    options = AnalysisOptions(**engine_options)
    if tracks_file is not None:
        _check_target(tracks_file)
    started_s = time.monotonic()
    analysis = _analyze_with_progress(file, options)
    if tracks_file is not None:
        _save_tracks(analysis, tracks_file)
    elapsed_s = time.monotonic() - started_s
    show = print_json if as_json else print_analysis
    try:
        show(analysis, file, elapsed_s)
    except BrokenPipeError:
        raise  # Whoever read the output has had enough: click ends quietly.
    except OSError as error:
        raise _OutputError(error.strerror) from None


def _analyze_with_progress(file: Path, options: AnalysisOptions) -> Analysis:
    with ProgressBar() if sys.stderr.isatty() else nullcontext() as bar:
        return analyze(file, options, on_progress=bar.update if bar else None)


def _check_target(file: Path) -> None:
    """Refuse a place for the tracks before the work is done, and what would overwrite something else."""
    folder = file.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder} for the tracks; create it first.")
    if file.is_file() and file.stat().st_size and not Tracks.is_tracks_file(file):
        raise click.UsageError(f"{file} exists and holds something else than tracks; choose another name.")


def _save_tracks(analysis: Analysis, file: Path) -> None:
    try:
        analysis.tracks.save(file)
    except OSError as error:
        raise TracksFileError(
            f"The tracks cannot be written to {file} ({error.strerror}); choose another place."
        ) from None


for service_command in (
    serve_command,
    web_command,
    worker_command,
    migrate_command,
    create_admin_command,
    set_active_command,
    backup_command,
    clean_up_command,
    doctor_command,
    health_command,
):
    commands.add_command(service_command)
