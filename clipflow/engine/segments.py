"""From tracks to segments: a pure, vectorised function that takes a few milliseconds for an hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from clipflow.engine.levels import LEVEL_STEPS_PER_DB, LOWEST_LEVEL_CODE
from clipflow.engine.options import AnalysisOptions
from clipflow.engine.tracks import BIN_MS, PROBABILITY_STEPS, Tracks

ENTER_THRESHOLDS = {1: 0.35, 2: 0.5, 3: 0.65}
_HYSTERESIS = 0.15
_LOWEST_EXIT = 0.01
_STEP_BINS = 50 // BIN_MS
_LOUDEST_STEPS = 20
# A whole number of steps; its wide copies fit a processor's cache.
_CHUNK_BINS = 10_000 * _STEP_BINS
# The power that each level code stands for, 1 at full scale.
_POWERS = 10 ** (np.arange(LOWEST_LEVEL_CODE + 1) / (-10.0 * LEVEL_STEPS_PER_DB))

Edges = npt.NDArray[np.int64]
Levels = npt.NDArray[np.float64]


class SegmentType(StrEnum):
    """What is heard."""

    SPEECH = "speech"
    SILENCE = "silence"
    FILLER = "filler"


class Action(StrEnum):
    """What becomes of a segment in the cut; a suggestion waits for a person."""

    KEEP = "keep"
    REMOVE = "remove"
    SUGGEST_REMOVE = "suggest_remove"


class Segment(NamedTuple):
    """A stretch of the recording; the segments of a recording tile it without gap or overlap.

    ``confidence`` is the mean speech probability (for silence: one minus it). ``level_db`` is the
    RMS level in dBFS of the loudest second, or of the whole of a shorter segment. ``filler_word`` is
    the plain spelling of a filler word, None for anything else.
    """

    start_ms: int
    end_ms: int
    type: SegmentType
    confidence: float
    level_db: float
    action: Action
    reason: str
    filler_word: str | None = None


class Cuttable(Protocol):
    """What a sum or a timeline asks of a segment, whether a person has decided on it or not."""

    @property
    def start_ms(self) -> int:
        """Where it starts."""

    @property
    def end_ms(self) -> int:
        """Where it ends."""

    @property
    def action(self) -> Action:
        """What becomes of it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a cut comes to, in milliseconds; ``cuts`` counts the stretches that are taken out."""

    duration_ms: int
    kept_ms: int
    removed_ms: int
    suggested_ms: int
    suggestions: int
    cuts: int


class Runs(NamedTuple):
    """Stretches as bins, in the order of time: the first of each, and the one after its last."""

    starts: Edges
    ends: Edges


def segment(tracks: Tracks, options: AnalysisOptions | None = None, words: Runs | None = None) -> list[Segment]:
    """Segments that tile the recording: the first starts at 0, the last ends at its length.

    Neighbours differ in type or action. Nothing is opened, no model is run, and the tracks stay as
    they are.

    Args:
        tracks: of the recording.
        options: what counts as speech and what becomes of the rest.
        words: where a transcript has words; they are speech whatever the options say, so that no
            silence reaches into one.
    """
    options = options or AnalysisOptions()
    bins = len(tracks.speech_codes)
    if bins == 0:
        return []
    runs = find_speech(tracks.speech_codes, ENTER_THRESHOLDS[options.vad_aggressiveness])
    runs = drop_short_speech(runs, options.min_speech_ms)
    runs = runs if words is None else unite(runs, words)
    runs = bridge_short_silences(runs, options.min_silence_ms)
    runs = pad_speech(runs, options.speech_pad_start_ms, options.speech_pad_end_ms, bins)
    segments = _describe(tracks, runs, options)
    return list(_keep_pauses(segments, options.keep_pause_ms)) if options.keep_pause_ms else segments


def summarise(segments: Iterable[Cuttable]) -> Summary:
    """Add up what is kept, removed and suggested; neighbours with one action are one stretch."""
    totals = dict.fromkeys(Action, 0)
    counts = dict.fromkeys(Action, 0)
    previous: Action | None = None
    for one in segments:
        totals[one.action] += one.end_ms - one.start_ms
        counts[one.action] += one.action is not previous
        previous = one.action
    return Summary(
        duration_ms=sum(totals.values()),
        kept_ms=totals[Action.KEEP],
        removed_ms=totals[Action.REMOVE],
        suggested_ms=totals[Action.SUGGEST_REMOVE],
        suggestions=counts[Action.SUGGEST_REMOVE],
        cuts=counts[Action.REMOVE],
    )


def find_speech(speech_codes: npt.NDArray[np.uint16], enter: float) -> Runs:
    """Hysteresis: speech begins where the probability reaches ``enter`` and ends where it falls below the exit.

    That is the same as: of the stretches at or above the exit, those that reach ``enter``, each
    from where it first does.
    """
    leave = max(enter - _HYSTERESIS, _LOWEST_EXIT)
    active = _runs_of(speech_codes >= _code(leave))
    # Each stretch above enter lies within one above the exit.
    triggers = np.append(_runs_of(speech_codes >= _code(enter)).starts, speech_codes.size)
    trigger = triggers[np.searchsorted(triggers, active.starts)]
    reaches_enter = trigger < active.ends
    return Runs(trigger[reaches_enter], active.ends[reaches_enter])


def drop_short_speech(runs: Runs, min_speech_ms: int) -> Runs:
    """Leave out speech that is shorter than this."""
    is_long = (runs.ends - runs.starts) * BIN_MS >= min_speech_ms
    return Runs(runs.starts[is_long], runs.ends[is_long])


def bridge_short_silences(runs: Runs, min_silence_ms: int) -> Runs:
    """Join speech across silences that are shorter than this; silence at either end of the recording stays."""
    return _join(runs, (runs.starts[1:] - runs.ends[:-1]) * BIN_MS < min_silence_ms)


def pad_speech(runs: Runs, before_ms: int, after_ms: int, bins: int) -> Runs:
    """Grow speech into the silence around it; where two pads meet, they share the gap and the speech is joined."""
    starts = np.maximum(runs.starts - -(-before_ms // BIN_MS), 0)
    ends = np.minimum(runs.ends + -(-after_ms // BIN_MS), bins)
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


def _code(probability: float) -> int:
    return round(probability * PROBABILITY_STEPS)


def _runs_of(is_set: npt.NDArray[np.bool_]) -> Runs:
    changes = np.flatnonzero(is_set[1:] != is_set[:-1]) + 1
    first = np.zeros(int(is_set[0]), dtype=np.int64)
    last = np.full(int(is_set[-1]), is_set.size, dtype=np.int64)
    edges = np.concatenate((first, changes, last))
    return Runs(edges[0::2], edges[1::2])


def _join(runs: Runs, is_joined: npt.NDArray[np.bool_]) -> Runs:
    """Merge each run with the next one where ``is_joined`` says so; shape (number of runs - 1,)."""
    if runs.starts.size == 0:
        return runs
    keep_edge = ~is_joined
    return Runs(
        np.concatenate((runs.starts[:1], runs.starts[1:][keep_edge])),
        np.concatenate((runs.ends[:-1][keep_edge], runs.ends[-1:])),
    )


def _describe(tracks: Tracks, speech: Runs, options: AnalysisOptions) -> list[Segment]:
    """Speech and the silences between as segments with confidence, level, action and reason."""
    bins = len(tracks.speech_codes)
    inner_edges = np.stack((speech.starts, speech.ends), axis=1).reshape(-1)
    edges = np.concatenate((np.zeros(1, np.int64), inner_edges, np.full(1, bins)))
    # Speech at the very start or end leaves an empty silence there.
    is_speech = np.arange(edges.size - 1) % 2 == 1
    is_real = edges[1:] > edges[:-1]
    starts, ends, is_speech = edges[:-1][is_real], edges[1:][is_real], is_speech[is_real]

    probability = _sums(tracks.speech_codes, starts) / (ends - starts) / PROBABILITY_STEPS
    confidence = np.where(is_speech, probability, 1 - probability).round(4)
    level_db = _loudest_levels(tracks.level_codes, starts, ends).round(1)
    ends_ms = np.minimum(ends * BIN_MS, tracks.duration_ms)
    start_ms, end_ms = (starts * BIN_MS).tolist(), ends_ms.tolist()
    sure, level = confidence.tolist(), level_db.tolist()
    types, actions, reasons = _judge(is_speech, level_db, options.silence_threshold_db)
    return list(map(Segment, start_ms, end_ms, types, sure, level, actions, reasons))


def _judge(
    is_speech: npt.NDArray[np.bool_], level_db: Levels, threshold_db: float
) -> tuple[list[SegmentType], list[Action], list[str]]:
    """What each segment is, what becomes of it, and why."""
    types = (SegmentType.SPEECH, SegmentType.SILENCE, SegmentType.SILENCE)
    actions = (Action.KEEP, Action.REMOVE, Action.SUGGEST_REMOVE)
    reasons = ("speech", "silence", f"no speech, but sound above {threshold_db:g} dB")
    verdicts = np.where(is_speech, 0, np.where(level_db > threshold_db, 2, 1)).tolist()
    return [types[v] for v in verdicts], [actions[v] for v in verdicts], [reasons[v] for v in verdicts]


def _loudest_levels(level_codes: npt.NDArray[np.uint8], starts: Edges, ends: Edges) -> Levels:
    """RMS level in dBFS of each segment's loudest second, or of the whole of a shorter one.

    The mean of a long silence would hide a slammed door or a burst of applause in it. The second
    is moved in steps of 50 ms.
    """
    mean = _sums(level_codes, starts, _POWERS) / (ends - starts)
    first_steps, last_steps = -(-starts // _STEP_BINS), ends // _STEP_BINS
    is_long = last_steps - first_steps >= _LOUDEST_STEPS
    if is_long.any():
        loudness = _sliding_means(level_codes)
        # Pairs of first window and one past the last; every other result is that of the space between.
        bounds = np.stack((first_steps[is_long], last_steps[is_long] - _LOUDEST_STEPS + 1), axis=1).reshape(-1)
        mean[is_long] = np.maximum.reduceat(np.append(loudness, 0.0), bounds)[0::2]
    level_db: Levels = 10 * np.log10(mean)
    return level_db


def _sliding_means(level_codes: npt.NDArray[np.uint8]) -> Levels:
    """Mean power of each second of a recording, in steps of 50 ms."""
    whole_steps = level_codes[: level_codes.size // _STEP_BINS * _STEP_BINS]
    steps = [
        _meanings(whole_steps[first : first + _CHUNK_BINS], _POWERS).reshape(-1, _STEP_BINS) @ np.ones(_STEP_BINS)
        for first in range(0, whole_steps.size, _CHUNK_BINS)
    ]
    sums = np.cumsum(np.concatenate((np.zeros(1), *steps)))
    means: Levels = (sums[_LOUDEST_STEPS:] - sums[:-_LOUDEST_STEPS]) / (_LOUDEST_STEPS * _STEP_BINS)
    # The difference of two large sums may come out as less than the faintest level there is.
    return means.clip(min=_POWERS[-1])


def _sums(
    codes: npt.NDArray[np.unsignedinteger], starts: Edges, meanings: npt.NDArray[np.float64] | None = None
) -> Levels:
    """Sum of the values from each start to the next; in chunks, because wide copies of a track are large.

    ``meanings`` gives the value that each code stands for, where it is not the code itself.
    """
    sums = np.zeros(starts.size)
    for first in range(0, codes.size, _CHUNK_BINS):
        chunk = codes[first : first + _CHUNK_BINS]
        values = chunk.astype(np.float64) if meanings is None else _meanings(chunk, meanings)
        begin = int(np.searchsorted(starts, first, side="right")) - 1
        end = int(np.searchsorted(starts, first + chunk.size))
        sums[begin:end] += np.add.reduceat(values, np.maximum(starts[begin:end] - first, 0))
    return sums


def _meanings(codes: npt.NDArray[np.unsignedinteger], meanings: npt.NDArray[np.float64]) -> Levels:
    # Every code has its meaning, so nothing is clipped; the mode only skips a check that doubles the time.
    values: Levels = np.take(meanings, codes, mode="clip")
    return values


def _keep_pauses(segments: Sequence[Segment], pause_ms: int) -> Iterable[Segment]:
    """Leave part of each silence between two stretches of speech, half on either side of the cut.

    A suggestion leaves it too, because its removal would cut words together as well. The start and
    the end of the recording have no words to keep apart.
    """
    last = len(segments) - 1
    for number, one in enumerate(segments):
        if one.type is not SegmentType.SILENCE or number in (0, last):
            yield one
        else:
            yield from _split_silence(one, pause_ms)


def _split_silence(silence: Segment, pause_ms: int) -> Iterable[Segment]:
    kept = silence._replace(action=Action.KEEP, reason=f"pause of up to {pause_ms} ms kept")
    if silence.end_ms - silence.start_ms <= pause_ms:
        yield kept
        return
    cut_start_ms = silence.start_ms + pause_ms // 2
    cut_end_ms = silence.end_ms - (pause_ms - pause_ms // 2)
    if cut_start_ms > silence.start_ms:
        yield kept._replace(end_ms=cut_start_ms)
    yield silence._replace(start_ms=cut_start_ms, end_ms=cut_end_ms)
    if cut_end_ms < silence.end_ms:
        yield kept._replace(start_ms=cut_end_ms)
