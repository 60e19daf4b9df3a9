"""Since when files were kept in a folder of a machine, so that one that is away later is not taken for an unused one.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    moment = "TIMESTAMP" if isinstance(db, PostgresqlDatabase) else "DATETIME"
    db.execute_sql(f"ALTER TABLE installation ADD COLUMN disk_claimed_at {moment}")
    # Earlier versions kept files nowhere else.
    db.execute_sql("UPDATE installation SET disk_claimed_at = storage_claimed_at")
