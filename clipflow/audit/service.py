"""Writing down what was done, and reading it again."""

import base64
import binascii
import csv
import io
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.audit import models
from clipflow.audit.models import AuditEvent, Wanted
from clipflow.core import clock
from clipflow.core.db import after_commit
from clipflow.core.errors import InvalidInputError
from clipflow.core.origin import current_origin
from clipflow.core.principal import Principal, PrincipalKind

# One JSON line for each event, for who gathers logs elsewhere.
logger = logging.getLogger("clipflow.audit")

ORIGIN_LIFETIME = timedelta(days=90)
_SYSTEM = "system"
FIELDS = (
    "id", "at", "actor_kind", "actor_id", "action", "target_kind", "target_id", "outcome", "ip", "user_agent",
    "request_id", "data",
)  # fmt: skip
_ACTIVITY = 100
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def record(
    action: str,
    *,
    actor: Principal | UUID | None = None,
    target: tuple[str, UUID | None] = ("", None),
    is_refused: bool = False,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write down what is done, in the transaction that does it.

    Args:
        action: what, such as ``team.member_removed``.
        actor: the principal who does it, or the id of a person; None for the server itself.
        target: the kind and id of what it is done to.
        is_refused: whether it was tried and refused.
        data: more about it: ids and plain words, never addresses or secrets.
    """
    origin = current_origin()
    kind, actor_id = _actor_of(actor)
    data = dict(data or {})
    if isinstance(actor, Principal) and actor.kind is PrincipalKind.TOKEN:
        data["token_id"] = str(actor.credential_id)
    event = AuditEvent.create(
        at=clock.now(), actor_kind=kind, actor_id=actor_id, action=action, target_kind=target[0],
        target_id=target[1], outcome="refused" if is_refused else "done", ip=origin.address,
        user_agent=origin.user_agent, request_id=origin.request_id, data=data,
    )  # fmt: skip
    values = {name: _plain(getattr(event, name)) for name in FIELDS}
    after_commit(lambda: logger.info(action, extra={"audit": values}))


def list_events(wanted: Wanted, cursor: str, limit: int) -> tuple[list[AuditEvent], str | None]:
    """A page of events, newest first, and the cursor of the next; raises InvalidInputError for a bad cursor."""
    events = models.page_of_events(wanted, _read_cursor(cursor) if cursor else None, limit + 1)
    shown = events[:limit]
    return shown, _cursor_of(shown[-1]) if len(events) > limit else None


def export_events(wanted: Wanted, form: str) -> Iterator[str]:
    """All events as lines of JSON (``ndjson``) or as a table (``csv``)."""
    if form == "csv":
        yield _csv_line(FIELDS)
    for event in models.all_events(wanted):
        values = {name: _plain(getattr(event, name)) for name in FIELDS}
        if form == "csv":
            yield _csv_line([_harmless(json.dumps(one) if isinstance(one, dict) else one) for one in values.values()])
        else:
            yield json.dumps(values) + "\n"


def activity_of(user_id: UUID) -> list[AuditEvent]:
    """What somebody did lately, and what was done to their account; where others were then is theirs alone."""
    events = models.events_about(user_id, _ACTIVITY)
    for event in events:
        if event.actor_id not in {None, user_id}:
            event.ip, event.user_agent = "", ""
    return events


def forget_old(now: datetime, retention: timedelta) -> int:
    """Delete events that are kept no longer, and forget where older ones came from; returns how many were deleted."""
    models.erase_origins(AuditEvent.at < now - ORIGIN_LIFETIME)
    return models.delete_before(now - retention)


def forget_origins_of(user_id: UUID) -> None:
    """Forget where somebody's events came from, who is deleted."""
    models.erase_origins(AuditEvent.actor_id == user_id)
    # Of a failed sign-in nobody is known to have done it.
    models.erase_origins(AuditEvent.actor_id.is_null() & (AuditEvent.target_id == user_id))


def _actor_of(actor: Principal | UUID | None) -> tuple[str, UUID | None]:
    if isinstance(actor, Principal):
        return str(actor.kind), actor.user_id
    return ("person", actor) if actor is not None else (_SYSTEM, None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.to_rfc3339(value)
    return str(value) if isinstance(value, UUID) else value


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _harmless(value: Any) -> Any:
    """Not a formula for whoever opens the table in a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


def _cursor_of(event: AuditEvent) -> str:
    text = f"{event.at.isoformat()} {event.id}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, event_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise ValueError("no moment of this list")
        return at, UUID(event_id)
    except (ValueError, UnicodeError, binascii.Error):
        sentence = "This is no cursor of this list; begin without one."
        raise InvalidInputError(sentence, {"cursor": sentence}) from None
