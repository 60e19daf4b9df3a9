"""Names and texts made fit for the formats that they are written into."""

import re
from fractions import Fraction
from xml.sax.saxutils import escape

_MICROSECONDS = 1_000_000
_ENTITIES = {'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# Source: XML 1.0, production 2.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def one_line(text: str) -> str:
    """Text without line breaks, control characters and broken characters; anything else in a name may matter."""
    return _NOT_IN_A_LINE.sub(_replacement, text).strip()


def xml_text(text: str) -> str:
    """Text as XML takes it in content and attributes, down to the last blank; what no XML may hold is replaced."""
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text), _ENTITIES)


def _replacement(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else "\N{REPLACEMENT CHARACTER}"


def seconds_text(seconds: Fraction) -> str:
    """Seconds with six decimals, which is nearer than any frame or sample needs."""
    micro = round(seconds * _MICROSECONDS)
    return f"{micro // _MICROSECONDS}.{micro % _MICROSECONDS:06d}"
