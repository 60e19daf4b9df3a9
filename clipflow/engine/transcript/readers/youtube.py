"""YouTube's own captions, json3: events with segments, whose starts are those of words."""

from typing import Any

from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.marks import bare
from clipflow.engine.transcript.pieces import items, text_in, whole_ms
from clipflow.engine.transcript.readers.result import ReadTranscript
from clipflow.engine.transcript.words import Timing, Word, split_words


def recognises(answer: Any) -> bool:
    """Whether there are events with a start."""
    return isinstance(answer, dict) and any("tStartMs" in one for one in items(answer.get("events"))[:50])


def read(answer: Any) -> ReadTranscript:
    """Words of automatic captions; of others the captions."""
    events = [one for one in items(answer["events"]) if items(one.get("segs")) and not one.get("aAppend")]
    words: list[Word] = []
    captions: list[Caption] = []
    starts = [whole_ms(one.get("tStartMs")) or 0 for one in events]
    for number, (event, start_ms) in enumerate(zip(events, starts, strict=True)):
        end_ms = start_ms + (whole_ms(event.get("dDurationMs")) or 0)
        if number + 1 < len(events):
            end_ms = max(start_ms, min(end_ms, starts[number + 1]))
        pieces = items(event["segs"])
        if any("tOffsetMs" in one for one in pieces):
            words += _words(pieces, start_ms, end_ms)
        elif said := bare(" ".join("".join(text_in(one.get("utf8")) for one in pieces).split())):
            captions.append(Caption(start_ms, end_ms, said))
    return ReadTranscript(tuple(words), tuple(captions))


def _words(pieces: list[dict[str, Any]], start_ms: int, end_ms: int) -> list[Word]:
    begins = [start_ms + (whole_ms(one.get("tOffsetMs")) or 0) for one in pieces]
    words: list[Word] = []
    for piece, begin_ms, next_ms in zip(pieces, begins, [*begins[1:], end_ms], strict=True):
        texts = split_words(bare(text_in(piece.get("utf8"))))
        share_ms = max(0, next_ms - begin_ms) / max(1, len(texts))
        words += [
            Word(begin_ms + round(n * share_ms), begin_ms + round((n + 1) * share_ms), text, Timing.MARKED)
            for n, text in enumerate(texts)
        ]
    return words
