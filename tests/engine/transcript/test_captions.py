"""Subtitles and text: broken by the customs of subtitling, at the times of the recording or of the cut."""

import io
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipflow.engine import FORMATS, ExportReport, Include, UnsuitableFormatError, Word, build_timeline, export
from clipflow.engine.transcript.captions import GAP_MS, LINE_CHARACTERS, TimedText, break_lines, make_captions
from tests.engine.exports.conftest import Piece, recording

SPOKEN = [name for name, form in FORMATS.items() if form.needs_words]
SENTENCES = "We met at the station in the morning. It rained, so we took a cab to the hotel and had breakfast there."


def words_of(text: str, start_ms: int = 0, each_ms: int = 300) -> list[Word]:
    return [Word(start_ms + n * each_ms, start_ms + (n + 1) * each_ms - 20, one) for n, one in enumerate(text.split())]


def written(name: str, words: list[Word], pieces: list[Piece], **options: Any) -> tuple[str, ExportReport]:
    timeline = build_timeline(pieces, recording(Fraction(25), seconds=60), "talk.mp4", words=words, **options)
    out = io.BytesIO()
    report = export(timeline, FORMATS[name], out)
    return out.getvalue().decode(), report


def captions(text: str, form: str) -> list[tuple[int, int, str]]:
    """As an independent reader understands them."""
    return [(one.start, one.end, one.plaintext) for one in pysubs2.SSAFile.from_string(text, format_=form)]


KEPT = Piece(0, 2_000, "keep"), Piece(2_000, 12_000, "remove"), Piece(12_000, 20_000, "keep")


def test_lines_break_where_the_sense_allows() -> None:
    assert break_lines(["We", "took", "a", "cab", "to", "the", "hotel,", "and", "we", "had", "breakfast", "there"]) == (
        "We took a cab to the hotel,\nand we had breakfast there"
    )


def test_no_line_ends_with_an_article() -> None:
    first, _ = break_lines(["Nobody", "in", "the", "whole", "village", "had", "ever", "seen", "a", "bicycle"]).split(
        "\n"
    )
    assert first.split()[-1] not in {"a", "the", "in"}


def test_a_caption_ends_with_its_sentence() -> None:
    found = make_captions([TimedText(*one[:3]) for one in words_of(SENTENCES)], 60_000)
    assert found[0].text.replace("\n", " ") == "We met at the station in the morning."


def test_a_long_pause_ends_a_caption() -> None:
    words = [*words_of("one two three"), *words_of("four five", start_ms=2_000)]
    assert [one.text for one in make_captions([TimedText(*one[:3]) for one in words], 60_000)] == [
        "one two three",
        "four five",
    ]


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(0, 2_000), st.integers(0, 900), st.sampled_from(["", ",", "."])),
        max_size=60,
    )
)
def test_captions_keep_to_the_customs(drawn: list[tuple[int, int, int, str]]) -> None:
    words, now_ms = [], 0
    for length, gap_ms, each_ms, mark in drawn:
        now_ms += gap_ms
        words.append(TimedText(now_ms, now_ms + each_ms, "x" * length + mark))
        now_ms += each_ms
    found = make_captions(words, now_ms + 1_000)
    assert " ".join(one.text.replace("\n", " ") for one in found).split() == [one.text for one in words]
    for one in found:
        assert all(len(line) <= LINE_CHARACTERS for line in one.text.split("\n"))
        assert one.text.count("\n") <= 1
        assert one.start_ms < one.end_ms
        assert one.end_ms - one.start_ms <= 7_000
    assert all(a.end_ms <= max(b.start_ms, a.start_ms + 1) for a, b in pairwise(found))


def test_a_caption_leaves_a_gap_before_the_next() -> None:
    words = [*words_of("one two three."), *words_of("four five six.", start_ms=1_300)]
    first, second = make_captions([TimedText(*one[:3]) for one in words], 60_000)
    assert second.start_ms - first.end_ms == GAP_MS


@pytest.mark.parametrize(("name", "form"), [("srt", "srt"), ("vtt", "vtt")])
def test_subtitles_of_the_cut_have_its_times(name: str, form: str) -> None:
    words = [*words_of("one two three."), *words_of("cut this away.", 5_000), *words_of("four five six.", 12_500)]
    text, report = written(name, words, list(KEPT))
    # Ten seconds are taken out before 12,500.
    assert [(start, shown) for start, _, shown in captions(text, form)] == [
        (0, "one two three."),
        (2_500, "four five six."),
    ]
    assert report.largest_error_frames == 0.0


@pytest.mark.parametrize(("name", "form"), [("srt-source", "srt"), ("vtt-source", "vtt")])
def test_subtitles_of_the_recording_keep_its_times(name: str, form: str) -> None:
    words = [*words_of("one two three."), *words_of("cut this away.", 5_000)]
    text, _ = written(name, words, list(KEPT))
    assert [(start, shown) for start, _, shown in captions(text, form)] == [
        (0, "one two three."),
        (5_000, "cut this away."),
    ]


def test_a_suggested_filler_stays_in_the_text_until_it_is_taken_out() -> None:
    words = words_of("we um left.")
    pieces = [Piece(0, 300, "keep"), Piece(300, 600, "suggest_remove"), Piece(600, 2_000, "keep")]
    assert written("txt", words, pieces)[0].split() == ["we", "um", "left."]
    assert written("txt", words, pieces, include=Include.KEEP)[0].split() == ["we", "left."]


def test_text_is_in_paragraphs() -> None:
    words = [*words_of("One two three."), *words_of("Four five.", start_ms=9_000)]
    assert written("txt-source", words, list(KEPT))[0] == "One two three.\n\nFour five.\n\n"


@pytest.mark.parametrize("name", SPOKEN)
def test_without_a_transcript_it_says_what_to_do(name: str) -> None:
    with pytest.raises(UnsuitableFormatError, match="transcribe the recording or import a transcript first"):
        written(name, [], list(KEPT))


@pytest.mark.parametrize("name", SPOKEN)
def test_hostile_words_stay_text(name: str) -> None:
    nasty = [
        Word(0, 500, "<b>&amp;"),
        Word(500, 900, "-->"),
        Word(900, 1_500, "a\n\n00:00:01,000"),
        Word(1_500, 1_900, "{\\an8}"),
    ]
    text, report = written(name, nasty, list(KEPT))
    assert report.largest_error_frames == 0.0
    if name.startswith("vtt"):
        assert "<b>" not in text


def test_scripts_without_blanks_are_not_torn_apart() -> None:
    words = [Word(0, 500, "今日"), Word(500, 900, "は"), Word(900, 1_500, "晴れ。")]
    assert written("txt-source", words, list(KEPT))[0].strip() == "今日は晴れ。"


@pytest.mark.parametrize("rate", [Fraction(24_000, 1001), Fraction(30_000, 1001), Fraction(60)])
def test_captions_of_a_long_cut_do_not_drift(rate: Fraction) -> None:
    words = [word for n in range(300) for word in words_of("one two three.", n * 2_000)]
    pieces = [Piece(n * 2_000, n * 2_000 + 1_003, "keep") for n in range(300)]
    timeline = build_timeline(pieces, recording(rate, seconds=600), "talk.mp4", words=words)
    out = io.BytesIO()
    export(timeline, FORMATS["srt"], out)
    last = captions(out.getvalue().decode(), "srt")[-1]
    clip = timeline.clips[-1]
    said_ms = words[-3].start_ms - clip.start_frame * 1000 / rate
    assert abs(last[0] - (clip.record_frame * 1000 / rate + said_ms)) <= 1
