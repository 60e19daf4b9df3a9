"""Transcripts as tools really write them: karaoke, overlaps, blank lines, marks, scripts without blanks."""

import json

import pytest

from clipflow.engine import (
    Caption,
    FillerOptions,
    Timing,
    Word,
    make_transcript,
    read_transcript,
    words_of_captions,
)
from clipflow.engine.transcript.placing import place_words
from tests.engine.test_segments import silence, speech, tracks_of


def times(words: tuple[Word, ...]) -> list[tuple[str, int, int]]:
    return [(one.text, one.start_ms, one.end_ms) for one in words]


def test_in_karaoke_captions_the_marked_word_has_the_time_of_its_cue() -> None:
    cues = (("<u>Well</u> then we go", 1, 2), ("Well <u>then</u> we go", 2, 3), ("Well then we <u>go</u>", 4, 5))
    content = "\n\n".join(
        f"{number}\n00:00:0{start},000 --> 00:00:0{end},000\n{text}"
        for number, (text, start, end) in enumerate(cues, 1)
    )
    words = read_transcript(content.encode()).words
    assert [one.text for one in words] == ["Well", "then", "we", "go"]
    assert [words[number].start_ms for number in (0, 1, 3)] == [1_000, 2_000, 4_000]
    assert 3_000 <= words[2].start_ms < words[2].end_ms <= 4_000


def test_a_blank_line_within_a_cue_does_not_end_it() -> None:
    content = (
        b"1\n00:00:01,000 --> 00:00:03,000\nThe first line\n\nand one after a blank\n\n"
        b"2\n00:00:04,000 --> 00:00:05,000\nEnd.\n"
    )
    assert [one.text for one in read_transcript(content).captions] == ["The first line and one after a blank", "End."]


def test_captions_at_the_same_time_share_it() -> None:
    captions = (Caption(1_000, 3_000, "one two"), Caption(1_000, 3_000, "three four"), Caption(5_000, 6_000, "five"))
    words = words_of_captions(captions, tracks_of(speech(8_000)))
    assert [one.text for one in words] == ["one", "two", "three", "four", "five"]
    assert words[3].end_ms <= 3_050
    assert words[4].start_ms >= 4_900


@pytest.mark.parametrize(
    "text",
    ["我们今天要谈谈天气，还有明天。", "今日は天気の話をします。", "วันนี้เราจะพูดถึงอากาศ", "ថ្ងៃនេះយើងនិយាយពីអាកាសធាតុ"],
)
def test_a_script_without_blanks_is_spread_over_the_speech_of_the_whole_caption(text: str) -> None:
    words = words_of_captions(
        (Caption(1_000, 9_000, text),), tracks_of(silence(1_000), speech(3_000), silence(2_000), speech(3_000))
    )
    assert len(words) >= 5
    assert "".join(one.text for one in words).replace(" ", "") == text
    assert words[0].start_ms < 1_600
    assert words[-1].end_ms > 8_300
    assert not any(4_100 < one.start_ms < 5_900 for one in words)


def test_words_without_times_get_a_place_between_their_neighbours() -> None:
    words = [{"word": "In", "start": 1.0, "end": 1.3}, {"word": "1999"}, {"word": "it", "start": 2.0, "end": 2.3}]
    content = {"segments": [{"start": 1.0, "end": 2.3, "text": "In 1999 it", "words": words}]}
    first, number, last = read_transcript(json.dumps(content).encode()).words
    assert (number.text, first.end_ms <= number.start_ms < number.end_ms <= last.start_ms) == ("1999", True)


def test_the_mark_of_a_hesitation_is_a_filler() -> None:
    words = [
        {"text": "Well", "start": 1.0, "end": 1.4},
        {"text": "[*]", "start": 1.5, "end": 1.9},
        {"text": "yes.", "start": 2.0, "end": 2.4},
    ]
    raw = read_transcript(
        json.dumps({"segments": [{"start": 1.0, "end": 2.4, "text": "Well yes.", "words": words}]}).encode()
    )
    transcript = make_transcript(raw.words, tracks_of(speech(4_000)), FillerOptions(), "en")
    assert [(one.start_ms, one.end_ms) for one in transcript.fillers if one.first == 1] == [(1_500, 1_900)]


@pytest.mark.parametrize("mark", ["[inaudible]", "[crosstalk]", "(unintelligible)"])
def test_what_nobody_understood_proves_that_somebody_speaks(mark: str) -> None:
    content = f"1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\n{mark}\n"
    raw = read_transcript(content.encode())
    transcript = make_transcript(
        words_of_captions(raw.captions, tracks_of(speech(5_000))), tracks_of(speech(5_000)), FillerOptions(), "en"
    )
    assert len(transcript.words) == 2
    assert not [one for one in transcript.fillers if one.start_ms < 4_000 and one.end_ms > 3_000]


@pytest.mark.parametrize("remark", ["(laughs)", "[music]", "♪ la la la ♪", "[APPLAUSE]", "*coughs*"])
def test_sounds_and_songs_are_no_words(remark: str) -> None:
    content = f"1\n00:00:01,000 --> 00:00:02,000\n{remark}\n\n2\n00:00:03,000 --> 00:00:04,000\n{remark} Hello.\n"
    assert [one.text for one in read_transcript(content.encode()).captions] == ["Hello."]


def test_the_start_of_a_word_that_a_file_marks_is_trusted_across_a_pause() -> None:
    content = (
        b"WEBVTT\n\n00:01.000 --> 00:08.000\n"
        b"we<00:00:01.500><c> built</c><00:00:02.000><c> this</c><00:00:06.000><c> today</c>\n"
    )
    raw = read_transcript(content)
    tracks = tracks_of(silence(1_000), speech(2_000), silence(3_000), speech(1_500), silence(2_000))
    placed = place_words(raw.words, tracks)
    starts = {one.text: (one.start_ms, one.end_ms) for one in placed}
    assert starts["this"][0] == pytest.approx(2_000, abs=100)
    assert starts["this"][1] <= 3_100
    assert starts["today"][0] == pytest.approx(6_000, abs=100)


def test_the_language_that_whisper_cpp_found_counts() -> None:
    content = {"result": {"language": "de"}, "transcription": [{"offsets": {"from": 0, "to": 900}, "text": " Hallo."}]}
    assert read_transcript(json.dumps(content).encode()).language == "de"


def test_marked_times_become_exact_when_they_are_placed() -> None:
    (word,) = place_words([Word(1_000, 1_400, "Hello", Timing.MARKED)], tracks_of(speech(3_000)))
    assert word.timing is Timing.EXACT


def test_a_mark_that_does_not_move_is_no_karaoke() -> None:
    cues = "\n\n".join(
        f'{number}\n00:00:0{2 * number},000 --> 00:00:0{2 * number + 1},500\n<font color="#ffff00">{text}</font>'
        for number, text in enumerate(("The first line.", "And a second one.", "Then it ends."), 1)
    )
    raw = read_transcript(cues.encode())
    assert ([one.text for one in raw.captions], raw.words) == (
        ["The first line.", "And a second one.", "Then it ends."],
        (),
    )


def test_karaoke_keeps_who_speaks() -> None:
    texts = ("[SPEAKER_01]: <u>Hello</u> there", "[SPEAKER_01]: Hello <u>there</u>")
    cues = "\n\n".join(
        f"{number}\n00:00:0{number},000 --> 00:00:0{number + 1},000\n{text}" for number, text in enumerate(texts, 1)
    )
    words = read_transcript(cues.encode()).words
    assert [(one.start_ms, one.text, one.speaker) for one in words] == [
        (1_000, "Hello", "SPEAKER_01"), (2_000, "there", "SPEAKER_01"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "said", ["(during the spring)", "(insightful)", "(outdoor)", "(the musician)", "(breathtaking)"]
)
def test_what_is_said_in_parentheses_is_said(said: str) -> None:
    content = f"1\n00:00:01,000 --> 00:00:02,000\nWe met {said} again\n"
    (caption,) = read_transcript(content.encode()).captions
    assert caption.text == f"We met {said} again"
