"""The transcript that Premiere Pro exports: segments of words with a start and a length, speakers by their ids."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word


def recognises(answer: Any) -> bool:
    """Whether the words of segments say how long they last."""
    return isinstance(answer, dict) and any(
        "duration" in word and "start" in word
        for one in items(answer.get("segments"))[:20]
        for word in items(one.get("words"))[:5]
    )


def read(answer: Any) -> ReadTranscript:
    """All words; punctuation belongs to the word before."""
    names = {text_in(one.get("id")): text_in(one.get("name")) for one in items(answer.get("speakers"))}
    words: list[Word] = []
    for segment in items(answer["segments"]):
        key = text_in(segment.get("speaker"))
        speaker = speaker_name(names.get(key) or key)
        words += words_of_pieces(_piece(one, speaker) for one in items(segment.get("words")))
    language = text_in(answer.get("language"))
    return ReadTranscript(tuple(words), (), None if "?" in language else language or None)


def _piece(one: dict[str, Any], speaker: str | None) -> Piece:
    start_ms, length_ms = seconds_ms(one.get("start")), seconds_ms(one.get("duration"))
    end_ms = None if start_ms is None or length_ms is None else start_ms + length_ms
    return Piece(start_ms, end_ms, text_in(one.get("text")), speaker, is_glued=one.get("type") == "punctuation")
