"""The address of an account: confirmed by a mail, changed with one, and the way back into a closed account."""

import logging

from peewee import IntegrityError

from clipflow.accounts import mails, models, service
from clipflow.accounts.mails import MailKind
from clipflow.accounts.models import User
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.addresses import named_email
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError
from clipflow.core.principal import Principal
from clipflow.resources import Resources

logger = logging.getLogger("clipflow.security")


def resend_confirmation(resources: Resources, email: str) -> None:
    """Have the mail sent again that confirms an address; what is done is the same for one that nobody has."""
    name = named_email(email)
    user = models.user_by_email(name)
    if user is not None and user.is_verified:
        return
    with transaction():
        mails.order(resources, MailKind.CONFIRM, name)


def request_change(resources: Resources, principal: Principal, new_email: str) -> None:
    """Have another address confirmed that is to be the account's; the old one is told."""
    name, user = named_email(new_email), service.get_user(principal)
    with transaction():
        if models.user_by_email(name) is not None:
            # Only whoever reads its mails hears that there is an account with it.
            mails.order(resources, MailKind.IS_THERE_ALREADY, name)
        else:
            # The address that was asked for last is the one that is meant.
            models.forget_address_changes(user.id)
            mails.order(resources, MailKind.CONFIRM_NEW_ADDRESS, name, user.id, kept_session=principal.credential_id)
        mails.order(resources, MailKind.ADDRESS_WILL_CHANGE, user.email, user.id)
        audit.record("account.address_change_asked", actor=principal, target=("user", user.id))


def confirm(resources: Resources, token: str) -> None:
    """Confirm an address by the link of a mail: that of a new account, or another one for an account that is there.

    Raises:
        InvalidInputError: the link is not valid any more.
        ConflictError: somebody else has got the address meanwhile.
    """
    now = clock.now()
    try:
        with transaction():
            mail, user = mails.use(token, MailKind.CONFIRM, MailKind.CONFIRM_NEW_ADDRESS)
            before = user.email
            if mail.kind == MailKind.CONFIRM and mail.email != before:
                # The account has got another address since, and this one is not to get it back.
                raise mails.bad_link()
            user.email, user.is_verified, user.updated_at = mail.email, True, now
            user.save(only=[User.email, User.is_verified, User.updated_at])
            if before != mail.email:
                models.revoke_sessions_of(user.id, now, kept=mail.kept_session)
                mails.order(resources, MailKind.ADDRESS_CHANGED, before, user.id)
            action = "account.address_confirmed" if before == mail.email else "account.address_changed"
            audit.record(action, actor=user.id, target=("user", user.id))
    except IntegrityError:
        raise ConflictError("There is an account with this address by now; choose another address.") from None
    logger.info("address confirmed", extra={"user_id": str(user.id)})


def unlock(resources: Resources, token: str) -> None:
    """Let somebody sign in again on new devices by the link of a mail; raises InvalidInputError."""
    with transaction():
        _, user = mails.use(token, MailKind.UNLOCK)
        service.forget_wrong_passwords(resources, user)
        audit.record("account.unlocked", actor=user.id, target=("user", user.id))
    logger.info("account unlocked by mail", extra={"user_id": str(user.id)})
