"""The set-up: what it does where something is missing, without touching this machine."""

import json
import os
import runpy
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = runpy.run_path(str(ROOT / "scripts" / "set_up.py"))
SetUpError = SCRIPT["SetUpError"]
MakeTool = Callable[..., None]


@pytest.fixture
def make_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeTool:
    """A PATH of its own, with small programs that note how they were called in a file named calls."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(name: str, ending: str = "exit 0") -> None:
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/calls\n{ending}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return make


def calls(tmp_path: Path) -> list[str]:
    noted = tmp_path / "calls"
    return noted.read_text().splitlines() if noted.exists() else []


def pretend_user(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: number)


APT = ["update -qq", "install -y -qq --no-install-recommends ffmpeg"]


def test_it_leaves_an_installed_ffmpeg_alone(make_tool: MakeTool, tmp_path: Path) -> None:
    for name in ("ffmpeg", "ffprobe", "apt-get"):
        make_tool(name)
    SCRIPT["ensure_ffmpeg"]()
    assert calls(tmp_path) == []


def test_it_installs_ffmpeg_as_root(make_tool: MakeTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_user(monkeypatch, 0)
    make_tool("apt-get")
    SCRIPT["ensure_ffmpeg"]()
    assert calls(tmp_path) == [f"apt-get {arguments}" for arguments in APT]


def test_it_installs_ffmpeg_with_sudo_that_asks_for_no_password(
    make_tool: MakeTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_user(monkeypatch, 1000)
    make_tool("apt-get")
    make_tool("sudo")
    SCRIPT["ensure_ffmpeg"]()
    assert calls(tmp_path) == ["sudo -n true", *(f"sudo -n apt-get {arguments}" for arguments in APT)]


def test_it_prints_the_command_when_a_password_would_be_needed(
    make_tool: MakeTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_user(monkeypatch, 1000)
    make_tool("apt-get")
    make_tool("sudo", "exit 1")
    with pytest.raises(SetUpError) as stop:
        SCRIPT["ensure_ffmpeg"]()
    assert f"sudo apt-get {APT[0]} && sudo apt-get {APT[1]}" in str(stop.value)
    assert calls(tmp_path) == ["sudo -n true"]


def test_it_installs_ffmpeg_with_homebrew_as_anybody(
    make_tool: MakeTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_user(monkeypatch, 501)
    make_tool("brew")
    SCRIPT["ensure_ffmpeg"]()
    assert calls(tmp_path) == ["brew install ffmpeg"]


def test_it_says_what_to_install_where_it_knows_no_package_manager(make_tool: MakeTool) -> None:
    with pytest.raises(SetUpError, match="Install ffmpeg with your system's package manager, then run make again"):
        SCRIPT["ensure_ffmpeg"]()


def test_it_stops_when_a_command_fails(make_tool: MakeTool, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_user(monkeypatch, 0)
    make_tool("apt-get", "exit 100")
    with pytest.raises(SetUpError, match="This command failed; see above why"):
        SCRIPT["ensure_ffmpeg"]()


REPORTS: dict[str, tuple[list[str], bool]] = {
    "the CPU build": (["filelock", "jinja2"], False),
    "the build for graphics cards": (["filelock", 'nvidia-cudnn-cu13==9.1; platform_system == "Linux"'], True),
    "its newer packaging": (["cuda-toolkit[cublas]==13.0", "triton==3.5"], True),
}


@pytest.mark.parametrize("build", REPORTS)
def test_it_recognises_which_build_of_torch_pip_would_bring(
    build: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs, brings_cuda = REPORTS[build]
    report = json.dumps({"install": [{"metadata": {"version": "2.13.0", "requires_dist": needs}}]})
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\ncat <<'END'\n{report}\nEND\n")
    python.chmod(0o755)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert SCRIPT["brings_cuda"](python, "torch==2.13.0") is brings_cuda


def test_it_takes_the_pinned_version_of_torch() -> None:
    assert SCRIPT["pinned"]("torch").startswith("torch==2.")
