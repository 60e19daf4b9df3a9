"""From tracks to segments: a pure, vectorised function that takes a few milliseconds for an hour.

What is surely speech is kept, what surely is none is removed, and what lies between is suggested
for removal, so that a person decides. ``docs/engine.md`` explains the rules and gives their figures.
The file is long because it holds all of these rules, in the order in which they are applied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from clipflow.engine.options import AnalysisOptions
from clipflow.engine.room import (
    CHUNK_BINS,
    POWERS,
    SECOND_STEPS,
    STEP_BINS,
    EventLimits,
    Levels,
    Room,
    decibels,
    level_in_gaps,
    loud_events,
    meanings,
    room_level,
    speech_level,
    standing_out,
    step_powers,
)
from clipflow.engine.runs import (
    Edges,
    Runs,
    bins_in,
    bridge_short_silences,
    chosen,
    common,
    drop_short,
    find_speech,
    gaps_between,
    pad,
    possible_speech,
    touches,
    unite,
)
from clipflow.engine.tracks import BIN_MS, PROBABILITY_STEPS, Tracks

# How sure the detector must be to keep something, by aggressiveness.
SURE_OF_SPEECH = {1: 0.35, 2: 0.5, 3: 0.65}
_EVEN_CHANCE = 0.5
# What never reaches this is no speech: in the depth of pauses of noisy rooms the probability stays below.
_DOUBT = 0.2
# Where the probability stays below this for 150 ms around, there is no speech (measured on noisy rooms).
_SURELY_NONE = 0.08
_CONTEXT_MS = 150
# Doubt beside speech that is shorter than this is the start or the end of a word.
_SHORT_DOUBT_MS = 500
# A blip that is shorter than this is no word.
_SHORTEST_DOUBT_MS = 100
_SUGGESTIONS_GAP_MS = 500
# Doubt that is hardly louder than the room is the room: voices behind a wall, a fan that hums.
_MAYBE_ABOVE_ROOM_DB = 8.0
# What stands out for this long is no door and no cough.
_SUSTAINED_MS = 4000


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


class ReasonCode(StrEnum):
    """Why a segment is what it is; programs may rely on these."""

    SPEECH = "speech"
    SILENCE = "silence"
    ROOM_NOISE = "room_noise"
    MAYBE_SPEECH = "maybe_speech"
    LOUD_EVENT = "loud_event"
    MUSIC_LIKE = "music_like"
    PAUSE_KEPT = "pause_kept"
    FILLER = "filler"
    LEFT_OUT = "left_out"
    SAID_AGAIN = "said_again"
    DECIDED = "decided"


class Segment(NamedTuple):
    """A stretch of the recording; the segments of a recording tile it without gap or overlap.

    ``confidence`` is the mean speech probability (for silence: one minus it). ``level_db`` is the
    RMS level in dBFS of the loudest second, or of the whole of a shorter segment. ``reason`` says
    in words what ``reason_code`` says to programs. ``filler_word`` is the plain spelling of a filler
    word, None for anything else.
    """

    start_ms: int
    end_ms: int
    type: SegmentType
    confidence: float
    level_db: float
    action: Action
    reason: str
    reason_code: ReasonCode
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


class _Verdict(NamedTuple):
    """What stretches of one kind are, what becomes of them, and why."""

    type: SegmentType
    action: Action
    reason: str
    code: ReasonCode


_SPEECH, _SILENCE, _ROOM_NOISE, _MAYBE_SPEECH, _LOUD_EVENT, _MUSIC_LIKE = range(6)
_VERDICTS = (
    _Verdict(SegmentType.SPEECH, Action.KEEP, "speech", ReasonCode.SPEECH),
    _Verdict(SegmentType.SILENCE, Action.REMOVE, "silence", ReasonCode.SILENCE),
    _Verdict(SegmentType.SILENCE, Action.REMOVE, "room noise", ReasonCode.ROOM_NOISE),
    _Verdict(SegmentType.SILENCE, Action.SUGGEST_REMOVE, "might be speech", ReasonCode.MAYBE_SPEECH),
    _Verdict(SegmentType.SILENCE, Action.SUGGEST_REMOVE, "a loud sound that is no speech", ReasonCode.LOUD_EVENT),
    _Verdict(
        SegmentType.SILENCE,
        Action.SUGGEST_REMOVE,
        "a long loud sound that is no speech, such as music or applause",
        ReasonCode.MUSIC_LIKE,
    ),
)


def segment(tracks: Tracks, options: AnalysisOptions | None = None, words: Runs | None = None) -> list[Segment]:
    """Segments that tile the recording: the first starts at 0, the last ends at its length.

    Neighbours differ in type, action or reason. Nothing is opened, no model is run, and the tracks
    stay as they are.

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
    possible, likely, powers, level_db, room = _survey(tracks)
    sure = find_speech(tracks.speech_codes, SURE_OF_SPEECH[options.vad_aggressiveness])
    speech = _kept_speech(drop_short(sure, options.min_speech_duration_ms), possible, words, options, bins)
    gaps = gaps_between(speech, bins)
    gap_level_db = level_in_gaps(powers, gaps)
    maybe = _maybe_speech(tracks.speech_codes, gaps, possible)
    if options.above_room_db:
        maybe = chosen(maybe, standing_out(gap_level_db, room, maybe, _MAYBE_ABOVE_ROOM_DB))
    limits = EventLimits(options.silence_threshold_db, options.above_room_db)
    events = loud_events(level_db, gap_level_db, room, speech_level(powers, likely) or 0.0, gaps, limits)
    maybe = pad(maybe, options.speech_pad_start_ms, options.speech_pad_end_ms, bins)
    suggested, beside = _suggested(unite(maybe, events), gaps, bins, options)
    speech = bridge_short_silences(unite(speech, beside), 1)
    segments = _describe(tracks, powers, _Kinds(speech, suggested, maybe, events), options)
    return list(_keep_pauses(segments, options.keep_pause_ms)) if options.keep_pause_ms else segments


class Loudness(NamedTuple):
    """Levels in dBFS: of the room between the words, and of the speech; None where nobody speaks for sure."""

    room_db: float
    speech_db: float | None


def loudness_of(tracks: Tracks) -> Loudness:
    """How loud the room and the speech of a recording are."""
    heard = _survey(tracks)
    return Loudness(round(heard.room.median_db, 1), speech_level(heard.powers, heard.likely))


class _Survey(NamedTuple):
    """What the tracks say whatever the options: where someone may and most likely does speak, and the room."""

    possible: Runs
    likely: Runs
    powers: Levels
    level_db: Levels
    room: Room


def _survey(tracks: Tracks) -> _Survey:
    possible = bridge_short_silences(possible_speech(tracks.speech_codes, _SURELY_NONE), 2 * _CONTEXT_MS)
    likely = find_speech(tracks.speech_codes, _EVEN_CHANCE)
    powers = step_powers(tracks.level_codes)
    level_db = decibels(powers)
    room = room_level(level_db, likely, pad(possible, _CONTEXT_MS, _CONTEXT_MS, len(tracks.speech_codes)))
    return _Survey(possible, likely, powers, level_db, room)


def _kept_speech(sure: Runs, possible: Runs, words: Runs | None, options: AnalysisOptions, bins: int) -> Runs:
    """What stays: sure speech and words, the short doubt beside them, short pauses between them, and the pads."""
    speech = sure if words is None else unite(sure, words)
    doubt = chosen(possible, touches(possible, speech))
    beside = common(doubt, gaps_between(speech, bins), bins)
    length_ms = (beside.ends - beside.starts) * BIN_MS
    # Less than the context is how the detector's answer rises and falls; the padding covers it.
    beside = chosen(beside, (length_ms >= _CONTEXT_MS) & (length_ms < _SHORT_DOUBT_MS))
    # What the padding covers anyway is padding: only doubt that reaches further makes the speech longer.
    padded = pad(
        bridge_short_silences(speech, options.min_silence_duration_ms),
        options.speech_pad_start_ms,
        options.speech_pad_end_ms,
        bins,
    )
    return bridge_short_silences(unite(padded, beside), 1)


def _maybe_speech(speech_codes: npt.NDArray[np.uint16], gaps: Runs, possible: Runs) -> Runs:
    """What might be speech but is not kept."""
    doubtful = drop_short(possible_speech(speech_codes, _DOUBT), _SHORTEST_DOUBT_MS)
    outside = drop_short(common(possible, gaps, speech_codes.size), _SHORTEST_DOUBT_MS)
    return chosen(outside, touches(outside, doubtful))


def _suggested(wanted: Runs, gaps: Runs, bins: int, options: AnalysisOptions) -> tuple[Runs, Runs]:
    """What a person is asked about, and what belongs to the speech beside it because it is so short.

    Parts of the gaps are joined where little lies between them, and reach up to a near edge.
    """
    wanted = common(
        bridge_short_silences(wanted, max(options.min_silence_duration_ms, _SUGGESTIONS_GAP_MS)), gaps, bins
    )
    if wanted.starts.size == 0:
        return wanted, wanted
    gap = np.searchsorted(gaps.ends, wanted.starts, side="right")
    near = bins_in(options.min_silence_duration_ms)
    starts = np.where(wanted.starts - gaps.starts[gap] < near, gaps.starts[gap], wanted.starts)
    ends = np.where(gaps.ends[gap] - wanted.ends < near, gaps.ends[gap], wanted.ends)
    # At the very start and end of the recording there is no speech to belong to.
    touching = bins_in(_CONTEXT_MS)
    is_after = (wanted.starts - gaps.starts[gap] < touching) & (gaps.starts[gap] > 0)
    is_before = (gaps.ends[gap] - wanted.ends < touching) & (gaps.ends[gap] < bins)
    pads_ms = options.speech_pad_start_ms + options.speech_pad_end_ms
    is_short = (wanted.ends - wanted.starts) * BIN_MS < _SHORT_DOUBT_MS + pads_ms
    is_beside = (is_after | is_before) & is_short
    beside = Runs(np.where(is_after, gaps.starts[gap], wanted.starts), np.where(is_before, gaps.ends[gap], wanted.ends))
    return chosen(Runs(starts, ends), ~is_beside), chosen(beside, is_beside)


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


class _Kinds(NamedTuple):
    """What has been found: speech, what a person is asked about, and what that is made of."""

    speech: Runs
    suggested: Runs
    maybe: Runs
    events: Runs


def _describe(tracks: Tracks, powers: Levels, found: _Kinds, options: AnalysisOptions) -> list[Segment]:
    """Speech, suggestions and the silences between as segments with confidence, level, action and reason."""
    bins = len(tracks.speech_codes)
    speech, suggested = found.speech, found.suggested
    kinds = np.concatenate((np.full(speech.starts.size, _SPEECH), _kinds_of(found)))
    starts, ends = np.concatenate((speech.starts, suggested.starts)), np.concatenate((speech.ends, suggested.ends))
    order = np.argsort(starts, kind="stable")
    starts, ends, kinds = starts[order], ends[order], kinds[order]
    edges = np.concatenate((np.zeros(1, np.int64), np.stack((starts, ends), axis=1).reshape(-1), np.full(1, bins)))
    kinds = np.stack((np.full(kinds.size + 1, _SILENCE), np.append(kinds, 0)), axis=1).reshape(-1)[:-1]
    # Where two meet, or at the very start or end, the silence between is empty.
    is_real = edges[1:] > edges[:-1]
    starts, ends, kinds = edges[:-1][is_real], edges[1:][is_real], kinds[is_real]

    probability = _sums(tracks.speech_codes, starts) / (ends - starts) / PROBABILITY_STEPS
    confidence = np.where(kinds == _SPEECH, probability, 1 - probability).round(4)
    level_db = _loudest_levels(tracks.level_codes, powers, starts, ends).round(1)
    kinds[(kinds == _SILENCE) & (level_db > options.silence_threshold_db)] = _ROOM_NOISE
    ends_ms = np.minimum(ends * BIN_MS, tracks.duration_ms)
    types, actions, reasons, codes = zip(*(_VERDICTS[kind] for kind in kinds.tolist()), strict=True)
    return list(
        map(
            Segment,
            (starts * BIN_MS).tolist(),
            ends_ms.tolist(),
            types,
            confidence.tolist(),
            level_db.tolist(),
            actions,
            reasons,
            codes,
        )
    )


def _kinds_of(found: _Kinds) -> npt.NDArray[np.int64]:
    """Why each is suggested: what might be speech, unless that is the lesser part of a loud sound."""
    suggested = found.suggested
    lengths = suggested.ends - suggested.starts
    event = np.where(lengths * BIN_MS >= _SUSTAINED_MS, _MUSIC_LIKE, _LOUD_EVENT)
    is_event = touches(suggested, found.events) & (2 * _length_within(found.maybe, suggested) < lengths)
    kinds: npt.NDArray[np.int64] = np.where(is_event, event, _MAYBE_SPEECH)
    return kinds


def _length_within(runs: Runs, wholes: Runs) -> Edges:
    """How much of each whole the runs that begin in it make up, in bins; shape (number of wholes,)."""
    number = np.searchsorted(wholes.ends, runs.starts, side="right")
    lengths = np.bincount(number, weights=runs.ends - runs.starts, minlength=wholes.starts.size)
    return lengths[: wholes.starts.size].astype(np.int64)


def _loudest_levels(level_codes: npt.NDArray[np.uint8], powers: Levels, starts: Edges, ends: Edges) -> Levels:
    """RMS level in dBFS of each segment's loudest second, or of the whole of a shorter one.

    The mean of a long silence would hide a slammed door or a burst of applause in it. The second
    is moved in steps of 50 ms.
    """
    mean = _sums(level_codes, starts, POWERS) / (ends - starts)
    first_steps, last_steps = -(-starts // STEP_BINS), ends // STEP_BINS
    is_long = last_steps - first_steps >= SECOND_STEPS
    if is_long.any():
        loudness = _sliding_means(powers)
        # Pairs of first window and one past the last; every other result is that of the space between.
        bounds = np.stack((first_steps[is_long], last_steps[is_long] - SECOND_STEPS + 1), axis=1).reshape(-1)
        mean[is_long] = np.maximum.reduceat(np.append(loudness, 0.0), bounds)[0::2]
    level_db: Levels = 10 * np.log10(mean)
    return level_db


def _sliding_means(powers: Levels) -> Levels:
    """Mean power of each second of a recording, in steps of 50 ms."""
    sums = np.zeros(powers.size + 1)
    np.cumsum(powers, out=sums[1:])
    means: Levels = sums[SECOND_STEPS:] - sums[:-SECOND_STEPS]
    means /= SECOND_STEPS
    # The difference of two large sums may come out as less than the faintest level there is.
    np.maximum(means, POWERS[-1], out=means)
    return means


def _sums(codes: npt.NDArray[np.unsignedinteger], starts: Edges, values_of_codes: Levels | None = None) -> Levels:
    """Sum of the values from each start to the next; in chunks, because wide copies of a track are large.

    ``values_of_codes`` gives the value that each code stands for, where it is not the code itself.
    """
    sums = np.zeros(starts.size)
    for first in range(0, codes.size, CHUNK_BINS):
        chunk = codes[first : first + CHUNK_BINS]
        values = chunk.astype(np.float64) if values_of_codes is None else meanings(chunk, values_of_codes)
        begin = int(np.searchsorted(starts, first, side="right")) - 1
        end = int(np.searchsorted(starts, first + chunk.size))
        sums[begin:end] += np.add.reduceat(values, np.maximum(starts[begin:end] - first, 0))
    return sums


def _keep_pauses(segments: Sequence[Segment], pause_ms: int) -> Iterable[Segment]:
    """Leave part of each gap between two stretches of speech, half on either side of the cut.

    A suggestion leaves it too, because its removal would cut words together as well. The start and
    the end of the recording have no words to keep apart.
    """
    last_ms = segments[-1].end_ms
    for is_gap, group in groupby(segments, lambda one: one.type is SegmentType.SILENCE):
        gap = list(group)
        if is_gap and gap[0].start_ms > 0 and gap[-1].end_ms < last_ms:
            yield from _shortened(gap, pause_ms)
        else:
            yield from gap


def _shortened(gap: Sequence[Segment], pause_ms: int) -> Iterable[Segment]:
    start_ms, end_ms = gap[0].start_ms, gap[-1].end_ms
    if end_ms - start_ms <= pause_ms:
        yield _kept_pause(gap[0], start_ms, end_ms, pause_ms)
        return
    cut_start_ms, cut_end_ms = start_ms + pause_ms // 2, end_ms - (pause_ms - pause_ms // 2)
    if cut_start_ms > start_ms:
        yield _kept_pause(gap[0], start_ms, cut_start_ms, pause_ms)
    for one in gap:
        inner = one._replace(start_ms=max(one.start_ms, cut_start_ms), end_ms=min(one.end_ms, cut_end_ms))
        if inner.end_ms > inner.start_ms:
            yield inner
    if cut_end_ms < end_ms:
        yield _kept_pause(gap[-1], cut_end_ms, end_ms, pause_ms)


def _kept_pause(silence: Segment, start_ms: int, end_ms: int, pause_ms: int) -> Segment:
    return silence._replace(
        start_ms=start_ms, end_ms=end_ms, action=Action.KEEP, reason=f"pause of up to {pause_ms} ms kept",
        reason_code=ReasonCode.PAUSE_KEPT,
    )  # fmt: skip
