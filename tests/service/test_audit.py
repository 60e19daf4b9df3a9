"""The audit log: what is written down, who reads it, and that nobody changes it."""

import csv
import io
import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import peewee
import pytest

from clipflow.audit import service as audit
from clipflow.audit.models import AuditEvent
from clipflow.core import clock
from clipflow.core.db import connected, rehearsal, transaction
from tests.service.conftest import PASSWORD, Person, Service
from tests.service.test_access import principal_of


def events(bob: Person, query: str = "") -> list[Any]:
    return bob.get(f"/admin/audit{query}").json["events"]


def test_what_is_done_is_written_down_with_who_and_from_where(alice: Person, bob: Person) -> None:
    agent = {"User-Agent": "Test browser"}
    team_id = alice.call("POST", "/teams", json={"name": "Desk"}, headers=agent).json["team"]["id"]
    [made] = events(bob, f"?target={team_id}")
    assert (made["action"], made["actor_id"], made["outcome"]) == ("team.made", alice.user["id"], "done")
    assert (made["ip"], made["user_agent"]) == ("127.0.0.1", "Test browser")
    assert made["request_id"]


def test_a_refused_sign_in_is_written_down(service: Service, alice: Person, bob: Person) -> None:
    body = {"email": "alice@example.org", "password": "Wrong-Horse-7"}
    assert service.anonymous().post("/api/v1/auth/login", json=body).status_code == 401
    [refused] = [one for one in events(bob, "?action=account.signed_in") if one["outcome"] == "refused"]
    assert (refused["target_id"], refused["actor_id"]) == (alice.user["id"], None)


def test_it_holds_no_address_and_no_secret(service: Service, alice: Person, bob: Person) -> None:
    alice.post("/invitations", json={"email": "dora@example.org"})
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    wanted = {"email": "dora@example.org", "team_id": team_id, "team_role": "viewer"}
    token = alice.post("/invitations", json=wanted).json["url"].partition("#")[2]
    text = json.dumps(events(bob))
    assert "invitation.made" in text
    for secret in ("@example.org", PASSWORD, token):
        assert secret not in text


def test_what_is_undone_is_not_written_down(alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "clipflow.audit")
    with connected():
        with rehearsal():
            audit.record("team.left", actor=principal_of(alice))
        assert AuditEvent.select().where(AuditEvent.action == "team.left").count() == 0
    assert "team.left" not in caplog.messages


def test_it_is_filtered_and_paged(alice: Person, bob: Person) -> None:
    for number in range(5):
        alice.post("/teams", json={"name": f"Desk {number}"})
    query = f"?actor={alice.user['id']}&action=team.made&limit=2"
    pages: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = bob.get(f"/admin/audit{query}&cursor={cursor}").json
        pages.append([one["id"] for one in answer["events"]])
        cursor = answer["next_cursor"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({one for page in pages for one in page}) == 5
    assert events(bob, "?from=2999-01-01T00:00:00Z") == []
    odd = ("cursor=nonsense", "action=%00", "from=0001-01-01T00:00:00%2B14:00", "to=9999-12-31T23:59:59-14:00")
    assert [bob.get(f"/admin/audit?{one}").status_code for one in odd] == [400] * 4


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_it_is_downloaded_whole(alice: Person, bob: Person, form: str) -> None:
    alice.post("/teams", json={"name": "Desk"})
    with connected(), transaction():
        audit.record("=HYPERLINK(1)", data={"a": 1})
    text = bob.get(f"/admin/audit/export?format={form}").text
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert not any(value.startswith("=") for row in rows for value in row.values())
    else:
        rows = [json.loads(line) for line in text.splitlines()]
    assert {"team.made", "account.registered"} <= {row["action"] for row in rows}


def test_nobody_changes_or_deletes_what_was_done(alice: Person) -> None:
    refused = (peewee.IntegrityError, peewee.DatabaseError)
    changes = (
        AuditEvent.update(action="nothing"), AuditEvent.update(actor_id=uuid4()), AuditEvent.update(ip="10.0.0.1"),
        AuditEvent.delete(), AuditEvent.update(data={}),
    )  # fmt: skip
    with connected():
        before = list(AuditEvent.select().order_by(AuditEvent.id).dicts())
        assert before
        for change in changes:
            with pytest.raises(refused), transaction():
                change.execute()
        assert list(AuditEvent.select().order_by(AuditEvent.id).dicts()) == before


def test_only_what_is_old_goes_and_origins_before_that(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    with connected(), transaction():
        for days in (400, 100, 1):
            with monkeypatch.context() as patch:
                patch.setattr(clock, "now", lambda days=days: now - timedelta(days=days))
                audit.record(f"test.{days}")
    with connected():
        assert audit.forget_old(now, timedelta(days=365)) == 1
        kept = {one.action: one.ip for one in AuditEvent.select().where(AuditEvent.action.startswith("test."))}
    assert set(kept) == {"test.100", "test.1"}


def test_where_a_person_came_from_is_forgotten_with_the_person(alice: Person) -> None:
    with connected():
        assert audit.activity_of(UUID(alice.user["id"]))[0].ip
        audit.forget_origins_of(UUID(alice.user["id"]))
        assert {one.ip for one in audit.activity_of(UUID(alice.user["id"]))} == {""}
