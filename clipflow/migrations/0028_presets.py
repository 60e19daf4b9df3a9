"""Presets of teams: named settings of analyses and exports.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, JSONField, Model, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Team(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "teams"

    class Preset(Base):
        id = UUIDField(primary_key=True)
        team = ForeignKeyField(Team, on_delete="CASCADE")
        kind = CharField(max_length=20)
        name = CharField(max_length=100)
        name_key = CharField(max_length=300)
        settings = JSONField()
        is_default = BooleanField()
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            table_name = "presets"
            indexes = ((("team", "kind", "name_key"), True),)

    db.create_tables([Preset], safe=False)
    # Whoever makes two the default at the same moment gets one.
    db.execute_sql("CREATE UNIQUE INDEX presets_default ON presets (team_id, kind) WHERE is_default")
