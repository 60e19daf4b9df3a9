"""Who asked for an analysis, since when it counts, when its review was finished, and titles of recordings.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    is_postgresql = isinstance(db, PostgresqlDatabase)
    id_type, moment_type = ("UUID", "TIMESTAMP") if is_postgresql else ("TEXT", "DATETIME")
    for name, kind in (
        ("created_by_id", id_type),
        ("current_since", moment_type),
        ("reviewed_by_id", id_type),
        ("reviewed_at", moment_type),
    ):
        db.execute_sql(f"ALTER TABLE analysis_results ADD COLUMN {name} {kind}")
    db.execute_sql("ALTER TABLE media_files ADD COLUMN title VARCHAR(255) NOT NULL DEFAULT ''")
    mark = "%s" if is_postgresql else "?"
    for media_id, name in db.execute_sql("SELECT id, original_filename FROM media_files").fetchall():
        # The name without its ending.
        title = name.rpartition(".")[0] or name
        db.execute_sql(f"UPDATE media_files SET title = {mark} WHERE id = {mark}", (title, media_id))  # noqa: S608
    db.execute_sql("UPDATE analysis_results SET current_since = coalesce(completed_at, created_at)")
    db.execute_sql(
        "UPDATE analysis_results SET created_by_id = "
        "(SELECT asked_by FROM jobs WHERE jobs.id = analysis_results.job_id)"
    )
