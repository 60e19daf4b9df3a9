"""Amazon Transcribe: words and punctuation as items, with speakers at the items or in a list of their own."""

from typing import Any

from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name


def recognises(answer: Any) -> bool:
    """Whether there are results with items that have alternatives."""
    return any("alternatives" in one for one in items(_results(answer).get("items"))[:20])


def read(answer: Any) -> ReadTranscript:
    """The items in their order; punctuation belongs to the word before."""
    results = _results(answer)
    speakers = _speakers_by_start(results)
    pieces = [_piece(one, speakers) for one in items(results["items"])]
    return ReadTranscript(tuple(words_of_pieces(pieces)), (), text_in(results.get("language_code")) or None)


def _piece(one: dict[str, Any], speakers: dict[str, str]) -> Piece:
    content = text_in((items(one.get("alternatives")) or [{}])[0].get("content"))
    start = str(one.get("start_time"))
    speaker = one.get("speaker_label") or speakers.get(start) or one.get("channel_label")
    is_punctuation = one.get("type") == "punctuation"
    times = (seconds_ms(one.get("start_time")), seconds_ms(one.get("end_time")))
    return Piece(*times, content, speaker_name(speaker), is_glued=is_punctuation)


def _speakers_by_start(results: dict[str, Any]) -> dict[str, str]:
    """Who speaks, by the start of each word as it is written; of earlier versions."""
    labels = results.get("speaker_labels")
    segments = items(labels.get("segments")) if isinstance(labels, dict) else []
    return {
        str(word.get("start_time")): text_in(word.get("speaker_label") or one.get("speaker_label"))
        for one in segments
        for word in items(one.get("items"))
    }


def _results(answer: Any) -> dict[str, Any]:
    results = answer.get("results") if isinstance(answer, dict) else None
    return results if isinstance(results, dict) else {}
