"""Transcripts of other tools: read, laid on the clock of the recording, and into its newest analysis."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import models as analysis_models
from clipflow.analysis import service as analyses
from clipflow.analysis.models import AnalysisResult
from clipflow.analysis.segments import Replacement, replace_segments
from clipflow.core.errors import InvalidInputError
from clipflow.core.principal import Permission, Principal
from clipflow.engine.transcript.sounds import language_code
from clipflow.media import service as media
from clipflow.resources import Resources
from clipflow.transcripts.pending import PendingTranscript, on_recording_clock, place_words
from clipflow.transcripts.service import filler_options, replacement, store_pending


@dataclass(frozen=True, slots=True)
class TranscriptImport:
    """A transcript of another tool with what a person says of it; what is None is found out.

    Attributes:
        content: of the file.
        language: by its code.
        encoding: by its name.
        offset_ms: what is added to all times.
    """

    content: bytes
    language: str | None = None
    encoding: str | None = None
    offset_ms: int | None = None


def read_offset(text: str | None) -> int | None:
    """The offset of a transcript's times as a form gives it; InvalidInputError when it is no whole number."""
    if text is None:
        return None
    if not text.removeprefix("-").removeprefix("+").isdecimal() or not text.isascii():
        sentence = "Give the offset as whole milliseconds, such as -3600000."
        raise InvalidInputError(sentence, {"offset_ms": sentence})
    return int(text)


def check_import_allowed(principal: Principal, media_id: UUID) -> None:
    """Raise MissingError or NotAllowedError unless a transcript may be imported for the recording."""
    media.get_media(principal, media_id, Permission.EDIT)


def import_transcript(
    resources: Resources, principal: Principal, media_id: UUID, wanted: TranscriptImport
) -> dict[str, Any]:
    """Lay a transcript of another tool into the newest analysis of a recording, or begin an analysis with it.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be changed.
        InvalidInputError: the file is no transcript.
        ConflictError: the recording is being analysed at the moment.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    with _transcript_errors():
        raw = engine.read_transcript(wanted.content, wanted.encoding)
    pending = PendingTranscript.imported(raw, _language(wanted.language), wanted.offset_ms)
    if analysis_models.has_unfinished(recording.id):
        raise analyses.being_analysed()
    newest = analysis_models.current_completed(recording.id)
    if newest is None:
        analysis = analyses.start_analysis(
            resources, principal, media_id, {"processing_mode": "vad"}, work="import",
            save=lambda analysis_id: store_pending(analysis_id, pending),
        )  # fmt: skip
        return {"analysis_id": analysis.id, "status": "processing", **_recognised(raw, pending)}
    tracks = media.load_tracks(resources, newest.tracks_key)
    with _transcript_errors():
        pending, shift = on_recording_clock(pending, tracks, engine.restore_media_info(recording.media_info))

    def prepare(current: AnalysisResult) -> Replacement:
        fillers = filler_options(resources.settings, current.options)
        transcript = place_words(pending, tracks, fillers, current.options)
        return replacement(resources.settings, current, tracks, transcript, pending.source, pending.cues)

    replace_segments(newest.id, None, prepare)
    return {"analysis_id": newest.id, "status": "completed", **_recognised(raw, pending, shift)}


def _language(given: str | None) -> str | None:
    code = language_code(given)
    if given is not None and code is None:
        sentence = "Give a language by its code, such as en or de."
        raise InvalidInputError(sentence, {"language": sentence})
    return code


def _recognised(
    raw: engine.RawTranscript, pending: PendingTranscript, shift: engine.ClockShift | None = None
) -> dict[str, Any]:
    """What was found out about an imported file."""
    return {
        "format": raw.format, "encoding": raw.encoding, "language": pending.language,
        "offset_ms": shift.offset_ms if shift is not None else pending.offset_ms or 0,
    }  # fmt: skip


@contextmanager
def _transcript_errors() -> Iterator[None]:
    try:
        yield
    except engine.TranscriptError as error:
        raise InvalidInputError(str(error), {"file": str(error)}) from None
