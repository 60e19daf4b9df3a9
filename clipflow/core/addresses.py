"""E-mail addresses in one spelling each, so that a mailbox has one account."""

import re
import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

# A team's own network may well be called localhost or something.local; whether mail arrives shows when it is sent.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
# Of what somebody has typed, more than any address has.
_LONGEST_INPUT = 1000
# Letters and marks that show as nothing: fillers, joiners, selectors of variants, the empty braille cell.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)


def canonical_email(text: str) -> str | None:
    """An address in lower case, without full-width forms, its domain as mail servers spell it; None for no address.

    Control and invisible characters are refused, because two addresses would look the same.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", text.strip()),
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        return None
    if _INVISIBLE.search(found.normalized):
        return None
    local_part = unicodedata.normalize("NFKC", found.local_part).lower()
    return f"{local_part}@{found.ascii_domain.lower()}"


def named_email(text: str) -> str:
    """The address that somebody names; what is no address, in lower case, belongs to nobody."""
    return canonical_email(text) or text.strip().lower()
