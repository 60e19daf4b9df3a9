"""Closing an account to who guesses at its password, without letting a stranger lock its owner out.

Failures are counted for an account and, apart from that, for each device on which its owner has signed in before.
Addresses that nobody has are counted alike, so that nothing can be told from being closed out.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from clipflow.accounts.models import KnownDevice, Lockout
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import TooManyRequestsError

FAILURES = 5
WINDOW = timedelta(minutes=15)
CLOSED_FOR = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
DEVICE_LIFETIME = timedelta(days=365)
# Then it has been left alone for so long that it begins anew.
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What failures are counted for: an account as it was named, on a device that it knows or on any other."""

    subject: str

    @classmethod
    def of(cls, secret_key: str, name: str, device_id: UUID | None) -> "Attempt":
        """The name is kept as a digest, because there may be no such account."""
        text = f"lockout:{name}:{device_id or ''}".encode()
        return cls(hmac.new(secret_key.encode(), text, sha256).hexdigest())


def check_open(attempt: Attempt, now: datetime) -> None:
    """Raise TooManyRequestsError while an account is closed; being closed out counts for nothing."""
    found = Lockout.get_or_none(Lockout.subject == attempt.subject)
    if found is not None and found.closed_until is not None and found.closed_until > now:
        seconds = max(1, round((found.closed_until - now).total_seconds()))
        raise TooManyRequestsError(
            "There were too many wrong passwords; wait a while, or set a new password by mail.",
            headers={"Retry-After": str(seconds)},
        )


def count_failure(attempt: Attempt, now: datetime) -> int:
    """Count a failure, in a transaction of its own; the fifth within the window closes the account for a while.

    Returns how many there were within the window.
    """
    with transaction():
        # One after another, also where many are tried, or a right one lets the row be forgotten, at the same moment.
        Lockout.insert(subject=attempt.subject, failures=1, began_at=now, level=0).on_conflict(
            conflict_target=[Lockout.subject], update={Lockout.failures: Lockout.failures + 1}
        ).execute()
        found = Lockout.get(Lockout.subject == attempt.subject)
        if found.began_at < now - WINDOW:
            found.failures, found.began_at = 1, now
        if found.closed_until is not None and found.closed_until < now - _FORGOTTEN_AFTER:
            found.level = 0
        failures = int(found.failures)
        if failures >= FAILURES:
            found.closed_until = now + CLOSED_FOR[min(found.level, len(CLOSED_FOR) - 1)]
            found.level, found.failures, found.began_at = found.level + 1, 0, now
        found.save()
    return failures


def forget_failures(attempt: Attempt) -> None:
    """Begin anew after a right password, in the caller's transaction."""
    delete_rows(Lockout, Lockout.subject == attempt.subject)


def device_of(secret_key: str, cookie: str, user_id: UUID | None) -> UUID | None:
    """The device that a cookie names, where somebody has signed in on it before; None for any other."""
    device_id, _, signature = cookie.partition(".")
    if user_id is None or not hmac.compare_digest(signature.encode(), _signature(secret_key, device_id).encode()):
        return None
    known = KnownDevice.get_or_none(KnownDevice.id == UUID(device_id), KnownDevice.user == user_id)
    return None if known is None else known.id


def remember_device(secret_key: str, user_id: UUID, known: UUID | None, now: datetime) -> str:
    """The cookie of a device on which somebody has just signed in, in the caller's transaction."""
    if known is None:
        known = KnownDevice.create(user=user_id, created_at=now, last_seen_at=now).id
    else:
        KnownDevice.update(last_seen_at=now).where(KnownDevice.id == known).execute()
    return f"{known.hex}.{_signature(secret_key, known.hex)}"


def forget_old(now: datetime) -> int:
    """Delete what counts for nothing any more; returns how many rows."""
    devices = delete_rows(KnownDevice, KnownDevice.last_seen_at < now - DEVICE_LIFETIME)
    is_over = Lockout.closed_until.is_null() | (Lockout.closed_until < now - _FORGOTTEN_AFTER)
    return devices + delete_rows(Lockout, Lockout.began_at < now - _FORGOTTEN_AFTER, is_over)


def _signature(secret_key: str, device_id: str) -> str:
    return hmac.new(secret_key.encode(), b"device:" + device_id.encode(), sha256).hexdigest()
