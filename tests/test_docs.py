"""The documentation tells the truth: its commands exist, its tables are what the program says and prints."""

import re

import pytest

from clipflow.cli import commands
from clipflow.engine import AnalysisOptions, analyze, option_ranges
from clipflow.report import format_time
from tests.conftest import ROOT, SAMPLE

README = (ROOT / "README.md").read_text(encoding="utf-8")
ENGINE_PAGE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
ROW = re.compile(r"^(\d:\d\d:\d\d\.\d{3})  (\d:\d\d:\d\d\.\d{3}) +[\d.]+  (\w+) +[\d.]+ +-[\d.]+  (\w+)", re.MULTILINE)
TOLERANCE_MS = 30


def milliseconds(shown: str) -> int:
    hours, minutes, seconds = shown.split(":")
    return (int(hours) * 3600 + int(minutes) * 60) * 1000 + round(float(seconds) * 1000)


def test_every_make_command_in_the_readme_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = set(
        re.findall(r"`?make ([a-z-]+)", "\n".join(re.findall(r"`make [a-z-]+`|^make [a-z-]+", README, re.MULTILINE)))
    )
    assert used
    assert used <= targets


def test_the_readme_shows_the_real_segments_of_the_sample() -> None:
    shown = [(milliseconds(start), milliseconds(end), *rest) for start, end, *rest in ROW.findall(README)]
    real = [(one.start_ms, one.end_ms, one.type.value, one.action.value) for one in analyze(SAMPLE).segments]
    assert [row[2:] for row in shown] == [row[2:] for row in real]
    for shown_row, real_row in zip(shown, real, strict=True):
        # Other versions of ffmpeg decode a hair differently.
        assert shown_row[:2] == pytest.approx(real_row[:2], abs=TOLERANCE_MS)


def test_the_readme_lists_every_option_with_its_default_and_range() -> None:
    for name, allowed in option_ranges().items():
        flag = "--" + name.removeprefix("vad_").replace("_", "-")
        default = f"{getattr(AnalysisOptions(), name):g}".replace("-", "−")
        limits = "existing track" if allowed.maximum is None else f"{allowed.minimum:,} to {allowed.maximum:,}"
        assert f"| `{flag}` | {default} | {limits.replace('-', '−')} |" in README


def test_the_readme_is_whole() -> None:
    assert README.count("```") % 2 == 0
    assert README.count("Speed on one hour of AAC in mp4") == 1
    assert README.count("CLIPFLOW_BENCH_CACHE") == 1


def test_every_shell_command_in_the_readme_exists() -> None:
    used = set(re.findall(r"python run\.py (\w+)", README))
    assert used
    assert used <= set(commands.commands)


def test_every_warning_is_explained() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "clipflow" / "engine").glob("*.py")]
    codes = {code for source in sources for code in re.findall(r'MediaWarning\(\s*"([A-Z_]+)"', source)}
    assert len(codes) >= 9
    assert [code for code in codes if code not in ENGINE_PAGE] == []


def test_every_link_leads_to_a_file() -> None:
    for page in (README, ENGINE_PAGE):
        for target in re.findall(r"\]\(([^)#:]+)\)", page):
            assert (ROOT / target).exists(), target


def test_every_pinned_package_that_is_used_directly_is_in_the_change_log() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in ("requirements.txt", "requirements-dev.txt"):
        direct = (ROOT / name).read_text(encoding="utf-8").split("# What these packages need themselves.")[0]
        for package in re.findall(r"^([\w-]+)==", direct, re.MULTILINE):
            assert package in changes, package


def test_times_are_shown_with_hours_and_milliseconds() -> None:
    assert format_time(3_723_045) == "1:02:03.045"
