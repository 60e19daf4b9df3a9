"""The first start: whoever has the token that the server has printed makes the first administrator."""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.administration import models
from clipflow.core.db import transaction
from clipflow.core.errors import MissingError
from clipflow.core.tokens import hash_of_token
from clipflow.resources import Resources

logger = logging.getLogger("clipflow.security")

_FILE = "setup_token.txt"
_NOTHING = "There is nothing to set up here (any more); sign in instead."


def set_up_address(resources: Resources, address: str) -> str | None:
    """Where the first administrator is made; None once somebody has run the server.

    The token is made at the first start and kept in the data folder, readable for the owner alone.
    """
    if models.has_had_administrator():
        return None
    return f"{address}/setup#{_kept_token(resources.settings.data_dir / _FILE)}"


def check_is_open() -> None:
    """Raise MissingError once somebody has run the server."""
    if models.has_had_administrator():
        raise MissingError(_NOTHING)


def make_first_administrator(resources: Resources, *, token: str, email: str, password: str) -> User:
    """Make the first administrator with the token of the first start, which is good for that alone.

    Raises:
        MissingError: alike for a wrong token and once somebody has run the server.
        InvalidInputError: the password is too weak.
    """
    file, kept = resources.settings.data_dir / _FILE, ""
    # Of two at the same moment the first one removes it.
    with suppress(FileNotFoundError):
        kept = file.read_text(encoding="ascii").strip()
    is_right = secrets.compare_digest(hash_of_token(token), hash_of_token(kept)) and bool(kept)
    if not is_right or models.has_had_administrator():
        raise MissingError(_NOTHING)
    accounts.check_password_rules(resources, password)
    with transaction():
        # Of two at the same moment the second waits, and finds the first.
        models.lock_set_up()
        if models.has_had_administrator():
            raise MissingError(_NOTHING)
        user = accounts.create_admin(resources, email=email, password=password)
    file.unlink(missing_ok=True)
    logger.warning("the server was set up", extra={"user_id": str(user.id)})
    return user


def make_initial_administrator(resources: Resources) -> None:
    """Make the administrator that the settings name, unless somebody has run the server before."""
    settings = resources.settings
    if not settings.initial_admin_email or models.has_had_administrator():
        return
    accounts.create_admin(resources, email=settings.initial_admin_email, password=settings.initial_admin_password)


def _kept_token(file: Path) -> str:
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as target:
            target.write(secrets.token_urlsafe(32))
    return file.read_text(encoding="ascii").strip()
