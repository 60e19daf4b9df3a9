"""The command that sends recordings to a server: the whole job in one line, and on again where it broke off."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, SAMPLE, write_sound
from tests.service.conftest import environment_of
from tests.service.processes import Caller, installed, wait_until

SCOPES = ["projects:read", "projects:write", "media:upload", "reviews:read", "exports:read"]


@dataclass
class Shell:
    """Somebody at a shell with a token."""

    address: str
    token: str
    caller: Caller

    def command(self, *arguments: str | Path, token: str | None = None) -> list[str]:
        given = ["--server", self.address, "--token", self.token if token is None else token]
        return [sys.executable, str(ROOT / "run.py"), "upload", *map(str, arguments), *given]

    def run(self, *arguments: str | Path, token: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments, token=token), capture_output=True, text=True, timeout=100, check=False
        )

    def recordings(self, name: str) -> list[Any]:
        [project] = [one for one in self.caller.get("/projects?limit=100")["projects"] if one["name"] == name]
        found: list[Any] = self.caller.get(f"/projects/{project['id']}")["project"]["media_files"]
        return found


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with installed(environment_of("embedded", tmp_path_factory.mktemp("upload"), None)) as installation:
        address = installation.serve()
        caller = Caller(address)
        made = caller.call("POST", "/auth/tokens", json={"name": "Shell", "scopes": SCOPES}).json()
        yield Shell(address, made["secret"], caller)


def test_one_line_goes_from_the_file_to_the_cut_list(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "cut.edl"
    done = shell.run(SAMPLE, "--project", "One line", "--export", "edl", "-o", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert "FCM: NON-DROP FRAME" in target.read_text()
    [found] = shell.recordings("One line")
    assert [one["status"] for one in found["analysis_results"]] == ["completed"]
    assert f"talk.mp4: sent as {found['id']}" in done.stdout


def test_several_go_to_the_same_project_and_their_cuts_to_a_folder(shell: Shell, tmp_path: Path) -> None:
    second = tmp_path / "second.mp4"
    second.write_bytes(SAMPLE.read_bytes())
    done = shell.run(SAMPLE, second, "--project", "Several", "--export", "csv", "-o", tmp_path / "cuts")
    assert done.returncode == 0, done.stderr
    assert {one["original_filename"] for one in shell.recordings("Several")} == {"talk.mp4", "second.mp4"}
    assert sorted(one.name for one in (tmp_path / "cuts").iterdir()) == ["second-cut.csv", "talk-cut.csv"]


def test_a_preset_is_named_by_its_team_or_is_one_of_our_own(shell: Shell) -> None:
    project = shell.caller.call("POST", "/projects", json={"name": "Presets"}).json()["project"]
    body = {"team_id": project["team_id"], "name": "Lecture", "analysis": {"keep_pause_ms": 700}}
    assert shell.caller.call("POST", "/presets", json=body).status_code == 201
    for name, kept_ms in (("lecture", 700), ("podcast", 500)):
        done = shell.run(SAMPLE, "--project", "Presets", "--preset", name, "--wait")
        assert done.returncode == 0, done.stderr
        newest = shell.recordings("Presets")[0]
        assert newest["analysis_results"][0]["options"]["keep_pause_ms"] == kept_ms
    refused = shell.run(SAMPLE, "--project", "Presets", "--preset", "Unknown")
    assert refused.returncode != 0
    assert "There is no preset Unknown for this project; there are Lecture, tight" in refused.stderr
    assert len(shell.recordings("Presets")) == 2


def test_broken_off_it_goes_on_where_it_was(shell: Shell, tmp_path: Path) -> None:
    large = write_sound(tmp_path / "large.wav", 200)
    first = subprocess.Popen(
        shell.command(large, "--project", "Broken off"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def arrived() -> set[int]:
        found = shell.caller.get("/uploads")["uploads"]
        if not found:
            return set()
        parts = shell.caller.get(f"/upload/{found[0]['file_id']}/parts").get("parts", ())
        return {one["part_number"] for one in parts}

    wait_until(arrived)
    first.kill()
    first.wait()
    assert 0 < len(arrived()) < 13
    done = shell.run(large, "--project", "Broken off")
    assert done.returncode == 0, done.stderr
    assert "going on with what was begun before" in done.stderr
    [found] = shell.recordings("Broken off")
    assert shell.caller.call("GET", f"/media/{found['id']}/file").content == large.read_bytes()
    assert shell.caller.get("/uploads") == {"uploads": []}


def test_what_goes_wrong_is_one_sentence(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no recording")
    refused = shell.run(broken, "--project", "Wrong")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "The content of the file is not that of a .mp4 file" in refused.stderr
    stranger = shell.run(SAMPLE, "--project", "Wrong", token="clf_wrong")
    assert stranger.returncode == 1
    assert "Make a token on your account page" in stranger.stderr
    nowhere = shell.run(SAMPLE, "--project", "Wrong", "--export", "edl")
    assert (nowhere.returncode, "Say by -o" in nowhere.stderr) == (2, True)


def test_a_name_that_two_projects_have_is_asked_about(shell: Shell) -> None:
    for _ in range(2):
        shell.caller.call("POST", "/projects", json={"name": "Twins"})
    done = shell.run(SAMPLE, "--project", "Twins")
    assert (done.returncode, "There are 2 projects called Twins" in done.stderr) == (1, True)
    project_id = shell.caller.make_project()
    assert shell.run(SAMPLE, "--project", project_id).returncode == 0
