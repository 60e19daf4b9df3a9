"""The truth of times: words lie in the speech that they belong to, in the order they are said."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipflow.engine import Caption, Timing, Tracks, Word, words_of_captions
from clipflow.engine.transcript.placing import place_words
from tests.engine.test_segments import silence, speech, tracks_of

TEN_SECONDS_QUIET = (silence(10_000), speech(4_000), silence(1_000))


def times(words: tuple[Word, ...]) -> list[tuple[int, int]]:
    return [(one.start_ms, one.end_ms) for one in words]


def test_a_word_in_speech_stays_where_it_is() -> None:
    words = place_words([Word(10_500, 10_900, "Hello"), Word(10_950, 11_400, "there")], tracks_of(*TEN_SECONDS_QUIET))
    assert times(words) == [(10_500, 10_900), (10_950, 11_400)]


def test_a_first_word_that_comes_ten_seconds_early_moves_to_its_speech() -> None:
    early = [Word(300, 700, "Hello"), Word(10_600, 11_000, "everyone")]
    first, second = place_words(early, tracks_of(*TEN_SECONDS_QUIET))
    assert 10_000 <= first.start_ms < first.end_ms <= 10_600
    assert second.start_ms == 10_600
    assert first.timing is Timing.EXACT


def test_a_word_that_is_stretched_over_a_silence_is_cut_off_where_speech_begins() -> None:
    (word,) = place_words([Word(200, 10_450, "Hello")], tracks_of(*TEN_SECONDS_QUIET))
    assert (word.start_ms, word.end_ms) == (10_000, 10_450)


def test_several_early_words_share_the_free_speech_in_their_order() -> None:
    early = [Word(0, 200, "Good"), Word(200, 500, "morning"), Word(10_800, 11_200, "everyone")]
    words = place_words(early, tracks_of(*TEN_SECONDS_QUIET))
    assert [one.text for one in words] == ["Good", "morning", "everyone"]
    assert all(10_000 <= one.start_ms < one.end_ms <= 11_200 for one in words)


def test_a_word_is_never_moved_across_another() -> None:
    words = place_words(
        [Word(1_000, 1_400, "one"), Word(5_000, 5_300, "lost"), Word(1_500, 1_900, "two")],
        tracks_of(speech(3_000), silence(7_000), speech(1_000)),
    )
    assert [one.text for one in words] == ["one", "lost", "two"]
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(words))


def test_what_has_no_speech_near_is_marked() -> None:
    (word,) = place_words([Word(1_000, 1_500, "Thanks")], tracks_of(silence(30_000), speech(1_000)))
    assert word == Word(1_000, 1_500, "Thanks", Timing.UNPLACED)


def test_times_beyond_the_end_are_brought_back() -> None:
    words = place_words([Word(500, 900, "one"), Word(90_000, 95_000, "two")], tracks_of(speech(2_000)))
    assert words[1].end_ms <= 2_000
    assert words[0].end_ms <= words[1].start_ms


def test_one_wrong_time_does_not_take_what_follows_along() -> None:
    raw = [Word(n * 500, n * 500 + 400, "word") for n in range(100)]
    raw[10] = Word(45_000, 45_400, "wrong")
    words = place_words(raw, tracks_of(speech(50_000)))
    assert all(one.is_placed for one in words)
    assert [one.start_ms for one in words[11:]] == [one.start_ms for one in raw[11:]]


@pytest.mark.timeout(20)
def test_words_that_last_for_hours_take_no_longer_than_others() -> None:
    tracks = tracks_of(*[silence(500), speech(500)] * 3_600)
    raw = [Word(n, 3_600_000, "word") for n in range(20_000)]
    assert len(place_words(raw, tracks)) == 20_000


def test_nobody_says_a_word_for_four_seconds() -> None:
    (word,) = place_words([Word(0, 4_000, "no")], tracks_of(speech(4_000)))
    assert word.end_ms - word.start_ms < 1_200


def test_a_silent_recording_has_no_place_for_words() -> None:
    words = place_words([Word(0, 500, "one"), Word(500, 900, "two")], tracks_of(silence(2_000)))
    assert {one.timing for one in words} == {Timing.UNPLACED}


def test_the_words_of_a_caption_are_spread_over_its_speech() -> None:
    words = words_of_captions(
        [Caption(0, 9_000, "one two")],
        tracks_of(silence(2_000), speech(1_000), silence(4_000), speech(1_000), silence(1_000)),
    )
    assert times(tuple(words)) == [(2_000, 3_000), (7_000, 8_000)]
    assert {one.timing for one in words} == {Timing.ESTIMATED}


def test_captions_that_overlap_take_turns() -> None:
    words = words_of_captions([Caption(0, 2_000, "one two"), Caption(1_000, 3_000, "three")], tracks_of(speech(4_000)))
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(words))


@st.composite
def recordings_with_words(draw: st.DrawFn) -> tuple[Tracks, list[Word]]:
    lengths = draw(st.lists(st.integers(5, 400), min_size=1, max_size=12))
    tracks = tracks_of(*((speech if n % 2 else silence)(length * 10) for n, length in enumerate(lengths)))
    count = draw(st.integers(0, 15))
    starts = draw(st.lists(st.integers(0, tracks.duration_ms + 5_000), min_size=count, max_size=count))
    if draw(st.booleans()):
        starts.sort()
    return tracks, [Word(start, start + draw(st.integers(0, 3_000)), f"w{n}") for n, start in enumerate(starts)]


@given(recordings_with_words())
def test_words_keep_their_order_and_never_overlap(given: tuple[Tracks, list[Word]]) -> None:
    tracks, raw = given
    words = place_words(raw, tracks)
    assert [one.text for one in words] == [one.text for one in raw]
    assert all(0 <= one.start_ms <= one.end_ms <= tracks.duration_ms for one in words)
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(words))
    assert all(one.start_ms < one.end_ms for one in words if one.is_placed)


@given(recordings_with_words())
def test_a_placed_word_lies_in_speech(given: tuple[Tracks, list[Word]]) -> None:
    tracks, raw = given
    for word in place_words(raw, tracks):
        if word.is_placed:
            bins = tracks.speech[word.start_ms // 10 : -(-word.end_ms // 10)]
            assert bins.max() > 0.5
