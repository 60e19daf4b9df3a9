"""Putting the answers of parts together with exact offsets."""

from collections.abc import Sequence
from dataclasses import dataclass

from clipflow.engine import Caption, Word
from clipflow.engine.transcript.readers.whisper import text_without_times, words_of_answer
from clipflow.engine.transcript.sounds import language_code
from clipflow.transcription.sending import AnsweredPart


@dataclass(frozen=True, slots=True)
class TranscriptionResult:
    """What a service has heard in a recording, before its times are held against the speech track.

    ``captions`` are texts whose words have no times of their own.
    """

    words: tuple[Word, ...]
    captions: tuple[Caption, ...]
    language: str | None


def stitch(parts: Sequence[AnsweredPart]) -> TranscriptionResult:
    """One transcript of all parts; times that lie beyond the end of their part are brought back to it."""
    words: list[Word] = []
    captions: list[Caption] = []
    languages: list[str] = []
    for part in parts:
        if part.answer is None:
            continue
        said, texts, language = words_of_answer(part.answer)
        if not said and not texts and (text := text_without_times(part.answer)):
            texts = [(0, part.end_ms - part.start_ms, text)]
        for word in said:
            start_ms, end_ms = _moved(part, word.start_ms, word.end_ms)
            words.append(word._replace(start_ms=start_ms, end_ms=end_ms))
        captions += [Caption(*_moved(part, start, end), text) for start, end, text in texts]
        code = language_code(language)
        languages += [code] if code else []
    return TranscriptionResult(
        tuple(words), tuple(captions), max(set(languages), key=languages.count) if languages else None
    )


def _moved(part: AnsweredPart, start_ms: int, end_ms: int) -> tuple[int, int]:
    return min(part.start_ms + start_ms, part.end_ms), min(part.start_ms + end_ms, part.end_ms)
