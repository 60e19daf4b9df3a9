"""What the review pages need: the device of a session, and a project's own settings.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    # As plain statements: the migrator would copy whole tables of SQLite to add a column that is never NULL.
    json_type = "JSONB" if isinstance(db, PostgresqlDatabase) else "TEXT"
    db.execute_sql("ALTER TABLE sessions ADD COLUMN device VARCHAR(300) NOT NULL DEFAULT ''")
    db.execute_sql(f"ALTER TABLE projects ADD COLUMN settings {json_type} NOT NULL DEFAULT '{{}}'")
