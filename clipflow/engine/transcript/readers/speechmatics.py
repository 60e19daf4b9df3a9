"""Speechmatics' transcript: words, punctuation and entities with alternatives."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name

_KINDS = ("word", "punctuation", "entity")


def recognises(answer: Any) -> bool:
    """Whether the results have a kind, a start and alternatives."""
    return isinstance(answer, dict) and any(
        one.get("type") in _KINDS and "start_time" in one and "alternatives" in one
        for one in items(answer.get("results"))[:20]
    )


def read(answer: Any) -> ReadTranscript:
    """Words and entities; punctuation belongs to the word before."""
    pieces: list[Piece] = []
    language: str | None = None
    for one in items(answer["results"]):
        best = (items(one.get("alternatives")) or [{}])[0]
        if one.get("type") not in _KINDS or not text_in(best.get("content")):
            continue
        language = language or text_in(best.get("language")) or None
        times = (seconds_ms(one.get("start_time")), seconds_ms(one.get("end_time")))
        is_glued = one.get("type") == "punctuation" and one.get("attaches_to", "previous") in ("previous", "both")
        pieces.append(Piece(*times, text_in(best["content"]), speaker_name(best.get("speaker")), is_glued=is_glued))
    return ReadTranscript(tuple(words_of_pieces(pieces)), (), language)
