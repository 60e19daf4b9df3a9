"""Speech that a transcript leaves out: there speech recognition drops the “um” that an editor looks for."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from clipflow.engine.runs import find_speech
from clipflow.engine.tracks import BIN_MS, Tracks
from clipflow.engine.transcript.words import Filler, Word

SHORTEST_MS, LONGEST_MS = 150, 1500
REASON = "speech that the transcript leaves out"
# Words are given to the nearest few hundredths of a second at best, and end too early more often than too late.
_BEFORE_WORD_MS, _AFTER_WORD_MS = 80, 120
_ENTER = 0.5
_CONFIDENCE = 0.6
# Between two words: more than this is a passage that the transcript does not cover.
_MOST_IN_GAP_MS = 3000


def find_left_out(words: Sequence[Word], tracks: Tracks) -> tuple[Filler, ...]:
    """Voiced stretches of 150 to 1,500 ms in which no word lies.

    Longer ones are sentences that the transcript lost, and no hesitation; so are many short ones
    between the same two words. Without any word nothing can be said to be left out.

    Args:
        words: in the order of time; those without a place do not count.
        tracks: of the recording.
    """
    placed = [(number, one) for number, one in enumerate(words) if one.is_placed]
    if not placed or len(tracks.speech_codes) == 0:
        return ()
    runs = find_speech(tracks.speech_codes, _ENTER)
    lost_ms: Counter[int] = Counter()
    starts_ms = np.array([max(0, one.start_ms - _BEFORE_WORD_MS) for _, one in placed])
    ends_ms = np.array([one.end_ms + _AFTER_WORD_MS for _, one in placed])
    found: list[Filler] = []
    gaps: list[int] = []
    for start, end in zip(runs.starts.tolist(), runs.ends.tolist(), strict=True):
        for begin_ms, finish_ms, index in _without_words(start * BIN_MS, end * BIN_MS, starts_ms, ends_ms):
            lost_ms[index] += finish_ms - begin_ms
            if SHORTEST_MS <= finish_ms - begin_ms <= LONGEST_MS:
                gaps.append(index)
                number = placed[index][0] if index < len(placed) else len(words)
                before = placed[index - 1][0] if index else -1
                found.append(Filler(begin_ms, finish_ms, None, _CONFIDENCE, REASON, number, before))
    return tuple(one for one, gap in zip(found, gaps, strict=True) if lost_ms[gap] <= _MOST_IN_GAP_MS)


def _without_words(
    start_ms: int,
    end_ms: int,
    starts_ms: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    ends_ms: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> Iterator[tuple[int, int, int]]:
    """The parts of a stretch that no word covers, each with the number of the word after it."""
    index = int(np.searchsorted(ends_ms, start_ms, side="right"))
    position_ms = start_ms
    while index < starts_ms.size and starts_ms[index] < end_ms:
        if starts_ms[index] > position_ms:
            yield position_ms, int(starts_ms[index]), index
        position_ms = max(position_ms, int(ends_ms[index]))
        index += 1
    if position_ms < end_ms:
        yield position_ms, end_ms, index
