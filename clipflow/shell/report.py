"""How an analysis is shown in a shell: tables for people, JSON for scripts, and a progress bar."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from textwrap import shorten
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from tabulate import tabulate

from clipflow.engine import (
    FORMATS,
    Action,
    Analysis,
    AudioStream,
    ExportReport,
    MediaInfo,
    Segment,
    Stage,
    Summary,
    Transcript,
    VideoStream,
    Word,
    exact_rate_text,
    texts_in,
)
from clipflow.engine.text import clean_text

_ACTION_COLOURS = {Action.KEEP: "green", Action.REMOVE: "red", Action.SUGGEST_REMOVE: "yellow"}
_SEGMENT_HEADINGS = ("Start", "End", "Length s", "Type", "Confidence", "Level dB", "Action", "Reason")
_SHOWN_TRACKS = 20
_SHOWN_CHARACTERS = 60


class ProgressBar:
    """A progress bar on standard error, which leaves standard output to the result."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(Stage.PROBING.value, total=1.0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, fraction: float, stage: str) -> None:
        """Show how far the analysis is."""
        self._progress.update(self._task, completed=fraction, description=str(stage))


def print_analysis(analysis: Analysis, path: Path, elapsed_s: float, transcript: Transcript | None = None) -> None:
    """Print the recording, its segments and the sum as tables on standard output."""
    audio_track = analysis.audio_track
    # click leaves the colours out when standard output is no terminal.
    click.echo(_facts_table("Recording", _recording_rows(analysis.info, path, audio_track)))
    click.echo(_segment_table(analysis.segments, transcript))
    if transcript is not None:
        click.echo(_fillers_table(transcript))
    click.echo(_facts_table("Sum", _sum_rows(analysis.summary, elapsed_s)))


def print_export(report: ExportReport, target: Path) -> None:
    """Print what an export says about itself as a table on standard output."""
    click.echo(_facts_table("Cut list", _export_rows(report, target)))


def print_export_json(report: ExportReport, target: Path) -> None:
    """Print what an export says about itself as JSON."""
    click.echo(json.dumps(_export_values(report, target), indent=2, default=_fraction_text))


def print_json(
    analysis: Analysis,
    path: Path,
    elapsed_s: float,
    written: tuple[ExportReport, Path] | None = None,
    transcript: Transcript | None = None,
) -> None:
    """Print the whole result as a JSON document; frame rates are fractions such as "30000/1001"."""
    duration_ms = analysis.tracks.duration_ms
    result = {
        "file": clean_text(str(path), 4096),
        "recording": asdict(analysis.info),
        "options": asdict(analysis.options),
        "segments": [one._asdict() for one in analysis.segments],
        "summary": asdict(analysis.summary),
        "audio_track": analysis.audio_track,
        "room_level_db": analysis.loudness.room_db,
        "elapsed_s": round(elapsed_s, 3),
        "times_faster_than_real_time": round(duration_ms / 1000 / elapsed_s, 1),
    }
    if transcript is not None:
        result["transcript"] = asdict(transcript) | {
            "words": [one._asdict() for one in transcript.words],
            "fillers": [one._asdict() for one in transcript.fillers],
        }
    if written is not None:
        result["export"] = _export_values(*written)
    # In pieces, because the text of a long recording takes more memory than the recording's tracks.
    encoder = json.JSONEncoder(indent=2, default=_fraction_text)
    sys.stdout.writelines(encoder.iterencode(result))
    sys.stdout.write("\n")
    sys.stdout.flush()


def format_time(milliseconds: int) -> str:
    """Hours, minutes, seconds and milliseconds, such as 0:01:02.500."""
    seconds, rest_ms = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{rest_ms:03}"


def _fraction_text(value: object) -> str:
    if isinstance(value, Fraction):
        return exact_rate_text(value)
    raise TypeError(f"{type(value).__name__} has no place in the result")


def _export_values(report: ExportReport, target: Path) -> dict[str, object]:
    return {**asdict(report), "file": clean_text(str(target), 4096)}


def _export_rows(report: ExportReport, target: Path) -> Iterable[tuple[str, str]]:
    form = FORMATS[report.format]
    yield "File", clean_text(str(target), 4096)
    yield "Format", f"{form.title}, for {', '.join(form.editors)}"
    yield "Clips", f"{report.clips}, with {_count(report.cuts, 'cut')}"
    yield "Kept", format_time(report.kept_ms)
    yield "Removed", format_time(report.removed_ms)
    yield "Frame rate", _rate_text(report.frame_rate)
    yield "Start timecode", f"{report.start_timecode or 'none'}{' (drop-frame)' if report.is_drop_frame else ''}"
    yield (
        "Largest error",
        (
            f"{report.largest_error_frames:.3f} frames, read back from the file; {report.largest_error_ms:.1f} ms from "
            "what was decided"
        ),
    )
    for warning in report.warnings:
        yield "Warning", warning.message
    if report.command:
        yield "Use it with", report.command
        yield "", "(ffmpeg 6 and older: -filter_complex_script instead of -/filter_complex)"


def _facts_table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    return _titled(title, tabulate(list(rows), tablefmt="plain", disable_numparse=True))


def _titled(title: str, table: str) -> str:
    return f"{click.style(title, bold=True)}\n\n{table}\n"


def _recording_rows(info: MediaInfo, path: Path, audio_track: int) -> Iterable[tuple[str, str]]:
    yield "File", clean_text(path.name, 255)
    yield "Duration", format_time(round((info.duration_s or 0) * 1000))
    yield "Container", info.container
    if info.video:
        yield "Video", _video_text(info.video)
    for number, stream in enumerate(info.audio_streams[:_SHOWN_TRACKS]):
        marker = " (analysed)" if number == audio_track and len(info.audio_streams) > 1 else ""
        yield f"Audio {number}", _audio_text(stream) + marker
    for warning in info.warnings:
        yield "Warning", warning.message
    if not info.warnings:
        yield "Warnings", "none"


def _video_text(video: VideoStream) -> str:
    parts = [video.codec, f"{video.width}x{video.height}"]
    if video.frame_rate is not None:
        kind = "average" if video.has_variable_frame_rate else "constant"
        parts.append(f"{_rate_text(video.frame_rate)}, {kind}")
    if video.start_timecode:
        parts.append(f"starts at {video.start_timecode}" + (" drop-frame" if video.is_drop_frame else ""))
    return ", ".join(parts)


def _rate_text(rate: Fraction) -> str:
    exact = "" if rate.denominator == 1 else f" ({_fraction_text(rate)})"
    return f"{float(rate):.6g} frames/s{exact}"


def _audio_text(stream: AudioStream) -> str:
    channels = {1: "mono", 2: "stereo"}.get(stream.channels, f"{stream.channels} channels")
    parts = [stream.codec, f"{stream.sample_rate} Hz", channels, stream.language, stream.title]
    return ", ".join(part for part in parts if part)


def _segment_table(segments: Sequence[Segment], transcript: Transcript | None) -> str:
    rows: list[tuple[str, ...]] = [_segment_cells(one) for one in segments]
    headings: tuple[str, ...] = _SEGMENT_HEADINGS
    if transcript is not None:
        headings = (*headings, "Text")
        rows = [(*row, text) for row, text in zip(rows, _texts(segments, transcript.words), strict=True)]
    right_aligned = {"Length s", "Confidence", "Level dB"}
    table = tabulate(
        rows,
        headers=headings,
        tablefmt="simple",
        disable_numparse=True,
        colalign=["right" if heading in right_aligned else "left" for heading in headings],
    )
    return _titled("Segments", table)


def _texts(segments: Sequence[Segment], words: Sequence[Word]) -> Iterator[str]:
    """What is said in each segment, cut short."""
    for said in texts_in(((one.start_ms, one.end_ms) for one in segments), words):
        yield shorten(clean_text(said, 1000), _SHOWN_CHARACTERS, placeholder=" …")


def _fillers_table(transcript: Transcript) -> str:
    rows = [
        (format_time(one.start_ms), one.word or "–", f"{one.confidence:.2f}", one.reason) for one in transcript.fillers
    ]
    table = tabulate(rows, headers=("At", "Word", "Confidence", "Reason"), tablefmt="simple", disable_numparse=True)
    return _titled(f"Fillers ({len(rows)})", table)


def _segment_cells(one: Segment) -> tuple[str, ...]:
    length_s = (one.end_ms - one.start_ms) / 1000
    times = (format_time(one.start_ms), format_time(one.end_ms), f"{length_s:.2f}")
    action = click.style(one.action.value, fg=_ACTION_COLOURS[one.action])
    return (*times, one.type.value, f"{one.confidence:.2f}", f"{one.level_db:.1f}", action, one.reason)


def _sum_rows(summary: Summary, elapsed_s: float) -> Iterable[tuple[str, str]]:
    saved = summary.removed_ms / summary.duration_ms
    speed = summary.duration_ms / 1000 / elapsed_s
    yield "Speech kept", format_time(summary.kept_ms)
    yield "Silence removed", f"{format_time(summary.removed_ms)} in {_count(summary.cuts, 'cut')}"
    yield "Suggestions", f"{format_time(summary.suggested_ms)} in {_count(summary.suggestions, 'place')}"
    yield "Share saved", f"{saved:.1%}"
    yield "Speed", f"{speed:.1f} times faster than real time ({elapsed_s:.2f} s)"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
