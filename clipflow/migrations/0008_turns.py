"""Whose turn a job takes, so that one person's recordings do not wait for all of another's.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    id_type = "UUID" if isinstance(db, PostgresqlDatabase) else "TEXT"
    db.execute_sql(f"ALTER TABLE jobs ADD COLUMN asked_by {id_type}")
    db.execute_sql("CREATE INDEX jobs_asked_by_started_at ON jobs (asked_by, started_at)")
