"""Cut lists in the editors themselves: what an editor saves again, and what that renders, is what was meant."""

from pathlib import Path

import pytest

from scripts.editors.checking import check
from scripts.editors.driving import EDITORS, Editor
from scripts.editors.screen import Screen, missing_programs
from scripts.editors.sources import SOURCES

# An editor takes a quarter of a minute for each recording, so that `make test-all` asks for the oddest alone.
pytestmark = [pytest.mark.editors, pytest.mark.timeout(300)]
ALWAYS = {"29.97 drop-frame", "variable rate", "sound alone", "odd name"}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all, and in it one of settings for each editor, so that no profile stays for the next project."""
    return tmp_path_factory.getbasetemp() / "editors"


@pytest.mark.parametrize("editor", EDITORS, ids=[one.name for one in EDITORS])
@pytest.mark.parametrize(
    "name", [one if one in ALWAYS else pytest.param(one, marks=pytest.mark.exhaustive) for one in SOURCES]
)
def test_an_editor_opens_the_list_and_saves_what_was_meant(editor: Editor, name: str, folder: Path) -> None:
    missing = missing_programs() + ([] if editor.is_installed else [editor.name])
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; cut lists are not opened in {editor.name}.")
    folder.mkdir(exist_ok=True)
    with Screen() as screen:
        assert check(editor, SOURCES[name], folder, folder / f"home-{editor.name}", screen) == []
