"""The documentation tells the truth: its commands exist, its tables are what the program says and prints."""

import gc
import re
import subprocess
from pathlib import Path

import click
import pytest

from clipflow.config import setting_fields
from clipflow.engine import FORMATS, AnalysisOptions, analyze, option_ranges
from clipflow.shell.main import commands
from clipflow.shell.report import format_time
from scripts import make_docs
from tests.conftest import ROOT, SAMPLE
from tests.service.conftest import BACKENDS, DATABASE_URL, QUEUE_URL, Servers, environment_of, servers
from tests.service.processes import ADDRESS, installed
from tests.service.test_authorisation import ROUTES

__all__ = ["servers"]

README = (ROOT / "README.md").read_text(encoding="utf-8")
BENCHMARKS_PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
ENGINE_PAGE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
EXPORTS_PAGE = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
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
        value = getattr(AnalysisOptions(), name)
        default = "the file's" if value is None else f"{value:g}".replace("-", "−")
        limits = "existing track" if allowed.maximum is None else f"{allowed.minimum:,} to {allowed.maximum:,}"
        assert f"| `{flag}` | {default} | {limits.replace('-', '−')} |" in README


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_is_whole_and_leads_to_what_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("```") % 2 == 0
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (page.parent / target).exists(), target


def test_all_figures_are_on_the_page_of_benchmarks() -> None:
    assert BENCHMARKS_PAGE.count("Speed on one hour of AAC in mp4") == 1
    assert BENCHMARKS_PAGE.count("CLIPFLOW_BENCH_CACHE") == 1


def test_every_shell_command_in_the_readme_exists() -> None:
    used = set(re.findall(r"python run\.py ([\w-]+)", README))
    assert used
    assert used <= set(commands.list_commands(click.Context(commands)))


def test_every_warning_is_explained() -> None:
    pages = ENGINE_PAGE + EXPORTS_PAGE
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "clipflow" / "engine").rglob("*.py")]
    codes = {code for source in sources for code in re.findall(r'MediaWarning\(\s*"([A-Z_]+)"', source)}
    assert len(codes) >= 16
    assert [code for code in codes if code not in pages] == []


def test_every_format_and_its_editors_are_explained() -> None:
    for form in FORMATS.values():
        assert f"`{form.name}`" in EXPORTS_PAGE, form.name
        assert f"`{form.name}`" in README, form.name


def test_every_link_leads_to_a_file() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), target


# The test client forgets to close the temporary file that it puts a large form in.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_written_pages_are_up_to_date() -> None:
    """The settings' page, the example file and the API guide; make docs writes them anew."""
    pages = make_docs.pages()
    gc.collect()
    for path, text in pages.items():
        shown, real = (ROOT / path).read_text(encoding="utf-8"), text
        # Confidence and level of the sample differ by a hair between versions of ffmpeg.
        for number in (r'"confidence": [\d.]+', r'"level_db": -[\d.]+', r"-?0\.\d+"):
            shown, real = re.sub(number, "…", shown), re.sub(number, "…", real)
        assert shown == real, path


def test_the_api_guide_shows_every_route() -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    example = r"[0-9]{8}-0000-4000-8000-0{12}|t5Gk…|(?<=/keys/)transcription|(?<=/oidc/)company|(?<=/parts/)1"
    example += "|(?<=/renditions/)proxy|(?<=/storyboard/)0|(?<=/video-refs/)dQw4w9WgXcQ"
    shown = {
        (method, re.sub(example, "ID", path.split("?")[0]))
        for method, path in re.findall(r"^(GET|POST|PUT|PATCH|DELETE) (/api/v1\S*)$", guide, re.MULTILINE)
    }
    assert {(method, re.sub(r"<[^>]+>", "ID", rule)) for method, rule in ROUTES} <= shown


def test_every_setting_on_the_deployment_page_exists() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    known = {one.name.upper() for one in setting_fields()}
    used = set(re.findall(r"`([A-Z][A-Z0-9_]{4,})`", page))
    assert used
    assert used <= known


WALK = re.search(r"```sh\n(.*?)```\n\nprints\n\n```\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_readmes_walk_prints_what_the_readme_shows(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "servers" and not (DATABASE_URL and QUEUE_URL):
        pytest.skip("CLIPFLOW_TEST_DATABASE_URL and CLIPFLOW_TEST_QUEUE_URL name no PostgreSQL and Redis to test on")
    assert WALK is not None
    script, shown = WALK.groups()
    given: Servers | None = request.getfixturevalue("servers") if backend == "servers" else None
    with installed(environment_of(backend, tmp_path / "data", given)) as installation:
        serve = installation.start("serve")
        address = serve.wait_for(ADDRESS.pattern)[1]
        script = script.replace("http://localhost:8000", address).replace("alice@", f"{backend}@")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=90,
        )
    assert done.returncode == 0, done.stderr

    # Versions of ffmpeg decode a hair differently.
    hair = re.compile(r'"(?:confidence|level_db)": (-?[\d.]+)')
    assert hair.sub("…", done.stdout) == hair.sub("…", shown)
    printed, promised = ([float(number) for number in hair.findall(text)] for text in (done.stdout, shown))
    assert printed == pytest.approx(promised, abs=0.3)
    assert printed[0::2] == pytest.approx(promised[0::2], abs=0.01)


def test_the_container_files_name_what_exists() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (?!--from)(\S+(?: \S+)*) \S+$", dockerfile, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name
    assert all(word in dockerfile for word in ("USER ", "VOLUME", "HEALTHCHECK", "tini", "STOPSIGNAL SIGTERM"))
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    known = {one.name.upper() for one in setting_fields()} | {
        "POSTGRES_PASSWORD",
        "PUBLISHED_ADDRESS",
        "PUBLISHED_PORT",
        "MEMORY_LIMIT",
        "OBJECTS_PORT",
    }
    assert set(re.findall(r"\$\{(\w+)", compose)) <= known
    for command in re.findall(r'command: \[(\w+)\]|"run.py", "(\w+)"', compose):
        assert set(filter(None, command)) <= set(commands.list_commands(click.Context(commands)))


def test_every_pinned_package_that_is_used_directly_is_in_the_change_log() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in ("requirements.txt", "requirements-dev.txt"):
        direct = (ROOT / name).read_text(encoding="utf-8").split("# What these packages need themselves.")[0]
        for package in re.findall(r"^([\w-]+)==", direct, re.MULTILINE):
            assert package in changes, package


def test_times_are_shown_with_hours_and_milliseconds() -> None:
    assert format_time(3_723_045) == "1:02:03.045"
