"""Tables of what is used, and of limits of single teams."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import BigIntegerField, CharField, CompositeKey, ForeignKeyField, IntegerField, UUIDField

from clipflow.core.db import BaseModel, delete_rows, hold_rows
from clipflow.teams.models import Team


class Holder(StrEnum):
    """Whose quota it is."""

    PERSON = "person"
    TEAM = "team"


class Usage(BaseModel):
    """What somebody, or a team, has stored (``week`` is empty) or uploaded in a week, in bytes.

    ``reserved_bytes`` are those of uploads that are announced and not there yet. A row for each week: nothing is to be
    reset, and nothing to be missed.
    """

    holder = CharField(max_length=10)
    holder_id = UUIDField()
    week = CharField(max_length=10)
    used_bytes = BigIntegerField(default=0)
    reserved_bytes = BigIntegerField(default=0)

    class Meta:
        table_name = "usages"
        primary_key = CompositeKey("holder", "holder_id", "week")


class TeamLimit(BaseModel):
    """Limits of one team in place of the server's; None is the server's."""

    team_id: UUID
    team = ForeignKeyField(Team, on_delete="CASCADE", primary_key=True)
    storage_limit_mb = IntegerField(null=True)
    weekly_upload_limit_mb = IntegerField(null=True)

    class Meta:
        table_name = "team_limits"


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One row of :class:`Usage`; always changed in this order, so that two uploads do not lock each other out."""

    holder: str
    holder_id: UUID
    week: str = ""


def take(account: Account, size_bytes: int, limit_bytes: int | None, *, is_reserved: bool) -> bool:
    """Use, or only reserve, so many bytes, in the caller's transaction; False where that is over the limit."""
    _make_sure_of(account)
    column = Usage.reserved_bytes if is_reserved else Usage.used_bytes
    fits = _is(account)
    if limit_bytes is not None:
        fits &= Usage.used_bytes + Usage.reserved_bytes + size_bytes <= limit_bytes
    return bool(Usage.update({column: column + size_bytes}).where(fits).execute() == 1)


def change(account: Account, *, used_bytes: int = 0, reserved_bytes: int = 0) -> None:
    """Add to what is used and reserved, or take from it, in the caller's transaction."""
    _make_sure_of(account)
    changes = {
        Usage.used_bytes: Usage.used_bytes + used_bytes,
        Usage.reserved_bytes: Usage.reserved_bytes + reserved_bytes,
    }
    Usage.update(changes).where(_is(account)).execute()


def set_to(account: Account, **values: int) -> None:
    """Write down what has been counted, in the caller's transaction, which holds the row."""
    Usage.update(**values).where(_is(account)).execute()


def hold(account: Account) -> None:
    """Let nobody else change a row until the transaction ends."""
    _make_sure_of(account)
    hold_rows(Usage.used_bytes, _is(account))


def read(account: Account) -> tuple[int, int]:
    """What is used and reserved, in bytes."""
    row = Usage.get_or_none(_is(account))
    return (0, 0) if row is None else (row.used_bytes, row.reserved_bytes)


def read_many(holder: Holder, holder_ids: Iterable[UUID], week: str) -> dict[UUID, int]:
    """What these have used, in bytes."""
    wanted = (Usage.holder == holder) & Usage.holder_id.in_(list(holder_ids)) & (Usage.week == week)
    rows: Any = Usage.select(Usage.holder_id, Usage.used_bytes).where(wanted).tuples()
    return dict(rows)


def all_accounts() -> list[Account]:
    """Everything that is counted."""
    rows: Any = Usage.select(Usage.holder, Usage.holder_id, Usage.week).tuples()
    return [Account(*row) for row in rows]


def limits_of(team_id: UUID) -> TeamLimit | None:
    """The own limits of a team, if it has some."""
    return TeamLimit.get_or_none(TeamLimit.team == team_id)


def limits_of_many(team_ids: Iterable[UUID]) -> dict[UUID, TeamLimit]:
    """The own limits of those of these teams that have some."""
    return {one.team_id: one for one in TeamLimit.select().where(TeamLimit.team.in_(list(team_ids)))}


def set_limits(team_id: UUID, **limits: int | None) -> None:
    """Give a team limits of its own."""
    if not limits:
        return
    new: dict[str, Any] = {"team": team_id, **limits}
    TeamLimit.insert(**new).on_conflict(conflict_target=[TeamLimit.team], update=limits).execute()


def forget_weeks_before(day: date) -> int:
    """Delete rows of weeks that are long over."""
    return delete_rows(Usage, Usage.week != "", Usage.week < day.isoformat())


def _make_sure_of(account: Account) -> None:
    new: dict[str, Any] = {"holder": account.holder, "holder_id": account.holder_id, "week": account.week}
    Usage.insert(**new).on_conflict_ignore().execute()


def _is(account: Account) -> Any:
    return (Usage.holder == account.holder) & (Usage.holder_id == account.holder_id) & (Usage.week == account.week)
