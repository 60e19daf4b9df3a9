"""The rules of transcripts: made from what a service heard or a file says, kept, shown, searched, corrected."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import models, serialization
from clipflow.analysis.models import TranscriptSource
from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.db import UNREACHABLE, connected
from clipflow.core.errors import InvalidInputError, UnavailableError
from clipflow.engine import Caption, Cue, FillerOptions, RawTranscript, Tracks, Transcript, Word
from clipflow.engine.transcript.sounds import language_code
from clipflow.media.models import MediaFile
from clipflow.transcription.client import Wish
from clipflow.transcription.running import Transcriber
from clipflow.transcription.sending import AnsweredPart, InFlightParts, request_name

MOST_MATCHES = 500
_KEEP_WITHIN_S = 120.0
_KEEP_PAUSE_S = 1.0
_MS_PER_MINUTE = 60_000
_WORDS_AROUND = 6
# Where the speaker stands in a word as it is kept.
_SPEAKER = 4


@dataclass(frozen=True, slots=True)
class Announced:
    """A transcript before its times are held against the tracks of the recording."""

    source: TranscriptSource
    language: str | None
    words: tuple[Word, ...]
    captions: tuple[Caption, ...]
    cues: tuple[Cue, ...] = ()
    offset_ms: int | None = None


def wish_of(options: Mapping[str, Any]) -> Wish:
    """Language and prompt as options say them."""
    return Wish(language_code(options.get("language")), options.get("prompt") or None)


def filler_options(settings: Settings, options: Mapping[str, Any]) -> FillerOptions:
    """What counts as a filler in an analysis."""
    return FillerOptions(
        is_on=options.get("detect_filler_words", True),
        words=settings.filler_words,
        custom_words=tuple(options.get("custom_filler_words") or ()),
        padding_ms=settings.filler_word_padding_ms,
    )


def on_clock_of(
    announced: Announced, tracks: Tracks, media_info: engine.MediaInfo
) -> tuple[Announced, engine.ClockShift]:
    """A transcript with its times on the recording's clock; what a service has heard is there already.

    Raises:
        TranscriptError: most of its words find no speech.
    """
    if announced.source is not TranscriptSource.IMPORT:
        return announced, engine.ClockShift()
    raw = RawTranscript(announced.words, announced.captions, announced.language, "", cues=announced.cues)
    moved, shift = engine.on_clock_of(raw, tracks, engine.source_start_ms(media_info), announced.offset_ms)
    return replace(announced, words=moved.words, captions=moved.captions, cues=moved.cues), shift


def make(announced: Announced, tracks: Tracks, fillers: FillerOptions, options: Mapping[str, Any]) -> Transcript:
    """Words in their places, and the fillers among them; what came with the transcript says best how it is spoken."""
    spoken = announced.language or language_code(options.get("language"))
    words = engine.words_in_order(announced.words, announced.captions, tracks)
    return engine.make_transcript(words, tracks, fillers, spoken)


def pending_of(raw: RawTranscript, language: str | None, offset_ms: int | None = None) -> Announced:
    """An imported transcript."""
    return Announced(TranscriptSource.IMPORT, language or raw.language, raw.words, raw.captions, raw.cues, offset_ms)


def store_pending(analysis_id: UUID, announced: Announced) -> None:
    """Keep an imported transcript until the tracks are there, in the caller's transaction."""
    waiting = {
        "words": serialization.kept_words(announced.words),
        "captions": [[one.start_ms, one.end_ms, one.text, one.speaker] for one in announced.captions],
        "offset_ms": announced.offset_ms,
    }
    models.store_transcript(
        analysis_id, source=announced.source, language=announced.language, announced=waiting, words=[], fillers=[],
        cues=serialization.kept_cues(announced.cues),
    )  # fmt: skip


def find_pending(analysis_id: UUID) -> Announced | None:
    """The imported transcript that waits for an analysis, or None."""
    row = models.transcript_of(analysis_id)
    if row is None or row.announced is None:
        return None
    captions = tuple(Caption(*one) for one in row.announced["captions"])
    return Announced(
        TranscriptSource(row.source), row.language, serialization.words_of(row.announced["words"]), captions,
        serialization.cues_of(row.cues), row.announced.get("offset_ms"),
    )  # fmt: skip


def store(analysis_id: UUID, transcript: Transcript, source: str, cues: Sequence[Cue] | None = None) -> None:
    """Keep a transcript, in the caller's transaction; without ``cues`` those that are kept stay."""
    kept = {} if cues is None else {"cues": serialization.kept_cues(cues)}
    models.store_transcript(
        analysis_id,
        source=source,
        language=transcript.language,
        announced=None,
        words=serialization.kept_words(transcript.words),
        fillers=[list(one) for one in transcript.fillers],
        **kept,
    )


def find(analysis_id: UUID) -> tuple[Transcript, str] | None:
    """The transcript of an analysis and where it comes from, or None."""
    row = models.transcript_of(analysis_id)
    if row is None or row.announced is not None:
        return None
    transcript = Transcript(serialization.words_of(row.words), serialization.fillers_of(row.fillers), row.language)
    return transcript, row.source


def words_of(analysis_id: UUID) -> tuple[Word, ...]:
    """The words of an analysis; none without a transcript."""
    row = models.transcript_of(analysis_id)
    return () if row is None or row.announced is not None else serialization.words_of(row.words)


def cues_of(analysis_id: UUID) -> tuple[Cue, ...]:
    """The captions of an analysis as they were imported; none where there are none."""
    row = models.transcript_of(analysis_id)
    return () if row is None or row.announced is not None else serialization.cues_of(row.cues)


def window(analysis_id: UUID, from_ms: int, to_ms: int | None, speaker: str | None = None) -> dict[str, Any] | None:
    """The words that reach into a window of time, and what is known of the whole; None without a transcript.

    Only these words are taken out of what is kept, however many there are.
    """
    row = models.transcript_of(analysis_id)
    if row is None or row.announced is not None:
        return None
    first, last = _between(row.words, from_ms, to_ms)
    fillers = serialization.fillers_of(row.fillers)
    words = serialization.shown_words(serialization.words_of(row.words[first:last]), first, fillers)
    if speaker is not None:
        words = [one for one in words if one.get("speaker") == speaker]
    return {
        "words": words, "total": len(row.words), "language": row.language, "source": row.source,
        "speakers": engine.speakers_of([one[_SPEAKER] for one in row.words if len(one) > _SPEAKER]),
    }  # fmt: skip


def renamed(words: Iterable[Word], names: Mapping[str, str]) -> tuple[Word, ...]:
    """Words whose speakers have other names; an empty one takes the speaker away.

    Raises:
        InvalidInputError: nobody of that name speaks.
    """
    listed = tuple(words)
    known = {one.speaker for one in listed}
    missing = [name for name in names if name not in known]
    if missing:
        sentence = f"Nobody called {missing[0]!r} speaks in this transcript; load it again."
        raise InvalidInputError(sentence, {"changes": sentence})
    new_names = {name: engine.clean_name(new) or None for name, new in names.items()}
    return tuple(
        one._replace(speaker=new_names.get(one.speaker, one.speaker)) if one.speaker else one for one in listed
    )


def words_between(analysis_id: UUID, from_ms: int, to_ms: int | None) -> tuple[Word, ...]:
    """The words that reach into a window of time; none without a transcript."""
    row = models.transcript_of(analysis_id)
    if row is None or row.announced is not None:
        return ()
    first, last = _between(row.words, from_ms, to_ms)
    return serialization.words_of(row.words[first:last])


def _between(kept: Sequence[Sequence[Any]], from_ms: int, to_ms: int | None) -> tuple[int, int]:
    """First number of the words that reach into a window, and the one after the last."""
    first = bisect_right(kept, from_ms, key=lambda one: one[1])
    # Words without a length that lie at the very edge.
    while first > 0 and kept[first - 1][0] >= from_ms:
        first -= 1
    last = len(kept) if to_ms is None else bisect_left(kept, to_ms, key=lambda one: one[0])
    return first, max(first, last)


def search(transcript: Transcript, text: str, speaker: str | None = None) -> list[dict[str, Any]]:
    """Where words are said one after another, whatever their case and punctuation; the last may be a beginning.

    With ``speaker`` only what that one says counts.
    """
    wanted = [one for one in (engine.plain(part) for part in text.split()) if one]
    if not wanted:
        return []
    said = [engine.plain(one.text) for one in transcript.words]
    found: list[dict[str, Any]] = []
    for number in range(len(said) - len(wanted) + 1):
        if said[number : number + len(wanted) - 1] != wanted[:-1]:
            continue
        last = number + len(wanted) - 1
        if speaker is not None and transcript.words[number].speaker != speaker:
            continue
        if said[last].startswith(wanted[-1]):
            found.append(_match(transcript, number, last))
            if len(found) == MOST_MATCHES:
                break
    return found


def _match(transcript: Transcript, first: int, last: int) -> dict[str, Any]:
    words = transcript.words
    around = words[max(0, first - _WORDS_AROUND) : last + 1 + _WORDS_AROUND]
    return {
        "index": first, "count": last - first + 1, "start_ms": words[first].start_ms, "end_ms": words[last].end_ms,
        "text": engine.text_of(around),
    }  # fmt: skip


def corrected(words: Sequence[Word], changes: Iterable[Mapping[str, Any]]) -> tuple[Word, ...]:
    """Words with some of them spelled anew; one that is emptied goes, several share the time of the one they replace.

    Raises:
        InvalidInputError: there is no such word, or it is changed twice.
    """
    wanted: dict[int, str] = {}
    for number, change in enumerate(changes):
        index = _meant(words, change)
        if index is None or index in wanted:
            sentence = "This word is not there (any more)." if index is None else "This word is changed twice."
            raise InvalidInputError(
                "A word cannot be corrected, because it is not there or changed twice; load the transcript again.",
                {f"changes.{number}": sentence},
            )
        wanted[index] = change["text"]
    new: list[Word] = []
    for index, word in enumerate(words):
        new += _spelled(word, wanted[index]) if index in wanted else [word]
    return tuple(new)


def _meant(words: Sequence[Word], change: Mapping[str, Any]) -> int | None:
    """The number of the word that a correction means; None when it is not there.

    Numbers shift when words before are taken away or become several; time and spelling stay.
    """
    index: int = change["index"]
    start_ms, was = change.get("start_ms"), change.get("was")
    if start_ms is None or was is None:
        return index if index < len(words) else None
    first = bisect_left(words, start_ms, key=lambda one: one.start_ms)
    for number in range(first, len(words)):
        if words[number].start_ms != start_ms:
            break
        if words[number].text == was:
            return number
    return None


def _spelled(word: Word, text: str) -> list[Word]:
    parts = text.split()
    length_ms = word.end_ms - word.start_ms
    edges = [word.start_ms + round(n * length_ms / max(1, len(parts))) for n in range(len(parts) + 1)]
    return [
        word._replace(start_ms=start_ms, end_ms=end_ms, text=part)
        for part, start_ms, end_ms in zip(parts, edges, edges[1:], strict=False)
    ]


def estimate(settings: Settings, media: MediaFile, options: Mapping[str, Any]) -> dict[str, Any]:
    """What a transcription would send and cost; parts that were paid for are not sent again."""
    access = settings.transcription_access
    total_ms = round((media.duration_seconds or 0) * 1000)
    request = request_name(access, wish_of(options), options.get("audio_track") or 0)
    known_ms = models.transcribed_ms(media.id, request)
    minutes = Decimal(max(0, total_ms - known_ms)) / _MS_PER_MINUTE
    price = settings.transcription_price(minutes)
    return {
        "minutes": round(float(minutes), 1), "minutes_transcribed": round(min(known_ms, total_ms) / _MS_PER_MINUTE, 1),
        "price": float(price), "currency": settings.whisper_price_currency,
        "price_per_minute": float(settings.whisper_price_per_minute), "service": access.host, "model": access.model,
    }  # fmt: skip


def transcriber_for(
    settings: Settings, media_id: UUID, options: Mapping[str, Any], in_flight: InFlightParts
) -> Transcriber:
    """What transcribes a recording under some options."""
    access, wish = settings.transcription_access, wish_of(options)
    request = request_name(access, wish, options.get("audio_track") or 0)
    return Transcriber(access, wish, MediaParts(media_id, request), in_flight=in_flight)


@dataclass(frozen=True, slots=True)
class MediaParts:
    """The answers that a recording has been paid for, in the database."""

    media_id: UUID
    request: str

    def find(self, key: str) -> dict[str, Any] | None:
        """The answer of this key, or None."""
        with connected():
            return models.transcribed_part(self.media_id, key)

    def keep(self, part: AnsweredPart) -> None:
        """Write an answer down; a database that is away is waited for, because the answer has been paid."""
        deadline_s = time.monotonic() + _KEEP_WITHIN_S
        values = {**asdict(part), "media_file": self.media_id, "request": self.request, "created_at": clock.now()}
        del values["number"]
        while True:
            try:
                with connected():
                    models.store_transcribed_part(**values)
                return
            except (UnavailableError, *UNREACHABLE):
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(_KEEP_PAUSE_S)
