"""Transcripts that count from another moment, or in another unit, than the recording."""

import pytest

from clipflow.engine import Caption, TranscriptError, Word
from clipflow.engine.transcript.clock import on_clock_of
from clipflow.engine.transcript.parsing import RawTranscript
from tests.engine.test_segments import silence, speech, tracks_of

HOUR_MS = 3_600_000
# Speech at 2 to 5, 9 to 13 and 20 to 22 s.
TALK = tracks_of(
    silence(2_000), speech(3_000), silence(4_000), speech(4_000), silence(7_000), speech(2_000), silence(5_000)
)
STARTS_MS = (2_100, 3_000, 4_200, 9_300, 10_400, 11_500, 12_400, 20_200, 21_100)


def transcript(move_ms: int = 0, times: int = 1) -> RawTranscript:
    words = tuple(Word((at + move_ms) * times, (at + move_ms + 400) * times, "word") for at in STARTS_MS)
    return RawTranscript(words, (), "en", "srt")


def starts(raw: RawTranscript) -> tuple[int, ...]:
    return tuple(one.start_ms for one in raw.words)


def test_times_of_the_recording_stay_as_they_are() -> None:
    raw, shift = on_clock_of(transcript(), TALK)
    assert (starts(raw), shift.is_none) == (STARTS_MS, True)


@pytest.mark.parametrize("hours", [1, 10])
def test_times_that_begin_at_a_whole_hour_are_moved(hours: int) -> None:
    raw, shift = on_clock_of(transcript(hours * HOUR_MS), TALK)
    assert (starts(raw), shift.offset_ms) == (STARTS_MS, -hours * HOUR_MS)


def test_times_that_begin_at_the_source_timecode_are_moved() -> None:
    raw, shift = on_clock_of(transcript(51_790_400), TALK, source_start_ms=51_790_400)
    assert (starts(raw), shift.offset_ms) == (STARTS_MS, -51_790_400)


def test_milliseconds_that_were_taken_for_seconds_are_divided() -> None:
    raw, _ = on_clock_of(transcript(times=1000), TALK)
    assert starts(raw) == STARTS_MS


def test_an_offset_that_a_person_gives_is_added() -> None:
    raw, shift = on_clock_of(transcript(37_000), TALK, offset_ms=-37_000)
    assert (starts(raw), shift.offset_ms) == (STARTS_MS, -37_000)


@pytest.mark.parametrize("move_ms", [37_000, 120_300])
def test_another_difference_is_refused_and_named(move_ms: int) -> None:
    with pytest.raises(TranscriptError, match=r"too late; import it again with an offset of -\d+ ms") as error:
        on_clock_of(transcript(move_ms), TALK)
    named = int(str(error.value).rsplit("offset of ", 1)[1].split()[0])
    assert named == pytest.approx(-move_ms, abs=600)


def test_a_transcript_of_something_else_is_refused() -> None:
    words = tuple(Word(at, at + 200, "word") for at in range(200_000, 900_000, 1_000))
    with pytest.raises(TranscriptError, match="does not seem to belong to this recording"):
        on_clock_of(RawTranscript(words, (), "en", "srt"), TALK)


def test_captions_and_cues_move_along() -> None:
    captions = tuple(Caption(at + HOUR_MS, at + HOUR_MS + 500, "a word") for at in STARTS_MS)
    raw, _ = on_clock_of(RawTranscript((), captions, None, "srt"), TALK)
    assert tuple(one.start_ms for one in raw.captions) == STARTS_MS


def test_nothing_is_refused_where_there_is_no_speech_to_hold_it_against() -> None:
    raw, shift = on_clock_of(transcript(), tracks_of(silence(30_000)))
    assert (starts(raw), shift.is_none) == (STARTS_MS, True)


def test_a_transcript_of_a_day_is_looked_at_quickly() -> None:
    words = tuple(Word(at, at + 300, "word") for at in range(0, 24 * HOUR_MS, 2_000))
    with pytest.raises(TranscriptError):
        on_clock_of(RawTranscript(words, (), "en", "srt"), TALK)


def test_an_offset_that_fits_nothing_is_refused() -> None:
    with pytest.raises(TranscriptError, match="does not seem to belong"):
        on_clock_of(transcript(), TALK, offset_ms=-99_999_999)
