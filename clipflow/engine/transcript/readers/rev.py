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
    names = {one.get("id"): one.get("name") for one in items(answer.get("speakers")) if _is_plain(one.get("id"))}
    for monologue in items(answer["monologues"]):
        number = monologue.get("speaker")
        named = monologue.get("speaker_name") or (names.get(number) if _is_plain(number) else None)
        speaker = speaker_name(named) or speaker_name(number)
        words += words_of_pieces(_piece(one, speaker) for one in items(monologue.get("elements")))
    return ReadTranscript(tuple(words))


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, str))


def _piece(one: dict[str, Any], speaker: str | None) -> Piece:
    # What people transcribe has times of the clock, what machines do has seconds.
    times = (seconds_ms(one.get("ts", one.get("timestamp"))), seconds_ms(one.get("end_ts", one.get("end_timestamp"))))
    return Piece(*times, text_in(one.get("value")), speaker, is_glued=one.get("type") == "punct")
