"""A database that an earlier version has filled is brought up to date, and nothing is lost."""

import io
import json
from typing import Any
from uuid import UUID

import pytest

from clipflow import registry
from clipflow.analysis.decisions import stored_decisions
from clipflow.analysis.models import AnalysisResult
from clipflow.core.db import connected, database, is_postgresql, migrate
from clipflow.core.storage.local import OWNER_FILE
from clipflow.jobs.models import Job
from clipflow.operations.ownership import bind_storage
from tests.service.conftest import Analysed, Person, Service

CAPTIONS = b"1\n00:00:01,500 --> 00:00:05,310\nGood morning\n"


def take_back_to_the_fourth_step() -> None:
    """Give the tables the shape, and the rows the form, that the version before had."""
    empty = "'[]'"
    statements = [
        "DROP TABLE installation",
        "ALTER TABLE media_files DROP COLUMN refusal",
        "ALTER TABLE pending_uploads DROP COLUMN refusal",
        "ALTER TABLE analysis_segments DROP COLUMN revision",
        f"ALTER TABLE analysis_segments ADD COLUMN reviewed TEXT NOT NULL DEFAULT {empty}",
        "ALTER TABLE media_files DROP COLUMN state",
        "ALTER TABLE pending_uploads RENAME TO announced_uploads",
        "ALTER TABLE analysis_transcripts RENAME COLUMN pending TO announced",
        "UPDATE jobs SET kind = 'analyse_media' WHERE kind = 'analyse_with_transcript'",
        "DELETE FROM schema_migration WHERE name IN ('0005_rooms', '0006_installation', '0024_disks')",
    ]
    for statement in statements:
        database.execute_sql(statement)
    take_decisions_back_into_their_analysis()


def take_decisions_back_into_their_analysis(recent_changes: Any = None) -> None:
    """Neither person nor time were stored with a decision then."""
    database.execute_sql("DROP INDEX IF EXISTS analysis_results_counting")
    json_type = "JSONB" if is_postgresql() else "JSON"
    mark = "%s" if is_postgresql() else "?"
    database.execute_sql(f"ALTER TABLE analysis_results ADD COLUMN decisions {json_type} NOT NULL DEFAULT '[]'")
    database.execute_sql("ALTER TABLE analysis_results ADD COLUMN recent_changes TEXT NOT NULL DEFAULT 'null'")
    ids: Any = AnalysisResult.select(AnalysisResult.id).tuples()
    for (analysis_id,) in list(ids):
        decisions = [
            {"start_ms": one.start_ms, "end_ms": one.end_ms, "action": one.action, "note": one.note}
            for one in stored_decisions(analysis_id)
        ]
        database.execute_sql(
            f"UPDATE analysis_results SET decisions = {mark}, recent_changes = {mark} WHERE id = {mark}",  # noqa: S608
            (json.dumps(decisions), json.dumps(recent_changes), AnalysisResult.id.db_value(analysis_id)),
        )
    for column in ("created_by_id", "current_since", "reviewed_by_id", "reviewed_at"):
        database.execute_sql(f"ALTER TABLE analysis_results DROP COLUMN {column}")
    database.execute_sql("ALTER TABLE media_files DROP COLUMN title")
    database.execute_sql("DROP TABLE decisions")
    database.execute_sql("DROP TABLE decision_changes")
    database.execute_sql("ALTER TABLE analysis_results DROP COLUMN changes_since")
    database.execute_sql("DELETE FROM schema_migration WHERE name IN ('0009_decisions', '0010_versions')")
    take_back_teams()


def drop(*tables: str) -> None:
    for table in tables:
        database.execute_sql(f"DROP TABLE {table}")


def take_back_teams() -> None:
    """Projects belonged to whoever had made them."""
    if not is_postgresql():
        database.execute_sql("DROP TABLE transcript_search")
    drop("views", "transcript_texts")
    database.execute_sql("DROP INDEX media_files_category_id")
    for column in ("description", "search_text", "view_count", "category_id"):
        database.execute_sql(f"ALTER TABLE media_files DROP COLUMN {column}")
    database.execute_sql("DROP TABLE categories")
    drop("notes", "video_refs", "presets")
    for column in ("uploaded_by_id", "charged_team_id", "charged_week"):
        [uploads] = {"pending_uploads", "announced_uploads"} & set(database.get_tables())
        database.execute_sql(f"ALTER TABLE {uploads} DROP COLUMN {column}")
    database.execute_sql("ALTER TABLE media_files DROP COLUMN uploaded_by_id")
    for table in (
        "presences",
        "guests",
        "review_links",
        "personal_tokens",
        "account_mails",
        "configuration",
        "usages",
        "provider_keys",
        "oidc_identities",
        "oidc_attempts",
        "team_limits",
    ):
        database.execute_sql(f"DROP TABLE {table}")
    for table in ("recovery_codes", "mfa_challenges", "known_devices", "lockouts"):
        database.execute_sql(f"DROP TABLE {table}")
    for column in ("totp_secret", "totp_since", "totp_last_step", "failures_in_row", "deleted_at"):
        database.execute_sql(f"ALTER TABLE users DROP COLUMN {column}")
    database.execute_sql("ALTER TABLE sessions DROP COLUMN authenticated_at")
    database.execute_sql("DROP TABLE audit_events")
    database.execute_sql("DROP TABLE audit_horizon")
    if is_postgresql():
        database.execute_sql("DROP FUNCTION audit_is_kept")
    database.execute_sql("DROP TABLE invitations")
    database.execute_sql("DROP INDEX user_username")
    database.execute_sql("ALTER TABLE users DROP COLUMN username")
    database.execute_sql("DROP INDEX project_team_id_created_at_id")
    database.execute_sql("ALTER TABLE projects DROP COLUMN team_id")
    for table in ("project_shares", "memberships", "teams"):
        database.execute_sql(f"DROP TABLE {table}")
    database.execute_sql(
        "DELETE FROM schema_migration WHERE name IN "
        "('0011_teams', '0012_invitations', '0013_audit', '0014_second_factor', '0015_links', '0016_together', "
        "'0017_mails', '0018_configuration', '0019_quotas', '0020_keys', '0021_oidc', '0027_library', '0028_presets', "
        "'0029_notes')"
    )


def bring_up_to_date(service: Service) -> list[str]:
    """As a start of the new version does, beside files that carry no id yet."""
    (service.settings.storage_folder / OWNER_FILE).unlink()
    steps = migrate(service.settings.data_dir)
    with connected():
        assert bind_storage(service.resources, registry.known_keys)
    return steps


def everything(alice: Person, analysed: Analysed) -> list[Any]:
    paths = (
        "/projects", f"/projects/{analysed.project_id}", f"/media/{analysed.media_id}",
        f"/analysis/{analysed.analysis_id}", f"/analysis/{analysed.analysis_id}/segments?decisions=false",
        f"/analysis/{analysed.analysis_id}/transcript", f"/analysis/{analysed.analysis_id}/export?format=edl",
    )  # fmt: skip
    answers = [alice.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return [without_news(answer.json) or answer.text for answer in answers]


# Teams are made by the migration, so they are others each time; who had decided was not kept,
# nor since when an analysis counts.
NEWS = {"team_id", "people", "made_by", "current_since"}


def without_news(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_news(one) for name, one in value.items() if name not in NEWS}
    return [without_news(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def filled(service: Service, alice: Person, analysed: Analysed) -> Analysed:
    """A recording with a transcript and decisions."""
    captions = {"file": (io.BytesIO(CAPTIONS), "a.srt")}
    assert alice.post(f"/media/{analysed.media_id}/transcript", data=captions).status_code == 200
    change = {"start_ms": 200, "end_ms": 900, "action": "remove", "note": "cough"}
    body = {"version": 2, "changes": [change]}
    assert alice.patch(f"/analysis/{analysed.analysis_id}/segments", json=body).status_code == 200
    return analysed


def test_what_was_reviewed_is_as_it_was(service: Service, alice: Person, filled: Analysed) -> None:
    before = everything(alice, filled)
    with connected():
        take_back_to_the_fourth_step()
    assert bring_up_to_date(service) == [
        "0005_rooms",
        "0006_installation",
        "0009_decisions",
        "0010_versions",
        "0011_teams",
        "0012_invitations",
        "0013_audit",
        "0014_second_factor",
        "0015_links",
        "0016_together",
        "0017_mails",
        "0018_configuration",
        "0019_quotas",
        "0020_keys",
        "0021_oidc",
        "0024_disks",
        "0027_library",
        "0028_presets",
        "0029_notes",
    ]
    assert everything(alice, filled) == before
    [team] = alice.get("/teams").json["teams"]
    assert (team["is_personal"], team["role"]) == (True, "owner")
    # The migration counts what is stored.
    size = alice.get(f"/media/{filled.media_id}").json["media_file"]["file_size"]
    for path in ("/auth/usage", f"/teams/{team['id']}/usage"):
        assert alice.get(path).json["storage"]["used_bytes"] == size
    assert alice.get(f"/projects/{filled.project_id}").json["project"]["team_id"] == team["id"]


def test_what_was_decided_lately_is_still_known(service: Service, alice: Person, filled: Analysed) -> None:
    with connected():
        take_decisions_back_into_their_analysis({"since": 2, "changes": [[3, 200, 900]]})
    assert migrate(service.settings.data_dir)[0] == "0009_decisions"

    def decide(version: int, start_ms: int) -> int:
        change = {"start_ms": start_ms, "end_ms": start_ms + 100, "action": "keep"}
        body = {"version": version, "changes": [change]}
        return alice.patch(f"/analysis/{filled.analysis_id}/segments", json=body).status_code

    assert decide(2, 850) == 409
    assert decide(1, 2000) == 409
    assert decide(2, 2000) == 200


def test_what_waits_is_done(service: Service, alice: Person, uploaded: tuple[str, str]) -> None:
    project_id, media_id = uploaded
    body = {"project_id": project_id, "filename": "a.mp4", "content_type": "video/mp4", "file_size": 4}
    announced = alice.post("/upload/presigned", json=body).json
    imported = alice.post(f"/media/{media_id}/transcript", data={"file": (io.BytesIO(CAPTIONS), "a.srt")})
    assert imported.status_code == 202
    with connected():
        take_back_to_the_fourth_step()
    bring_up_to_date(service)
    assert service.run_jobs() == 1
    analysis_id = imported.json["analysis_id"]
    words = alice.get(f"/analysis/{analysis_id}/transcript").json["words"]
    assert [one["text"] for one in words] == ["Good", "morning"]
    with connected():
        assert Job.get(Job.subject_id == UUID(analysis_id)).kind == "analyse_with_transcript"
    assert service.anonymous().put(announced["upload_url"], data=b"1234").status_code == 200


def test_it_is_done_once(service: Service) -> None:
    assert migrate(service.settings.data_dir) == []
    assert is_postgresql() == service.settings.database.startswith("postgres")
