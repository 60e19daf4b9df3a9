"""Vosk and Kaldi: results with words, one, in a list, or one after another in a file."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript


def recognises(answer: Any) -> bool:
    """Whether there are results with words."""
    return any("word" in word for one in _results(answer)[:50] for word in items(_words(one))[:5])


def read(answer: Any) -> ReadTranscript:
    """The words of all results."""
    listed = [word for one in _results(answer) for word in items(_words(one))]
    pieces = (
        Piece(seconds_ms(one.get("start")), seconds_ms(one.get("end")), text_in(one.get("word"))) for one in listed
    )
    return ReadTranscript(tuple(words_of_pieces(pieces)))


def _results(answer: Any) -> list[dict[str, Any]]:
    return items(answer) if isinstance(answer, list) else items([answer])


def _words(result: dict[str, Any]) -> Any:
    alternatives = items(result.get("alternatives"))
    return alternatives[0].get("result") if alternatives and "result" in alternatives[0] else result.get("result")
