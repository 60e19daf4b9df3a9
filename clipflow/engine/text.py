"""Text from files and file names, made fit for a terminal, a shell, a log and a page."""

import re
from pathlib import Path

_MAXIMUM_TAG_CHARACTERS = 100
_MAXIMUM_NAME_CHARACTERS = 255
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def shown_name(path: Path) -> str:
    """The file's name, fit for a terminal and a log: no control characters, no broken encodings."""
    name = path.name or str(path)
    return f"“{clean_text(name, _MAXIMUM_NAME_CHARACTERS)}”"


def clean_text(text: str, maximum_characters: int = _MAXIMUM_TAG_CHARACTERS) -> str:
    """Text from a file, without control characters or lone surrogates, cut to a length."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:maximum_characters])
    return shown.strip()


def shell_quoted(name: str) -> str:
    """A file name as a shell takes it; one that begins with a dash is no option, one with a colon no protocol."""
    is_misread = name.startswith("-") or (":" in name.split("/", maxsplit=1)[0] and not _DRIVE.match(name))
    name = f"./{name}" if is_misread else name
    return "'" + name.replace("'", "'\\''") + "'"
