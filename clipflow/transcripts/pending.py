"""A transcript before its times are held against the tracks of its recording."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clipflow import engine
from clipflow.engine import Caption, Cue, FillerOptions, RawTranscript, Tracks, Transcript, Word
from clipflow.engine.transcript.sounds import language_code
from clipflow.transcripts import serialization
from clipflow.transcripts.models import TranscriptSource


@dataclass(frozen=True, slots=True)
class PendingTranscript:
    """What a service answered or a file says; ``cues`` are captions as they were imported."""

    source: TranscriptSource
    language: str | None
    words: tuple[Word, ...]
    captions: tuple[Caption, ...]
    cues: tuple[Cue, ...] = ()
    offset_ms: int | None = None

    @classmethod
    def imported(cls, raw: RawTranscript, language: str | None, offset_ms: int | None) -> "PendingTranscript":
        """An imported transcript."""
        language = language or raw.language
        return cls(TranscriptSource.IMPORT, language, raw.words, raw.captions, raw.cues, offset_ms)

    def as_json(self) -> dict[str, Any]:
        """What can be written as JSON and read by :meth:`from_json`."""
        return {
            "source": self.source.value,
            "language": self.language,
            "words": serialization.stored_words(self.words),
            "captions": [[one.start_ms, one.end_ms, one.text, one.speaker] for one in self.captions],
            "cues": serialization.stored_cues(self.cues),
            "offset_ms": self.offset_ms,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "PendingTranscript":
        """A transcript from what :meth:`as_json` makes."""
        return cls(
            TranscriptSource(values["source"]), values["language"], serialization.words_from(values["words"]),
            tuple(Caption(*one) for one in values["captions"]), serialization.cues_from(values["cues"]),
            values.get("offset_ms"),
        )  # fmt: skip


def on_recording_clock(
    pending: PendingTranscript, tracks: Tracks, media_info: engine.MediaInfo
) -> tuple[PendingTranscript, engine.ClockShift]:
    """A transcript with its times on the recording's clock; what a service has answered is there already.

    Raises:
        TranscriptError: most of its words find no speech.
    """
    if pending.source is not TranscriptSource.IMPORT:
        return pending, engine.ClockShift()
    raw = RawTranscript(pending.words, pending.captions, pending.language, "", cues=pending.cues)
    moved, shift = engine.on_clock_of(raw, tracks, engine.source_start_ms(media_info), pending.offset_ms)
    return replace(pending, words=moved.words, captions=moved.captions, cues=moved.cues), shift


def place_words(
    pending: PendingTranscript, tracks: Tracks, fillers: FillerOptions, options: Mapping[str, Any]
) -> Transcript:
    """Words in their places, and the fillers among them; what came with the transcript says best how it is spoken."""
    spoken = pending.language or language_code(options.get("language"))
    words = engine.words_in_order(pending.words, pending.captions, tracks)
    return engine.make_transcript(words, tracks, fillers, spoken)
