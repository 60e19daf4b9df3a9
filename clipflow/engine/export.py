"""Writing a cut list, reading it back, and saying how exact it came out."""

import io
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import IO

from clipflow.engine.errors import UnsuitableFormatError
from clipflow.engine.exporters.formats import ExportFormat, FormatKind
from clipflow.engine.exporters.readback import expect, largest_error_frames
from clipflow.engine.media_info import MediaWarning
from clipflow.engine.timeline import Timeline

# Half a frame, and what six decimals of a second round off.
_LARGEST_ERROR = Fraction(1, 2) + Fraction(1, 1000)
# The same cut gives the same bytes, whenever it is exported.
_ZIP_DATE = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export says about itself.

    ``largest_error_frames`` is the largest distance between an edge that was wanted and the one that
    the written file says, found by reading it back; ``largest_error_ms`` is the largest distance from
    what was decided, with edges that were moved outwards so that nothing spoken is cut. ``start_timecode`` is None
    where the frame rate
    has no timecode. ``command`` uses the file, where a command line is what it is for.
    """

    format: str
    file_name: str
    mime_type: str
    cuts: int
    clips: int
    kept_ms: int
    removed_ms: int
    frame_rate: Fraction
    start_timecode: str | None
    is_drop_frame: bool
    largest_error_frames: float
    largest_error_ms: float
    parts: int
    command: str | None
    warnings: tuple[MediaWarning, ...]


def export(timeline: Timeline, form: ExportFormat, out: IO[bytes], file_name: str | None = None) -> ExportReport:
    """Write a cut list and read it back.

    Args:
        timeline: what to write.
        form: how.
        out: takes the file and gives it back to be checked; a zip of numbered files where one cannot hold all clips.
        file_name: of the file, if it is not to be called after the recording.

    Raises:
        UnsuitableFormatError: the format cannot hold a cut of this recording.
        FaultyExportError: what was written says something else than the timeline.
    """
    reason = form.reason_against(timeline)
    if reason is not None:
        raise UnsuitableFormatError(reason)
    parts = timeline.parts(form.most_clips) if form.most_clips else [timeline]
    error = _write(timeline, form, out) if len(parts) == 1 else _write_zip(timeline.title, parts, form, out)
    expect(error <= _LARGEST_ERROR, f"an edge is {float(error):.1f} frames off")
    return _report(timeline, form, error, len(parts), file_name)


def _write(timeline: Timeline, form: ExportFormat, out: IO[bytes]) -> Fraction:
    """Write one file, and return its largest error."""
    start = out.tell()
    text_out = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
    try:
        form.write(timeline, text_out)
        text_out.flush()
    finally:
        text_out.detach()
    out.seek(start)
    text = out.read().decode("utf-8")
    return largest_error_frames(form.edges(timeline), form.read(text, timeline))


def _write_zip(title: str, parts: list[Timeline], form: ExportFormat, out: IO[bytes]) -> Fraction:
    worst = Fraction(0)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            file = io.BytesIO()
            worst = max(worst, _write(part, form, file))
            # A long title is cut short, and the number must not be.
            file_name = f"{_file_stem(title)}{part.title.removeprefix(title)}.{form.extension}"
            name = zipfile.ZipInfo(file_name, _ZIP_DATE)
            name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, file.getvalue())
    return worst


def _report(timeline: Timeline, form: ExportFormat, error: Fraction, parts: int, file_name: str | None) -> ExportReport:
    source = timeline.source
    ending = form.extension if parts == 1 else "zip"
    file_name = file_name or f"{_file_stem(timeline.title)}-{form.subject}.{ending}"
    if parts > 1:
        file_name = str(PurePath(file_name).with_suffix(".zip"))
    kept_ms = _milliseconds(timeline.frames, source.frame_rate)
    return ExportReport(
        format=form.name,
        file_name=file_name,
        mime_type=form.mime_type if parts == 1 else "application/zip",
        cuts=_cuts(timeline),
        clips=len(timeline.clips),
        kept_ms=kept_ms,
        removed_ms=_milliseconds(source.frames, source.frame_rate) - kept_ms,
        frame_rate=source.frame_rate,
        start_timecode=source.timecode_at(0),
        is_drop_frame=source.is_drop_frame,
        largest_error_frames=round(float(error), 4),
        largest_error_ms=_largest_error_ms(timeline, error),
        parts=parts,
        command=form.command(timeline, file_name) if form.command is not None else None,
        warnings=(*timeline.warnings, *_format_warnings(timeline, form, parts)),
    )


def _largest_error_ms(timeline: Timeline, error: Fraction) -> float:
    moved_ms = max((clip.moved_ms for clip in timeline.clips), default=0.0)
    return round(max(moved_ms, float(error * 1000 / timeline.source.frame_rate)), 2)


def _lost_notes(timeline: Timeline, form: ExportFormat) -> list[MediaWarning]:
    """What is said where people have written notes that the file cannot hold; captions are no place for them."""
    count = sum(bool(clip.note) for clip in timeline.clips)
    if form.holds_notes or form.kind is FormatKind.CAPTIONS or count == 0:
        return []
    notes = "A note is" if count == 1 else f"{count} notes are"
    return [
        MediaWarning(
            "NOTES_LEFT_OUT",
            f"{notes} not in this format; an edit decision list, FCPXML, OpenTimelineIO, CSV and JSON keep notes.",
        )
    ]


def _format_warnings(timeline: Timeline, form: ExportFormat, parts: int) -> list[MediaWarning]:
    warnings = [*form.caveats(timeline.source), *_lost_notes(timeline, form)]
    if parts > 1:
        warnings.append(
            MediaWarning(
                "MANY_EVENTS",
                f"A list holds {form.most_clips} events, so the {len(timeline.clips)} clips come as {parts} numbered "
                "files in a zip; import them one after another.",
            )
        )
    return warnings


def _cuts(timeline: Timeline) -> int:
    """Stretches that are taken out, at either end too."""
    if not timeline.clips:
        return int(timeline.source.frames > 0)
    at_start = timeline.clips[0].start_frame > 0
    at_end = timeline.clips[-1].end_frame < timeline.source.frames
    return len(timeline.clips) - 1 + at_start + at_end


def _milliseconds(frames: int, rate: Fraction) -> int:
    return round(frames * 1000 / rate)


def _file_stem(title: str) -> str:
    """A title as a file name that every system takes."""
    kept = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in title)
    return kept.strip(" .").encode("utf-8", "replace")[:150].decode("utf-8", "ignore") or "cut"
