"""A large organisation: signing in, 2,000 people, a million audited events, 50 teams with 5,000 projects."""

import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from peewee import JSONField

from benchmarks.service import Caller, Server, running
from benchmarks.table import Row
from clipflow.accounts.models import User
from clipflow.accounts.passwords import hash_password, is_password
from clipflow.audit.models import AuditEvent
from clipflow.core import clock
from clipflow.core.db import connected, database, is_postgresql, open_database
from clipflow.projects.models import Project
from clipflow.teams.models import Membership, Team
from clipflow.teams.roles import Role
from scripts.databases import own_database

PEOPLE = 2_000
EVENTS = 1_000_000
TEAMS = 50
PROJECTS = 5_000
_ACTIONS = ("recording.deleted", "project.moved", "account.signed_in", "link.opened", "team.member_removed")
_REQUESTS = 41
_BATCH = 10_000
_BCRYPT_COST = 12
_DAYS_OF_A_BATCH = 3
_LONGEST_PAGE_MS = 100
_LONGEST_LIST_MS = 50


def measure_organisation() -> Iterator[tuple[str, list[Row]]]:
    """On SQLite, and where CLIPFLOW_TEST_DATABASE_URL names a server, on a PostgreSQL database of its own there."""
    yield "A large organisation on SQLite", _measured(None)
    server = os.environ.get("CLIPFLOW_TEST_DATABASE_URL", "")
    if not server:
        print("PostgreSQL is left out: CLIPFLOW_TEST_DATABASE_URL names none.")
        return
    yield "A large organisation on PostgreSQL", _measured(server)


def _measured(server: str | None) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'clipflow.db'}" if server is None else stack.enter_context(own_database(server))
        more = {"DATABASE_URL": url, "BCRYPT_COST": str(_BCRYPT_COST), "RATE_LIMIT_SIGN_IN": "1000000"}
        service = stack.enter_context(running(folder, more=more)).web
        caller = Caller(service)
        with opened_database(url):
            _fill(UUID(str(caller.call("GET", "/auth/me")["user"]["id"])))  # type: ignore[index]
        return [*_sign_in(caller), *_pages(service, caller)]


@contextmanager
def opened_database(url: str) -> Iterator[None]:
    """The database of a server that runs elsewhere."""
    database.initialize(open_database(url, 2))
    with connected():
        yield
    database.close_all()


def _fill(person_id: UUID) -> None:
    """Everything is around one person, who runs the server too."""
    now, chance = clock.now(), random.Random(7)
    User.update(is_admin=True).where(User.id == person_id).execute()
    people = [uuid4() for _ in range(PEOPLE)]
    insert_rows(User, (_person(one, number, now) for number, one in enumerate(people)))
    teams = [uuid4() for _ in range(TEAMS)]
    insert_rows(
        Team, ({"id": one, "name": f"Team {n}", "created_at": now, "updated_at": now} for n, one in enumerate(teams))
    )
    members = [(team, one) for team in teams for one in [person_id, *chance.sample(people, 20)]]
    insert_rows(Membership, (_membership(team, one, now) for team, one in members))
    insert_rows(Project, (_project(number, teams[number % TEAMS], person_id, now) for number in range(PROJECTS)))
    insert_rows(AuditEvent, (_event(number, chance, [person_id, *people], now) for number in range(_BATCH)))
    _copy_events(EVENTS // _BATCH - 1)
    database.execute_sql("ANALYZE")


def _copy_events(copies: int) -> None:
    """The events of the first days again and again, each time some days earlier."""
    columns = [one.column_name for one in AuditEvent._meta.sorted_fields]
    new = {"id": "lower(hex(randomblob(16)))",
           "at": f"strftime('%Y-%m-%d %H:%M:%f', at, '-' || (n * {_DAYS_OF_A_BATCH}) || ' days') || '000'"}  # fmt: skip
    if is_postgresql():
        new = {"id": "gen_random_uuid()", "at": f"at - n * interval '{_DAYS_OF_A_BATCH} days'"}
    values = ", ".join(new.get(one, f'"{one}"') for one in columns)
    database.execute_sql(
        f"WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {copies}) "  # noqa: S608
        f"INSERT INTO audit_events ({', '.join(columns)}) SELECT {values} FROM audit_events, series"
    )


def insert_rows(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Many rows at once, with the defaults of their columns."""
    fields = list(model._meta.sorted_fields)
    defaults = {one.name: one.default for one in fields}
    batch: list[tuple[Any, ...]] = []
    statement, _ = model.insert(dict.fromkeys(fields)).sql()

    def flush() -> None:
        with database.atomic():
            database.cursor().executemany(statement, batch)
        batch.clear()

    for row in rows:
        batch.append(tuple(_in_database(one, row.get(one.name, _value(defaults[one.name]))) for one in fields))
        if len(batch) == _BATCH:
            flush()
    flush()


def _in_database(field: Any, value: Any) -> Any:
    # What peewee makes of JSON is for statements of its own.
    return json.dumps(value) if isinstance(field, JSONField) else field.db_value(value)


def _value(default: Any) -> Any:
    return default() if callable(default) else default


def _person(person_id: UUID, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": person_id, "email": f"person{number}@example.org", "full_name": f"Person {number}", "password_hash": "",
        "created_at": now, "updated_at": now, "last_login": now,
    }  # fmt: skip


def _membership(team_id: UUID, user_id: UUID, now: datetime) -> dict[str, Any]:
    return {"team": team_id, "user": user_id, "role": Role.EDITOR, "created_at": now}


def _project(number: int, team_id: UUID, creator_id: UUID, now: datetime) -> dict[str, Any]:
    moment = now - timedelta(minutes=number)
    return {
        "creator": creator_id, "team": team_id, "name": f"Project {number}", "created_at": moment, "updated_at": moment,
    }  # fmt: skip


def _event(number: int, chance: random.Random, people: list[UUID], now: datetime) -> dict[str, Any]:
    return {
        "at": now - timedelta(days=_DAYS_OF_A_BATCH) * (number / _BATCH), "actor_kind": "person", "outcome": "done",
        "actor_id": chance.choice(people), "action": chance.choice(_ACTIONS), "target_kind": "user",
        "target_id": chance.choice(people), "ip": "192.0.2.7", "user_agent": "Browser", "request_id": f"{number}",
        "data": {"names": "app_name"},
    }  # fmt: skip


def _sign_in(caller: Caller) -> Iterator[Row]:
    """Beside the password check alone, which is slow on purpose."""
    known = hash_password("Correct-Horse-7", _BCRYPT_COST)
    body = {"email": "bench@example.org", "password": "Correct-Horse-7"}
    # By turns, so that a noisy moment of the machine meets both.
    alone_ms, ours_ms = [], []
    for _ in range(_REQUESTS // 2):
        alone_ms.append(taken_ms(lambda: is_password("Correct-Horse-7", known)))
        ours_ms.append(taken_ms(lambda: caller.call("POST", "/auth/login", body)))
    ratios = [ours / alone for ours, alone in zip(ours_ms, alone_ms, strict=True)]
    yield Row(f"a password checked with bcrypt at cost {_BCRYPT_COST}, ms", f"{statistics.median(alone_ms):.0f}")
    yield Row("sign-in, ms", f"{statistics.median(ours_ms):.0f}")
    yield Row.at_most("sign-in over the check alone, median of ratios", statistics.median(ratios), 1.3)


def _pages(service: Server, caller: Caller) -> Iterator[Row]:
    person = caller.call("GET", "/auth/me")["user"]["id"]  # type: ignore[index]
    middle = clock.to_rfc3339(clock.now() - timedelta(days=_DAYS_OF_A_BATCH * EVENTS / _BATCH / 2))
    cursor = caller.call("GET", f"/admin/audit?to={middle}&limit=200")["next_cursor"]
    pages = {
        "people, first page of 100": "/admin/users?limit=100",
        "people, last page": f"/admin/users?limit=100&page={PEOPLE // 100}",
        "people, by a part of a name": "/admin/users?limit=100&query=son+199",
        "audit, newest 50": "/admin/audit",
        "audit, in the middle": f"/admin/audit?cursor={cursor}",
        "audit, of one person": f"/admin/audit?actor={person}",
        "audit, of one action": "/admin/audit?action=project.moved",
        "audit, of an action that never was": "/admin/audit?action=never.was",
        "audit, a person and an action": f"/admin/audit?actor={person}&action=project.moved",
    }
    for title, path in pages.items():
        yield Row.at_most(f"{title}, ms", page_ms(service, caller, path), _LONGEST_PAGE_MS, 1)
    lists = {
        f"projects of {TEAMS} teams, first page of {PROJECTS}": "/projects",
        "projects, last page": f"/projects?page={PROJECTS // 20}",
    }
    for title, path in lists.items():
        yield Row.at_most(f"{title}, ms", page_ms(service, caller, path), _LONGEST_LIST_MS, 1)


def page_ms(service: Server, caller: Caller, path: str) -> float:
    """How long an answer takes, in the median."""
    line = HTTPConnection("127.0.0.1", service.port, timeout=60)

    def ask() -> None:
        line.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {caller.token}"})
        answer = line.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]

    try:
        return _median_ms(ask)
    finally:
        line.close()


def _median_ms(act: Callable[[], object]) -> float:
    return statistics.median(taken_ms(act) for _ in range(_REQUESTS))


def taken_ms(act: Callable[[], object]) -> float:
    """How long something takes."""
    began_s = time.perf_counter()
    act()
    return (time.perf_counter() - began_s) * 1000
