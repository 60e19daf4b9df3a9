"""Names and texts made fit for the formats that they are written into."""

from fractions import Fraction
from xml.sax.saxutils import escape

from clipflow.engine.text import clean_text

_MICROSECONDS = 1_000_000
_QUOTES = {'"': "&quot;", "'": "&apos;"}


def one_line(text: str) -> str:
    """Text without line breaks and control characters."""
    return clean_text(" ".join(text.split()), len(text))


def xml_text(text: str) -> str:
    """Text as XML takes it in content and attributes; what no XML may hold is replaced."""
    return escape(one_line(text), _QUOTES)


def seconds_text(seconds: Fraction) -> str:
    """Seconds with six decimals, which is nearer than any frame or sample needs."""
    micro = round(seconds * _MICROSECONDS)
    return f"{micro // _MICROSECONDS}.{micro % _MICROSECONDS:06d}"
