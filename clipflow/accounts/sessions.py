"""Sessions: opened, refreshed, listed, ended."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.accounts import models
from clipflow.accounts.models import RefreshToken, Session, User
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import MissingError, NotSignedInError
from clipflow.core.principal import Principal
from clipflow.core.tokens import derived_token, hash_of_token
from clipflow.resources import Resources

# Security events; what people typed reaches a line only as a field, so lines cannot be forged.
logger = logging.getLogger("clipflow.security")

MAXIMUM_DEVICE_CHARACTERS = 300
_TOLERANCE = timedelta(seconds=10)
SESSION_ENDED = "This session has ended; sign in again."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a session and its new refresh token."""

    user: User
    session_id: UUID
    refresh_token: str
    device_cookie: str = ""


def refresh(resources: Resources, token: str) -> SignedIn:
    """Replace a refresh token by a new one.

    An old token that comes back ends the whole session, because someone has stolen it or the new
    one. Only the one that was replaced last is tolerated for ten seconds, for two tabs that refresh
    at the same moment: both get the same successor, so that a session has one line of tokens.

    Raises:
        NotSignedInError: the token is unknown, expired, revoked or was used before.
    """
    now = clock.now()
    with transaction():
        found = models.refresh_token_by_hash(hash_of_token(token))
        if found is None or not _is_alive(found, now):
            raise NotSignedInError(SESSION_ENDED)
        session, successor = found.session, _successor_of(resources, token)
        if models.mark_replaced(found, now):
            session.last_used_at, session.expires_at = now, now + _lifetime(resources)
            session.save(only=[Session.last_used_at, Session.expires_at])
            _store_token(resources, session, successor, now, parent_id=found.id)
            return SignedIn(session.user, session.id, successor)
        if _is_tolerated(found, now) and models.refresh_token_by_hash(hash_of_token(successor)) is not None:
            return SignedIn(session.user, session.id, successor)
        models.revoke_session(found.session.id, now)
    logger.warning("refresh token reused, session ended", extra={"user_id": str(found.session.user.id)})
    raise NotSignedInError(SESSION_ENDED)


def sign_out(principal: Principal) -> None:
    """End the session; its refresh and access tokens stop working."""
    models.revoke_session(principal.credential_id, clock.now())
    logger.info("signed out", extra={"user_id": str(principal.user_id)})


def sign_out_with_refresh_token(token: str) -> None:
    """End the session of a refresh token, for a browser whose access token has expired; NotSignedInError if none."""
    now = clock.now()
    found = models.refresh_token_by_hash(hash_of_token(token))
    if found is None or not _is_alive(found, now):
        raise NotSignedInError(SESSION_ENDED)
    models.revoke_session(found.session.id, now)
    logger.info("signed out", extra={"user_id": str(found.session.user.id)})


def email_behind_refresh_token(token: str) -> str:
    """Whose token this is, for counting attempts; empty when it is nobody's."""
    found = models.refresh_token_by_hash(hash_of_token(token))
    return "" if found is None else str(found.session.user.email)


def list_sessions(principal: Principal) -> list[dict[str, Any]]:
    """The devices that the person is signed in on, the one used last first."""
    return [
        {
            "id": one.id, "device": one.device, "created_at": one.created_at, "last_used_at": one.last_used_at,
            "expires_at": one.expires_at, "is_current": one.id == principal.credential_id,
        }
        for one in models.live_sessions_of(principal.user_id, clock.now())
    ]  # fmt: skip


def end_session(principal: Principal, session_id: UUID) -> None:
    """Sign one of the person's devices out; raises MissingError."""
    if not models.revoke_own_session(principal.user_id, session_id, clock.now()):
        raise MissingError("There is no such session (any more); load the list again.")
    logger.info("session ended", extra={"user_id": str(principal.user_id)})


def open_session(resources: Resources, user: User, device: str, now: datetime) -> SignedIn:
    """A new session of a person, in the caller's transaction."""
    session = Session.create(
        user=user, device=_shortened(device), created_at=now, last_used_at=now, expires_at=now + _lifetime(resources),
        authenticated_at=now,
    )  # fmt: skip
    token = secrets.token_urlsafe(32)
    _store_token(resources, session, token, now, parent_id=None)
    return SignedIn(user, session.id, token)


def note_authenticated(principal: Principal, now: datetime) -> None:
    """Note that somebody has shown again who it is."""
    Session.update(authenticated_at=now).where(Session.id == principal.credential_id).execute()


def _successor_of(resources: Resources, token: str) -> str:
    """The token that takes the place of another; follows from it, so that who asks twice gets the same."""
    return derived_token(resources.settings.secret_key, b"successor:" + token.encode())


def _store_token(resources: Resources, session: Session, token: str, now: datetime, parent_id: UUID | None) -> None:
    RefreshToken.create(
        session=session, token_hash=hash_of_token(token), parent_id=parent_id, created_at=now,
        expires_at=now + _lifetime(resources),
    )  # fmt: skip


def _is_alive(token: RefreshToken, now: datetime) -> bool:
    session = token.session
    return bool(token.expires_at > now and session.revoked_at is None and session.user.is_active)


def _is_tolerated(token: RefreshToken, now: datetime) -> bool:
    # Read again, because another tab may have replaced it since we looked.
    replaced_at = RefreshToken.get_by_id(token.id).replaced_at
    return now - replaced_at <= _TOLERANCE and not models.has_replaced_successor(token)


def _lifetime(resources: Resources) -> timedelta:
    return timedelta(days=resources.settings.refresh_token_expire_days)


def _shortened(device: str) -> str:
    printable = "".join(character for character in device if character.isprintable())
    return printable[:MAXIMUM_DEVICE_CHARACTERS]
