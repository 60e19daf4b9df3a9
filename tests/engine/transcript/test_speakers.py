"""Who speaks: names are taken off the text and kept with the words."""

import pytest

from clipflow.engine import read_transcript


def captions(*lines: str) -> bytes:
    return "\n\n".join(
        f"{number}\n00:00:{2 * number:02},000 --> 00:00:{2 * number + 1:02},500\n{line}"
        for number, line in enumerate(lines, 1)
    ).encode()


def turns(*lines: str) -> list[tuple[str | None, str]]:
    return [(one.speaker, one.text) for one in read_transcript(captions(*lines)).captions]


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ("[SPEAKER_00]: Good morning.", "SPEAKER_00"),
        ("SPEAKER_07: Good morning.", "SPEAKER_07"),
        ("(speaker 0) Good morning.", "speaker 0"),
        ("Speaker 2: Good morning.", "Speaker 2"),
        ("ANNA: Good morning.", "ANNA"),
    ],
)
def test_a_label_is_a_speaker_wherever_it_stands(line: str, speaker: str) -> None:
    assert turns(line, "Nobody says who.")[0] == (speaker, "Good morning.")


def test_names_that_return_are_speakers() -> None:
    assert turns("John Smith: Hello.", "Ann-Marie O'Neil: Hi.", "John Smith: Well.", "Ann-Marie O'Neil: Yes.") == [
        ("John Smith", "Hello."), ("Ann-Marie O'Neil", "Hi."), ("John Smith", "Well."), ("Ann-Marie O'Neil", "Yes."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["Note: this is important.", "Remember: nobody is perfect.", "We said: no.", "At 10:30 we begin."],
)
def test_words_before_a_colon_are_no_speaker(line: str) -> None:
    assert turns("Welcome to the talk.", line, "And so it goes on.", line) == [
        (None, "Welcome to the talk."), (None, line), (None, "And so it goes on."), (None, line),
    ]  # fmt: skip


def test_chevrons_and_dashes_are_no_words() -> None:
    assert [text for _, text in turns(">> Good morning.", "- Hello.", ">> - Yes.")] == [
        "Good morning.",
        "Hello.",
        "Yes.",
    ]


def test_two_voices_in_one_cue_take_turns() -> None:
    content = b"WEBVTT\n\n00:01.000 --> 00:03.000\n<v Anna>Shall we?</v>\n<v Ben>We shall.</v>\n"
    raw = read_transcript(content)
    assert [(one.speaker, one.text) for one in raw.captions] == [("Anna", "Shall we?"), ("Ben", "We shall.")]


def test_a_voice_is_one_with_words_that_have_times() -> None:
    content = b"WEBVTT\n\n00:01.000 --> 00:03.000\n<v Anna><00:01.000><c>Shall</c><00:02.000><c> we?</c></v>\n"
    assert [(one.speaker, one.text) for one in read_transcript(content).words] == [("Anna", "Shall"), ("Anna", "we?")]
