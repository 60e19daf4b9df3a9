"""Who is looking at an analysis at the moment, and what counted before each change.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import CompositeKey, DateTimeField, ForeignKeyField, Model, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class AnalysisResult(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "analysis_results"

    class Presence(Base):
        analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE")
        actor_id = UUIDField()
        seen_at = DateTimeField(index=True)

        class Meta:
            table_name = "presences"
            primary_key = CompositeKey("analysis", "actor_id")

    db.create_tables([Presence], safe=False)
    db.execute_sql("ALTER TABLE decision_changes ADD COLUMN action_before VARCHAR(20)")
    db.execute_sql("ALTER TABLE decision_changes ADD COLUMN actor_kind VARCHAR(10)")
