"""Which installation a database belongs to, so that it never clears up the files of another one; and refused uploads.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    is_postgresql = isinstance(db, PostgresqlDatabase)
    id_type, moment_type, mark = ("UUID", "TIMESTAMP", "%s") if is_postgresql else ("TEXT", "DATETIME", "?")
    db.execute_sql(
        f"CREATE TABLE installation (id {id_type} NOT NULL PRIMARY KEY, created_at {moment_type} NOT NULL, "
        f"storage_claimed_at {moment_type})"
    )
    made = uuid4()
    db.execute_sql(
        f"INSERT INTO installation (id, created_at) VALUES ({mark}, {mark})",  # noqa: S608  marks of the driver
        (str(made) if is_postgresql else made.hex, datetime.now(UTC).replace(tzinfo=None)),
    )
    for table in ("media_files", "pending_uploads"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN refusal TEXT")
