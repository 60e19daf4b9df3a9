"""How loud the room is between the words, followed over time, and what stands out from it.

Rooms are not silent: fans, traffic and the microphone itself lie under every pause. The room's level
is the median of what is heard where nobody speaks, over the half minute around each moment; that
a noise floor is followed in pauses within a window is the idea of minimum statistics (R. Martin,
"Noise power spectral density estimation based on optimal smoothing and minimum statistics", 2001).
Only pauses between words count, so that a minute of music before the talk is no room.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from clipflow.engine.levels import LEVEL_STEPS_PER_DB, LOWEST_LEVEL_CODE
from clipflow.engine.runs import Runs, bridge_short_silences, chosen, common, covered, no_runs, pad, runs_where, touches
from clipflow.engine.tracks import BIN_MS

Levels = npt.NDArray[np.floating[Any]]

STEP_BINS = 50 // BIN_MS
SECOND_STEPS = 20
# A whole number of steps; its wide copies fit a processor's cache.
CHUNK_BINS = 10_000 * STEP_BINS
# The power that each level code stands for, 1 at full scale.
POWERS = 10 ** (np.arange(LOWEST_LEVEL_CODE + 1) / (-10.0 * LEVEL_STEPS_PER_DB))

# Of a recording that is never quiet, this share of it is taken for the room.
_QUIET_SHARE = 0.3
_BLOCK_STEPS = 20
_LEAST_QUIET_STEPS = 3
# The room is asked for every four seconds, from the half minute around.
_HOP_BLOCKS = 4
_WINDOW_BLOCKS = 31
# A longer pause is none between words: there may be music, or people who come in.
_BETWEEN_WORDS_MS = 10_000
_EVENT_MARGIN_MS = 100
_EVENT_GAP_MS = 1000
_SMOOTH_STEPS = 5
_ONSET_STEPS = 15
_ONSET_DB = 6.0
_EDGE_ABOVE_ROOM_DB = 4.0
_EDGE_BELOW_THRESHOLD_DB = 20.0


class EventLimits(NamedTuple):
    """What counts as an event.

    Attributes:
        threshold_db: what is not louder than this never counts, in dBFS.
        above_room_db: how far it has to stand out; 0 leaves the room aside.
    """

    threshold_db: float
    above_room_db: float


class Room(NamedTuple):
    """The level of the room in dBFS: for each 50 ms of a recording, shape (n,), and its median over the whole."""

    level_db: Levels
    median_db: float


def step_powers(level_codes: npt.NDArray[np.uint8]) -> Levels:
    """Mean power of each whole 50 ms of a recording, 1 at full scale; shape (n,)."""
    whole = level_codes[: level_codes.size // STEP_BINS * STEP_BINS]
    steps = [
        meanings(whole[first : first + CHUNK_BINS], POWERS).reshape(-1, STEP_BINS) @ np.full(STEP_BINS, 1 / STEP_BINS)
        for first in range(0, whole.size, CHUNK_BINS)
    ]
    return np.concatenate((np.zeros(0), *steps))


def meanings(codes: npt.NDArray[np.unsignedinteger], values: Levels) -> Levels:
    """The value that each code stands for."""
    # Every code has its meaning, so nothing is clipped; the mode only skips a check that doubles the time.
    found: Levels = np.take(values, codes, mode="clip")
    return found


def decibels(powers: Levels) -> Levels:
    """Powers as dBFS, at least -127.5."""
    # In place, because memory that is taken anew costs more than the sums in it.
    level_db = powers.astype(np.float32)
    np.maximum(level_db, np.float32(POWERS[-1]), out=level_db)
    np.log10(level_db, out=level_db)
    level_db *= 10
    return level_db


def room_level(level_db: Levels, speech: Runs, possible_speech: Runs) -> Room:
    """The level of the room around each moment.

    Args:
        level_db: of each 50 ms.
        speech: where someone most likely speaks; only what lies between it says how loud the room is.
        possible_speech: where someone may speak; it is left out of the room.
    """
    blocks = level_db.size // _BLOCK_STEPS
    if blocks == 0:
        lowest = float(level_db.min(initial=0.0))
        return Room(np.full(level_db.size, lowest), lowest)
    whole = blocks * _BLOCK_STEPS
    is_quiet = ~_steps_touched(possible_speech, level_db.size)[:whole].reshape(blocks, -1)
    by_block = _medians(level_db[:whole].reshape(blocks, -1), is_quiet, _LEAST_QUIET_STEPS)
    talk = bridge_short_silences(speech, _BETWEEN_WORDS_MS)
    in_talk = _steps_touched(talk, level_db.size)[:whole].reshape(blocks, -1).any(axis=1)
    is_known = np.isfinite(by_block) & in_talk
    if not is_known.any():
        is_known = np.isfinite(by_block)
    return _followed(by_block, is_known, level_db)


def level_in_gaps(powers: Levels, gaps: Runs) -> Levels:
    """Level of the quarter of a second around each 50 ms in dBFS, counting only what lies in gaps; shape (n,)."""
    reach = _SMOOTH_STEPS // 2
    sums = np.zeros(powers.size + _SMOOTH_STEPS)
    np.multiply(powers, _steps_within(gaps, powers.size), out=sums[reach + 1 : reach + 1 + powers.size])
    np.cumsum(sums, out=sums)
    # The difference of two large sums may come out as less than nothing.
    means = sums[_SMOOTH_STEPS:] - sums[:-_SMOOTH_STEPS]
    means /= _SMOOTH_STEPS
    return decibels(means)


def loud_events(
    level_db: Levels, gap_level_db: Levels, room: Room, speech_db: float, gaps: Runs, limits: EventLimits
) -> Runs:
    """The parts of the gaps between speech that are loud and stand out from the room.

    A sound stands out when it is ``limits.above_room_db`` above the room, or when it is about as
    loud as the speech and sets in at once: doors and applause do in a room so noisy that nothing
    else could, while a car that passes swells. An event reaches as far as it can be told from the room.

    Args:
        level_db: of each 50 ms.
        gap_level_db: from :func:`level_in_gaps`.
        room: from :func:`room_level`.
        speech_db: level of the speech, see :func:`speech_level`.
        gaps: where nobody speaks, as bins.
        limits: what counts.
    """
    if level_db.size == 0 or gaps.starts.size == 0:
        return no_runs()
    is_loud = gap_level_db > limits.threshold_db
    edge_db: Levels | float = limits.threshold_db
    if limits.above_room_db:
        edge_db = np.maximum(room.level_db + _EDGE_ABOVE_ROOM_DB, limits.threshold_db - _EDGE_BELOW_THRESHOLD_DB)
        stands_out = gap_level_db > room.level_db + limits.above_room_db
        is_loud &= stands_out | _sets_in(gap_level_db, room, speech_db)
    loud = runs_where(is_loud)
    if loud.starts.size == 0:
        return no_runs()
    audible = runs_where((level_db > edge_db) & _steps_within(gaps, level_db.size))
    events = chosen(audible, touches(audible, loud))
    events = bridge_short_silences(Runs(events.starts * STEP_BINS, events.ends * STEP_BINS), _EVENT_GAP_MS)
    bins = int(gaps.ends[-1])
    return common(pad(events, _EVENT_MARGIN_MS, _EVENT_MARGIN_MS, bins), gaps, bins)


def standing_out(gap_level_db: Levels, room: Room, runs: Runs, above_room_db: float) -> npt.NDArray[np.bool_]:
    """For each run whether a quarter of a second of it is this far above the room; shape (number of runs,)."""
    if gap_level_db.size == 0:
        return np.ones(runs.starts.size, dtype=bool)
    above = runs_where(gap_level_db > room.level_db + above_room_db)
    return touches(runs, Runs(above.starts * STEP_BINS, above.ends * STEP_BINS))


def speech_level(powers: Levels, speech: Runs) -> float | None:
    """Mean level of what is surely speech, in dBFS; None where there is none."""
    spoken = powers[_steps_within(speech, powers.size)]
    return float(10 * np.log10(max(spoken.mean(), POWERS[-1]))) if spoken.size else None


def _steps_touched(runs: Runs, steps: int) -> npt.NDArray[np.bool_]:
    """Which steps of 50 ms are touched by runs; shape (steps,)."""
    return covered(Runs(runs.starts // STEP_BINS, -(-runs.ends // STEP_BINS)), steps)


def _steps_within(runs: Runs, steps: int) -> npt.NDArray[np.bool_]:
    """Which steps of 50 ms lie wholly in a run; shape (steps,)."""
    first, last = -(-runs.starts // STEP_BINS), runs.ends // STEP_BINS
    return covered(Runs(first, np.maximum(first, last)), steps)


def _medians(level_db: Levels, is_counted: npt.NDArray[np.bool_], least: int) -> Levels:
    """The median of what counts in each row; infinite in rows where too little does."""
    counts = is_counted.sum(axis=1)
    ordered = np.sort(np.where(is_counted, level_db, np.inf), axis=1)
    found: Levels = ordered[np.arange(counts.size), np.maximum(counts - 1, 0) // 2]
    return np.where(counts >= least, found, np.inf)


def _followed(by_block: Levels, is_known: npt.NDArray[np.bool_], level_db: Levels) -> Room:
    """The room at each step, from the blocks of a second that are known."""
    if not is_known.any():
        lowest = float(np.quantile(level_db, _QUIET_SHARE))
        return Room(np.full(level_db.size, lowest), lowest)
    reach = _WINDOW_BLOCKS // 2
    padded = np.pad(np.where(is_known, by_block, np.inf), reach, constant_values=np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_BLOCKS)[::_HOP_BLOCKS]
    sampled = _medians(windows, np.isfinite(windows), 1)
    is_sampled = np.isfinite(sampled)
    positions = np.arange(sampled.size) * _HOP_BLOCKS
    blocks = np.arange(-(-level_db.size // _BLOCK_STEPS))
    followed = np.interp(blocks, positions[is_sampled], sampled[is_sampled]).astype(np.float32)
    return Room(np.repeat(followed, _BLOCK_STEPS)[: level_db.size], float(np.median(by_block[is_known])))


def _sets_in(gap_level_db: Levels, room: Room, speech_db: float) -> npt.NDArray[np.bool_]:
    """Where the sound is about as loud as the speech and has come up within less than a second."""
    lead = min(_ONSET_STEPS, gap_level_db.size)
    limit_db = room.level_db.copy()
    np.maximum(limit_db[lead:], gap_level_db[: gap_level_db.size - lead], out=limit_db[lead:])
    limit_db += _ONSET_DB
    np.maximum(limit_db, speech_db - _ONSET_DB, out=limit_db)
    sets_in: npt.NDArray[np.bool_] = gap_level_db > limit_db
    return sets_in
