"""What was decided lately, so that decisions that do not overlap are taken whatever version they were made on.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE analysis_results ADD COLUMN recent_changes TEXT NOT NULL DEFAULT 'null'")
