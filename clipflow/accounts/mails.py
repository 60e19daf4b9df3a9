"""Mails about accounts: who is sent what, and the secrets of their links, each of which works once."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clipflow.accounts import models
from clipflow.accounts.models import AccountMail, User
from clipflow.config import Settings
from clipflow.core import clock
from clipflow.core.errors import InvalidInputError
from clipflow.core.letters import Letter
from clipflow.core.queue import Lane
from clipflow.core.tokens import hash_of_token
from clipflow.jobs import service as jobs
from clipflow.resources import Resources

MAIL_JOB = "send_account_mail"
_BAD_TOKEN = "The link is not valid any more; ask for a new one."  # noqa: S105  a sentence


class MailKind(StrEnum):
    """What a mail is about."""

    CONFIRM = "confirm"
    IS_THERE_ALREADY = "is_there_already"
    CONFIRM_NEW_ADDRESS = models.CONFIRM_NEW_ADDRESS
    ADDRESS_WILL_CHANGE = "address_will_change"
    ADDRESS_CHANGED = "address_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  the name of a kind
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    UNLOCK = "unlock"


# Those with a link, and for how long it is good.
LIFETIMES = {
    MailKind.CONFIRM: timedelta(days=2),
    MailKind.CONFIRM_NEW_ADDRESS: timedelta(days=1),
    MailKind.UNLOCK: timedelta(days=1),
}
_KEPT_FOR = timedelta(days=2)
_UNLOCK_MAIL_EVERY = timedelta(days=1)


def order(
    resources: Resources, kind: MailKind, email: str, user_id: UUID | None = None, *, kept_session: UUID | None = None
) -> None:
    """Have a mail sent, in the caller's transaction; without ``user_id`` to whoever has the address, if anybody.

    ``kept_session`` is the session that goes on when what the mail is about ends the others.
    """
    now = clock.now()
    lifetime = LIFETIMES.get(kind, _KEPT_FOR)
    mail = AccountMail.create(
        user=user_id, kind=kind, email=email, kept_session=kept_session, created_at=now, expires_at=now + lifetime
    )
    jobs.submit(resources.queue, MAIL_JOB, Lane.QUICK, mail.id, user_id)


def order_unlock(resources: Resources, email: str, now: datetime) -> None:
    """Have a way out of a closed account sent, once a day; what is done here is the same for an unknown address."""
    if not models.was_mailed_since(email, MailKind.UNLOCK, now - _UNLOCK_MAIL_EVERY):
        order(resources, MailKind.UNLOCK, email)


def use(token: str, *kinds: MailKind) -> tuple[AccountMail, User]:
    """Use up the link of a mail of one of these kinds, in the caller's transaction; returns whose it is too.

    Raises:
        InvalidInputError: there is no such link (any more), or the account is switched off.
    """
    mail = models.use_mail(hash_of_token(token), [str(one) for one in kinds], clock.now())
    if mail is None or mail.user is None or not mail.user.is_active:
        raise bad_link()
    return mail, mail.user


def bad_link() -> InvalidInputError:
    """What is said of a link that is good for nothing (any more)."""
    return InvalidInputError(_BAD_TOKEN, {"token": _BAD_TOKEN})


def prepare(mail_id: UUID) -> dict[str, str] | None:
    """The kind, the address and the token of a mail, whose hash alone is kept; None when no mail is due.

    Doing it again replaces the secret, so that a mail that was perhaps sent twice has one valid link.
    """
    mail = AccountMail.get_or_none(AccountMail.id == mail_id)
    if mail is None or mail.used_at is not None:
        return None
    if mail.user is None:
        mail.user = models.user_by_email(mail.email)
    if mail.user is None or not mail.user.is_active:
        return None
    token = secrets.token_urlsafe(32) if MailKind(mail.kind) in LIFETIMES else ""
    mail.token_hash = hash_of_token(token) if token else None
    mail.save(only=[AccountMail.user, AccountMail.token_hash])
    return {"kind": mail.kind, "email": mail.email, "token": token}


def letter_of(settings: Settings, kind: MailKind, token: str) -> Letter:
    """What a mail says."""
    return _LETTERS[kind](settings.app_name, settings.address, token)


def _confirm(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"Confirm your address for {name}",
        before=("Somebody, hopefully you, has made an account with this address.", "Confirm it within two days:"),
        link=f"{address}/verify-email#{token}",
        button="Confirm the address",
        after=("If that was not you, nothing needs to be done.",),
    )


def _is_there_already(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"You have an account on {name} already",
        before=("Somebody, hopefully you, wants to make an account with this address, or to use it for another one.",
                "There is an account with it already; sign in with that, or set a new password."),
        link=f"{address}/sign-in",
        button="Sign in",
        after=("If that was not you, nothing needs to be done.",),
    )  # fmt: skip


def _confirm_new_address(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"Confirm your new address for {name}",
        before=("Somebody, hopefully you, wants to use this address for an account.", "Confirm it within a day:"),
        link=f"{address}/verify-email#{token}",
        button="Confirm the address",
        after=("Until then the old one counts. If that was not you, nothing needs to be done.",),
    )


def _address_will_change(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"The address of your account on {name} is to change",
        before=("Somebody who is signed in as you wants another address for your account, and has to confirm it there.",
                "If that was not you, change your password now:"),
        link=f"{address}/forgot-password",
        button="Set a new password",
    )  # fmt: skip


def _address_changed(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"The address of your account on {name} has changed",
        before=("Your account has another address from now on, and this one does not sign in any more.",
                "If that was not you, tell whoever runs the server."),
    )  # fmt: skip


def _password_changed(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"Your password for {name} has changed",
        before=("Your password has changed, and all other devices are signed out.",
                "If that was not you, set a new one now:"),
        link=f"{address}/forgot-password",
        button="Set a new password",
    )  # fmt: skip


def _second_factor_changed(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"The second factor of your account on {name} has changed",
        before=("The second factor of your account was switched on or off, and all other devices are signed out.",
                "If that was not you, set a new password now, and look at the second factor on your account page:"),
        link=f"{address}/forgot-password",
        button="Set a new password",
    )  # fmt: skip


def _unlock(name: str, address: str, token: str) -> Letter:
    return Letter(
        subject=f"Somebody has typed wrong passwords for your account on {name}",
        before=("There were several wrong passwords, and new devices may be locked out for a while.",
                "If that was you, let yourself in again within a day:"),
        link=f"{address}/unlock#{token}",
        button="Unlock the account",
        after=("If that was not you, nothing needs to be done: nobody came in. There is one such mail a day.",),
    )  # fmt: skip


_LETTERS: dict[MailKind, Callable[[str, str, str], Letter]] = {
    MailKind.CONFIRM: _confirm,
    MailKind.IS_THERE_ALREADY: _is_there_already,
    MailKind.CONFIRM_NEW_ADDRESS: _confirm_new_address,
    MailKind.ADDRESS_WILL_CHANGE: _address_will_change,
    MailKind.ADDRESS_CHANGED: _address_changed,
    MailKind.PASSWORD_CHANGED: _password_changed,
    MailKind.SECOND_FACTOR_CHANGED: _second_factor_changed,
    MailKind.UNLOCK: _unlock,
}


def forget_old(now: datetime) -> int:
    """Forget mails whose links have run out; returns how many."""
    return models.delete_mails_before(now)
