"""Tables of transcripts, and of the answers that a transcription service was paid for."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import AutoField, CharField, CompositeKey, ForeignKeyField, IntegerField, TextField

from clipflow.analysis.models import AnalysisResult
from clipflow.core.db import BaseModel, JsonTextField, UtcDateTimeField
from clipflow.core.searching import searchable
from clipflow.media.models import MediaFile

# Of a stored word.
_TEXT = 2


class TranscriptSource(StrEnum):
    """Where the words of a transcript come from."""

    WHISPER = "whisper"
    IMPORT = "import"


class AnalysisTranscript(BaseModel):
    """What is said in the recording of an analysis.

    ``pending`` is an imported transcript that waits for the tracks of its analysis, null afterwards.
    ``words`` and ``fillers`` are lists in the order of the engine's Word and Filler, ``cues`` the
    captions as they were imported: start, end and lines of each.
    """

    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE", primary_key=True, backref="transcript")
    source = CharField(max_length=20)
    language = CharField(max_length=20, null=True)
    pending = JsonTextField()
    words = JsonTextField()
    fillers = JsonTextField()
    cues = JsonTextField(default=list)

    class Meta:
        """One for each analysis."""

        table_name = "analysis_transcripts"


class TranscriptText(BaseModel):
    """What is said in the recording of an analysis, as it is searched; triggers keep an index of it on SQLite."""

    id = AutoField()
    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE", unique=True)
    text = TextField()

    class Meta:
        table_name = "transcript_texts"


class TranscribedPart(BaseModel):
    """The answer of a transcription service to a part of a recording, kept so that it is paid for once.

    ``key`` stands for the sound and for what was asked about it, ``request`` for the latter alone.
    """

    media_file = ForeignKeyField(MediaFile, on_delete="CASCADE", backref="transcribed_parts")
    key = CharField(max_length=64)
    request = CharField(max_length=64)
    start_ms = IntegerField()
    end_ms = IntegerField()
    answer = JsonTextField()
    created_at = UtcDateTimeField()

    class Meta:
        """Found by recording and key."""

        table_name = "transcribed_parts"
        primary_key = CompositeKey("media_file", "key")


def transcript_of(analysis_id: UUID) -> AnalysisTranscript | None:
    """The transcript of an analysis, or None."""
    found: AnalysisTranscript | None = AnalysisTranscript.get_or_none(AnalysisTranscript.analysis == analysis_id)
    return found


def finished_transcript_of(analysis_id: UUID) -> AnalysisTranscript | None:
    """The transcript of an analysis, or None while there is none or it waits for the tracks."""
    found = transcript_of(analysis_id)
    return None if found is None or found.pending is not None else found


def has_transcript(analysis_id: UUID) -> bool:
    """Whether an analysis has one, without reading it."""
    return bool(AnalysisTranscript.select().where(AnalysisTranscript.analysis == analysis_id).exists())


def store_transcript(analysis_id: UUID, **values: Any) -> None:
    """Replace the transcript of an analysis."""
    AnalysisTranscript.insert(analysis=analysis_id, **values).on_conflict(
        conflict_target=[AnalysisTranscript.analysis],
        update={getattr(AnalysisTranscript, name): value for name, value in values.items()},
    ).execute()
    if "words" in values:
        _store_text(analysis_id, searchable(" ".join(word[_TEXT] for word in values["words"] or ())))


def _store_text(analysis_id: UUID, text: str) -> None:
    TranscriptText.insert(analysis=analysis_id, text=text).on_conflict(
        conflict_target=[TranscriptText.analysis], update={TranscriptText.text: text}
    ).execute()


def transcribed_part(media_id: UUID, key: str) -> dict[str, Any] | None:
    """The answer to a part that was sent before, or None."""
    found = TranscribedPart.get_or_none(TranscribedPart.media_file == media_id, TranscribedPart.key == key)
    return None if found is None else found.answer


def store_transcribed_part(**values: Any) -> None:
    """Keep an answer; the first one counts."""
    TranscribedPart.insert(**values).on_conflict_ignore().execute()


def transcribed_ms(media_id: UUID, request: str) -> int:
    """How much of a recording has been transcribed by such a request."""
    mine = (TranscribedPart.media_file == media_id) & (TranscribedPart.request == request)
    rows: Any = TranscribedPart.select(TranscribedPart.start_ms, TranscribedPart.end_ms).where(mine).tuples()
    return sum(end_ms - start_ms for start_ms, end_ms in rows)
