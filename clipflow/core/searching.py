"""Text as it is searched: without regard to case and accents, the same on every database."""

import unicodedata


def searchable(text: str) -> str:
    """A text by which it is found: case and accents away, compatible forms as one, single blanks.

    Source: Unicode Standard, chapter 3.13, caseless matching, after NFKD without combining marks.
    """
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(unicodedata.normalize("NFKD", bare.casefold()).split())


def pattern_within(text: str) -> str:
    """A pattern of LIKE, with a backslash to escape, for what has a text in it."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
