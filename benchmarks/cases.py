"""``python -m benchmarks.cases``: recordings and transcripts of odd kinds, with what is expected of each and what came.

The folder of cases is made by a script that is no part of this repository; all of them hold the same three sentences.
"""

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.inputs import ROOT
from benchmarks.table import print_table
from clipflow.engine import (
    FORMATS,
    Action,
    Analysis,
    EngineError,
    FillerOptions,
    analyze,
    build_timeline,
    export,
    make_transcript,
    read_transcript,
    words_in_order,
)
from clipflow.engine.transcript.clock import on_clock_of

DEFAULT_MAKER = ROOT.parent / "shared" / "cases" / "make_inputs.py"
HEADINGS = ("File", "Expected", "Got")
# When someone speaks in every recording, in seconds.
_SPEECH_S = ((1.69, 5.80), (8.46, 11.53), (13.88, 16.28))
_LEAST_KEPT = 0.95
_LENGTH_TOLERANCE_S = 0.35
_LEAST_PLACED = 0.9
_ENDINGS_OF_OTHERS = (".jpg", ".ttf", ".txt", ".raw", ".json", ".png")


@dataclass(frozen=True)
class Expected:
    """What is expected of a recording beside that all of its speech stays.

    Attributes:
        warnings: codes that have to be among its warnings.
        length_s: its length, where that is the point.
        later_s: how much later its speech comes than in the plain recording.
    """

    warnings: tuple[str, ...] = ()
    length_s: float | None = None
    later_s: float = 0.0

    def __str__(self) -> str:
        parts = [f"speech kept {_LEAST_KEPT:.0%}", *self.warnings]
        if self.length_s is not None:
            parts.append(f"{self.length_s:g} s")
        return ", ".join(parts)


_PLAIN = Expected()
_EXPECTED = {
    "joined.ts": Expected(("TIME_STAMPS_RESTART",), 17.7),
    "chained_opus.ogg": Expected(("TIME_STAMPS_RESTART",), 17.7),
    "joined.mp3": Expected(length_s=17.8),
    "joined.aac": Expected(length_s=17.8),
    "wraps.ts": Expected(length_s=17.75),
    "starts_1h.ts": Expected(length_s=17.75),
    "starts_2h.mkv": Expected(length_s=17.75),
    "audio_late.mp4": Expected(("AUDIO_STARTS_LATE",), later_s=0.5),
    "video_late.mp4": Expected(("VIDEO_STARTS_LATE",)),
    "trimmed.mp4": Expected(length_s=16.25, later_s=-1.5),
    "screen_static.webm": Expected(("LENGTHS_DIFFER",), 17.75),
    "recorder_crashed.mp4": Expected(("DAMAGED_SOUND",)),
    "cut_off.wav": Expected(("ENDS_EARLY",)),
    "size_zero.wav": Expected(length_s=17.75),
    "size_ff.wav": Expected(length_s=17.75),
    "poly10.wav": Expected(("UNKNOWN_CHANNEL_LAYOUT",)),
    "poly6_mic4.wav": Expected(("UNKNOWN_CHANNEL_LAYOUT",)),
    "inverted.wav": Expected(("CHANNELS_CANCEL",)),
    "ltc_right.wav": Expected(("TIMECODE_CHANNEL",)),
    "second_default.mkv": Expected(("SEVERAL_AUDIO_TRACKS",)),
    "iphone_apac.mov": Expected(("UNREADABLE_AUDIO_TRACK",)),
}


class Outcome(NamedTuple):
    """A line of the table, and whether it came out as expected."""

    file: str
    expected: str
    got: str
    is_right: bool


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Of the cases; made if it is empty.")
@click.option("--maker", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_MAKER,
              help="The script that makes them.")  # fmt: skip
def main(folder: Path | None, maker: Path) -> None:
    """Analyse every recording and read every transcript of the cases, and print file, expected, got."""
    folder = folder or Path("/tmp/clipflow-cases")  # noqa: S108  where the maker puts them
    if not (folder / "base.wav").exists():
        if not maker.exists():
            raise click.UsageError(f"There are no cases in {folder} and no script at {maker} that makes them.")
        subprocess.run([sys.executable, maker], env={**os.environ, "CASES_DIR": str(folder)}, check=True)
    recordings = [judge_recording(file) for file in sorted(folder.iterdir()) if _is_recording(file)]
    _show("Recordings", recordings)
    plain = analyze(folder / "base.wav")
    transcripts = [judge_transcript(file, plain) for file in sorted((folder / "tr").iterdir())]
    _show("Transcripts", transcripts)
    sys.exit(not all(one.is_right for one in (*recordings, *transcripts)))


def judge_recording(file: Path) -> Outcome:
    """What comes of a recording, and of all its cut lists."""
    wanted = _EXPECTED.get(file.name, _PLAIN)
    try:
        found = analyze(file)
    except EngineError as error:
        return Outcome(file.name, str(wanted), f"{type(error).__name__}: {error}", False)
    length_s = found.info.duration_s or 0.0
    kept = _share_kept(found, wanted.later_s)
    codes = [one.code for one in found.info.warnings]
    errors = _export_errors(found, file)
    got = (
        f"{'no speech in it' if kept is None else f'{kept:.0%}'}, {length_s:.2f} s, {', '.join(codes) or 'no warning'}"
    )
    is_right = (
        (kept is None or kept >= _LEAST_KEPT)
        and set(wanted.warnings) <= set(codes)
        and (wanted.length_s is None or abs(length_s - wanted.length_s) <= _LENGTH_TOLERANCE_S)
        and not errors
    )
    return Outcome(file.name, str(wanted), "; ".join([got, *errors]), is_right)


def judge_transcript(file: Path, plain: Analysis) -> Outcome:
    """What is read of a transcript, and how much of it finds its speech."""
    expected = f"words, {_LEAST_PLACED:.0%} of them in speech"
    try:
        raw, shift = on_clock_of(read_transcript(file.read_bytes()), plain.tracks)
    except EngineError as error:
        return Outcome(file.name, expected, f"{type(error).__name__}: {error}", False)
    words = words_in_order(raw.words, raw.captions, plain.tracks)
    transcript = make_transcript(words, plain.tracks, FillerOptions(), raw.language)
    placed = sum(one.is_placed for one in transcript.words) / max(1, len(transcript.words))
    speakers = {one.speaker for one in transcript.words if one.speaker}
    moved = "" if shift.is_none else f", moved by {shift.offset_ms} ms, divided by {shift.divisor}"
    named = f", {len(speakers)} speakers" if speakers else ""
    got = f"{raw.format}, {raw.encoding}, {len(transcript.words)} words, {placed:.0%} in speech{named}{moved}"
    return Outcome(file.name, expected, got, bool(transcript.words) and placed >= _LEAST_PLACED)


def _share_kept(found: Analysis, later_s: float) -> float | None:
    """The share of the labelled speech that stays; None where the recording ends before it begins."""
    length_s = found.info.duration_s or 0.0
    spoken = [(start + later_s, min(end + later_s, length_s)) for start, end in _SPEECH_S if start + later_s < length_s]
    kept = [(one.start_ms / 1000, one.end_ms / 1000) for one in found.segments if one.action is Action.KEEP]
    total_s = sum(end - max(0.0, start) for start, end in spoken)
    common_s = sum(max(0.0, min(end, last) - max(start, first)) for start, end in spoken for first, last in kept)
    return common_s / total_s if total_s > 0 else None


def _export_errors(found: Analysis, file: Path) -> list[str]:
    """What is wrong with the cut lists of a recording."""
    timeline = build_timeline(found.segments, found.info, file.name, folder=str(file.parent))
    errors: list[str] = []
    for name, form in FORMATS.items():
        if form.reason_against(timeline) is None:
            try:
                export(timeline, form, io.BytesIO())
            except EngineError as error:
                errors.append(f"{name}: {error}")
    return errors


def _is_recording(file: Path) -> bool:
    return file.is_file() and file.suffix not in _ENDINGS_OF_OTHERS and file.stat().st_size > 0


def _show(title: str, outcomes: list[Outcome]) -> None:
    lines = [(one.file, one.expected, one.got, "" if one.is_right else "NOT AS EXPECTED") for one in outcomes]
    print_table(title, (*HEADINGS, ""), lines)
    print(f"{sum(one.is_right for one in outcomes)} of {len(outcomes)} as expected")


if __name__ == "__main__":
    main()
