"""Takes that are said again: the last one stays, and what only sounds alike is left alone."""

from itertools import pairwise

import pytest

from benchmarks.fillers import read_sentence
from benchmarks.retakes import file_names, score, sentences
from clipflow.engine import Action, AnalysisOptions, FillerOptions, Word, make_transcript, segment_transcribed
from clipflow.engine.segments import ReasonCode
from clipflow.engine.transcript.retakes import find_retakes
from tests.engine.test_segments import silence, speech, tracks_of


def taken(notation: str) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in find_retakes(read_sentence(notation).words)]


@pytest.mark.parametrize("name", file_names())
def test_it_meets_the_goal_on_sentences_labelled_by_hand(name: str) -> None:
    right, wrong, missed = score(sentences(name))
    assert right + missed >= 50
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.85


def test_a_sentence_that_is_broken_off_and_begun_anew_is_a_take() -> None:
    assert taken("so today we are going to (600) so today we are going to talk about bread") == [(0, 5)]


def test_of_three_takes_the_last_one_stays() -> None:
    assert taken("let us have a look (600) let us have a look (600) let us have a look at it") == [(0, 4), (5, 9)]


def test_what_is_said_again_after_more_than_a_minute_is_meant() -> None:
    assert taken("so today we are going to (61000) so today we are going to talk about bread") == []


def test_three_words_are_no_take() -> None:
    assert taken("this is it (600) this is it") == []


def test_what_somebody_else_says_again_is_an_answer() -> None:
    words = read_sentence("you want to go there now (600) you want to go there now").words
    said = [one._replace(speaker="Anna" if number < 6 else "Ben") for number, one in enumerate(words)]
    assert find_retakes(said) == ()


def said(texts: list[str], from_ms: int) -> list[Word]:
    return [Word(from_ms + 400 * number, from_ms + 400 * number + 380, text) for number, text in enumerate(texts)]


def test_a_take_is_suggested_for_removal_as_a_whole_and_says_when_it_comes_again() -> None:
    tracks = tracks_of(speech(2_000), silence(1_000), speech(2_000))
    sentence = ["we", "went", "to", "the", "sea"]
    transcript = make_transcript([*said(sentence, 0), *said(sentence, 3_000)], tracks, FillerOptions(), "en")
    segments = segment_transcribed(tracks, AnalysisOptions(), transcript, 50)
    [take] = [one for one in segments if one.reason_code is ReasonCode.SAID_AGAIN]
    assert (take.start_ms, take.action, take.reason) == (0, Action.SUGGEST_REMOVE, "said again at 0:03")
    assert 1_900 <= take.end_ms <= 3_000
    assert all(one.end_ms == other.start_ms for one, other in pairwise(segments))


def test_a_filler_within_a_take_goes_with_it() -> None:
    tracks = tracks_of(speech(2_400), silence(600), speech(2_000))
    words = [*said(["we", "um", "went", "to", "the", "sea"], 0), *said(["we", "went", "to", "the", "sea"], 3_000)]
    transcript = make_transcript(words, tracks, FillerOptions(), "en")
    segments = segment_transcribed(tracks, AnalysisOptions(), transcript, 50)
    assert [one.reason_code for one in segments if one.action is Action.SUGGEST_REMOVE] == [ReasonCode.SAID_AGAIN]
