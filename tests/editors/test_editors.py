"""Cut lists in the editors themselves: what an editor saves again, and what that renders, is what was meant."""

from pathlib import Path

import pytest

from scripts.editors.checking import check
from scripts.editors.driving import EDITORS, Editor
from scripts.editors.screen import Screen, missing_programs
from scripts.editors.sources import SOURCES

# An editor takes half a minute for each recording, so that only `make test-all` asks for these.
pytestmark = [pytest.mark.editors, pytest.mark.timeout(300)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all, and in it one of settings for each editor, so that no profile stays for the next project."""
    return tmp_path_factory.getbasetemp() / "editors"


@pytest.mark.parametrize("editor", EDITORS, ids=[one.name for one in EDITORS])
@pytest.mark.parametrize("name", SOURCES)
def test_an_editor_opens_the_list_and_saves_what_was_meant(editor: Editor, name: str, folder: Path) -> None:
    missing = missing_programs() + ([] if editor.is_installed else [editor.name])
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; cut lists are not opened in {editor.name}.")
    folder.mkdir(exist_ok=True)
    with Screen() as screen:
        assert check(editor, SOURCES[name], folder, folder / f"home-{editor.name}", screen) == []
