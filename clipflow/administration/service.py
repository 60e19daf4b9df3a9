"""The rules of administration."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.accounts import models as account_models
from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.administration import models
from clipflow.administration.models import PeopleWanted
from clipflow.core import clock
from clipflow.core.addresses import named_email
from clipflow.core.db import transaction
from clipflow.core.errors import LastAdministratorError, MissingError, SoleOwnerError
from clipflow.core.principal import Principal
from clipflow.resources import Resources
from clipflow.teams import service as teams

_MOST_NAMED = 10
_WEEK = timedelta(days=7)
_WEEKS_SHOWN = 12
_ACTIVE_WITHIN = timedelta(days=30)
_MISSING = "There is no such person (any more); load the list again."


def list_people(wanted: PeopleWanted, *, page: int, limit: int) -> tuple[list[User], int]:
    """One page of people, and how many there are in all."""
    return models.page_of_people(wanted, page, limit)


def get_person(user_id: UUID) -> User:
    """Somebody's account; raises MissingError."""
    found = User.get_or_none(User.id == user_id, User.deleted_at.is_null())
    if found is None:
        raise MissingError(_MISSING)
    return found


def change_person(
    principal: Principal, user_id: UUID, *, role: str | None = None, is_active: bool | None = None
) -> User:
    """Give somebody another role, or switch the account off or on; switched off, all sessions end at once.

    Raises:
        MissingError: there is no such person.
        LastAdministratorError: nobody would run the server any more.
        SoleOwnerError: a team would be owned by nobody who can sign in.
    """
    with transaction():
        account_models.hold_administrators()
        user = get_person(user_id)
        is_demoted = user.is_admin and role == "user"
        is_switched_off = user.is_active and is_active is False
        if is_demoted or is_switched_off:
            check_other_administrator(user)
        if is_switched_off:
            check_no_sole_owner(user)
        if role is not None:
            accounts.set_administrator(user, principal, is_administrator=role == "admin")
        if is_active is not None and is_active != user.is_active:
            accounts.switch_account(user, principal, is_active=is_active)
    return get_person(user_id)


def sign_out(principal: Principal, user_id: UUID) -> None:
    """End all sessions of somebody; raises MissingError."""
    accounts.sign_out_everywhere(get_person(user_id), principal)


def send_password_reset(resources: Resources, principal: Principal, user_id: UUID) -> None:
    """Have a mail sent with a link to set a new password; raises MissingError."""
    user = get_person(user_id)
    accounts.request_password_reset(resources, user.email)
    accounts.note_administered("account.password_mail_sent", user, principal)


def unlock(resources: Resources, principal: Principal, user_id: UUID) -> None:
    """Open an account again that wrong passwords have closed; raises MissingError."""
    accounts.unlock(resources, get_person(user_id), principal)


def remove_second_factor(resources: Resources, principal: Principal, user_id: UUID) -> None:
    """Switch somebody's second factor off, who has lost it; raises MissingError."""
    accounts.remove_second_factor(resources, get_person(user_id), principal)


def statistics(resources: Resources) -> dict[str, Any]:
    """What the server holds and has room for, in numbers."""
    found = models.numbers(clock.now() - _ACTIVE_WITHIN)
    capacity = resources.storage.capacity()
    return {
        **found,
        "weeks": _last_weeks(clock.now()),
        "disk_free_bytes": None if capacity is None else capacity.free_bytes,
        "disk_total_bytes": None if capacity is None else capacity.total_bytes,
    }


def _last_weeks(now: datetime) -> list[dict[str, Any]]:
    """What came in each of the last weeks, the oldest first; the last one ends now."""
    begins = [now - _WEEK * number for number in range(_WEEKS_SHOWN, 0, -1)]
    return [{"begins_at": begin, **models.numbers_of_week(begin, begin + _WEEK)} for begin in begins]


def check_other_administrator(user: User) -> None:
    """Raise LastAdministratorError unless somebody else runs the server too; locks who does."""
    if models.active_administrator_ids() <= {user.id} and user.is_admin:
        raise LastAdministratorError("This is the last administrator; make somebody else one first.")


def check_no_sole_owner(user: User) -> None:
    """Raise SoleOwnerError where a person alone owns a team; locks these teams."""
    alone = teams.sole_ownerships(user.id)
    if alone:
        names = ", ".join(one.name for one in alone[:_MOST_NAMED]) + (", …" if len(alone) > _MOST_NAMED else "")
        raise SoleOwnerError(
            f"These teams have no other owner: {names}. Make somebody else an owner of each first.",
            {"teams": [{"id": str(one.id), "name": one.name} for one in alone]},
        )


def check_can_go(user: User) -> None:
    """Raise LastAdministratorError or SoleOwnerError where somebody cannot be spared; locks what that depends on."""
    check_other_administrator(user)
    check_no_sole_owner(user)


def set_active(email: str, *, is_active: bool) -> bool:
    """Switch an account on or off by its address, for the shell; False where nobody has it.

    Raises:
        LastAdministratorError, SoleOwnerError: nobody would run the server, or a team.
    """
    with transaction():
        account_models.hold_administrators()
        user = User.get_or_none(User.email == named_email(email))
        if user is None:
            return False
        if not is_active:
            check_can_go(user)
        accounts.switch_account(user, None, is_active=is_active)
    return True
