"""Rev's transcript: monologues of elements, whose values put together are the text."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name
from clipflow.engine.transcript.words import Word


def recognises(answer: Any) -> bool:
    """Whether there are monologues."""
    return isinstance(answer, dict) and any("elements" in one for one in items(answer.get("monologues"))[:20])


def read(answer: Any) -> ReadTranscript:
    """The elements of all monologues; punctuation belongs to the word before."""
    words: list[Word] = []
    for monologue in items(answer["monologues"]):
        speaker = speaker_name(monologue.get("speaker"))
        words += words_of_pieces(_piece(one, speaker) for one in items(monologue.get("elements")))
    return ReadTranscript(tuple(words))


def _piece(one: dict[str, Any], speaker: str | None) -> Piece:
    times = (seconds_ms(one.get("ts")), seconds_ms(one.get("end_ts")))
    return Piece(*times, text_in(one.get("value")), speaker, is_glued=one.get("type") == "punct")
