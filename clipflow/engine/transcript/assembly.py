"""From what was heard or read to a transcript: words in their places, fillers, speech that was left out."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from clipflow.engine.tracks import Tracks
from clipflow.engine.transcript.cues import Caption
from clipflow.engine.transcript.fillers import FillerOptions, find_fillers
from clipflow.engine.transcript.left_out import find_left_out
from clipflow.engine.transcript.placing import place_words
from clipflow.engine.transcript.spreading import SpeechStretches, Stretch, spread
from clipflow.engine.transcript.words import Timing, Transcript, Word, split_words

_LEAST_SPEECH_MS = 100
# Captions that have more than this in common are said at the same time.
_MOSTLY = 0.5


def make_transcript(words: Sequence[Word], tracks: Tracks, options: FillerOptions, language: str | None) -> Transcript:
    """Hold the words against the speech track, and find what a person may want to cut."""
    return judge_words(place_words(words, tracks), tracks, options, language)


def judge_words(words: tuple[Word, ...], tracks: Tracks, options: FillerOptions, language: str | None) -> Transcript:
    """The fillers among words that are in their places, and the speech between them that has none."""
    if not options.is_on:
        return Transcript(words, (), language)
    found = (*find_fillers(words, options, language), *find_left_out(words, tracks))
    return Transcript(words, tuple(sorted(found, key=lambda one: one.start_ms)), language)


def words_in_order(words: Sequence[Word], captions: Sequence[Caption], tracks: Tracks) -> list[Word]:
    """Words that have times of their own, and those of captions where there are any, in the order they are said.

    Without captions the order stays that of the text: a time may be wrong, the text is not.
    """
    if not captions:
        return list(words)
    return sorted((*words, *words_of_captions(captions, tracks)), key=lambda one: one.start_ms)


def words_of_captions(captions: Sequence[Caption], tracks: Tracks) -> list[Word]:
    """Spread the words of each caption over the speech that is heard while it is shown.

    Captions that mostly overlap, as when two people speak at once, share their time in the order in
    which they begin; of two that overlap a little, each gets half of that.
    """
    if not captions:
        return []
    speech = SpeechStretches(tracks)
    words: list[Word] = []
    groups = list(_overlapping(sorted(captions, key=lambda caption: (caption.start_ms, caption.end_ms))))
    ends_ms = [_shared_ms(one, following) for one, following in pairwise(groups)] + [tracks.duration_ms]
    earliest_ms = 0
    for group, latest_ms in zip(groups, ends_ms, strict=True):
        start_ms = min(max(group[0].start_ms, earliest_ms), tracks.duration_ms)
        end_ms = max(start_ms, min(_end_ms(group), latest_ms, tracks.duration_ms))
        words += _spread_over(group, speech, start_ms, end_ms)
        earliest_ms = max(earliest_ms, end_ms)
    return words


def _spread_over(group: Sequence[Caption], speech: SpeechStretches, start_ms: int, end_ms: int) -> Iterator[Word]:
    said = [(text, one.speaker) for one in group for text in split_words(one.text)]
    heard = speech.within(start_ms, end_ms)
    is_heard = sum(stretch.length_ms for stretch in heard) >= _LEAST_SPEECH_MS
    if not said:
        return
    if end_ms > start_ms:
        places = spread([text for text, _ in said], heard if is_heard else [Stretch(start_ms, end_ms)])
    else:
        places = [Stretch(start_ms, start_ms)] * len(said)
    for (text, speaker), place in zip(said, places, strict=True):
        yield Word(*place, text, Timing.ESTIMATED, speaker)


def _overlapping(captions: Sequence[Caption]) -> Iterator[list[Caption]]:
    """Captions in groups whose members share most of their time with one of them."""
    group: list[Caption] = []
    for one in captions:
        if group:
            common_ms = min(_end_ms(group), one.end_ms) - one.start_ms
            shortest_ms = min(each.end_ms - each.start_ms for each in (one, *group))
            if common_ms <= 0 or common_ms < _MOSTLY * shortest_ms:
                yield group
                group = []
        group.append(one)
    if group:
        yield group


def _end_ms(group: Sequence[Caption]) -> int:
    return max(one.end_ms for one in group)


def _shared_ms(group: Sequence[Caption], following: Sequence[Caption]) -> int:
    """Where the one ends and the other begins when they overlap."""
    end_ms, start_ms = _end_ms(group), following[0].start_ms
    return (end_ms + start_ms) // 2 if end_ms > start_ms else end_ms
