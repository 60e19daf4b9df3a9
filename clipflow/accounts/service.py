"""The rules of accounts: who may register, sign in, stay signed in, and get back in."""

import json
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from clipflow.accounts import lockouts, mails, models, second_factor, sessions
from clipflow.accounts.mails import MailKind
from clipflow.accounts.models import PasswordReset, User
from clipflow.accounts.passwords import fault_of_password, hash_password, hint_of, is_password, verify_dummy_hash
from clipflow.accounts.second_factor import Proof
from clipflow.accounts.sessions import SESSION_ENDED, SignedIn, open_session
from clipflow.audit import service as audit
from clipflow.audit.models import AuditEvent
from clipflow.core import clock
from clipflow.core.addresses import named_email
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, InvalidInputError, MissingError, NotSignedInError, NotVerifiedError
from clipflow.core.principal import Principal
from clipflow.core.queue import Lane
from clipflow.core.tokens import hash_of_token
from clipflow.jobs import service as jobs
from clipflow.resources import Resources

# Security events; what people typed reaches a line only as a field, so lines cannot be forged.
logger = logging.getLogger("clipflow.security")

RESET_JOB = "send_password_reset"
RESET_LIFETIME = timedelta(minutes=30)
MAXIMUM_SETTINGS_CHARACTERS = 10_000
_WRONG_CREDENTIALS = "E-mail address, user name or password is wrong; check them."
# Whoever has guessed so often in a row is no human who mistypes; a reset by mail switches the password on again.
_PASSWORD_OFF_AFTER = 100
_MAILED_FROM_FAILURE = 3
_BAD_RESET_TOKEN = "The link is not valid any more; ask for a new one."  # noqa: S105  a sentence


def find_principal(resources: Resources, user_id: UUID, session_id: UUID, token_version: int) -> Principal | None:
    """The person behind an access token, or None when it does not count any more."""
    found = models.person_behind(user_id, session_id, token_version)
    if found is None:
        return None
    email, is_administrator, authenticated_at, has_second_factor = found
    lacks_factor = is_administrator and not has_second_factor and resources.settings.mfa_required_for == "admin"
    return Principal.person(
        user_id, session_id, email, is_administrator=is_administrator and not lacks_factor,
        authenticated_at=authenticated_at, lacks_second_factor=lacks_factor,
    )  # fmt: skip


def username_taken() -> ConflictError:
    """What is said when somebody else has a user name."""
    sentence = "This user name is taken; choose another one."
    return ConflictError(sentence, {"username": sentence})


def make_administrator(user: User) -> None:
    """Let somebody run the server, in the caller's transaction."""
    _write_administrator(user, None, is_administrator=True)
    logger.warning("administrator made by invitation", extra={"user_id": str(user.id)})


def create_admin(resources: Resources, *, email: str, password: str) -> User:
    """Make an administrator, or make one of someone who is there already (with this password from now on)."""
    check_password_rules(resources, password)
    password_hash = hash_password(password, resources.settings.bcrypt_cost)
    now = clock.now()
    with transaction():
        user = models.user_by_email(named_email(email))
        if user is None:
            user = create_user(named_email(email), password_hash, now)
        else:
            _change_password(user, password_hash, now)
        user.is_admin, user.is_active, user.is_verified, user.updated_at = True, True, True, now
        user.save(only=[User.is_admin, User.is_active, User.is_verified, User.updated_at])
        audit.record("account.administrator_made", target=("user", user.id))
    logger.info("administrator created", extra={"user_id": str(user.id)})
    return user


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What somebody signs in with.

    Attributes:
        password: in the clear.
        email: the address; None where the person is named by user name.
        username: in its canonical form; None where the person is named by address.
        device: what the browser or program calls itself.
        device_cookie: says that the person has signed in on this browser before; empty for any other.
    """

    password: str
    email: str | None = None
    username: str | None = None
    device: str = ""
    device_cookie: str = ""


@dataclass(frozen=True, slots=True)
class SecondFactorRequired:
    """The password was right; ``token`` goes with the second factor."""

    token: str


def sign_in(resources: Resources, credentials: Credentials) -> SignedIn | SecondFactorRequired:
    """Open a session of whoever has this address or user name, or ask for the second factor.

    Raises:
        NotSignedInError: the same, after the same time, for an unknown name, a wrong password and an account that
            is switched off.
        NotVerifiedError: the address has to be confirmed first; said only after the right password.
        TooManyRequestsError: there were too many wrong passwords lately, whether or not there is such an account.
    """
    settings, now = resources.settings, clock.now()
    if credentials.email is not None:
        name = named_email(credentials.email)
        user = models.user_by_email(name)
    else:
        name = credentials.username or ""
        user = models.user_by_username(name)
    device_id = lockouts.device_of(settings.secret_key, credentials.device_cookie, user.id if user else None)
    attempt = lockouts.Attempt.of(settings.secret_key, user.email if user else name, device_id)
    lockouts.check_open(attempt, now)
    is_known = device_id is not None
    if user is None or not _is_right_password(
        user, credentials.password, settings.bcrypt_cost, is_known_device=is_known
    ):
        if user is None:
            verify_dummy_hash(credentials.password, settings.bcrypt_cost)
        _note_failure(resources, user, attempt, now)
        raise NotSignedInError(_WRONG_CREDENTIALS)
    with transaction():
        # The comparison took a while: the password may have been changed meanwhile, or the account switched off.
        if not models.record_sign_in(user, now):
            raise NotSignedInError(_WRONG_CREDENTIALS)
        lockouts.forget_failures(attempt)
        User.update(failures_in_row=0).where(User.id == user.id).execute()
        if settings.email_verification == "required" and not user.is_verified:
            raise NotVerifiedError("Confirm your e-mail address first: open the link of the mail, or get another.")
        if user.totp_since is not None:
            return SecondFactorRequired(second_factor.begin_challenge(user, now))
        return _open_on_device(resources, user, credentials.device, device_id)


def sign_in_proven(
    resources: Resources, user: User, *, device: str = "", device_cookie: str = ""
) -> SignedIn | SecondFactorRequired:
    """Open a session of whom a provider has proved, or ask for the second factor; raises NotSignedInError."""
    device_id = lockouts.device_of(resources.settings.secret_key, device_cookie, user.id)
    with transaction():
        if not models.record_sign_in(user, clock.now()):
            raise NotSignedInError("This account is switched off; ask whoever runs the server.")
        if user.totp_since is not None:
            return SecondFactorRequired(second_factor.begin_challenge(user, clock.now()))
        return _open_on_device(resources, user, device, device_id)


def take_as_proven(user: User) -> None:
    """Let nobody into an account any more who came before its address was proved, in the caller's transaction."""
    _change_password(user, "", clock.now())
    user.is_verified = True
    user.totp_secret, user.totp_since = None, None
    user.save(only=[User.is_verified, User.totp_secret, User.totp_since])
    models.forget_ways_in(user)


def sign_in_with_second_factor(
    resources: Resources, token: str, proof: Proof, *, device: str = "", device_cookie: str = ""
) -> SignedIn:
    """Open the session of a sign-in whose password was right; raises NotSignedInError."""
    user = second_factor.answer_challenge(resources, token, proof)
    device_id = lockouts.device_of(resources.settings.secret_key, device_cookie, user.id)
    with transaction():
        if not models.record_sign_in(user, clock.now()):
            raise NotSignedInError(_WRONG_CREDENTIALS)
        lockouts.forget_failures(second_factor.attempt_of(resources, user))
        return _open_on_device(resources, user, device, device_id)


def reauthenticate(resources: Resources, principal: Principal, *, password: str = "", code: str = "") -> None:
    """Note that somebody has shown again who it is, for a quarter of an hour.

    Raises:
        InvalidInputError: the password or code is wrong.
        TooManyRequestsError: there were too many wrong ones lately.
    """
    user, now = get_user(principal), clock.now()
    attempt = _attempt_of(resources, user, principal.credential_id)
    lockouts.check_open(attempt, now)
    is_right = second_factor.is_code_right(resources, user, code) if code else is_password(password, user.password_hash)
    if not is_right:
        lockouts.count_failure(attempt, now)
        sentence = "This is wrong; type it again."
        raise InvalidInputError(sentence, {"code" if code else "password": sentence})
    with transaction():
        lockouts.forget_failures(attempt)
        sessions.note_authenticated(principal, now)


def _is_right_password(user: User, password: str, bcrypt_cost: int, *, is_known_device: bool) -> bool:
    # Compared in any case, so that nothing can be told from the time.
    is_same = is_password(password, user.password_hash)
    if not user.password_hash:
        # Who signs in with a provider alone; it takes as long all the same.
        verify_dummy_hash(password, bcrypt_cost)
    return is_same and user.is_active and (is_known_device or user.failures_in_row < _PASSWORD_OFF_AFTER)


def _note_failure(resources: Resources, user: User | None, attempt: lockouts.Attempt, now: datetime) -> None:
    logger.warning("sign-in refused", extra={"user_id": str(user.id) if user else None})
    failures = lockouts.count_failure(attempt, now)
    with transaction():
        if failures >= _MAILED_FROM_FAILURE:
            mails.order_unlock(resources, user.email if user else attempt.subject, now)
        if user is not None:
            User.update(failures_in_row=User.failures_in_row + 1).where(User.id == user.id).execute()
        audit.record("account.signed_in", target=("user", user.id if user else None), is_refused=True)


def _open_on_device(resources: Resources, user: User, device: str, device_id: UUID | None) -> SignedIn:
    """A session on a device that is known from now on, in the caller's transaction."""
    now = clock.now()
    cookie = lockouts.remember_device(resources.settings.secret_key, user.id, device_id, now)
    signed_in = open_session(resources, user, device, now)
    audit.record("account.signed_in", actor=user.id, target=("user", user.id))
    logger.info("signed in", extra={"user_id": str(user.id)})
    return replace(signed_in, device_cookie=cookie)


def request_password_reset(resources: Resources, email: str) -> None:
    """Have a mail sent if the address belongs to someone; what is done here is the same if not."""
    now = clock.now()
    with transaction():
        reset = PasswordReset.create(email=named_email(email), created_at=now, expires_at=now + RESET_LIFETIME)
        jobs.submit(resources.queue, RESET_JOB, Lane.QUICK, reset.id)


def prepare_password_reset(reset_id: UUID) -> dict[str, str] | None:
    """The e-mail address and the token of a new link, whose hash alone is kept; None when no mail is due.

    Doing it again replaces the secret, so that a mail that was perhaps sent twice has one valid link.
    """
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction():
        reset = PasswordReset.get_or_none(PasswordReset.id == reset_id)
        user = models.user_by_email(reset.email) if reset is not None else None
        if reset is None or user is None or not user.is_active or reset.used_at is not None:
            return None
        reset.user, reset.token_hash, reset.expires_at = user, hash_of_token(token), now + RESET_LIFETIME
        reset.save()
    return {"email": user.email, "token": token}


def reset_password(resources: Resources, *, token: str, new_password: str) -> None:
    """Set a new password with the secret of a mail; every session of the person ends.

    Raises:
        InvalidInputError: the password is too weak, or the link is used, expired or unknown.
    """
    check_password_rules(resources, new_password, field="new_password")
    now = clock.now()
    password_hash = hash_password(new_password, resources.settings.bcrypt_cost)
    with transaction():
        reset = models.use_reset(hash_of_token(token), now)
        user = reset.user if reset is not None else None
        if user is None or not user.is_active:
            raise InvalidInputError(_BAD_RESET_TOKEN, {"token": _BAD_RESET_TOKEN})
        _change_password(user, password_hash, now)
        # Other links that were asked for meanwhile open nothing any more; and who reads the mail owns the address.
        PasswordReset.update(used_at=now).where(PasswordReset.user == user).execute()
        user.is_verified = True
        user.save(only=[User.is_verified])
        lockouts.forget_failures(_attempt_of(resources, user))
        mails.order(resources, MailKind.PASSWORD_CHANGED, user.email, user.id)
        audit.record("account.password_reset", actor=user.id, target=("user", user.id))
    logger.info("password reset", extra={"user_id": str(user.id)})


def change_password(
    resources: Resources, principal: Principal, *, current_password: str, new_password: str, device: str = ""
) -> SignedIn:
    """Set a new password; every session of the person ends, and a new one opens for who has changed it.

    Raises:
        InvalidInputError: the current password is wrong, or the new one too weak.
    """
    check_password_rules(resources, new_password, field="new_password")
    user = get_user(principal)
    attempt = _attempt_of(resources, user, principal.credential_id)
    lockouts.check_open(attempt, clock.now())
    if not is_password(current_password, user.password_hash):
        lockouts.count_failure(attempt, clock.now())
        logger.warning("password change refused", extra={"user_id": str(user.id)})
        sentence = "The current password is wrong; type it again."
        raise InvalidInputError(sentence, {"current_password": sentence})
    password_hash = hash_password(new_password, resources.settings.bcrypt_cost)
    now = clock.now()
    with transaction():
        # Both hashes took a while: someone may have reset the password meanwhile, or switched the account off.
        if not models.record_sign_in(user, now):
            raise NotSignedInError(SESSION_ENDED)
        _change_password(user, password_hash, now)
        signed_in = open_session(resources, user, device, now)
        mails.order(resources, MailKind.PASSWORD_CHANGED, user.email, user.id)
        audit.record("account.password_changed", actor=principal, target=("user", user.id))
    logger.info("password changed", extra={"user_id": str(user.id)})
    return signed_in


def get_user(principal: Principal) -> User:
    """The person's own account."""
    return User.get_by_id(principal.user_id)


def hold(user_id: UUID) -> None:
    """Let nobody else change an account until the caller's transaction ends."""
    models.hold(user_id)


def hold_active(user_id: UUID) -> None:
    """Let a person be there until the caller's transaction ends, so that nothing is made for one who is being deleted.

    Raises:
        NotSignedInError: the account is gone, or switched off.
    """
    if not models.hold_active(user_id):
        raise NotSignedInError("This account cannot be used any more; sign in again.")


def is_empty() -> bool:
    """Whether nobody has an account here yet."""
    return not models.is_anybody_there()


def names_of(ids: Iterable[UUID], *, with_addresses: bool = True) -> dict[UUID, str]:
    """What these people are called; those who have left are missing.

    Whoever gave no name goes by the address, or where addresses are not to be seen by the user name.
    """
    return models.shown_names(ids, with_addresses=with_addresses)


def profile(user_id: UUID) -> dict[str, Any]:
    """What everybody with an account may know of a person, deleted ones included; raises MissingError."""
    user = User.get_or_none(User.id == user_id)
    if user is None:
        raise MissingError("There is no such person; check the address.")
    name = models.shown_names([user_id], with_addresses=False)[user_id]
    return {"id": user_id, "name": name, "username": user.username, "is_deleted": user.deleted_at is not None}


def active_user(*, email: str | None = None, user_id: UUID | None = None) -> User | None:
    """Somebody who can sign in, by address or id; or None."""
    user = User.get_or_none(User.id == user_id) if email is None else models.user_by_email(named_email(email))
    return user if user is not None and user.is_active else None


def shown_name(user: User) -> str:
    """What somebody is called: by their name, or by their address where they gave none."""
    return str(user.full_name or user.email)


def activity(principal: Principal) -> list[AuditEvent]:
    """What the person did lately, and what was done to the account."""
    return audit.activity_of(principal.user_id)


def update_user(principal: Principal, changes: dict[str, Any]) -> User:
    """Change the person's name or settings; settings are merged, and None takes one away."""
    with transaction():
        hold_active(principal.user_id)
        user = User.get_by_id(principal.user_id)
        if "full_name" in changes:
            user.full_name = changes["full_name"]
        if "username" in changes:
            user.username = changes["username"]
        if "settings" in changes:
            merged = {**user.settings, **changes["settings"]}
            user.settings = {name: value for name, value in merged.items() if value is not None}
            if len(json.dumps(user.settings)) > MAXIMUM_SETTINGS_CHARACTERS:
                sentence = "The settings have more than 10,000 characters of JSON; take some away with null."
                raise InvalidInputError(sentence, {"settings": sentence})
        user.updated_at = clock.now()
        try:
            user.save(only=[User.full_name, User.username, User.settings, User.updated_at])
        except IntegrityError:
            raise username_taken() from None
    return user


def switch_account(user: User, actor: Principal | None, *, is_active: bool) -> None:
    """Switch an account on or off, in the caller's transaction; switched off, its sessions end at once."""
    now = clock.now()
    user.is_active, user.token_version, user.updated_at = is_active, user.token_version + 1, now
    user.save(only=[User.is_active, User.token_version, User.updated_at])
    models.revoke_sessions_of(user.id, now)
    audit.record("account.switched_on" if is_active else "account.switched_off", actor=actor, target=("user", user.id))
    logger.warning("account switched %s", "on" if is_active else "off", extra={"user_id": str(user.id)})


def set_administrator(user: User, actor: Principal, *, is_administrator: bool) -> None:
    """Let somebody run the server, or not any more, in the caller's transaction."""
    if user.is_admin == is_administrator:
        return
    _write_administrator(user, actor, is_administrator=is_administrator)


def _write_administrator(user: User, actor: Principal | None, *, is_administrator: bool) -> None:
    user.is_admin, user.updated_at = is_administrator, clock.now()
    user.save(only=[User.is_admin, User.updated_at])
    action = "account.administrator_made" if is_administrator else "account.administrator_no_more"
    audit.record(action, actor=actor, target=("user", user.id))


def sign_out_everywhere(user: User, actor: Principal) -> None:
    """End all sessions of somebody."""
    with transaction():
        models.revoke_sessions_of(user.id, clock.now())
        audit.record("account.signed_out_everywhere", actor=actor, target=("user", user.id))


def unlock(resources: Resources, user: User, actor: Principal) -> None:
    """Let somebody sign in again on devices that are not known, whose account wrong passwords have closed."""
    with transaction():
        forget_wrong_passwords(resources, user)
        User.update(failures_in_row=0).where(User.id == user.id).execute()
        audit.record("account.unlocked", actor=actor, target=("user", user.id))


def forget_wrong_passwords(resources: Resources, user: User) -> None:
    """Let new devices sign in again, in the caller's transaction."""
    lockouts.forget_failures(_attempt_of(resources, user))


def remove_second_factor(resources: Resources, user: User, actor: Principal) -> None:
    """Switch off the second factor of somebody who has lost it; all sessions of the person end."""
    second_factor.remove(resources, user.id, actor)


def note_administered(action: str, user: User, actor: Principal) -> None:
    """Write down what an administrator has done for somebody."""
    with transaction():
        audit.record(action, actor=actor, target=("user", user.id))


def check_password_rules(resources: Resources, password: str, field: str = "password") -> None:
    """Raise InvalidInputError for a password that breaks a rule."""
    sentence = fault_of_password(password, resources.settings.password_rules)
    if sentence is not None:
        raise InvalidInputError(sentence, {field: sentence})


def forget_person(user: User) -> None:
    """Forget all that is known of somebody, in the caller's transaction.

    The row stays without anything personal, because others see what the person has made and decided.
    """
    now = clock.now()
    models.forget_belongings_of(user)
    user.email, user.username, user.full_name = f"{user.id.hex}@deleted.invalid", None, ""
    user.password_hash, user.settings = "", {}
    user.is_active, user.is_admin, user.is_verified = False, False, False
    user.totp_secret, user.totp_since, user.last_login = None, None, None
    user.token_version, user.deleted_at, user.updated_at = user.token_version + 1, now, now
    user.save()
    logger.warning("account deleted", extra={"user_id": str(user.id)})


def password_hint(resources: Resources) -> str:
    """What a new password must be, as a sentence for people."""
    return hint_of(resources.settings.password_rules)


def forget_expired(now: datetime, *, is_dry_run: bool) -> int:
    """Delete sessions, tokens and resets that have run out; returns how many."""
    if is_dry_run:
        return models.count_expired(now)
    lockouts.forget_old(now)
    mails.forget_old(now)
    return models.delete_expired(now)


def create_user(
    email: str, password_hash: str, now: datetime, *, full_name: str = "", username: str | None = None
) -> User:
    """The row of a new account, in the caller's transaction; raises IntegrityError where address or name is taken."""
    return User.create(
        email=email, username=username, password_hash=password_hash, full_name=full_name,
        created_at=now, updated_at=now, last_login=now,
    )  # fmt: skip


def _attempt_of(resources: Resources, user: User, device_id: UUID | None = None) -> lockouts.Attempt:
    """What wrong passwords are counted for: in a session for the session, otherwise on all devices not known."""
    return lockouts.Attempt.of(resources.settings.secret_key, user.email, device_id)


def _change_password(user: User, password_hash: str, now: datetime) -> None:
    user.password_hash, user.token_version, user.updated_at = password_hash, user.token_version + 1, now
    user.failures_in_row = 0
    user.save(only=[User.password_hash, User.token_version, User.failures_in_row, User.updated_at])
    models.revoke_sessions_of(user.id, now)
