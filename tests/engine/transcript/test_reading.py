"""Transcripts of other tools: SRT, WebVTT, verbose JSON – and what only looks like one."""

import contextlib
import json
from typing import Any

import pytest

from clipflow.engine import Timing, TranscriptError, Word, read_transcript

SRT = """1
00:00:01,500 --> 00:00:05,310
Good morning and <i>welcome</i>
to a little recording.

2
00:00:07,310 --> 00:00:10,640
{\\an8}A second voice &amp; more.
"""
WEBVTT = """WEBVTT - made by hand
Kind: captions
Language: en-GB

NOTE nobody reads this
at all

STYLE
::cue { color: red }

intro
00:01.500 --> 00:05.310 align:start
<v Anna>Good morning</v>

01:00:07.310 --> 01:00:10.640
later
"""
ROLLING = """WEBVTT

00:00:00.000 --> 00:00:02.000
hello

00:00:00.000 --> 00:00:03.000
hello
there<00:00:01.000><c> dear</c><00:00:02.500><c> friend</c>

00:00:03.000 --> 00:00:03.010
there dear friend
"""


def verbose(**changes: Any) -> bytes:
    answer = {
        "task": "transcribe",
        "language": "english",
        "duration": 3.0,
        "text": "Well, hello there.",
        "segments": [{"id": 0, "start": 0.0, "end": 3.0, "text": " Well, hello there."}],
        "words": [
            {"word": "Well", "start": 0.1, "end": 0.4},
            {"word": "hello", "start": 0.8, "end": 1.2},
            {"word": "there", "start": 1.2, "end": 1.5},
        ],
    }
    return json.dumps({**answer, **changes}).encode()


def test_captions_of_subrip_come_without_tags() -> None:
    found = read_transcript(SRT.encode())
    assert [(one.start_ms, one.end_ms, one.text) for one in found.captions] == [
        (1500, 5310, "Good morning and welcome to a little recording."),
        (7310, 10640, "A second voice & more."),
    ]
    assert found.format == "srt"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_webvtt_is_read_without_its_notes_and_styles(line_end: str) -> None:
    found = read_transcript(WEBVTT.replace("\n", line_end).encode())
    assert [(one.start_ms, one.end_ms, one.text) for one in found.captions] == [
        (1500, 5310, "Good morning"),
        (3_607_310, 3_610_640, "later"),
    ]
    assert (found.format, found.language) == ("vtt", "en")


def test_times_within_a_cue_are_those_of_words_and_rolling_lines_count_once() -> None:
    found = read_transcript(ROLLING.encode())
    assert found.words == tuple(
        Word(*times, Timing.MARKED) for times in ((0, 1000, "there"), (1000, 2500, "dear"), (2500, 3000, "friend"))
    )


def test_words_of_verbose_json_get_the_punctuation_of_its_text() -> None:
    found = read_transcript(verbose())
    assert found.words == (Word(100, 400, "Well,"), Word(800, 1200, "hello"), Word(1200, 1500, "there."))
    assert found.language == "en"


def test_words_within_segments_are_found() -> None:
    words = [{"word": " Well,", "start": 0.1, "end": 0.4, "probability": 0.9}]
    found = read_transcript(verbose(words=None, segments=[{"start": 0, "end": 1, "text": " Well,", "words": words}]))
    assert found.words == (Word(100, 400, "Well,"),)


def test_segments_without_words_are_captions() -> None:
    found = read_transcript(verbose(words=None))
    assert [(one.start_ms, one.end_ms, one.text) for one in found.captions] == [(0, 3000, "Well, hello there.")]


@pytest.mark.parametrize(
    "words",
    [
        [{"word": "Well", "start": None, "end": 0.4}, {"word": None, "start": 0, "end": 1}, {}, None, 7],
        [{"word": "Well", "start": "soon", "end": 0.4}],
        [{"word": "Well", "start": 1e308, "end": 1}],
        [{"word": "Well", "start": int("9" * 400), "end": 1}],
        [{"word": "Well", "start": float("nan"), "end": 0.4}],
        [{"word": "   ", "start": 0.1, "end": 0.4}],
        {"word": "Well"},
    ],
)
def test_what_is_no_word_is_left_aside(words: Any) -> None:
    assert read_transcript(verbose(words=words)).words == ()


def test_a_word_that_ends_before_it_starts_has_no_length() -> None:
    (word,) = read_transcript(verbose(words=[{"word": "hello", "start": 2.0, "end": 1.0}])).words
    assert (word.start_ms, word.end_ms) == (2000, 2000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_understood(encoding: str) -> None:
    text = SRT.replace("morning", "Überraschung")
    assert "Überraschung" in read_transcript(text.encode(encoding)).captions[0].text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \r\n ", "is empty"),
        (b"{25}{50}Hello", "in no format that is known"),
        (b"Just some text.", "in no format that is known"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "in no format that is known"),
        (b'{"text": "hello"', "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"{}", "in no format that is known"),
        (b"[1, 2]", "in no format that is known"),
        (b'{"text": "hello"}', "No text with times"),
        (b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n\n", "No text with times"),
        (b"-->" * 10, "in no format that is known"),
        (b" " * (20 * 1024**2 + 1), "larger than 20 MiB"),
    ],
)
def test_what_is_no_transcript_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(TranscriptError, match=sentence):
        read_transcript(content)


def test_a_nul_never_gets_into_the_text() -> None:
    assert "\x00" not in read_transcript(SRT.replace("morning", "mor\x00ning").encode()).captions[0].text


# As YouTube's automatic captions come: each line is shown twice, and a lone word has no times of its own.
YOUTUBE = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
@
hello<00:00:00.500><c> and</c><00:00:01.000><c> welcome</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
hello and welcome
@

00:00:02.010 --> 00:00:04.000 align:start position:0%
hello and welcome
okay

00:00:04.000 --> 00:00:04.010 align:start position:0%
okay
@

00:00:04.010 --> 00:00:06.000 align:start position:0%
okay
today<00:00:04.500><c> we</c><00:00:05.000><c> talk</c>
""".replace("@", " ")
ROLLING_SRT = """1
00:00:00,000 --> 00:00:02,000
the first line

2
00:00:02,000 --> 00:00:02,010
the first line

3
00:00:02,010 --> 00:00:04,000
the first line
the second line

4
00:00:04,000 --> 00:00:04,010
the second line

5
00:00:04,010 --> 00:00:06,000
the second line
the third line
"""


def said_in(content: str) -> str:
    found = read_transcript(content.encode())
    pieces = [(one.start_ms, one.text) for one in (*found.words, *found.captions)]
    return " ".join(text for _, text in sorted(pieces))


def test_automatic_captions_are_read_once_each() -> None:
    assert said_in(YOUTUBE) == "hello and welcome okay today we talk"
    assert said_in(ROLLING_SRT) == "the first line the second line the third line"


def test_what_people_repeat_is_no_rolling_caption() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nYes.\n\n2\n00:00:02,000 --> 00:00:04,000\nYesterday we went home.\n"
    assert said_in(text) == "Yes. Yesterday we went home."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("BOB: I know.", "I know."),
        ("SPEAKER_00: I know.", "I know."),
        ("(laughs)", ""),
        (">> [laughs] Well ♪", "Well"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("<v Anna><i>Hello</i></v>", "Hello"),
        ("evil \u202egnp.exe", "evil gnp.exe"),
        ("x" * 500, "x" * 200),
    ],
)
def test_only_what_is_said_is_kept(line: str, said: str) -> None:
    other = "2\n00:00:03,000 --> 00:00:04,000\nend"
    assert said_in(f"1\n00:00:01,000 --> 00:00:02,000\n{line}\n\n{other}\n") == f"{said} end".strip()


def test_cues_without_empty_lines_between_them_are_read() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nHello there\n2\n00:00:03,000 --> 00:00:04,000\nfriend\n"
    assert said_in(text) == "Hello there friend"


@pytest.mark.parametrize(
    "times", ["00:01,000 --> 00:02,000", "00:00:01.000 --> 00:00:02.000", "0:00:01,0 --> 0:00:02,0"]
)
def test_times_are_read_however_they_are_written(times: str) -> None:
    (caption,) = read_transcript(f"{times}\nhello\n".encode()).captions
    assert (caption.start_ms, caption.end_ms) == (1000, 2000)


def test_segments_without_words_beside_others_are_kept() -> None:
    words = [{"word": "one", "start": 0.0, "end": 0.5}]
    segments = [
        {"start": 0, "end": 1, "text": "one", "words": words},
        {"start": 1, "end": 2, "text": "two lost", "words": []},
    ]
    found = read_transcript(verbose(words=None, segments=segments))
    assert ([one.text for one in found.words], [one.text for one in found.captions]) == (["one"], ["two lost"])


def test_a_word_without_a_time_is_said_after_the_one_before() -> None:
    found = read_transcript(verbose(words=[{"word": "in", "start": 1.0, "end": 1.2}, {"word": "1984"}], text="in 1984"))
    assert found.words == (Word(1000, 1200, "in"), Word(1200, 1200, "1984", Timing.ESTIMATED))


def test_the_json_of_whisper_cpp_is_understood() -> None:
    content = {"transcription": [{"offsets": {"from": 500, "to": 1500}, "text": " Hello there."}]}
    (caption,) = read_transcript(json.dumps(content).encode()).captions
    assert (caption.start_ms, caption.end_ms, caption.text) == (500, 1500, "Hello there.")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("filling", ["\n", "<s ", "{\\", "--> ", "1\n", "[", "&"])
def test_long_files_of_nothing_are_read_quickly(filling: str) -> None:
    with contextlib.suppress(TranscriptError):
        read_transcript(f"1\n00:00:01,000 --> 00:00:02,000\nhi\n{filling * 300_000}x\n".encode())


@pytest.mark.parametrize("mark", ["00:00:01,000 --> 00:00:02,000\nhi\n\n", "<u>", "(", "["])
def test_more_than_is_said_in_a_day_is_refused_before_it_is_read(mark: str) -> None:
    with pytest.raises(TranscriptError, match="split recording and transcript"):
        read_transcript(f"1\n00:00:01,000 --> 00:00:02,000\nhi\n{mark * (19 * 1024**2 // len(mark))}\n".encode())


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "row", ["1.0\t2.0\thi\n", "0:00:01.000,0:00:02.000\nhi\n\n", "[00:01.00]hi\n", "Anna  0:01\nhi\n\n", "hi\n"]
)
def test_a_list_without_end_is_refused_before_it_is_read(row: str) -> None:
    with pytest.raises(TranscriptError):
        read_transcript((row * (19 * 1024**2 // len(row))).encode())


@pytest.mark.parametrize("line", [b"<00:00:01.500>", b"<00:00:01.500> <00:00:01.600>", b"<00:00:01.500><c></c>"])
def test_a_line_of_nothing_but_marks_says_nothing(line: bytes) -> None:
    content = b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + line + b"\n\n00:03.000 --> 00:04.000\nyes <00:00:03.500>indeed\n"
    assert [word.text for word in read_transcript(content).words] == ["yes", "indeed"]
