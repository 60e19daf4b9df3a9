"""Decisions as rows, so that one more does not write all that there are, and what was decided when, and by whom.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import PostgresqlDatabase

_DECISION = "analysis_id, start_ms, end_ms, action, note, user_id, decided_at"
_CHANGE = "analysis_id, version, start_ms, end_ms"


def _make_tables(db: Any) -> None:
    is_postgresql = isinstance(db, PostgresqlDatabase)
    id_type, moment_type = ("UUID", "TIMESTAMP") if is_postgresql else ("TEXT", "DATETIME")
    number = "BIGSERIAL PRIMARY KEY" if is_postgresql else "INTEGER NOT NULL PRIMARY KEY"
    analysis = f"analysis_id {id_type} NOT NULL REFERENCES analysis_results (id) ON DELETE CASCADE"
    db.execute_sql(
        f"CREATE TABLE decisions ({analysis}, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, "
        f"action VARCHAR(20) NOT NULL, note TEXT, user_id {id_type}, decided_at {moment_type}, "
        "PRIMARY KEY (analysis_id, start_ms))"
    )
    db.execute_sql(
        f"CREATE TABLE decision_changes (id {number}, {analysis}, version INTEGER NOT NULL, start_ms INTEGER NOT NULL, "
        f"end_ms INTEGER NOT NULL, action VARCHAR(20), user_id {id_type}, decided_at {moment_type})"
    )
    db.execute_sql("CREATE INDEX decision_changes_analysis_id_version ON decision_changes (analysis_id, version)")
    db.execute_sql("ALTER TABLE analysis_results ADD COLUMN changes_since INTEGER NOT NULL DEFAULT 1")


def _plain(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def _id(db: Any, text: str | None) -> Any:
    if text is None:
        return None
    # As each of the two databases has them in other tables.
    return UUID(text) if isinstance(db, PostgresqlDatabase) else UUID(text).hex


def _move_rows(db: Any) -> None:
    mark = "%s" if isinstance(db, PostgresqlDatabase) else "?"
    insert_decision = f"INSERT INTO decisions ({_DECISION}) VALUES ({', '.join([mark] * 7)})"  # noqa: S608
    insert_change = f"INSERT INTO decision_changes ({_CHANGE}) VALUES ({', '.join([mark] * 4)})"  # noqa: S608
    analyses = db.execute_sql("SELECT id FROM analysis_results").fetchall()
    for (analysis_id,) in analyses:
        version, decisions, recent = db.execute_sql(
            f"SELECT version, decisions, recent_changes FROM analysis_results WHERE id = {mark}",  # noqa: S608
            (analysis_id,),
        ).fetchone()
        for one in _plain(decisions):
            values = one["start_ms"], one["end_ms"], one["action"], one["note"]
            made = _id(db, one.get("user_id")), _moment(one.get("decided_at"))
            db.execute_sql(insert_decision, (analysis_id, *values, *made))
        known = _plain(recent) or {"since": version, "changes": []}
        for change in known["changes"]:
            db.execute_sql(insert_change, (analysis_id, *change))
        db.execute_sql(
            f"UPDATE analysis_results SET changes_since = {mark} WHERE id = {mark}",  # noqa: S608
            # An analysis that is not done yet has version 0, and 1 when it is.
            (max(1, known["since"]), analysis_id),
        )


def up(migrator: Any, db: Any) -> None:
    _make_tables(db)
    _move_rows(db)
    db.execute_sql("ALTER TABLE analysis_results DROP COLUMN decisions")
    db.execute_sql("ALTER TABLE analysis_results DROP COLUMN recent_changes")
