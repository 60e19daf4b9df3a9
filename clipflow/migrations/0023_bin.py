"""Since when a deleted recording is not to come back, and its files are being removed.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    moment = "TIMESTAMP" if isinstance(db, PostgresqlDatabase) else "DATETIME"
    db.execute_sql(f"ALTER TABLE media_files ADD COLUMN purged_at {moment}")
    # What earlier versions have deleted was gone for good.
    db.execute_sql("UPDATE media_files SET purged_at = deleted_at WHERE deleted_at IS NOT NULL")
