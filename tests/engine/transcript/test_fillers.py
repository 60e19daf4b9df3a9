"""Which words are fillers: sounds always, words that are often meant only where their context says so."""

from itertools import pairwise

import pytest

from benchmarks.fillers import file_names, read_sentence, score, sentences, words_table
from clipflow.engine import Filler, FillerOptions, Timing, Word
from clipflow.engine.transcript.ambiguous import RULES
from clipflow.engine.transcript.fillers import find_fillers
from clipflow.engine.transcript.sounds import language_code


def found_in(notation: str, language: str | None = "en", **options: tuple[str, ...]) -> list[str]:
    """The fillers in a sentence in the notation of the labelled files, without its brackets."""
    words = read_sentence(notation).words
    return [str(one.word) for one in find_fillers(words, FillerOptions(**options), language)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", file_names())
def test_it_meets_the_goal_on_sentences_labelled_by_hand(name: str) -> None:
    listed = list(sentences(name))
    found = score(iter(listed))
    assert len(listed) >= 300
    assert found.precision >= 0.95
    assert found.recall >= 0.90


def test_about_half_of_the_ambiguous_words_are_meant() -> None:
    rows = {word: (int(meant), int(fillers)) for word, meant, fillers, *_ in words_table()}
    for word in RULES.keys() - {"err"}:
        meant, fillers = rows[word]
        assert 0.35 <= meant / (meant + fillers) <= 0.65, word


@pytest.mark.parametrize("spelling", ["um", "Um,", "umm", "Ummm...", "uhm", "UM"])
def test_a_stretched_sound_has_its_plain_spelling(spelling: str) -> None:
    text = f"the {spelling} door" if spelling != "UM" else "THE UM DOOR"
    assert found_in(text) == ["um"]


@pytest.mark.parametrize(
    "text",
    [
        "to err is human",
        "uh-huh I see",
        "Uh -huh yes",
        "mm-hmm yes",
        "my umbrella",
        "she works in the ER now",
        "went to the er on Monday",
        "The screw is 5 mm long.",
    ],
)
def test_what_only_looks_like_a_sound_is_none(text: str) -> None:
    assert found_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I like it.", "I did that so that you can see it.", "He plays it as well.", "You know what I mean?",
        "She was like, no way, I am not going.", "It looks like rain.", "What I mean is that it works.",
    ],
)  # fmt: skip
def test_a_word_that_carries_the_sentence_is_no_filler(text: str) -> None:
    assert found_in(text) == []


def test_a_phrase_is_found_whole_whatever_its_case_and_punctuation() -> None:
    words = read_sentence("It was, You Know, fine.").words
    assert [(one.first, one.last, one.word) for one in find_fillers(words, language="en")] == [(2, 3, "you know")]


def test_each_has_a_confidence_and_a_reason() -> None:
    sound, word = find_fillers(read_sentence("Um, it was, (300) like, (200) huge.").words, language="en")
    assert (sound.confidence, sound.reason) == (0.98, "the sound “um”")
    assert (word.confidence, word.reason) == (0.92, "“like” set off on both sides")


def test_a_word_of_the_persons_own_list_always_counts() -> None:
    assert found_in("at the end of the day we sell it", custom_words=("at the end of the day",)) == [
        "at the end of the day"
    ]


def test_what_is_not_on_the_list_is_not_looked_for() -> None:
    assert found_in("Um, it was, (300) like, (200) huge.", words=("um",)) == ["um"]


def test_it_can_be_switched_off() -> None:
    assert find_fillers(read_sentence("Um, well, (300) yes.").words, FillerOptions(is_on=False)) == ()


def test_a_word_without_a_place_is_never_cut() -> None:
    assert find_fillers([Word(0, 100, "Um,", Timing.UNPLACED), Word(200, 300, "yes")], language="en") == ()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Ähm, das ist, äh, um die Ecke, er wohnt also da.", ["ähm", "äh"]),
        ("fr", "Euh, je pense que oui.", ["euh"]),
        ("es", "Eh, no lo sé.", ["eh"]),
        ("xx", "um er so like uhm", ["uhm"]),
    ],
)
def test_another_language_has_its_own_sounds(language: str, text: str, expected: list[str]) -> None:
    assert found_in(text, language) == expected


def test_without_a_language_english_is_known_by_its_small_words() -> None:
    for text in (
        "und dann haben wir also um die Ecke geschaut und er war nicht da",
        "Es geht um Geld.",
        "Ele tem um carro e um cachorro.",
        "Er is er niet, maar er was iemand.",
        "Han er der, og det er godt.",
    ):
        assert found_in(text, None) == []
    assert found_in("um so (300) that is it", None)[0] == "um"


@pytest.mark.parametrize(
    ("name", "code"), [("English", "en"), ("en-GB", "en"), ("deu", "de"), ("", None), (None, None)]
)
def test_a_language_is_known_by_name_or_code(name: str | None, code: str | None) -> None:
    assert language_code(name) == code


def test_fillers_never_overlap() -> None:
    found: tuple[Filler, ...] = find_fillers(
        read_sentence("So, um, you know, I mean, like, (200) yes.").words, language="en"
    )
    assert [one.word for one in found] == ["so", "um", "you know", "i mean", "like"]
    assert all(a.last < b.first for a, b in pairwise(found))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["like ", "so um ", "you know, ", "well, "])
def test_a_long_run_of_fillers_takes_no_longer_than_anything_else(text: str) -> None:
    words = [Word(number * 100, number * 100 + 90, one) for number, one in enumerate((text * 20_000).split())]
    assert find_fillers(words, language="en")
