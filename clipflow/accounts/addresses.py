"""E-mail addresses in one spelling each, so that a mailbox has one account."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

# A team's own network may well be called localhost or something.local; whether mail arrives shows when it is sent.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def canonical_email(text: str) -> str | None:
    """An address in lower case, without full-width forms, its domain as mail servers spell it; None for no address.

    Control and invisible characters are refused, because two addresses would look the same.
    """
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", text.strip()), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError:
        return None
    local_part = unicodedata.normalize("NFKC", found.local_part).lower()
    return f"{local_part}@{found.ascii_domain.lower()}"
