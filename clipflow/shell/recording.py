"""The commands that work on a recording from a shell: ``analyze`` and ``export``.

The file is long because both share their flags, and what is said of each.
"""

import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from clipflow.engine import (
    FORMATS,
    PRESETS,
    Analysis,
    AnalysisOptions,
    ExportError,
    ExportFormat,
    ExportReport,
    Include,
    MediaInfo,
    OptionRange,
    Segment,
    Tracks,
    TracksFileError,
    Transcript,
    analyze,
    build_timeline,
    export,
    export_format,
    option_ranges,
    probe,
    segment,
    segment_transcribed,
    standard_rate_of,
)
from clipflow.shell.errors import OutputError
from clipflow.shell.report import ProgressBar, print_analysis, print_export, print_export_json, print_json
from clipflow.shell.transcripts import (
    TranscriptRequest,
    ask_before_sending,
    imported,
    transcribe,
    transcript_options,
    transcript_request,
    with_words,
)

_SAME_LENGTH_S = 1.0


def _engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag for each option of the engine, explained from the engine's own table."""
    command = click.option(
        "--audio-channel",
        default="mix",
        show_default=True,
        metavar="CHANNEL",
        help="mix for all channels, auto for the one with the loudest speech, or its number, counted from 0.",
    )(command)
    command = click.option(
        "--preset",
        type=click.Choice([one.name for one in PRESETS]),
        is_eager=True,
        expose_value=False,
        callback=_use_preset,
        help="A way to cut that has a name; what is set beside it counts more.",
    )(command)
    for name, allowed in reversed(option_ranges().items()):
        command = _engine_option(name, allowed)(command)
    return command


def _use_preset(context: click.Context, _parameter: click.Parameter, name: str | None) -> None:
    """Let the options of a preset be what the others begin with."""
    for preset in PRESETS:
        if preset.name == name:
            context.default_map = {**(context.default_map or {}), **preset.options}


def _engine_option(name: str, allowed: OptionRange) -> Callable[[Callable[..., None]], Callable[..., None]]:
    default = getattr(AnalysisOptions(), name)
    takes_fractions = isinstance(default, float)
    said = "" if default is None else f" Default {default:g}, {allowed}."
    return click.option(
        f"--{name.removeprefix('vad_').replace('_', '-')}",
        name,
        type=click.FLOAT if takes_fractions else click.INT,
        default=default,
        metavar=(allowed.unit or "number").upper(),
        help=f"{allowed.description}{said}",
    )


@dataclass(frozen=True, slots=True)
class _ExportRequest:
    """What is to be exported, and where to."""

    form: ExportFormat
    output: Path | None
    overwrites: bool
    media_folder: str | None
    include: Include
    sound_frame_rate: Fraction


class _FrameRate(click.ParamType):  # type: ignore[type-arg]
    """A frame rate as people write it: 25, 29.97, 30000/1001."""

    name = "rate"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Fraction:
        """The exact rate; fails with a sentence."""
        rate = value if isinstance(value, Fraction) else standard_rate_of(str(value))
        if rate is None:
            self.fail("give a standard frame rate such as 25, 29.97 or 30000/1001.", parameter, context)
        return rate


def _export_options(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option(
            "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="Where the cut list goes; by default beside you, named after the recording.",
        ),
        click.option("--overwrite", is_flag=True, help="Replace the file if it exists already."),
        click.option(
            "--media-folder", metavar="FOLDER",
            help="Where the editor's machine finds the recording, such as /Volumes/Footage; by default where it is.",
        ),
        click.option(
            "--include", type=click.Choice([one.value for one in Include]),
            default=Include.KEEP_AND_SUGGESTED.value, show_default=True,
            help="Whether what is only suggested for removal stays.",
        ),
        click.option(
            "--frame-rate", "sound_frame_rate", type=_FrameRate(), default="30", show_default=True,
            help="Frames a second of your project, for recordings without a picture.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _tracks_option(meaning: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--tracks", "tracks_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help=meaning
    )


@click.command("analyze")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON instead of tables.")
@_tracks_option("Also write the tracks (speech, level, peaks) to this file, to segment again without decoding.")
@click.option("--export", "format_name", metavar="FORMAT", help=f"Also write a cut list: {', '.join(FORMATS)}.")
@transcript_options
@_export_options
@_engine_options
def analyze_command(
    file: Path, as_json: bool, tracks_file: Path | None, format_name: str | None, **options: Any
) -> None:
    """Find speech and silence in FILE, any audio or video recording, and print the proposed cuts."""
    export_options, spoken = _without_export_options(options), transcript_request(options)
    if format_name is None and export_options["output"] is not None:
        raise click.UsageError("Say with --export which format the cut list is to have.")
    request = _export_request(format_name, file, export_options) if format_name is not None else None
    engine_options = AnalysisOptions(**options)
    if tracks_file is not None:
        _check_tracks_target(tracks_file)
    if spoken.mode == "whisper":
        ask_before_sending(file, spoken)
    started_s = time.monotonic()
    analysis, transcript = _analyze(file, engine_options, spoken)
    if tracks_file is not None:
        _save_tracks(analysis, tracks_file)
    elapsed_s = time.monotonic() - started_s
    written = _export(request, file, analysis.info, analysis.segments, transcript) if request is not None else None
    with _told_output_errors():
        if as_json:
            print_json(analysis, file, elapsed_s, written, transcript)
        else:
            print_analysis(analysis, file, elapsed_s, transcript)
            if written is not None:
                print_export(*written)


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "format_name", metavar="FORMAT", required=True, help=f"One of {', '.join(FORMATS)}.")
@_tracks_option("Tracks from an earlier analysis of the recording, which is then not analysed again.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON instead of a table.")
@transcript_options
@_export_options
@_engine_options
def export_command(file: Path, format_name: str, tracks_file: Path | None, as_json: bool, **options: Any) -> None:
    """Write a cut list of FILE that a video editor opens, and say how exact it is."""
    request, spoken = _export_request(format_name, file, _without_export_options(options)), transcript_request(options)
    if request.output is not None and tracks_file is not None and request.output.absolute() == tracks_file.absolute():
        raise click.UsageError(f"{tracks_file} holds the tracks; choose another name for the cut list.")
    engine_options = AnalysisOptions(**options)
    if spoken.mode == "whisper":
        if tracks_file is not None:
            raise click.UsageError("A transcription needs the sound; leave --tracks out.")
        ask_before_sending(file, spoken)
    info, segments, transcript = _segments_of(file, tracks_file, engine_options, spoken)
    written = _export(request, file, info, segments, transcript)
    with _told_output_errors():
        (print_export_json if as_json else print_export)(*written)


def _segments_of(
    file: Path, tracks_file: Path | None, options: AnalysisOptions, spoken: TranscriptRequest
) -> tuple[MediaInfo, list[Segment], Transcript | None]:
    if tracks_file is None:
        analysis, transcript = _analyze(file, options, spoken)
        return analysis.info, list(analysis.segments), transcript
    info, tracks = probe(file), Tracks.load(tracks_file)
    if options.audio_track is not None:
        info.audio_stream(options.audio_track)
    tracks_s, recording_s = tracks.duration_ms / 1000, info.container_duration_s
    if recording_s is not None and abs(recording_s - tracks_s) > _SAME_LENGTH_S:
        raise TracksFileError(
            f"The tracks are {tracks_s:.1f} s long and the recording {recording_s:.1f} s; take the tracks of this "
            "recording."
        )
    if spoken.raw is None:
        return info, segment(tracks, options), None
    transcript = imported(spoken.raw, tracks, info, spoken)
    return info, segment_transcribed(tracks, options, transcript, spoken.fillers.padding_ms), transcript


def _analyze(file: Path, options: AnalysisOptions, spoken: TranscriptRequest) -> tuple[Analysis, Transcript | None]:
    """The analysis of a recording, with a transcript if one is wanted."""
    with ProgressBar() if sys.stderr.isatty() else nullcontext() as bar:
        if spoken.mode == "whisper":
            return transcribe(file, options, spoken, bar.update if bar else lambda fraction, stage: None)
        analysis = analyze(file, options, on_progress=bar.update if bar else None)
    if spoken.raw is None:
        return analysis, None
    return with_words(analysis, imported(spoken.raw, analysis.tracks, analysis.info, spoken), spoken)


def _without_export_options(options: dict[str, Any]) -> dict[str, Any]:
    """Take what is said about the export out of the options of a command, so that those of the engine are left."""
    names = ("output", "overwrite", "media_folder", "include", "sound_frame_rate")
    return {name: options.pop(name) for name in names}


def _export_request(format_name: str, file: Path, options: dict[str, Any]) -> _ExportRequest:
    """Check what is wanted before the work begins."""
    output, overwrites = options["output"], options["overwrite"]
    request = _ExportRequest(
        form=export_format(format_name),
        output=output,
        overwrites=overwrites,
        media_folder=options["media_folder"],
        include=Include(options["include"]),
        sound_frame_rate=options["sound_frame_rate"],
    )
    if output is not None:
        _check_export_target(output, file, overwrites=overwrites)
    return request


def _check_folder(target: Path, content: str) -> None:
    folder = target.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder} for {content}; create it first.")


def _check_export_target(target: Path, file: Path, *, overwrites: bool) -> None:
    _check_folder(target, "the cut list")
    if not (target.exists() or target.is_symlink()):
        return
    if target.is_symlink() or not target.is_file():
        raise click.UsageError(f"{target} is no ordinary file; choose another name for the cut list.")
    if file.exists() and target.samefile(file):
        raise click.UsageError(f"{target} is the recording itself; choose another name for the cut list.")
    if not overwrites:
        raise click.UsageError(f"{target} exists already; choose another name or add --overwrite.")


def _export(
    request: _ExportRequest, file: Path, info: MediaInfo, segments: Sequence[Segment], transcript: Transcript | None
) -> tuple[ExportReport, Path]:
    """Write the cut list beside its place and move it there when it is whole."""
    folder = request.media_folder if request.media_folder is not None else str(file.absolute().parent)
    timeline = build_timeline(
        segments, info, file.name, folder=folder, include=request.include, sound_frame_rate=request.sound_frame_rate,
        words=transcript.words if transcript else (), cues=transcript.cues if transcript else (),
    )  # fmt: skip
    place = request.output.parent if request.output is not None else Path()
    draft = place / f".{secrets.token_hex(8)}.part"
    try:
        with draft.open("x+b") as out:
            report = export(timeline, request.form, out, request.output.name if request.output else None)
        target = request.output or Path(report.file_name)
        if report.parts > 1:
            target = target.with_name(report.file_name)
        _check_export_target(target, file, overwrites=request.overwrites)
        draft.replace(target)
    except OSError as error:
        raise ExportError(f"The cut list cannot be written ({error.strerror}); choose another place.") from None
    finally:
        draft.unlink(missing_ok=True)
    return report, target


def _check_tracks_target(file: Path) -> None:
    """Refuse a place for the tracks before the work is done, and what would overwrite something else."""
    _check_folder(file, "the tracks")
    if file.is_file() and file.stat().st_size and not Tracks.is_tracks_file(file):
        raise click.UsageError(f"{file} exists and holds something else than tracks; choose another name.")


def _save_tracks(analysis: Analysis, file: Path) -> None:
    try:
        analysis.tracks.save(file)
    except OSError as error:
        raise TracksFileError(
            f"The tracks cannot be written to {file} ({error.strerror}); choose another place."
        ) from None


@contextmanager
def _told_output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # Whoever read the output has had enough: click ends quietly.
    except OSError as error:
        raise OutputError(error.strerror) from None
