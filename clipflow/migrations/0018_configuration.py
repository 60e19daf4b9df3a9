"""The settings that administrators change, in one row.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import DateTimeField, IntegerField, JSONField, Model


def up(migrator: Any, db: Any) -> None:
    class Configuration(Model):
        id = IntegerField(primary_key=True)
        version = IntegerField()
        values = JSONField()
        changed_at = DateTimeField()

        class Meta:
            database = db
            table_name = "configuration"

    db.create_tables([Configuration], safe=False)
