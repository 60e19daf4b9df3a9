"""Moments as people write them: 12:07, 1:02:03.5."""

import re

# What the databases take for a whole number.
LATEST_MS = 2**31 - 1
_TIMESTAMP = re.compile(r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>[0-5]?\d):(?P<seconds>[0-5]\d)(?:\.(?P<part>\d{1,3}))?")


def parse_timestamp(text: str) -> int:
    """Milliseconds of ``[h:]mm:ss[.mmm]``; raises ValueError for anything else, and for what no database takes."""
    found = _TIMESTAMP.fullmatch(text.strip()) if text.isascii() else None
    if found is None:
        raise ValueError("it is no moment")
    seconds = (int(found["hours"] or 0) * 60 + int(found["minutes"])) * 60 + int(found["seconds"])
    at_ms = seconds * 1000 + int((found["part"] or "0").ljust(3, "0"))
    if at_ms > LATEST_MS:
        raise ValueError("it is no moment")
    return at_ms
