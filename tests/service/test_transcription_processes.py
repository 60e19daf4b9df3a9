"""Three hours in twelve parts, with everything that can go wrong on the way: one transcript, each part paid once."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scripts.fake_openai import FakeOpenAI, phrases
from scripts.running import free_port
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import environment_of
from tests.service.processes import Caller, Installation, installed, wait_until

pytestmark = pytest.mark.timeout(400)
LENGTH_S, SAID = phrases()
LOOPS = 188


@pytest.fixture(scope="session")
def three_hours(make_media: MakeMedia) -> Path:
    """The sound of the sample 188 times, without a gap: 2 h 59 min 51 s."""
    exact = ["-af", f"apad,atrim=0:{LENGTH_S}", "-ar", "16000", "-ac", "1"]
    once = make_media("once.wav", "-i", SAMPLE, "-vn", *exact)
    return make_media("three-hours.mkv", "-stream_loop", str(LOOPS - 1), "-i", once, "-c:a", "flac")


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(delay_s=1.0) as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path, fake: FakeOpenAI) -> Iterator[Installation]:
    values = {
        **environment_of("embedded", tmp_path / "data", None),
        "AI_FEATURES_ENABLED": "true",
        "WHISPER_API_ENABLED": "true",
        "OPENAI_API_KEY": "a-secret-key",
        "OPENAI_BASE_URL": fake.base_url,
        "WHISPER_TIMEOUT_S": "8",
        "WHISPER_PARALLEL_REQUESTS": "2",
    }
    with installed(values) as started:
        yield started


def begin(caller: Caller, file: Path) -> str:
    media_id = caller.upload(caller.make_project(), file)
    answer = caller.call("POST", f"/media/{media_id}/analyze", json={"processing_mode": "whisper"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["analysis_id"])


@pytest.mark.exhaustive
def test_three_hours_become_one_transcript_and_each_part_is_paid_once(
    installation: Installation, fake: FakeOpenAI, three_hours: Path
) -> None:
    for fault in ("429", "timeout", "500"):
        fake.order(fault)
    worker = installation.start_worker()
    caller = Caller(installation.start_web()[1])
    analysis_id = begin(caller, three_hours)
    wait_until(lambda: len(fake.paid()) >= 6, 200)
    # Killed between two answers: those that have come are kept within a moment, the next ones are on their way.
    time.sleep(0.3)
    worker.kill()
    stages = watch_until_done(installation.start_worker(), caller, analysis_id)

    found = caller.get(f"/analysis/{analysis_id}")["analysis_result"]
    assert found["transcription"] == " ".join([one.text for one in SAID] * LOOPS)
    check_times(caller, analysis_id)
    outcomes = fake.outcomes()
    sys.stdout.write(f"\nthe stand-in's own log: {outcomes}\npaid for, from (ms): {fake.paid()}\n")
    assert {"429", "timeout", "500"} <= set(outcomes)
    assert len(fake.paid()) == len(set(fake.paid())) == 12
    assert "transcribing 11/12" in stages
    logs = "".join(process.log for process in installation.processes)
    assert "a-secret-key" not in logs
    assert "Good morning" not in logs


def watch_until_done(worker: object, caller: Caller, analysis_id: str) -> set[str]:
    """The stages that were seen on the way."""
    stages: set[str] = set()

    def look() -> bool:
        state = caller.status(analysis_id)
        stages.add(state["stage"])
        assert state["status"] != "failed", state
        return bool(state["status"] == "completed")

    wait_until(look, 250)
    return stages


def check_times(caller: Caller, analysis_id: str) -> None:
    """Every word is where it is said, also in the last minute."""
    words = caller.get(f"/analysis/{analysis_id}/transcript?from_ms=10000000")["words"]
    firsts = [one for one in words if one["text"] == "Good"]
    assert len(firsts) > 10
    for one in firsts:
        loop = round((one["start_ms"] / 1000 - SAID[0].start_s) / LENGTH_S)
        wanted_ms = 1000 * (loop * LENGTH_S + SAID[0].start_s)
        assert abs(one["start_ms"] - wanted_ms) < 120, one


@pytest.mark.exhaustive
def test_a_cancelled_transcription_ends_within_seconds_and_pays_nothing_twice(
    installation: Installation, fake: FakeOpenAI, make_media: MakeMedia
) -> None:
    half_an_hour = make_media("half.m4a", "-stream_loop", "31", "-i", SAMPLE, "-vn", "-c", "copy")
    fake.book.delay_s = 4.0
    installation.start_worker()
    caller = Caller(installation.start_web()[1])
    analysis_id = begin(caller, half_an_hour)
    wait_until(lambda: fake.book.asked, 60)
    assert caller.call("POST", f"/analysis/{analysis_id}/cancel").status_code == 200
    assert caller.status(analysis_id)["status"] == "cancelled"
    media_id = caller.get(f"/analysis/{analysis_id}")["analysis_result"]["media_file_id"]
    fake.book.delay_s = 0.0
    again = caller.call("POST", f"/media/{media_id}/analyze", json={"processing_mode": "whisper"}).json()["analysis_id"]
    caller.wait_for_status(again, "completed", 60)
    assert len(fake.paid()) == len(set(fake.paid()))


def test_the_stand_in_can_be_started_by_hand(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "scripts.fake_openai", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "A stand-in of OpenAI listens" in process.stdout.readline()
            assert requests.get(f"http://127.0.0.1:{port}/log", timeout=5).json() == {"events": []}
        finally:
            process.terminate()
