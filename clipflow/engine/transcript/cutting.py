"""How a filler, or a take that is said again, is cut: never into a word, and with the silence around it as one cut."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clipflow.engine.options import AnalysisOptions
from clipflow.engine.runs import Runs
from clipflow.engine.segments import Action, ReasonCode, Segment, SegmentType, segment
from clipflow.engine.tracks import BIN_MS, Tracks
from clipflow.engine.transcript.retakes import find_retakes
from clipflow.engine.transcript.spreading import SpeechStretches
from clipflow.engine.transcript.words import Filler, Transcript, Word

# Half a frame at 24 frames a second: an edge that an export rounds to a frame stays outside the word.
WORD_MARGIN_MS = 21
_SNAP_MS = 40
_SHORTEST_CUT_MS = 40
# What is voiced for this long is someone talking, though no word stands for it.
_TALK_MS = 150


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """What may not be cut into on either side of a filler, and whether that is another filler."""

    left_ms: int
    right_ms: int
    has_filler_before: bool
    has_filler_after: bool
    is_first: bool
    is_last: bool


class _Cut(NamedTuple):
    """What is suggested for removal, and why."""

    start_ms: int
    end_ms: int
    reason: str
    code: ReasonCode
    word: str | None
    confidence: float


def segment_transcribed(
    tracks: Tracks, options: AnalysisOptions, transcript: Transcript, padding_ms: int
) -> list[Segment]:
    """Segments that know the words: no silence reaches into one, and fillers are suggested for removal.

    So is a take that is said again. They tile the recording as those of
    :func:`~clipflow.engine.segments.segment` do; only fillers and takes may stand side by side, because each is
    decided on by itself.

    Args:
        tracks: of the recording.
        options: as for segments without words.
        transcript: with its words placed and its fillers found.
        padding_ms: how far the cut of a filler reaches beyond it, where no other word is.
    """
    base = segment(tracks, options, runs_of_words(transcript.words, tracks.duration_ms, options))
    if not base:
        return base
    retakes = list(_retake_cuts(transcript.words, tracks))
    cuts = _outside(_cuts(base, tracks, options, transcript, padding_ms), retakes)
    return list(_lay_over(base, sorted([*cuts, *retakes])))


def runs_of_words(words: Iterable[Word], duration_ms: int, options: AnalysisOptions) -> Runs:
    """The words as bins, grown where the padding of speech is too small for an edge to be rounded to a frame."""
    placed = [one for one in words if one.is_placed]
    starts = np.array([one.start_ms for one in placed], dtype=np.int64)
    ends = np.array([one.end_ms for one in placed], dtype=np.int64)
    last = -(-duration_ms // BIN_MS)
    before_ms = max(0, WORD_MARGIN_MS - options.speech_pad_start_ms)
    after_ms = max(0, WORD_MARGIN_MS - options.speech_pad_end_ms)
    return Runs(np.maximum((starts - before_ms) // BIN_MS, 0), np.minimum(-(-(ends + after_ms) // BIN_MS), last))


def _cuts(
    base: Sequence[Segment], tracks: Tracks, options: AnalysisOptions, transcript: Transcript, padding_ms: int
) -> Iterator[_Cut]:
    """Where each filler is cut, in the order of time; what would be too short falls away."""
    silences = [one for one in base if one.type is SegmentType.SILENCE and one.action is not Action.KEEP]
    starts_ms = [one.start_ms for one in silences]
    pause_ms = options.keep_pause_ms
    natural_ms = (
        max(options.speech_pad_end_ms, pause_ms // 2, WORD_MARGIN_MS),
        max(options.speech_pad_start_ms, pause_ms - pause_ms // 2, WORD_MARGIN_MS),
    )
    fillers = transcript.fillers
    speech = SpeechStretches(tracks)
    earliest_ms = 0
    for number, filler in enumerate(fillers):
        near = _neighbours(number, fillers, transcript.words, tracks.duration_ms)
        near = _beside_talk(near, filler, speech, padding_ms)
        index = bisect_left(starts_ms, filler.start_ms)
        before = silences[index - 1] if index else None
        after = silences[index] if index < len(silences) else None
        start_ms = _left_edge(filler, near, before, tracks, (padding_ms, natural_ms[0]))
        end_ms = _right_edge(filler, near, after, tracks, (padding_ms, natural_ms[1]))
        start_ms = max(start_ms, earliest_ms)
        if end_ms - start_ms >= _SHORTEST_CUT_MS:
            code = ReasonCode.LEFT_OUT if filler.word is None else ReasonCode.FILLER
            yield _Cut(start_ms, end_ms, filler.reason, code, filler.word, filler.confidence)
            earliest_ms = end_ms


def _retake_cuts(words: Sequence[Word], tracks: Tracks) -> Iterator[_Cut]:
    """Takes that are said again, from the quietest moment before to the one before the next take."""
    for one in find_retakes(words):
        taken = [word for word in words[one.first : one.last + 1] if word.is_placed]
        again = words[one.again]
        if not taken or not again.is_placed:
            continue
        before_ms = words[one.first - 1].end_ms if one.first else max(0, taken[0].start_ms - WORD_MARGIN_MS)
        start_ms = _quietest(tracks, min(before_ms, taken[0].start_ms), taken[0].start_ms)
        end_ms = _quietest(tracks, min(taken[-1].end_ms, again.start_ms), again.start_ms)
        if end_ms - start_ms >= _SHORTEST_CUT_MS:
            reason = f"said again at {_clock(again.start_ms)}"
            yield _Cut(start_ms, end_ms, reason, ReasonCode.SAID_AGAIN, None, round(one.similarity, 4))


def _clock(ms: int) -> str:
    hours, minutes, seconds = ms // 3_600_000, ms // 60_000 % 60, ms // 1000 % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _outside(cuts: Iterable[_Cut], retakes: Sequence[_Cut]) -> Iterator[_Cut]:
    """The cuts that no take covers a part of: what is in it goes with it."""
    starts_ms = [one.start_ms for one in retakes]
    for one in cuts:
        index = bisect_left(starts_ms, one.end_ms)
        if index == 0 or retakes[index - 1].end_ms <= one.start_ms:
            yield one


def _neighbours(number: int, fillers: Sequence[Filler], words: Sequence[Word], duration_ms: int) -> _Neighbours:
    filler = fillers[number]
    is_word = filler.word is not None
    previous, following = (filler.first - 1, filler.last + 1) if is_word else (filler.last, filler.first)
    while previous >= 0 and not words[previous].is_placed:
        previous -= 1
    while following < len(words) and not words[following].is_placed:
        following += 1
    left_ms = words[previous].end_ms if previous >= 0 else 0
    right_ms = words[following].start_ms if following < len(words) else duration_ms
    earlier = fillers[number - 1] if number else None
    later = fillers[number + 1] if number + 1 < len(fillers) else None
    touches_earlier = earlier is not None and earlier.end_ms >= left_ms
    touches_later = later is not None and later.start_ms <= right_ms
    return _Neighbours(
        left_ms=max(left_ms, earlier.end_ms) if earlier is not None and touches_earlier else left_ms,
        right_ms=min(right_ms, later.start_ms) if later is not None and touches_later else right_ms,
        has_filler_before=touches_earlier,
        has_filler_after=touches_later,
        is_first=previous < 0 and not touches_earlier,
        is_last=following >= len(words) and not touches_later,
    )


def _beside_talk(near: _Neighbours, filler: Filler, speech: SpeechStretches, padding_ms: int) -> _Neighbours:
    """Neighbours with what is said nearer to the filler than the next word, although the transcript lacks it."""
    before = [one for one in speech.within(near.left_ms, filler.start_ms - padding_ms) if one.length_ms >= _TALK_MS]
    after = [one for one in speech.within(filler.end_ms + padding_ms, near.right_ms) if one.length_ms >= _TALK_MS]
    if before:
        near = replace(near, left_ms=before[-1].end_ms, is_first=False, has_filler_before=False)
    if after:
        near = replace(near, right_ms=after[0].start_ms, is_last=False, has_filler_after=False)
    return near


def _left_edge(
    filler: Filler, near: _Neighbours, silence: Segment | None, tracks: Tracks, reach_ms: tuple[int, int]
) -> int:
    padding_ms, natural_ms = reach_ms
    if silence is not None and near.left_ms <= silence.end_ms <= filler.start_ms:
        # The silence goes anyway; the cut joins it.
        return silence.end_ms
    if near.has_filler_before:
        return _quietest(tracks, near.left_ms, filler.start_ms)
    if near.is_first:
        return 0
    wanted_ms = min(filler.start_ms - padding_ms, near.left_ms + natural_ms)
    lowest_ms = min(near.left_ms + WORD_MARGIN_MS, filler.start_ms)
    return _snapped(tracks, wanted_ms, lowest_ms, filler.start_ms)


def _right_edge(
    filler: Filler, near: _Neighbours, silence: Segment | None, tracks: Tracks, reach_ms: tuple[int, int]
) -> int:
    padding_ms, natural_ms = reach_ms
    if silence is not None and filler.end_ms <= silence.start_ms <= near.right_ms:
        return silence.start_ms
    if near.has_filler_after:
        return _quietest(tracks, filler.end_ms, near.right_ms)
    if near.is_last:
        return tracks.duration_ms
    wanted_ms = max(filler.end_ms + padding_ms, near.right_ms - natural_ms)
    highest_ms = max(near.right_ms - WORD_MARGIN_MS, filler.end_ms)
    return _snapped(tracks, wanted_ms, filler.end_ms, highest_ms)


def _snapped(tracks: Tracks, wanted_ms: int, lowest_ms: int, highest_ms: int) -> int:
    """The quietest moment near a wanted one, between two limits."""
    wanted_ms = min(max(wanted_ms, lowest_ms), highest_ms)
    return _quietest(tracks, max(lowest_ms, wanted_ms - _SNAP_MS), min(highest_ms, wanted_ms + _SNAP_MS), wanted_ms)


def _quietest(tracks: Tracks, start_ms: int, end_ms: int, wanted_ms: int | None = None) -> int:
    """The middle of the quietest bin between two times; of several that are as quiet the nearest to the wanted one."""
    middle_ms = (start_ms + end_ms) // 2 if wanted_ms is None else wanted_ms
    first, last = -(-(start_ms - BIN_MS // 2) // BIN_MS), (end_ms - BIN_MS // 2) // BIN_MS + 1
    first, last = max(0, first), min(last, len(tracks.level_codes))
    if last <= first:
        return min(max(middle_ms, start_ms), end_ms)
    # A higher code is a lower level.
    codes = tracks.level_codes[first:last].astype(np.int64)
    middles = np.arange(first, last) * BIN_MS + BIN_MS // 2
    distance = np.abs(middles - middle_ms)
    quiet = codes == codes.max()
    chosen = int(middles[quiet][np.argmin(distance[quiet])])
    return min(max(chosen, start_ms), end_ms)


def _lay_over(base: Sequence[Segment], cuts: Sequence[_Cut]) -> Iterator[Segment]:
    """Turn what is kept within a cut into a suggestion; silence that goes anyway stays what it is."""
    number = 0
    pieces: list[Segment] = []
    for one in base:
        position_ms = one.start_ms
        while number < len(cuts) and cuts[number].start_ms < one.end_ms:
            cut = cuts[number]
            start_ms, end_ms = max(cut.start_ms, position_ms), min(cut.end_ms, one.end_ms)
            if end_ms > start_ms and one.action is Action.KEEP:
                if start_ms > position_ms:
                    yield from _joined(pieces)
                    yield one._replace(start_ms=position_ms, end_ms=start_ms)
                pieces.append(_suggestion(one, start_ms, end_ms, cut))
                position_ms = end_ms
            if cut.end_ms > one.end_ms:
                break
            yield from _joined(pieces)
            number += 1
        if position_ms < one.end_ms:
            yield from _joined(pieces)
            yield one._replace(start_ms=position_ms)
    yield from _joined(pieces)


def _joined(pieces: list[Segment]) -> Iterator[Segment]:
    """What one cut has covered of neighbours, as one segment; empties the list."""
    if pieces:
        yield pieces[0]._replace(end_ms=pieces[-1].end_ms, level_db=max(one.level_db for one in pieces))
        pieces.clear()


def _suggestion(one: Segment, start_ms: int, end_ms: int, cut: _Cut) -> Segment:
    return Segment(
        start_ms, end_ms, SegmentType.FILLER, cut.confidence, one.level_db, Action.SUGGEST_REMOVE, cut.reason, cut.code,
        cut.word,
    )  # fmt: skip
