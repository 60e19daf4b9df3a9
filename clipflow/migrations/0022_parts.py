"""Uploads in parts: how large a part is, and what the storage calls the upload.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE pending_uploads ADD COLUMN part_size BIGINT")
    db.execute_sql("ALTER TABLE pending_uploads ADD COLUMN storage_upload_id VARCHAR(400)")
