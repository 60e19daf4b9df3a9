"""The truth of times: words are moved to the speech that they belong to, never across another word.

Speech recognition gives the first words after a silence up to ten seconds too early, and stretches
words over silences. The speech track knows better where anything is said.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clipflow.engine.tracks import Tracks
from clipflow.engine.transcript.spreading import SpeechStretches, Stretch, spread
from clipflow.engine.transcript.words import Timing, Word

_ENOUGH_SPEECH_MS = 60
_ENOUGH_SHARE = 0.5
_EARLY_BY_MS = 12_000
_LATE_BY_MS = 2_000
_LEAST_FOR_WORD_MS = 40
_SILENCE_WITHIN_WORD_MS = 200
# Nobody says a word more slowly than this.
_LONGEST_BASE_MS = 700
_LONGEST_PER_LETTER_MS = 140


@dataclass(slots=True)
class _Draft:
    """A word on its way to its place; ``place`` is None until it has one."""

    word: Word
    place: Stretch | None


def place_words(words: Sequence[Word], tracks: Tracks) -> tuple[Word, ...]:
    """Words in the order of the text with times that lie in speech.

    A word that mostly lies in speech stays there, cut off where the speech ends. Others go to the
    free speech between their neighbours, if any is near. What finds none keeps its time as far as
    the order allows, and is marked as unplaced.
    """
    speech = SpeechStretches(tracks)
    drafts = [_Draft(_within(word, tracks.duration_ms), None) for word in words]
    in_order = _longest_in_order([draft.word.start_ms for draft in drafts])
    before_ms = 0
    for draft, is_in_order in zip(drafts, in_order, strict=True):
        if is_in_order:
            draft.place = _anchor(draft.word, speech)
            before_ms = draft.word.end_ms
        else:
            # All that is known is that it is said after the word before.
            draft.word = draft.word._replace(start_ms=before_ms, end_ms=before_ms)
    _put_in_order(drafts)
    for first, last in _groups_without_place(drafts):
        _place_group(drafts, first, last, speech, tracks.duration_ms)
    return tuple(_finished(drafts, tracks.duration_ms))


def _within(word: Word, duration_ms: int) -> Word:
    start_ms = min(max(0, word.start_ms), duration_ms)
    return word._replace(start_ms=start_ms, end_ms=min(max(start_ms, word.end_ms), duration_ms))


def _longest_in_order(starts_ms: Sequence[int]) -> list[bool]:
    """Which words belong to the longest run whose times never go back; the others have a wrong time.

    Patience sorting: https://en.wikipedia.org/wiki/Longest_increasing_subsequence
    """
    tails_ms: list[int] = []
    tails: list[int] = []
    before: list[int] = []
    for number, start_ms in enumerate(starts_ms):
        place = bisect_right(tails_ms, start_ms)
        before.append(tails[place - 1] if place else -1)
        tails_ms[place : place + 1] = [start_ms]
        tails[place : place + 1] = [number]
    in_order = [False] * len(starts_ms)
    number = tails[-1] if tails else -1
    while number >= 0:
        in_order[number] = True
        number = before[number]
    return in_order


def _anchor(word: Word, speech: SpeechStretches) -> Stretch | None:
    """Where a word lies in speech already, or None."""
    if word.timing is Timing.MARKED:
        return _from_start(word, speech)
    # A word that lasts for minutes came early; only where it ends matters.
    heard = speech.within(max(word.start_ms, word.end_ms - _EARLY_BY_MS), word.end_ms)
    if not heard:
        return None
    longest_ms = _LONGEST_BASE_MS + _LONGEST_PER_LETTER_MS * len(word.text)
    length_ms = word.end_ms - word.start_ms
    pieces = _joined(heard)
    best = max(pieces, key=lambda one: one.length_ms)
    is_enough = best.length_ms >= min(_ENOUGH_SPEECH_MS, _ENOUGH_SHARE * length_ms)
    if not is_enough:
        return None
    if best.length_ms <= longest_ms:
        return best
    # Stretched: the end that lies at the silence is the wrong one.
    starts_in_silence = best.start_ms > word.start_ms
    return (
        Stretch(best.end_ms - longest_ms, best.end_ms)
        if starts_in_silence
        else Stretch(best.start_ms, best.start_ms + longest_ms)
    )


def _from_start(word: Word, speech: SpeechStretches) -> Stretch:
    """Where a word lies whose start is right and whose end may lie beyond a pause: in the speech that it begins in."""
    longest_ms = _LONGEST_BASE_MS + _LONGEST_PER_LETTER_MS * len(word.text)
    latest_ms = max(word.start_ms + 1, min(word.end_ms, word.start_ms + longest_ms))
    heard = speech.within(word.start_ms, latest_ms)
    if not heard:
        return Stretch(word.start_ms, latest_ms)
    pieces = _joined(heard)
    return Stretch(
        word.start_ms if pieces[0].start_ms - word.start_ms < _ENOUGH_SPEECH_MS else pieces[0].start_ms,
        pieces[0].end_ms,
    )


def _joined(heard: Sequence[Stretch]) -> list[Stretch]:
    pieces = [heard[0]]
    for one in heard[1:]:
        if one.start_ms - pieces[-1].end_ms < _SILENCE_WITHIN_WORD_MS:
            pieces[-1] = Stretch(pieces[-1].start_ms, one.end_ms)
        else:
            pieces.append(one)
    return pieces


def _put_in_order(drafts: Sequence[_Draft]) -> None:
    """Neighbours that overlap share what they both claim; what comes before its predecessor loses its place."""
    before: _Draft | None = None
    for draft in drafts:
        if draft.place is None:
            continue
        if before is not None and before.place is not None and draft.place.start_ms < before.place.end_ms:
            if draft.place.end_ms <= before.place.start_ms or draft.place.start_ms < before.place.start_ms:
                draft.place = None
                continue
            shared_ms = (draft.place.start_ms + min(before.place.end_ms, draft.place.end_ms)) // 2
            before.place = _not_empty(before.place.start_ms, shared_ms)
            draft.place = _not_empty(shared_ms, draft.place.end_ms)
        if draft.place is not None:
            before = draft


def _not_empty(start_ms: int, end_ms: int) -> Stretch | None:
    return Stretch(start_ms, end_ms) if end_ms > start_ms else None


def _groups_without_place(drafts: Sequence[_Draft]) -> Iterator[tuple[int, int]]:
    """First number and the one after the last of each run of words without a place."""
    first: int | None = None
    for number, draft in enumerate(drafts):
        if draft.place is None:
            first = number if first is None else first
        elif first is not None:
            yield first, number
            first = None
    if first is not None:
        yield first, len(drafts)


def _place_group(drafts: Sequence[_Draft], first: int, last: int, speech: SpeechStretches, duration_ms: int) -> None:
    """Lay a run of words into the free speech between its neighbours, all of them or none."""
    left, right = _free_between(drafts, first, last, duration_ms)
    group = drafts[first:last]
    earliest_ms = max(left, group[0].word.start_ms - _LATE_BY_MS)
    latest_ms = min(right, group[-1].word.end_ms + _EARLY_BY_MS)
    free = [one for one in speech.within(earliest_ms, latest_ms) if one.length_ms >= _LEAST_FOR_WORD_MS]
    chosen = _most_likely(free, left, group)
    if not chosen:
        return
    texts = [draft.word.text for draft in group]
    used = _as_much_as_needed(texts, chosen, from_end=last < len(drafts))
    for draft, place in zip(group, spread(texts, used), strict=True):
        draft.place = place if place.length_ms else None


def _most_likely(free: Sequence[Stretch], left_ms: int, group: Sequence[_Draft]) -> Sequence[Stretch]:
    """The free speech that a run of words belongs to; none where no choice has room for all of them.

    Words come too early far more often than too late, so what comes after them is tried first; and what
    is left of the speech that goes on from the word before mostly is the end of that word.
    """
    after = [one for one in free if one.end_ms > group[0].word.end_ms]
    for choice in ([one for one in after if one.start_ms > left_ms], after, free):
        if sum(one.length_ms for one in choice) >= _LEAST_FOR_WORD_MS * len(group):
            return choice
    return []


def _free_between(drafts: Sequence[_Draft], first: int, last: int, duration_ms: int) -> tuple[int, int]:
    before = drafts[first - 1].place if first else None
    after = drafts[last].place if last < len(drafts) else None
    return before.end_ms if before else 0, after.start_ms if after else duration_ms


def _as_much_as_needed(texts: Sequence[str], free: Sequence[Stretch], *, from_end: bool) -> list[Stretch]:
    """No more of the free speech than the words can take: the end of it where a word follows, else the beginning."""
    left_ms = sum(_LONGEST_BASE_MS // 2 + _LONGEST_PER_LETTER_MS // 2 * len(text) for text in texts)
    used: list[Stretch] = []
    for one in reversed(free) if from_end else free:
        if left_ms <= 0:
            break
        length_ms = min(one.length_ms, left_ms)
        start_ms = one.end_ms - length_ms if from_end else one.start_ms
        used.append(Stretch(start_ms, start_ms + length_ms))
        left_ms -= length_ms
    return used[::-1] if from_end else used


def _finished(drafts: Sequence[_Draft], duration_ms: int) -> Iterator[Word]:
    earliest_ms = 0
    for draft, latest_ms in zip(drafts, _latest_ends(drafts, duration_ms), strict=True):
        if draft.place is not None:
            start_ms, end_ms, timing = *draft.place, draft.word.timing
            timing = Timing.EXACT if timing is Timing.MARKED else timing
        else:
            start_ms = max(earliest_ms, min(draft.word.start_ms, latest_ms))
            end_ms = max(start_ms, min(draft.word.end_ms, latest_ms))
            timing = Timing.UNPLACED
        yield Word(start_ms, end_ms, draft.word.text, timing, draft.word.speaker)
        earliest_ms = end_ms


def _latest_ends(drafts: Sequence[_Draft], duration_ms: int) -> list[int]:
    """For each word where the next one that has a place begins."""
    latest_ms: list[int] = []
    next_ms = duration_ms
    for draft in reversed(drafts):
        latest_ms.append(next_ms)
        if draft.place is not None:
            next_ms = draft.place.start_ms
    return latest_ms[::-1]
