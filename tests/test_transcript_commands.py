"""The shell commands with transcripts: of a file, and of a service."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.fake_openai import FakeOpenAI, phrases, shaped
from tests.conftest import ROOT, SAMPLE

LENGTH_S, SAID = phrases()


def run(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    values = {**os.environ, "DATA_DIR": str(folder / "data"), "COLUMNS": "200", **environment}
    return subprocess.run(
        [sys.executable, ROOT / "run.py", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=folder, env=values, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def service_of(fake: FakeOpenAI) -> dict[str, str]:
    return {"AI_FEATURES_ENABLED": "true", "WHISPER_API_ENABLED": "true", "OPENAI_BASE_URL": fake.base_url,
            "OPENAI_API_KEY": "a-key"}  # fmt: skip


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    file = tmp_path / "talk.json"
    file.write_text(json.dumps(shaped(SAID, "", LENGTH_S)))
    return file


def result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_transcript_of_a_file_gives_words_and_fillers(tmp_path: Path, transcript: Path) -> None:
    found = result(run(tmp_path, "analyze", SAMPLE, "--transcript", transcript, "--filler-word", "a little", "--json"))
    assert [one["word"] for one in found["transcript"]["fillers"]] == ["a little", None, "a little"]
    assert found["transcript"]["words"][0]["text"] == "Good"
    assert {one["type"] for one in found["segments"]} == {"speech", "silence", "filler"}
    assert not (tmp_path / "data").exists(), "nothing is kept"


def test_the_table_shows_what_is_said(tmp_path: Path, transcript: Path) -> None:
    done = run(tmp_path, "analyze", SAMPLE, "--transcript", transcript)
    assert done.returncode == 0, done.stderr
    assert "Everybody knows that filler, and now you hear a little" in done.stdout
    assert "Fillers (1)" in done.stdout
    assert "speech that the transcript leaves out" in done.stdout


def test_fillers_can_be_left_alone(tmp_path: Path, transcript: Path) -> None:
    found = result(run(tmp_path, "analyze", SAMPLE, "--transcript", transcript, "--no-fillers", "--json"))
    assert found["transcript"]["fillers"] == []


def test_subtitles_of_the_cut_are_written_from_tracks_and_a_transcript(tmp_path: Path, transcript: Path) -> None:
    assert run(tmp_path, "analyze", SAMPLE, "--tracks", "talk.tracks").returncode == 0
    done = run(tmp_path, "export", SAMPLE, "--format", "srt", "--tracks", "talk.tracks", "--transcript", transcript)
    assert done.returncode == 0, done.stderr
    assert "Good morning and welcome to a little\nrecording" in (tmp_path / "talk-cut.srt").read_text()


def test_subtitles_without_a_transcript_are_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "export", SAMPLE, "--format", "srt")
    assert done.returncode == 1
    assert "import a transcript first" in done.stderr


@pytest.mark.parametrize(("content", "sentence"), [("nothing", "in no format that is known"), (None, "cannot be read")])
def test_a_wrong_transcript_is_refused(tmp_path: Path, content: str | None, sentence: str) -> None:
    file = tmp_path / "talk.srt"
    if content is not None:
        file.write_text(content)
    done = run(tmp_path, "analyze", SAMPLE, "--transcript", file)
    assert (done.returncode, sentence in done.stderr) == (1, True)


def test_a_service_transcribes_and_is_paid_once(tmp_path: Path) -> None:
    with FakeOpenAI() as fake:
        for _ in range(2):
            done = run(tmp_path, "analyze", SAMPLE, "--mode", "whisper", "--yes", "--json", **service_of(fake))
            words = [one["text"] for one in result(done)["transcript"]["words"]]
            assert " ".join(words) == " ".join(one.text for one in SAID)
        assert "1.0 minutes of sound would be sent to 127.0.0.1, for about 0.01 USD" in done.stderr
        assert fake.outcomes() == ["paid"]


def test_nothing_is_sent_before_somebody_agrees(tmp_path: Path) -> None:
    with FakeOpenAI() as fake:
        done = run(tmp_path, "analyze", SAMPLE, "--mode", "whisper", **service_of(fake))
        assert (done.returncode, fake.book.asked) == (2, [])
        assert "Add --yes" in done.stderr


def test_a_refusal_is_one_sentence(tmp_path: Path) -> None:
    with FakeOpenAI(key="another") as fake:
        done = run(tmp_path, "analyze", SAMPLE, "--mode", "whisper", "--yes", **service_of(fake))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("correct OPENAI_API_KEY, then start the analysis again.")


def test_switched_off_it_says_how_to_switch_it_on(tmp_path: Path) -> None:
    done = run(tmp_path, "analyze", SAMPLE, "--mode", "whisper")
    assert done.returncode == 2
    assert "set AI_FEATURES_ENABLED=true" in done.stderr


@pytest.mark.parametrize("extra", [("--mode", "whisper"), ()])
def test_flags_that_do_not_go_together_are_refused(tmp_path: Path, transcript: Path, extra: tuple[str, ...]) -> None:
    both = ("analyze", SAMPLE, "--transcript", transcript, "--mode", "whisper")
    tracks = ("export", SAMPLE, "--format", "srt", "--tracks", "x", "--mode", "whisper", "--yes")
    done = run(
        tmp_path, *(both if extra else tracks), AI_FEATURES_ENABLED="1", WHISPER_API_ENABLED="1", OPENAI_API_KEY="k"
    )
    assert done.returncode == 2
