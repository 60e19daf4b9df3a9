"""Stretches of a recording as whole bins of its 10 ms grid, and what can be done with them: vectorised, pure."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clipflow.engine.tracks import BIN_MS, PROBABILITY_STEPS

Edges = npt.NDArray[np.int64]

_HYSTERESIS = 0.15
_LOWEST_EXIT = 0.01


class Runs(NamedTuple):
    """Stretches as bins, in the order of time: the first of each, and the one after its last."""

    starts: Edges
    ends: Edges


def no_runs() -> Runs:
    """No stretch at all."""
    return Runs(np.zeros(0, np.int64), np.zeros(0, np.int64))


def bins_in(length_ms: int) -> int:
    """How many bins it takes to cover a time."""
    return -(-length_ms // BIN_MS)


def runs_where(is_set: npt.NDArray[np.bool_]) -> Runs:
    """The stretches over which a track of booleans is true."""
    if is_set.size == 0:
        return no_runs()
    changes = np.flatnonzero(is_set[1:] != is_set[:-1]) + 1
    first = np.zeros(int(is_set[0]), dtype=np.int64)
    last = np.full(int(is_set[-1]), is_set.size, dtype=np.int64)
    edges = np.concatenate((first, changes, last))
    return Runs(edges[0::2], edges[1::2])


def find_speech(speech_codes: npt.NDArray[np.uint16], enter: float, leave: float | None = None) -> Runs:
    """Hysteresis: speech begins where the probability reaches ``enter`` and ends where it falls below ``leave``.

    That is the same as: of the stretches at or above the exit, those that reach ``enter``, each
    from where it first does. Without ``leave`` the exit is 0.15 below the entrance.
    """
    active = runs_where(speech_codes >= _code(max(enter - _HYSTERESIS, _LOWEST_EXIT) if leave is None else leave))
    # Each stretch above enter lies within one above the exit.
    triggers = np.append(runs_where(speech_codes >= _code(enter)).starts, speech_codes.size)
    trigger = triggers[np.searchsorted(triggers, active.starts)]
    reaches_enter = trigger < active.ends
    return Runs(trigger[reaches_enter], active.ends[reaches_enter])


def possible_speech(speech_codes: npt.NDArray[np.uint16], threshold: float) -> Runs:
    """The stretches in which the probability of speech is at or above a threshold."""
    return runs_where(speech_codes >= _code(threshold))


def drop_short(runs: Runs, shortest_ms: int) -> Runs:
    """Leave out what is shorter than this."""
    return chosen(runs, (runs.ends - runs.starts) * BIN_MS >= shortest_ms)


def bridge_short_silences(runs: Runs, min_silence_duration_ms: int) -> Runs:
    """Join runs across gaps that are shorter than this; the gap at either end of the recording stays."""
    return _join(runs, (runs.starts[1:] - runs.ends[:-1]) * BIN_MS < min_silence_duration_ms)


def pad(runs: Runs, before_ms: int, after_ms: int, bins: int) -> Runs:
    """Grow runs into the gaps around them; where two pads meet, they share the gap and the runs are joined."""
    starts = np.maximum(runs.starts - bins_in(before_ms), 0)
    ends = np.minimum(runs.ends + bins_in(after_ms), bins)
    return _join(Runs(starts, ends), starts[1:] <= ends[:-1])


def unite(one: Runs, other: Runs) -> Runs:
    """What lies in either; runs that touch become one."""
    starts = np.concatenate((one.starts, other.starts))
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.concatenate((one.ends, other.ends))[order]
    if starts.size == 0:
        return one
    reached = np.maximum.accumulate(ends)
    return _join(Runs(starts, reached), starts[1:] <= reached[:-1])


def gaps_between(runs: Runs, bins: int) -> Runs:
    """What lies outside of runs that neither touch nor overlap."""
    starts = np.concatenate((np.zeros(1, np.int64), runs.ends))
    ends = np.concatenate((runs.starts, np.full(1, bins, np.int64)))
    return chosen(Runs(starts, ends), ends > starts)


def common(one: Runs, other: Runs, bins: int) -> Runs:
    """What lies in both; each of the two neither touches nor overlaps itself."""
    outside = unite(gaps_between(one, bins), gaps_between(other, bins))
    return gaps_between(outside, bins)


def touches(runs: Runs, others: Runs) -> npt.NDArray[np.bool_]:
    """For each run whether it overlaps any of the others; shape (number of runs,)."""
    first = np.searchsorted(others.ends, runs.starts, side="right")
    starts = np.append(others.starts, np.iinfo(np.int64).max)
    overlaps: npt.NDArray[np.bool_] = starts[first] < runs.ends
    return overlaps


def covered(runs: Runs, size: int) -> npt.NDArray[np.bool_]:
    """Which places lie in a run; shape (size,)."""
    # Runs do not overlap, so that hardly more than one covers a place.
    changes = np.zeros(size + 1, dtype=np.int8)
    np.add.at(changes, np.minimum(runs.starts, size), 1)
    np.subtract.at(changes, np.minimum(runs.ends, size), 1)
    inside: npt.NDArray[np.bool_] = np.cumsum(changes[:size], dtype=np.int8) > 0
    return inside


def chosen(runs: Runs, is_chosen: npt.NDArray[np.bool_]) -> Runs:
    """The runs that ``is_chosen``, of shape (number of runs,), is true for."""
    return Runs(runs.starts[is_chosen], runs.ends[is_chosen])


def _code(probability: float) -> int:
    return round(probability * PROBABILITY_STEPS)


def _join(runs: Runs, is_joined: npt.NDArray[np.bool_]) -> Runs:
    """Merge each run with the next one where ``is_joined`` says so; shape (number of runs - 1,)."""
    if runs.starts.size == 0:
        return runs
    keep_edge = ~is_joined
    return Runs(
        np.concatenate((runs.starts[:1], runs.starts[1:][keep_edge])),
        np.concatenate((runs.ends[:-1][keep_edge], runs.ends[-1:])),
    )
