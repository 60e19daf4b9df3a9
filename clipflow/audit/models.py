"""The table of the audit log; triggers of the database refuse to change or delete what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import CharField, IntegerField, JSONField, UUIDField

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows

_MOST_CHANGED_AT_ONCE = 2_000


class AuditEvent(BaseModel):
    """One thing that was done. Ids only, no addresses; where it came from is erased in time."""

    id = IdField()
    at = UtcDateTimeField()
    actor_kind = CharField(max_length=20)
    actor_id = UUIDField(null=True)
    action = CharField(max_length=60)
    target_kind = CharField(max_length=30, default="")
    target_id = UUIDField(null=True)
    outcome = CharField(max_length=20)
    ip = CharField(max_length=64, default="")
    user_agent = CharField(max_length=300, default="")
    request_id = CharField(max_length=40, default="")
    data = JSONField(default=dict)

    class Meta:
        """Read newest first, for one person, one kind of action or one thing."""

        table_name = "audit_events"
        indexes = (
            (("at", "id"), False),
            (("actor_id", "at"), False),
            (("action", "at"), False),
            (("target_id", "at"), False),
        )


class AuditHorizon(BaseModel):
    """One row: what was done before this may be deleted, and nothing else."""

    id = IntegerField(primary_key=True)
    before = UtcDateTimeField()

    class Meta:
        table_name = "audit_horizon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are wanted; None and empty mean any."""

    actor_id: UUID | None = None
    action: str = ""
    target_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[Any]:
        """For a query."""
        return [
            condition
            for is_wanted, condition in (
                (self.actor_id, AuditEvent.actor_id == self.actor_id),
                (self.action, AuditEvent.action == self.action),
                (self.target_id, AuditEvent.target_id == self.target_id),
                (self.since, AuditEvent.at >= self.since),
                (self.until, AuditEvent.at < self.until),
            )
            if is_wanted
        ]


def page_of_events(wanted: Wanted, after: tuple[datetime, UUID] | None, limit: int) -> list[AuditEvent]:
    """Events from the newest on, or from the one after this one on."""
    query = AuditEvent.select().order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)
    conditions = wanted.conditions()
    if after is not None:
        at, event_id = after
        # The first half lets the index be entered where the page begins; by the second alone everything is read.
        conditions.append((AuditEvent.at <= at) & ((AuditEvent.at < at) | (AuditEvent.id < event_id)))
    return list(query.where(*conditions) if conditions else query)


def all_events(wanted: Wanted, chunk: int = 1000) -> Iterator[AuditEvent]:
    """All events from the newest on, a part of them in memory at a time."""
    after = None
    while events := page_of_events(wanted, after, chunk):
        yield from events
        after = events[-1].at, events[-1].id


def events_about(user_id: UUID, limit: int) -> list[AuditEvent]:
    """The newest events that somebody did or that were done to their account."""
    done = AuditEvent.select().where(AuditEvent.actor_id == user_id).order_by(AuditEvent.at.desc()).limit(limit)
    suffered = AuditEvent.select().where(AuditEvent.target_id == user_id).order_by(AuditEvent.at.desc()).limit(limit)
    found = {one.id: one for one in (*done, *suffered)}
    return sorted(found.values(), key=lambda one: one.at, reverse=True)[:limit]


def delete_before(moment: datetime) -> int:
    """Delete what was done before a moment, as the triggers allow."""
    AuditHorizon.update(before=moment).where(AuditHorizon.id == 1).execute()
    return sum(delete_rows(AuditEvent, AuditEvent.id.in_(ids)) for ids in _in_pieces(AuditEvent.at < moment))


def erase_origins(*conditions: Any) -> int:
    """Forget where events came from."""
    is_known = (AuditEvent.ip != "") | (AuditEvent.user_agent != "")
    forget = AuditEvent.update(ip="", user_agent="")
    return sum(int(forget.where(AuditEvent.id.in_(ids)).execute()) for ids in _in_pieces(is_known, *conditions))


def _in_pieces(*conditions: Any) -> Iterator[list[UUID]]:
    """The ids of events for which these hold until something is done with them; nobody else waits for a million."""
    query = AuditEvent.select(AuditEvent.id).where(*conditions).limit(_MOST_CHANGED_AT_ONCE)
    while found := [one.id for one in query.clone()]:
        yield found
