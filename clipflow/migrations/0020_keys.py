"""Keys of services outside, of people and of teams.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import CharField, DateTimeField, Model, TextField, UUIDField


def up(migrator: Any, db: Any) -> None:
    class ProviderKey(Model):
        id = UUIDField(primary_key=True)
        owner = CharField(max_length=10)
        owner_id = UUIDField()
        provider = CharField(max_length=20)
        encrypted = TextField()
        last_four = CharField(max_length=4)
        base_url = CharField(max_length=500)
        created_at = DateTimeField()
        updated_at = DateTimeField()

        class Meta:
            database = db
            table_name = "provider_keys"
            indexes = ((("owner", "owner_id", "provider"), True),)

    db.create_tables([ProviderKey], safe=False)
