"""What recordings as they really are need: the track that was analysed, its room, and captions as they were imported.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def up(migrator: Any, db: Any) -> None:
    # As plain statements: the migrator would copy whole tables of SQLite to add a column that is never NULL.
    number_type = "DOUBLE PRECISION" if isinstance(db, PostgresqlDatabase) else "REAL"
    db.execute_sql("ALTER TABLE analysis_results ADD COLUMN audio_track INTEGER")
    db.execute_sql(f"ALTER TABLE analysis_results ADD COLUMN room_level_db {number_type}")
    db.execute_sql("ALTER TABLE analysis_transcripts ADD COLUMN cues TEXT NOT NULL DEFAULT '[]'")
