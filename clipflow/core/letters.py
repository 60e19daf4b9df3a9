"""What a mail says, in one voice: as text and as HTML, from the templates in templates/mail."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail.

    Attributes:
        subject: in a line.
        before: paragraphs before the link.
        link: that the mail is about; empty for none.
        button: what the link is called where it is a button.
        after: paragraphs after it.
    """

    subject: str
    before: tuple[str, ...]
    link: str = ""
    button: str = ""
    after: tuple[str, ...] = ()

    def text(self, app_name: str) -> str:
        """As plain text."""
        return _environment().get_template("letter.txt").render(letter=self, app_name=app_name)

    def html(self, app_name: str) -> str:
        """As HTML that needs nothing from elsewhere."""
        return _environment().get_template("letter.html").render(letter=self, app_name=app_name)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined
    )
