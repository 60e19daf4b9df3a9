"""``python -m scripts.editors``: a table of every list in every editor that is installed here."""

import sys
import tempfile
from pathlib import Path

import click
from tabulate import tabulate

from scripts.editors.checking import check
from scripts.editors.driving import EDITORS
from scripts.editors.screen import Screen, missing_programs
from scripts.editors.sources import SOURCES


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE ...]")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keeps recordings, lists, pictures.")
@click.option("--editor", type=click.Choice([one.name for one in EDITORS]), help="Only this one.")
def main(names: tuple[str, ...], folder: Path | None, editor: str | None) -> None:
    """Open each list in the real editors, have them save it, and compare that with what was meant."""
    missing = missing_programs()
    if missing:
        raise click.UsageError(f"Install {', '.join(missing)} first (Debian: xvfb openbox xdotool imagemagick dbus).")
    folder = folder or Path(tempfile.mkdtemp(prefix="clipflow-editors-"))
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, str, str]] = []
    for one in EDITORS:
        if not one.is_installed or editor not in (None, one.name):
            continue
        # One folder of settings for all, as a person has it: the profile of one project must not stay for the next.
        home = folder / f"home-{one.name}"
        for name in names or SOURCES:
            with Screen() as screen:
                faults = check(one, SOURCES[name], folder, home, screen)
            rows.append((f"{one.name} {one.version()}", name, "; ".join(faults) or "as meant"))
            print(f"{rows[-1][0]}, {name}: {rows[-1][2]}", file=sys.stderr, flush=True)
    print(tabulate(rows, headers=("Editor", "Recording", "Saved file and rendering")))
    print(f"\nPictures of the screen: {folder}/*.png")
    sys.exit(any(row[2] != "as meant" for row in rows))


if __name__ == "__main__":
    main()
