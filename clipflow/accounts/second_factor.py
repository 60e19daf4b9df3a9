"""The second factor: codes of an app (TOTP, RFC 6238) and recovery codes."""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
import segno

from clipflow.accounts import lockouts, mails, models
from clipflow.accounts.mails import MailKind
from clipflow.accounts.models import MfaChallenge, RecoveryCode, User
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.crypto import DecryptionError
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import ConflictError, InvalidInputError, NotSignedInError, UnavailableError
from clipflow.core.principal import Principal
from clipflow.core.tokens import hash_of_token
from clipflow.resources import Resources

CHALLENGE_LIFETIME = timedelta(minutes=5)
CHALLENGE_TRIES = 5
RECOVERY_CODES = 10
_STEP_S = 30
_RECOVERY_BYTES = 15
_WRONG_CODE = "This code is wrong or was used already; wait for the next one, or use a recovery code."
_CHALLENGE_OVER = "This sign-in has taken too long or was tried too often; begin again with the password."


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows as a second factor; one of the two."""

    code: str = ""
    recovery_code: str = ""


def begin_challenge(user: User, now: datetime) -> str:
    """The secret of a sign-in whose password was right, in the caller's transaction; the second factor is to come."""
    token = secrets.token_urlsafe(32)
    MfaChallenge.create(
        user=user, token_hash=hash_of_token(token), tries_left=CHALLENGE_TRIES, expires_at=now + CHALLENGE_LIFETIME
    )
    return token


def answer_challenge(resources: Resources, token: str, proof: Proof) -> User:
    """Whose sign-in it is, with the right second factor; the challenge is used up.

    Raises:
        NotSignedInError: the challenge is unknown, over or used up, or the code is wrong.
    """
    now = clock.now()
    with transaction():
        challenge = models.take_try(hash_of_token(token), now)
    if challenge is None:
        raise NotSignedInError(_CHALLENGE_OVER)
    user: User = challenge.user
    attempt = attempt_of(resources, user)
    lockouts.check_open(attempt, now)
    with transaction():
        if not _is_right(resources, user, proof):
            audit.record("account.second_factor", target=("user", user.id), is_refused=True)
            is_right = False
        else:
            is_right = models.use_challenge(challenge.id)
    if not is_right:
        lockouts.count_failure(attempt, now)
        raise NotSignedInError(_WRONG_CODE)
    return user


def attempt_of(resources: Resources, user: User) -> lockouts.Attempt:
    """What wrong codes are counted for: the account, whoever knows its password."""
    return lockouts.Attempt.of(resources.settings.secret_key, f"second factor of {user.id}", None)


def status_of(user: User) -> dict[str, Any]:
    """Whether the second factor is on, and how many recovery codes are left."""
    left = RecoveryCode.select().where(RecoveryCode.user == user.id).count()
    return {"is_enabled": user.totp_since is not None, "since": user.totp_since, "recovery_codes_left": left}


def begin_set_up(resources: Resources, principal: Principal) -> dict[str, str]:
    """A new secret for an app, which counts once a code of it has been confirmed.

    Raises:
        ConflictError: there is a second factor already.
    """
    user = User.get_by_id(principal.user_id)
    secret = pyotp.random_base32()
    encrypted = resources.keys.encrypt(secret, place_of(user.id))
    # One that was confirmed at the same moment stays.
    without = (User.id == user.id) & User.totp_since.is_null()
    if User.update(totp_secret=encrypted).where(without).execute() != 1:
        raise ConflictError("There is a second factor already; remove it first.")
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=resources.settings.app_name)
    return {"secret": secret, "uri": address, "qr_code": segno.make(address).svg_data_uri(scale=4)}


def confirm_set_up(resources: Resources, principal: Principal, code: str) -> list[str]:
    """Switch the second factor on; returns the recovery codes, which are shown this once.

    Raises:
        ConflictError: none has been begun, or there is one already.
        InvalidInputError: the code is wrong.
    """
    now = clock.now()
    with transaction():
        user = User.get_by_id(principal.user_id)
        if user.totp_secret is None or user.totp_since is not None:
            raise ConflictError("Begin with the QR code first.")
        if not _use_code(resources, user, code):
            raise InvalidInputError(_WRONG_CODE, {"code": _WRONG_CODE})
        user.totp_since = now
        user.save(only=[User.totp_since])
        codes = _new_recovery_codes(user.id)
        models.revoke_sessions_of(user.id, now, kept=principal.credential_id)
        _tell(resources, user)
        audit.record("account.second_factor_on", actor=principal, target=("user", user.id))
    return codes


def new_recovery_codes(principal: Principal) -> list[str]:
    """Ten new recovery codes in place of those that are left; raises ConflictError without a second factor."""
    with transaction():
        user = User.get_by_id(principal.user_id)
        if user.totp_since is None:
            raise ConflictError("There is no second factor; set it up first.")
        codes = _new_recovery_codes(user.id)
        audit.record("account.recovery_codes_made", actor=principal, target=("user", user.id))
    return codes


def remove(resources: Resources, user_id: UUID, actor: Principal | None, keep_session: UUID | None = None) -> None:
    """Switch the second factor off; all sessions but one end."""
    now = clock.now()
    with transaction():
        User.update(totp_secret=None, totp_since=None, totp_last_step=0).where(User.id == user_id).execute()
        delete_rows(RecoveryCode, RecoveryCode.user == user_id)
        models.revoke_sessions_of(user_id, now, kept=keep_session)
        _tell(resources, User.get_by_id(user_id))
        audit.record("account.second_factor_off", actor=actor, target=("user", user_id))


def is_code_right(resources: Resources, user: User, code: str) -> bool:
    """Whether this is the code of the moment; it is used up."""
    with transaction():
        return user.totp_since is not None and _use_code(resources, user, code)


def _tell(resources: Resources, user: User) -> None:
    mails.order(resources, MailKind.SECOND_FACTOR_CHANGED, user.email, user.id)


def _is_right(resources: Resources, user: User, proof: Proof) -> bool:
    if proof.recovery_code:
        condition = RecoveryCode.code_hash == hash_of_token(_plain(proof.recovery_code))
        return delete_rows(RecoveryCode, RecoveryCode.user == user.id, condition) == 1
    return _use_code(resources, user, proof.code)


def _use_code(resources: Resources, user: User, code: str) -> bool:
    """Whether a code is right and of a later step than any that was used; no code is taken twice."""
    if user.totp_secret is None:
        return False
    try:
        totp = pyotp.TOTP(resources.keys.decrypt(user.totp_secret, place_of(user.id)))
    except DecryptionError:
        raise UnavailableError(
            "The second factor cannot be read; an administrator must check ENCRYPTION_KEYS or remove it."
        ) from None
    step = int(time.time()) // _STEP_S
    digits = code.replace(" ", "")
    for candidate in (step, step - 1, step + 1):
        if secrets.compare_digest(totp.at(candidate * _STEP_S).encode(), digits.encode()):
            return models.use_step(user.id, candidate)
    return False


def _new_recovery_codes(user_id: UUID) -> list[str]:
    delete_rows(RecoveryCode, RecoveryCode.user == user_id)
    codes = [_in_groups(secrets.token_bytes(_RECOVERY_BYTES).hex()) for _ in range(RECOVERY_CODES)]
    for code in codes:
        RecoveryCode.create(user=user_id, code_hash=hash_of_token(_plain(code)))
    return codes


def _in_groups(text: str) -> str:
    return "-".join(text[start : start + 5] for start in range(0, len(text), 5))


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").lower()


def place_of(user_id: UUID) -> str:
    """What the encrypted secret of somebody's app belongs to."""
    return f"users:{user_id}"
