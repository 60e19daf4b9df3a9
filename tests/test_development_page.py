"""The page for developers tells the truth: its rooms exist, and its examples work as they stand."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_architecture import DOMAINS

PAGE = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) (\S[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {name: text for _, name, text in BLOCK.findall(PAGE)}
COPIED = ("clipflow", "templates", "static", "tests", "scripts", "pyproject.toml", "jsconfig.json")


def test_every_room_and_file_that_it_names_exists() -> None:
    named = set(re.findall(r"`((?:clipflow|core|http|jobs|projects|tests|docs)/[\w./]*)`", PAGE))
    assert len(named) > 15
    missing = {name for name in named if not (ROOT / name).exists() and not (ROOT / "clipflow" / name).exists()}
    assert missing == set()


def test_it_lists_the_domains_in_their_order() -> None:
    [row] = [line for line in PAGE.splitlines() if "the domains, low to high" in line]
    assert tuple(re.findall(r"(\w+)/`", row)) == DOMAINS


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to which everything that the page shows has been added."""
    folder = tmp_path_factory.mktemp("extended")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    for name, text in BLOCKS.items():
        if "/" in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    imports = "import clipflow.bookmarks.models\nimport clipflow.bookmarks.routes\nimport clipflow.bookmarks.tasks\n"
    entry = BLOCKS["registry"].replace("Bookmark,)),", "Bookmark,), clipflow.bookmarks.tasks.handlers),")
    insert(folder / "clipflow/registry.py", "import clipflow.exports.routes\n", imports)
    insert(folder / "clipflow/registry.py", '    Domain("review"', entry)
    insert(
        folder / "clipflow/web/routes.py",
        "from clipflow.projects import",
        "from clipflow.media import service as media\n",
    )
    insert(folder / "clipflow/web/routes.py", "@pages.errorhandler(ServiceError)", BLOCKS["web routes"] + "\n\n")
    formats = folder / "clipflow/engine/exporters/formats.py"
    insert(formats, "    subtitles,\n", "    plain_seconds,\n")
    insert(formats, '    ExportFormat(\n        "audacity"', BLOCKS["formats"])
    insert(folder / "tests/test_architecture.py", '"review",', '"bookmarks", ')
    return folder


def insert(file: Path, before: str, text: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert before in content, f"{file.name} has no {before!r}"
    file.write_text(content.replace(before, text + before, 1), encoding="utf-8")


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def run_tests(folder: Path, module: str, wanted: str) -> str:
    return run(folder, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-rA", module, "-k", wanted)


def test_the_example_of_a_domain_passes_its_own_tests(extended: Path) -> None:
    assert run_tests(extended, "tests/service/test_bookmarks.py", "embedded").count("PASSED") == 3


@pytest.mark.exhaustive
def test_the_matrix_of_who_may_do_what_holds_for_the_example(extended: Path) -> None:
    matrix = extended / "tests/service/test_authorisation.py"
    made = """
    marked = alice.post(f"/media/{analysed.media_id}/bookmarks", json={"at_ms": 1, "title": "one"})
    bookmark_id = marked.json["bookmark"]["id"]
"""
    insert(matrix, "\n    def fill(rule: str)", made)
    insert(matrix, '.replace("<uuid:media_id>", analysed', '.replace("<uuid:bookmark_id>", bookmark_id)')
    insert(
        matrix, '    ("POST", "/upload"): {},', '    ("POST", "/bookmarks"): {"json": {"at_ms": 1, "title": "one"}},\n'
    )
    matrix.write_text(
        re.sub(r"len\(ROUTES\) == (\d+)", lambda found: f"len(ROUTES) == {int(found[1]) + 3}", matrix.read_text())
    )
    assert run_tests(extended, "tests/service/test_authorisation.py", "not servers").count("PASSED") > 5


def test_the_examples_keep_to_the_rooms(extended: Path) -> None:
    assert run_tests(extended, "tests/test_architecture.py", "bookmarks or every").count("PASSED") > 5


def test_the_examples_are_written_as_the_house_is(extended: Path) -> None:
    files = [name for name in BLOCKS if name.endswith(".py")]
    run(extended, "-m", "ruff", "check", *files)
    run(extended, "-m", "ruff", "format", "--check", *files)


EXAMPLES = """
import io
from tests.service.conftest import build_service, environment_of, sign_up
from tests.conftest import SAMPLE
from pathlib import Path
import sys

service = build_service(environment_of("embedded", Path(sys.argv[1]), None))
alice = sign_up(service, "Alice")
project_id = alice.make_project()
media_id = alice.upload(project_id, SAMPLE).json["media_file"]["id"]
analysis_id = alice.post(f"/media/{media_id}/analyze").json["analysis_id"]
service.run_jobs()
assert alice.post(f"/media/{media_id}/bookmarks", json={"at_ms": 5, "title": "mark"}).status_code == 201
page = alice.client.get(f"/media/{media_id}/bookmarks", headers={"Authorization": f"Bearer {alice.access_token}"})
assert (page.status_code, media_id in page.text) == (200, True), page.text
listed = alice.get(f"/analysis/{analysis_id}/export?format=plain-seconds")
assert listed.status_code == 200 and len(listed.text.splitlines()) > 3, listed.text

from uuid import UUID
from clipflow.bookmarks.tasks import LIST_JOB
from clipflow.core.db import connected, transaction
from clipflow.core.queue import Lane
from clipflow.jobs import service as jobs
with connected(), transaction():
    jobs.submit(service.resources.queue, LIST_JOB, Lane.QUICK, UUID(media_id))
assert service.run_jobs() == 1
[key] = [one.key for one in service.resources.storage.list() if one.key.startswith("lists/")]
with service.resources.storage.open_range(key) as file:
    assert file.read() == b"mark"
"""


def test_the_examples_of_a_page_a_job_and_a_format_work(extended: Path, tmp_path: Path) -> None:
    run(extended, "-c", EXAMPLES, str(tmp_path / "data"))
