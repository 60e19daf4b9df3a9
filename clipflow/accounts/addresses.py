"""E-mail addresses in one spelling each, so that a mailbox has one account."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

# A team's own network may well be called localhost or something.local; whether mail arrives shows when it is sent.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
# Of what somebody has typed, more than any address has.
_LONGEST_INPUT = 1000


def canonical_email(text: str) -> str | None:
    """An address in lower case, without full-width forms, its domain as mail servers spell it; None for no address.

    Control and invisible characters are refused, because two addresses would look the same.
    """
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", text[:_LONGEST_INPUT].strip()),
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        return None
    local_part = unicodedata.normalize("NFKC", found.local_part).lower()
    return f"{local_part}@{found.ascii_domain.lower()}"


def named_email(text: str) -> str:
    """The address that somebody names; what is no address, in lower case, belongs to nobody."""
    return canonical_email(text) or text.strip().lower()
