"""Speaking to a transcription service: shapes, faults, retries, nothing paid twice. Over real HTTP, with a stand-in."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clipflow.engine import AnalysisOptions, FillerOptions, Transcript, make_transcript, words_of_captions
from clipflow.transcription.client import ServiceAccess, TranscriptionRequest
from clipflow.transcription.errors import (
    PassingServiceError,
    RefusedByServiceError,
    TranscriptionError,
    TranscriptionStoppedError,
)
from clipflow.transcription.parts import PartLengths
from clipflow.transcription.running import Transcriber, analyze_and_transcribe
from clipflow.transcription.sending import AnsweredPart, InFlightParts, pause_s
from clipflow.transcription.stitching import TranscriptionResult, stitch
from scripts.fake_openai import FakeOpenAI, phrases
from tests.conftest import SAMPLE, MakeMedia

SPOKEN = " ".join(one.text for one in phrases()[1])
SHORT = PartLengths(shortest_s=10.0, longest_s=20.0)


class Kept(dict[str, Any]):
    """Answers in memory."""

    def find(self, key: str) -> dict[str, Any] | None:
        return self.get(key)

    def keep(self, part: AnsweredPart) -> None:
        self[part.key] = part.answer


def transcribe(
    fake: FakeOpenAI,
    *,
    kept: Kept | None = None,
    lengths: PartLengths | None = None,
    request: TranscriptionRequest | None = None,
    path: Path = SAMPLE,
    should_stop: Callable[[], bool] = lambda: False,
    **access: Any,
) -> tuple[Transcript, TranscriptionResult]:
    service = ServiceAccess(**{"base_url": fake.base_url, "api_key": "a-key", "timeout_s": 20.0, **access})
    transcriber = Transcriber(
        service, request or TranscriptionRequest(), Kept() if kept is None else kept, lengths or PartLengths()
    )
    analysis, heard = analyze_and_transcribe(
        path, AnalysisOptions(), transcriber, lambda fraction, stage: None, should_stop
    )
    words = [*heard.words, *words_of_captions(heard.captions, analysis.tracks)]
    return make_transcript(words, analysis.tracks, FillerOptions(), heard.language), heard


def text_of(transcript: Transcript) -> str:
    return " ".join(word.text for word in transcript.words)


def test_the_sample_is_transcribed_with_its_punctuation(fake: FakeOpenAI) -> None:
    transcript, heard = transcribe(fake)
    assert text_of(transcript) == SPOKEN
    assert heard.language == "en"


def test_the_um_that_the_transcript_leaves_out_is_found(fake: FakeOpenAI) -> None:
    transcript, _ = transcribe(fake)
    (found,) = transcript.fillers
    assert found.word is None
    assert abs(found.start_ms - 20_730) < 80
    assert abs(found.end_ms - 21_270) < 80


def test_parts_are_put_together_with_exact_offsets(fake: FakeOpenAI) -> None:
    whole, _ = transcribe(fake)
    parts, _ = transcribe(fake, lengths=SHORT)
    assert text_of(parts) == text_of(whole)
    assert [a.start_ms - b.start_ms for a, b in zip(parts.words, whole.words, strict=True)] == pytest.approx(
        [0] * len(whole.words), abs=20
    )


def test_language_and_prompt_are_passed_on(fake: FakeOpenAI) -> None:
    transcribe(fake, request=TranscriptionRequest("en", "ClipFlow, Kdenlive"), model="a-model")
    (event,) = fake.book.log
    assert (event["language"], event["prompt"], event["model"]) == ("en", "ClipFlow, Kdenlive", "a-model")
    assert (event["format"], event["granularities"]) == ("verbose_json", ["word", "segment"])


@pytest.mark.parametrize(
    "shape",
    ["no-words", "null-words", "no-segments", "words-in-segments", "text-only", "beyond-end", "early"],
)
def test_every_shape_of_answer_gives_all_words(fake: FakeOpenAI, shape: str) -> None:
    fake.order(shape)
    transcript, _ = transcribe(fake)
    words = [word.text.strip(".,") for word in transcript.words]
    assert words == [word.strip(".,") for word in SPOKEN.split()]
    assert all(a.end_ms <= b.start_ms for a, b in zip(transcript.words, transcript.words[1:], strict=False))
    assert transcript.words[-1].end_ms <= 57_400


def test_early_words_are_moved_to_their_speech(fake: FakeOpenAI) -> None:
    right, _ = transcribe(fake)
    fake.order("early")
    moved, _ = transcribe(fake)
    late = [abs(a.start_ms - b.start_ms) for a, b in zip(moved.words, right.words, strict=True) if b.text[0].isupper()]
    assert max(late) < 350


def test_an_answer_of_nulls_is_a_part_without_words(fake: FakeOpenAI) -> None:
    fake.order("nothing")
    transcript, _ = transcribe(fake)
    assert transcript.words == ()


@pytest.mark.parametrize("fault", ["429", "500", "503", "broken", "html", "null"])
def test_what_passes_is_tried_again(fake: FakeOpenAI, fault: str) -> None:
    fake.order(fault)
    transcript, _ = transcribe(fake)
    assert text_of(transcript) == SPOKEN
    assert fake.outcomes() == [fault, "paid"]


def test_a_timeout_is_tried_again(fake: FakeOpenAI) -> None:
    fake.order("timeout")
    transcript, _ = transcribe(fake, timeout_s=1.0)
    assert text_of(transcript) == SPOKEN
    assert fake.outcomes() == ["timeout", "paid"]


def test_a_service_that_asks_for_patience_gets_it(fake: FakeOpenAI) -> None:
    fake.order("429", retry_after_s=2.0)
    began_s = time.monotonic()
    transcribe(fake)
    assert time.monotonic() - began_s >= 2.0


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("no-budget", "budget at the transcription service is used up; top it up there"),
        ("refused-model", "knows no model “whisper-1”"),
        ("forbidden", "does not allow the model “whisper-1”"),
        ("bad-request", r"refused the sound \(status 400\): Audio file might be corrupted"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(fake: FakeOpenAI, fault: str, sentence: str) -> None:
    fake.order(fault, times=9)
    with pytest.raises(RefusedByServiceError, match=sentence):
        transcribe(fake)
    assert fake.outcomes() == [fault]


def test_a_wrong_key_is_said_and_not_tried_again(fake: FakeOpenAI) -> None:
    fake.book.key = "the-right-one"
    with pytest.raises(RefusedByServiceError, match="does not accept the key; correct OPENAI_API_KEY") as caught:
        transcribe(fake)
    assert fake.outcomes() == ["wrong-key"]
    assert "a-key" not in str(caught.value)


def test_an_address_where_nobody_listens_is_said(fake: FakeOpenAI) -> None:
    with pytest.raises(PassingServiceError, match="cannot be reached; check OPENAI_BASE_URL"):
        transcribe(fake, base_url="http://127.0.0.1:9/v1")


def test_after_a_failure_only_the_missing_parts_are_sent(fake: FakeOpenAI) -> None:
    kept = Kept()
    fake.order("bad-request", from_ms=29_728)
    with pytest.raises(TranscriptionError):
        transcribe(fake, kept=kept, lengths=SHORT)
    transcript, _ = transcribe(fake, kept=kept, lengths=SHORT)
    assert text_of(transcript) == SPOKEN
    assert len(fake.paid()) == len(set(fake.paid())) == len(kept)


def test_after_a_failure_what_was_on_its_way_is_kept(fake: FakeOpenAI) -> None:
    kept = Kept()
    fake.order("bad-request", from_ms=29_728)
    fake.order("slow", times=9)
    with pytest.raises(RefusedByServiceError):
        transcribe(fake, kept=kept, lengths=SHORT)
    # More than two where the refusal comes late.
    assert len(kept) == len(fake.paid()) >= 2


def test_a_service_that_is_slow_does_not_hold_up_the_detection(fake: FakeOpenAI) -> None:
    fake.book.delay_s = 0.75
    began_s, detected_s = time.monotonic(), []

    def report(fraction: float, stage: str) -> None:
        if stage.startswith("transcribing"):
            detected_s.append(time.monotonic() - began_s)

    access = ServiceAccess(base_url=fake.base_url, api_key="k", parallel_requests=1)
    transcriber = Transcriber(access, TranscriptionRequest(), Kept(), PartLengths(4.0, 8.0))
    analyze_and_transcribe(SAMPLE, AnalysisOptions(), transcriber, report, lambda: False)
    assert detected_s[0] < detected_s[-1] / 2
    assert max(b - a for a, b in pairwise(detected_s)) < 1.0, "it tells all the time that it goes on"


def test_a_service_that_wants_to_be_left_alone_for_long_is(fake: FakeOpenAI) -> None:
    fake.order("429", retry_after_s=3_600)
    with pytest.raises(RefusedByServiceError, match="wants no requests for 3600 seconds"):
        transcribe(fake)


def test_two_at_once_pay_for_a_part_once(fake: FakeOpenAI) -> None:
    fake.book.delay_s = 1.0
    kept, in_flight = Kept(), InFlightParts()
    transcriber = Transcriber(
        ServiceAccess(base_url=fake.base_url, api_key="k"), TranscriptionRequest(), kept, PartLengths(), in_flight
    )

    def run() -> int:
        _, heard = analyze_and_transcribe(SAMPLE, AnalysisOptions(), transcriber, lambda *_: None, lambda: False)
        return len(heard.words)

    with ThreadPoolExecutor(2) as pool:
        counts = [one.result() for one in [pool.submit(run), pool.submit(run)]]
    assert counts == [95, 95]
    assert fake.outcomes() == ["paid"]


def test_another_prompt_is_another_request(fake: FakeOpenAI) -> None:
    kept = Kept()
    transcribe(fake, kept=kept)
    transcribe(fake, kept=kept)
    assert fake.outcomes() == ["paid"]
    transcribe(fake, kept=kept, request=TranscriptionRequest(prompt="names"))
    assert fake.outcomes() == ["paid", "paid"]


def test_no_more_than_the_wanted_number_are_on_their_way(fake: FakeOpenAI) -> None:
    fake.book.delay_s = 0.3
    began_s = time.monotonic()
    transcribe(fake, lengths=PartLengths(4.0, 8.0), parallel_requests=1)
    parts = len(fake.paid())
    assert parts >= 6
    assert time.monotonic() - began_s >= parts * 0.3


def test_what_was_on_its_way_when_it_stops_is_kept(fake: FakeOpenAI) -> None:
    fake.book.delay_s = 1.0
    kept = Kept()
    with pytest.raises(TranscriptionStoppedError):
        transcribe(fake, kept=kept, should_stop=lambda: bool(fake.book.asked))
    assert len(kept) == len(fake.paid()) == 1


def test_silence_is_not_sent(fake: FakeOpenAI, make_media: MakeMedia) -> None:
    quiet = make_media("quiet.wav", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "20")
    transcript, _ = transcribe(fake, path=quiet)
    assert transcript.words == ()
    assert fake.book.log == []


def test_the_language_is_that_of_most_parts() -> None:
    parts = [
        AnsweredPart(n, n * 1000, n * 1000 + 1000, "", {"language": name, "text": "ja"})
        for n, name in enumerate(["german", "english", "german"])
    ]
    assert stitch(parts).language == "de"


@pytest.mark.parametrize(
    ("attempt", "asked_s", "least_s", "most_s"), [(1, None, 0.5, 1), (4, None, 4, 8), (9, None, 30, 60), (1, 7.0, 7, 8)]
)
def test_pauses_double_up_to_a_ceiling(attempt: int, asked_s: float | None, least_s: float, most_s: float) -> None:
    assert least_s <= pause_s(attempt, asked_s, 0.0) <= pause_s(attempt, asked_s, 1.0) <= most_s
