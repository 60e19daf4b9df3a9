"""New accounts: who may make one, and whether its address has to be confirmed first."""

import logging
from dataclasses import dataclass, replace
from typing import Protocol

from peewee import IntegrityError

from clipflow.accounts import lockouts, mails, models, service
from clipflow.accounts.mails import MailKind
from clipflow.accounts.models import User
from clipflow.accounts.passwords import hash_password
from clipflow.accounts.sessions import SignedIn, open_session
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.addresses import named_email
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, RegistrationClosedError
from clipflow.resources import Resources

logger = logging.getLogger("clipflow.security")


class Admit(Protocol):
    """Lets somebody in whose account is just being made, in its transaction; ``is_tried`` only looks whether it may."""

    def __call__(self, user: User, *, is_tried: bool = False) -> None:
        """Raise where it may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who wants an account.

    Attributes:
        email: the address, which nobody else has.
        password: in the clear.
        full_name: may be empty.
        username: to sign in with beside the address; None for none.
        device: what the browser or program calls itself.
    """

    email: str
    password: str
    full_name: str = ""
    username: str | None = None
    device: str = ""


def register(resources: Resources, newcomer: Newcomer, admit: Admit | None = None) -> SignedIn | None:
    """Make an account and sign in; ``admit`` uses up the invitation of whoever has one.

    Where addresses have to be confirmed nobody is signed in, and the result is None, also where there is an account
    with the address already: only whoever reads its mails is told.

    Raises:
        InvalidInputError: the password is too weak.
        ConflictError: the address or the user name is taken.
        RegistrationClosedError: this server lets nobody in, or only who is invited.
        MissingError, NotAllowedError: the invitation is not valid, or is for another address.
    """
    _check_registration(resources, is_invited=admit is not None)
    service.check_password_rules(resources, newcomer.password)
    # Hashed in any case, so that nothing can be told from the time.
    password_hash = hash_password(newcomer.password, resources.settings.bcrypt_cost)
    email = named_email(newcomer.email)
    is_confirmed_first = resources.settings.email_verification == "required"
    try:
        with transaction():
            known = models.user_by_email(email) if is_confirmed_first else None
            if known is not None:
                _refuse_as_if_unknown(newcomer, known, admit)
                mails.order(resources, MailKind.IS_THERE_ALREADY, email)
                return None
            user = _make(newcomer, email, password_hash, admit)
            if is_confirmed_first:
                mails.order(resources, MailKind.CONFIRM, email, user.id)
                return None
            signed_in = _open_first_session(resources, user, newcomer.device)
    except IntegrityError:
        raise _taken(email) from None
    logger.info("account registered", extra={"user_id": str(user.id)})
    return signed_in


def make_proven(resources: Resources, *, email: str, full_name: str, admit: Admit | None = None) -> User:
    """An account of whom a provider has proved, without a password, in the caller's transaction.

    Raises:
        RegistrationClosedError: this server lets nobody in, or only who is invited.
        MissingError, NotAllowedError: the invitation is not valid, or is for another address.
    """
    _check_registration(resources, is_invited=admit is not None)
    user = service.create_user(email, "", clock.now(), full_name=full_name)
    user.is_verified = True
    user.save(only=[User.is_verified])
    _let_in(user, admit)
    return user


def _refuse_as_if_unknown(newcomer: Newcomer, known: User, admit: Admit | None) -> None:
    """Refuse what is refused with an address that nobody has too, because otherwise the refusal would tell of it."""
    if newcomer.username is not None and models.user_by_username(newcomer.username) is not None:
        raise service.username_taken()
    if admit is not None:
        admit(known, is_tried=True)


def _make(newcomer: Newcomer, email: str, password_hash: str, admit: Admit | None) -> User:
    user = service.create_user(
        email, password_hash, clock.now(), full_name=newcomer.full_name, username=newcomer.username
    )
    _let_in(user, admit)
    return user


def _let_in(user: User, admit: Admit | None) -> None:
    audit.record("account.registered", actor=user.id, target=("user", user.id))
    if admit is not None:
        admit(user)


def _open_first_session(resources: Resources, user: User, device: str) -> SignedIn:
    now = clock.now()
    signed_in = open_session(resources, user, device, now)
    cookie = lockouts.remember_device(resources.settings.secret_key, user.id, None, now)
    return replace(signed_in, device_cookie=cookie)


def _check_registration(resources: Resources, *, is_invited: bool) -> None:
    mode = resources.settings.registration_mode
    if mode == "closed":
        raise RegistrationClosedError("This server takes no new accounts; ask whoever runs it.")
    if mode == "invitation" and not is_invited:
        raise RegistrationClosedError("This server takes new accounts by invitation only; ask somebody for one.")


def _taken(email: str) -> ConflictError:
    if models.user_by_email(email) is not None:
        return ConflictError("There is an account with this e-mail address already; sign in instead.")
    return service.username_taken()
