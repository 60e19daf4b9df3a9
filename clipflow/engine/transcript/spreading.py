"""Spreading words over the stretches of speech that they are said in."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from clipflow.engine.runs import bridge_short_silences, drop_short, find_speech, no_runs
from clipflow.engine.tracks import BIN_MS, Tracks

# A word may be said softly: what the transcript has heard needs less proof than what nobody has.
_ENTER = 0.35
_BRIDGE_MS = 100
_SHORTEST_MS = 50
_PUNCTUATION_WEIGHT = 1


class Stretch(NamedTuple):
    """A stretch of time in milliseconds."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.end_ms - self.start_ms


class SpeechStretches:
    """Where anything is said in a recording, made to be asked often."""

    def __init__(self, tracks: Tracks) -> None:
        runs = no_runs()
        if len(tracks.speech_codes):
            runs = find_speech(tracks.speech_codes, _ENTER)
            runs = bridge_short_silences(drop_short(runs, _SHORTEST_MS), _BRIDGE_MS)
        self._starts = runs.starts * BIN_MS
        self._ends = np.minimum(runs.ends * BIN_MS, tracks.duration_ms)

    def within(self, start_ms: int, end_ms: int) -> list[Stretch]:
        """The speech between two times, cut off at both."""
        if end_ms <= start_ms:
            return []
        first = int(np.searchsorted(self._ends, start_ms, side="right"))
        last = int(np.searchsorted(self._starts, end_ms))
        return [
            Stretch(max(int(self._starts[n]), start_ms), min(int(self._ends[n]), end_ms)) for n in range(first, last)
        ]


def spread(texts: Sequence[str], stretches: Sequence[Stretch]) -> list[Stretch]:
    """Give each text its share of the stretches by its length, so that none lies across a silence.

    Args:
        texts: in the order they are said.
        stretches: in the order of time, not empty, without overlap.
    """
    weights = np.array([len(text) + _PUNCTUATION_WEIGHT for text in texts], dtype=np.float64)
    edges = np.concatenate((np.zeros(1), np.cumsum(weights) / weights.sum()))
    lengths = np.array([one.length_ms for one in stretches], dtype=np.float64)
    offsets = np.concatenate((np.zeros(1), np.cumsum(lengths)))
    positions = (edges * offsets[-1]).round()
    placed: list[Stretch] = []
    for number in range(len(texts)):
        placed.append(_in_one(positions[number], positions[number + 1], stretches, offsets))
    return _in_order(placed)


def _in_one(
    start: float, end: float, stretches: Sequence[Stretch], offsets: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> Stretch:
    """The part of a span over joined stretches that lies in the one that holds most of it."""
    first = max(0, int(np.searchsorted(offsets, start, side="right")) - 1)
    last = min(len(stretches) - 1, int(np.searchsorted(offsets, end, side="left")) - 1)
    first = min(first, len(stretches) - 1)
    shares = [min(end, offsets[n + 1]) - max(start, offsets[n]) for n in range(first, max(first, last) + 1)]
    chosen = first + int(np.argmax(shares))
    stretch = stretches[chosen]
    begin = stretch.start_ms + max(0.0, start - offsets[chosen])
    finish = stretch.start_ms + min(float(stretch.length_ms), end - offsets[chosen])
    return Stretch(int(begin), max(int(begin), int(finish)))


def _in_order(placed: Sequence[Stretch]) -> list[Stretch]:
    ordered: list[Stretch] = []
    earliest_ms = 0
    for one in placed:
        start_ms = max(one.start_ms, earliest_ms)
        ordered.append(Stretch(start_ms, max(start_ms, one.end_ms)))
        earliest_ms = ordered[-1].end_ms
    return ordered
