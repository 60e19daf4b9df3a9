"""Of which parts a file was made, so that whoever has sent others hears that theirs is not there.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any


def up(migrator: Any, db: Any) -> None:
    for table in ("pending_uploads", "media_files"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN parts_digest VARCHAR(64)")
