"""The rules of quotas: reserved when an upload is announced, settled when it is there, and given back when it goes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import QuotaExceededError
from clipflow.core.principal import Permission, Principal
from clipflow.quotas import models
from clipflow.quotas.models import Account, Holder
from clipflow.resources import Resources
from clipflow.teams import service as teams

_MIB = 1024**2
_WEEKS_KEPT = timedelta(days=60)
_SUNDAY = 6
_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Charge:
    """What an upload is counted for.

    Attributes:
        team_id: in whose project it is.
        user_id: who uploads it; None where that is not known any more.
        week: in which it began, by its Sunday.
        size_bytes: of the file.
        week_team_id: in whose project it was when it began, where the project has moved since: the week stays there.
    """

    team_id: UUID
    user_id: UUID | None
    week: str
    size_bytes: int
    week_team_id: UUID | None = None

    def accounts(self) -> list[Account]:
        """The rows that it is counted in, in their lasting order."""
        found = [Account(Holder.TEAM, self.team_id), Account(Holder.TEAM, self.week_team_id or self.team_id, self.week)]
        if self.user_id is not None:
            found += [Account(Holder.PERSON, self.user_id), Account(Holder.PERSON, self.user_id, self.week)]
        return sorted(found)


def charge_for(resources: Resources, team_id: UUID, user_id: UUID, size_bytes: int) -> Charge:
    """What an upload that begins now is counted for."""
    return Charge(team_id, user_id, week_of(resources, clock.now()).isoformat(), size_bytes)


def reserve(resources: Resources, charge: Charge) -> None:
    """Reserve room for an upload that is announced, in the caller's transaction; raises QuotaExceededError."""
    _take(resources, charge, is_reserved=True)


def take(resources: Resources, charge: Charge) -> None:
    """Use room for an upload that has come without announcement, in the caller's transaction.

    Raises:
        QuotaExceededError: the team or the person has no room for it.
    """
    _take(resources, charge, is_reserved=False)


def check(resources: Resources, charge: Charge) -> None:
    """Raise QuotaExceededError for an upload that has no room now, before it is looked at."""
    for account in charge.accounts():
        used, reserved = models.read(account)
        limit = _limit_of(resources, account)
        if limit is not None and used + reserved + charge.size_bytes > limit:
            raise _exceeded(resources, account, limit)


def settle(charge: Charge) -> None:
    """Turn what was reserved into what is used, in the caller's transaction."""
    for account in charge.accounts():
        models.change(account, used_bytes=charge.size_bytes, reserved_bytes=-charge.size_bytes)


def release(charge: Charge) -> None:
    """Give back what was reserved for an upload that does not come, in the caller's transaction."""
    for account in charge.accounts():
        models.change(account, reserved_bytes=-charge.size_bytes)


def give_back(team_id: UUID, user_id: UUID | None, size_bytes: int) -> None:
    """Give back the room of a recording that goes, in the caller's transaction; the week's uploads stay used."""
    owned = [Account(Holder.TEAM, team_id)] + ([] if user_id is None else [Account(Holder.PERSON, user_id)])
    for account in sorted(owned):
        models.change(account, used_bytes=-size_bytes)


def move(
    resources: Resources, from_team: UUID, to_team: UUID, used_bytes: int, reserved_bytes: int = 0, *,
    is_forced: bool = False,
) -> None:  # fmt: skip
    """Count what a team has stored, and reserved, for another one, in the caller's transaction.

    Raises:
        QuotaExceededError: the other one has no room, unless it is forced.
    """
    source, target = Account(Holder.TEAM, from_team), Account(Holder.TEAM, to_team)
    # In the lasting order, whichever way it goes.
    for account in sorted((source, target)):
        models.hold(account)
    limit = None if is_forced else _limit_of(resources, target)
    if not models.take(target, used_bytes + reserved_bytes, limit, is_reserved=False):
        raise _exceeded(resources, target, limit)
    models.change(target, used_bytes=-reserved_bytes, reserved_bytes=reserved_bytes)
    models.change(source, used_bytes=-used_bytes, reserved_bytes=-reserved_bytes)


def usage_of_team(resources: Resources, principal: Principal, team_id: UUID) -> dict[str, Any]:
    """What a team has used; raises MissingError."""
    teams.get_team(principal, team_id, Permission.VIEW)
    return _usage(resources, Holder.TEAM, team_id)


def usage_of_person(resources: Resources, principal: Principal) -> dict[str, Any]:
    """What the person has used."""
    return _usage(resources, Holder.PERSON, principal.user_id)


def list_teams(resources: Resources, *, query: str, page: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """One page of the shared teams with what they use and may, for administrators, and how many there are in all."""
    found, total = teams.page_of_teams(query, page, limit)
    ids = [one.id for one in found]
    week = week_of(resources, clock.now()).isoformat()
    counts, own = teams.member_counts(ids), models.limits_of_many(ids)
    stored = models.read_many(Holder.TEAM, ids, "")
    uploaded = models.read_many(Holder.TEAM, ids, week)
    return [
        {
            "id": one.id, "name": one.name, "member_count": counts.get(one.id, 0), "created_at": one.created_at,
            "stored_bytes": stored.get(one.id, 0), "uploaded_this_week_bytes": uploaded.get(one.id, 0),
            "storage_limit_mb": own[one.id].storage_limit_mb if one.id in own else None,
            "weekly_upload_limit_mb": own[one.id].weekly_upload_limit_mb if one.id in own else None,
        }
        for one in found
    ], total  # fmt: skip


def set_limits(principal: Principal, team_id: UUID, limits: dict[str, int | None]) -> dict[str, int | None]:
    """Give a team limits of its own, or with None the server's again; raises MissingError."""
    teams.check_exists(team_id)
    with transaction():
        models.set_limits(team_id, **limits)
        data = {name: "" if value is None else str(value) for name, value in limits.items()}
        audit.record("team.limits_changed", actor=principal, target=("team", team_id), data=data)
    own = models.limits_of(team_id)
    names = ("storage_limit_mb", "weekly_upload_limit_mb")
    return {name: None if own is None else getattr(own, name) for name in names}


def week_of(resources: Resources, moment: datetime) -> date:
    """The Sunday on which the week of a moment began, where the server counts weeks."""
    day = moment.astimezone(ZoneInfo(resources.settings.quota_timezone)).date()
    return day - timedelta(days=(day.weekday() - _SUNDAY) % _DAYS_OF_A_WEEK)


def forget_old(resources: Resources, now: datetime) -> None:
    """Forget weeks that are long over."""
    models.forget_weeks_before(week_of(resources, now - _WEEKS_KEPT))


def _take(resources: Resources, charge: Charge, *, is_reserved: bool) -> None:
    for account in charge.accounts():
        limit = _limit_of(resources, account)
        if not models.take(account, charge.size_bytes, limit, is_reserved=is_reserved):
            raise _exceeded(resources, account, limit)


def _limit_of(resources: Resources, account: Account) -> int | None:
    """In bytes; None for no limit."""
    name = "weekly_upload_limit_mb" if account.week else "storage_limit_mb"
    own = models.limits_of(account.holder_id) if account.holder == Holder.TEAM else None
    limit_mb = getattr(own, name) if own is not None and getattr(own, name) is not None else None
    limit_mb = getattr(resources.settings, name) if limit_mb is None else limit_mb
    return None if limit_mb is None else limit_mb * _MIB


def _exceeded(resources: Resources, account: Account, limit_bytes: int | None) -> QuotaExceededError:
    used, reserved = models.read(account)
    whose = "The team has" if account.holder == Holder.TEAM else "You have"
    what = "uploaded as much as goes in a week" if account.week else "no room left"
    advice = "wait until Sunday" if account.week else "delete what is not needed any more"
    details = {
        "kind": f"{account.holder}_{'week' if account.week else 'storage'}",
        "used": used, "reserved": reserved, "limit": limit_bytes,
        "resets_at": clock.to_rfc3339(_reset_after(resources, account.week)) if account.week else None,
    }  # fmt: skip
    return QuotaExceededError(f"{whose} {what}; {advice}, or ask whoever runs the server.", details)


def _reset_after(resources: Resources, week: str) -> datetime:
    next_sunday = date.fromisoformat(week) + timedelta(days=_DAYS_OF_A_WEEK)
    midnight = datetime.combine(next_sunday, time(), ZoneInfo(resources.settings.quota_timezone))
    return midnight.astimezone(UTC)


def _usage(resources: Resources, holder: Holder, holder_id: UUID) -> dict[str, Any]:
    week = week_of(resources, clock.now()).isoformat()
    return {
        "storage": _values(resources, Account(holder, holder_id)),
        "week": {
            **_values(resources, Account(holder, holder_id, week)), "resets_at": _reset_after(resources, week)
        },
    }  # fmt: skip


def _values(resources: Resources, account: Account) -> dict[str, Any]:
    used, reserved = models.read(account)
    return {"used_bytes": used, "reserved_bytes": reserved, "limit_bytes": _limit_of(resources, account)}
