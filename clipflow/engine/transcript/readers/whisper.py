"""The JSON of Whisper and its kin: OpenAI's "verbose JSON", faster-whisper, whisperX, whisper-timestamped, stable-ts.

Also OpenAI's "diarized JSON", Vosk-like lists under ``segments``, and the podcast standard's segments.
"""

from collections.abc import Iterable
from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.punctuation import restore_punctuation
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word

CaptionValues = tuple[int, int, str]


def recognises(answer: Any) -> bool:
    """Whether it holds segments or words with seconds."""
    if not isinstance(answer, dict):
        return False
    timed = [*items(answer.get("segments"))[:20], *items(answer.get("words"))[:20]]
    return any(_start(one) is not None and (_word_text(one) or _text(one)) for one in timed)


def read(answer: Any) -> ReadTranscript:
    """The words of an answer, and its segments that have none.

    Servers leave out words, segments or both, write null for either, put the words into the
    segments, give numbers as text, and times that go back or lie beyond the end; whatever has text
    and a time is taken, and the rest left aside.
    """
    segments = items(answer.get("segments"))
    named = answer.get("language")
    language = named if isinstance(named, str) else None
    listed = items(answer.get("words"))
    words = words_of_pieces(map(_piece, listed)) if _has_times(listed) else []
    if words:
        written = text_in(answer.get("text")) or " ".join(_text(one) for one in segments)
        return ReadTranscript(tuple(restore_punctuation(words, written)), (), language)
    captions: list[Caption] = []
    for one in segments:
        own = _words_of_segment(one)
        words += own
        if not own:
            captions += _caption(one)
    return ReadTranscript(tuple(words), tuple(captions), language)


def words_of_answer(answer: Any) -> tuple[list[Word], list[CaptionValues], str | None]:
    """The words of a service's answer, texts with start and end in milliseconds where it has none, the language."""
    if not isinstance(answer, dict):
        return [], [], None
    found = read(answer)
    return list(found.words), [(one.start_ms, one.end_ms, one.text) for one in found.captions], found.language


def text_without_times(answer: Any) -> str:
    """The text of an answer that has neither words nor segments; empty when it has none."""
    return bare(text_in(answer.get("text"))) if isinstance(answer, dict) else ""


def _words_of_segment(segment: dict[str, Any]) -> list[Word]:
    listed = items(segment.get("words"))
    # Without any time they are no better than the segment's text.
    if not _has_times(listed):
        return []
    speaker = speaker_name(segment.get("speaker"))
    pieces = (piece._replace(speaker=piece.speaker or speaker) for piece in map(_piece, listed))
    words = words_of_pieces(pieces, _start(segment), _end(segment))
    return restore_punctuation(words, _text(segment))


def _has_times(words: list[dict[str, Any]]) -> bool:
    return any(_start(one) is not None and _word_text(one).strip() for one in words)


def _piece(one: dict[str, Any]) -> Piece:
    start_ms = _start(one)
    end_ms = None if start_ms is None else max(start_ms, _end(one) or start_ms)
    return Piece(start_ms, end_ms, _word_text(one), speaker_name(one.get("speaker")))


def _caption(one: dict[str, Any]) -> Iterable[Caption]:
    start_ms, end_ms = _start(one), _end(one)
    said = bare(_text(one))
    if start_ms is not None and said:
        yield Caption(start_ms, max(start_ms, end_ms or start_ms), said, speaker_name(one.get("speaker")))


def _start(one: dict[str, Any]) -> int | None:
    return seconds_ms(one.get("start", one.get("startTime")))


def _end(one: dict[str, Any]) -> int | None:
    end_ms = seconds_ms(one.get("end", one.get("endTime")))
    start_ms, length_ms = _start(one), seconds_ms(one.get("duration"))
    if end_ms is None and start_ms is not None and length_ms is not None:
        return start_ms + length_ms
    return end_ms


def _word_text(one: dict[str, Any]) -> str:
    return text_in(one.get("word", one.get("text")))


def _text(one: dict[str, Any]) -> str:
    return text_in(one.get("text", one.get("body")))
