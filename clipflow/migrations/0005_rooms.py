"""Data once: segments as the engine made them alone, the state of a recording, and names of the field.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import PostgresqlDatabase


def _add_revisions(db: Any) -> None:
    is_postgresql = isinstance(db, PostgresqlDatabase)
    column = "UUID NOT NULL DEFAULT gen_random_uuid()" if is_postgresql else "TEXT NOT NULL DEFAULT ''"
    db.execute_sql(f"ALTER TABLE analysis_segments ADD COLUMN revision {column}")
    # Any number does that is of its own; that of the analysis is.
    db.execute_sql("UPDATE analysis_segments SET revision = analysis_id")


def up(migrator: Any, db: Any) -> None:
    # What was laid over the segments follows from the decisions, which stay.
    db.execute_sql("ALTER TABLE analysis_segments DROP COLUMN reviewed")
    _add_revisions(db)
    db.execute_sql("ALTER TABLE media_files ADD COLUMN state VARCHAR(20) NOT NULL DEFAULT 'ready'")
    db.execute_sql("ALTER TABLE announced_uploads RENAME TO pending_uploads")
    db.execute_sql("ALTER TABLE analysis_transcripts RENAME COLUMN announced TO pending")
    # An analysis that waits with an imported transcript is work of another kind now. "null" is JSON.
    db.execute_sql(
        "UPDATE jobs SET kind = 'analyse_with_transcript' WHERE kind = 'analyse_media' "
        "AND status IN ('queued', 'running') "
        "AND subject_id IN (SELECT analysis_id FROM analysis_transcripts WHERE pending <> 'null')"
    )
