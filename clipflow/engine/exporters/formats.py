"""The table of formats: a new one is one file here and one row below."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from clipflow.engine.errors import UnknownFormatError
from clipflow.engine.exporters import (
    audacity,
    chapters,
    csv_list,
    edl,
    fcpxml,
    ffmpeg_script,
    json_list,
    kdenlive,
    llc,
    mlt,
    original_captions,
    otio,
    subtitles,
    transcript_text,
    xmeml,
)
from clipflow.engine.exporters.readback import Span, clip_edges
from clipflow.engine.media_info import MediaWarning
from clipflow.engine.timeline import Source, Timeline


class FormatKind(StrEnum):
    """What a format is for."""

    EDITOR = "editor"
    CAPTIONS = "captions"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of cut lists.

    ``write`` writes text, ``read`` reads it back and raises FaultyExportError where it does not fit
    the timeline, ``unsuited`` says why a recording cannot be cut with it and ``caveats`` what is lost
    of one that can. ``command`` uses the file of that name. ``most_clips`` is what one file holds.
    ``edges`` are the times that are to be found in the file, in frames: those of the clips, unless
    it holds something else. ``subject`` is what the file is about, for its name. ``holds_notes`` says whether what
    people wrote about a clip is in the file. ``import_steps`` are sentences on how the file is opened.
    """

    name: str
    title: str
    extension: str
    mime_type: str
    editors: tuple[str, ...]
    write: Callable[[Timeline, IO[str]], None]
    read: Callable[[str, Timeline], list[Span]]
    unsuited: Callable[[Source], str | None] = lambda source: None
    caveats: Callable[[Source], list[MediaWarning]] = lambda source: []
    command: Callable[[Timeline, str], str] | None = None
    most_clips: int | None = None
    edges: Callable[[Timeline], list[Span]] = clip_edges
    needs_words: bool = False
    needs_cues: bool = False
    subject: str = "cut"
    kind: FormatKind = FormatKind.OTHER
    holds_notes: bool = False
    import_steps: tuple[str, ...] = ()

    def reason_against(self, timeline: Timeline) -> str | None:
        """Why a timeline cannot be written like this, or None."""
        if self.needs_words and not timeline.words:
            return "There is no transcript; transcribe the recording or import a transcript first."
        if self.needs_words and not any(word.is_placed for word in timeline.words):
            return "No word of the transcript lies in speech, so there is nothing to write; import another transcript."
        if self.needs_cues and not timeline.cues:
            return "There are no captions that were imported; import SRT, WebVTT or another format of captions first."
        return self.unsuited(timeline.source)


_PLAYERS = ("video editors", "players", "YouTube")
_BROWSERS = ("browsers", "YouTube", "Vimeo")
_READERS = ("people", "language models")
_ALL = (
    ExportFormat(
        "edl", "Edit decision list (CMX3600)", "edl", "text/plain",
        ("DaVinci Resolve", "Premiere Pro", "Avid Media Composer", "Lightworks"),
        edl.write, edl.read, edl.unsuited, edl.caveats, most_clips=edl.MOST_EVENTS,
        kind=FormatKind.EDITOR, holds_notes=True,
        import_steps=(
            "DaVinci Resolve: File, Import, Timeline; choose the file.",
            "Premiere Pro: File, Import; give the frame rate of the recording when you are asked.",
            "Link the recording when the editor asks for its media.",
        ),
    ),
    ExportFormat(
        "fcpxml", "Final Cut Pro XML 1.10", "fcpxml", "application/xml",
        ("Final Cut Pro", "DaVinci Resolve"), fcpxml.write, fcpxml.read, fcpxml.unsuited,
        kind=FormatKind.EDITOR, holds_notes=True,
        import_steps=(
            "Final Cut Pro: File, Import, XML.",
            "DaVinci Resolve: File, Import, Timeline; let it import the source clips by itself.",
            "With the folder of the recording given above nothing has to be linked again.",
        ),
    ),
    ExportFormat(
        "xmeml", "Premiere XML (Final Cut Pro 7)", "xml", "application/xml",
        ("Premiere Pro", "DaVinci Resolve", "Audition"), xmeml.write, xmeml.read, xmeml.unsuited,
        kind=FormatKind.EDITOR,
        import_steps=(
            "Premiere Pro: File, Import; a sequence appears in the project.",
            "Where the recording lies elsewhere, choose Locate and show it to Premiere.",
            "DaVinci Resolve: File, Import, Timeline.",
        ),
    ),
    ExportFormat(
        "otio", "OpenTimelineIO", "otio", "application/json",
        ("DaVinci Resolve", "Premiere Pro", "Kdenlive"), otio.write, otio.read,
        kind=FormatKind.EDITOR, holds_notes=True,
        import_steps=(
            "DaVinci Resolve: File, Import, Timeline.",
            "Premiere Pro: File, Import. Kdenlive: File, OpenTimelineIO Import.",
            "Link the recording when the editor asks for its media.",
        ),
    ),
    ExportFormat(
        "mlt", "MLT XML", "mlt", "application/xml", ("Shotcut", "melt"), mlt.write, mlt.read,
        kind=FormatKind.EDITOR,
        import_steps=(
            "Shotcut: File, Open MLT XML.",
            "The recording has to lie in the folder given above, or beside the file.",
            "Save it under another name before you change it.",
        ),
    ),
    ExportFormat(
        "kdenlive", "Kdenlive project", "kdenlive", "application/xml",
        ("Kdenlive",), kdenlive.write, kdenlive.read, caveats=kdenlive.caveats,
        kind=FormatKind.EDITOR,
        import_steps=(
            "Kdenlive: File, Open.",
            "The recording has to lie in the folder given above, or beside the file.",
            "Where it is not found, let Kdenlive search for it in its folder.",
        ),
    ),
    ExportFormat(
        "llc", "LosslessCut project", "llc", "application/json", ("LosslessCut",), llc.write, llc.read,
        kind=FormatKind.EDITOR, holds_notes=True,
        import_steps=(
            "Open the recording in LosslessCut.",
            "Drop the file on its window, or choose File, Import project.",
            "Export with all segments merged into one file.",
        ),
    ),
    ExportFormat(
        "csv", "Comma-separated values", "csv", "text/csv",
        ("LosslessCut", "spreadsheets"), csv_list.write, csv_list.read, holds_notes=True,
    ),
    ExportFormat(
        "json", "JSON", "json", "application/json", ("your own programs",),
        json_list.write, json_list.read, holds_notes=True,
    ),
    ExportFormat(
        "audacity", "Audacity labels", "txt", "text/plain",
        ("Audacity",), audacity.write, audacity.read, holds_notes=True,
        import_steps=("Audacity: open the recording, then File, Import, Labels.",),
    ),
    ExportFormat(
        "chapters", "Chapters of the cut", "chapters.txt", "text/plain",
        ("ffmpeg", "podcast tools"), chapters.write, chapters.read, holds_notes=True,
    ),
    ExportFormat(
        "ffmpeg", "ffmpeg filter script", "filter", "text/plain",
        ("ffmpeg",), ffmpeg_script.write, ffmpeg_script.read, command=ffmpeg_script.command,
    ),
    ExportFormat(
        "srt", "Subtitles of the cut (SubRip)", "srt", "application/x-subrip", _PLAYERS,
        subtitles.write_srt_of_cut, subtitles.read_srt, edges=subtitles.edges_of_cut, needs_words=True,
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "vtt", "Subtitles of the cut (WebVTT)", "vtt", "text/vtt", _BROWSERS,
        subtitles.write_vtt_of_cut, subtitles.read_vtt, edges=subtitles.edges_of_cut, needs_words=True,
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "txt", "Transcript of the cut", "txt", "text/plain", _READERS,
        transcript_text.write_of_cut, transcript_text.read_of_cut, edges=transcript_text.no_edges, needs_words=True,
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "srt-source", "Subtitles of the recording (SubRip)", "srt", "application/x-subrip", _PLAYERS,
        subtitles.write_srt_of_source, subtitles.read_srt, edges=subtitles.edges_of_source, needs_words=True,
        subject="source",
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "vtt-source", "Subtitles of the recording (WebVTT)", "vtt", "text/vtt", _BROWSERS,
        subtitles.write_vtt_of_source, subtitles.read_vtt, edges=subtitles.edges_of_source, needs_words=True,
        subject="source",
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "txt-source", "Transcript of the recording", "txt", "text/plain", _READERS,
        transcript_text.write_of_source, transcript_text.read_of_source, edges=transcript_text.no_edges,
        needs_words=True, subject="source",
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "srt-captions", "Imported captions along the cut (SubRip)", "srt", "application/x-subrip", _PLAYERS,
        original_captions.write_srt, subtitles.read_srt, edges=original_captions.edges, needs_cues=True,
        subject="captions",
        kind=FormatKind.CAPTIONS,
    ),
    ExportFormat(
        "vtt-captions", "Imported captions along the cut (WebVTT)", "vtt", "text/vtt", _BROWSERS,
        original_captions.write_vtt, subtitles.read_vtt, edges=original_captions.edges, needs_cues=True,
        subject="captions",
        kind=FormatKind.CAPTIONS,
    ),
)  # fmt: skip
FORMATS: dict[str, ExportFormat] = {one.name: one for one in _ALL}


def export_format(name: str) -> ExportFormat:
    """The format of this name; UnknownFormatError, which lists the known ones, when there is none."""
    try:
        return FORMATS[name]
    except KeyError:
        known = ", ".join(FORMATS)
        raise UnknownFormatError(f"There is no format {name[:50]!r}; choose one of {known}.") from None
