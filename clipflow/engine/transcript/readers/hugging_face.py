"""The chunks of Hugging Face's speech recognition: words or phrases with a pair of times."""

from itertools import pairwise
from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import Piece, items, seconds_ms, text_in, words_of_pieces
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.speakers import speaker_name

# Phrases whose times start again have been cut into windows of this length.
_WINDOW_MS = 30_000
_BACK_MS = 5_000
_WORDS_A_CHUNK = 1.5
# The last phrase of a recording that was cut off has no end.
_LAST_PHRASE_MS = 5_000


def recognises(answer: Any) -> bool:
    """Whether there are chunks with pairs of times."""
    return any(_pair(one) != (None, None) for one in _chunks(answer)[:20])


def read(answer: Any) -> ReadTranscript:
    """Words where each chunk is one, captions where they are phrases."""
    chunks = [one for one in _chunks(answer) if text_in(one.get("text")).strip()]
    times = _in_order([_pair(one) for one in chunks])
    texts = [text_in(one.get("text")) for one in chunks]
    speakers = [speaker_name(one.get("speaker")) for one in chunks]
    words = sum(len(text.split()) for text in texts)
    if words <= _WORDS_A_CHUNK * len(texts):
        pieces = (Piece(*time, text, who) for time, text, who in zip(times, texts, speakers, strict=True))
        return ReadTranscript(tuple(words_of_pieces(pieces)))
    captions = [
        Caption(start_ms, max(start_ms, end_ms if end_ms is not None else start_ms + _LAST_PHRASE_MS), said, who)
        for (start_ms, end_ms), text, who in zip(times, texts, speakers, strict=True)
        if start_ms is not None and (said := bare(text))
    ]
    return ReadTranscript((), tuple(captions))


def _chunks(answer: Any) -> list[dict[str, Any]]:
    return items(answer.get("chunks") if isinstance(answer, dict) else answer)


def _pair(one: dict[str, Any]) -> tuple[int | None, int | None]:
    pair = one.get("timestamp")
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004  start and end
        return None, None
    return seconds_ms(pair[0]), seconds_ms(pair[1])


def _in_order(times: list[tuple[int | None, int | None]]) -> list[tuple[int | None, int | None]]:
    """Times that start again after each window, counted on; an end that is missing is where the next one begins."""
    moved_ms, before_ms = 0, 0
    counted: list[tuple[int | None, int | None]] = []
    for start_ms, end_ms in times:
        if start_ms is not None and start_ms + moved_ms < before_ms - _BACK_MS:
            moved_ms = (before_ms // _WINDOW_MS + 1) * _WINDOW_MS
        start = None if start_ms is None else start_ms + moved_ms
        end = None if end_ms is None else end_ms + moved_ms
        before_ms = start if start is not None else before_ms
        counted.append((start, end))
    following = [*(start for _, (start, _) in pairwise(counted)), None][: len(counted)]
    return [
        (start, end if end is not None else next_ms) for (start, end), next_ms in zip(counted, following, strict=True)
    ]
