"""Invitations, and names that people sign in with.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, Model, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "users"

    class Team(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "teams"

    class Invitation(Base):
        id = UUIDField(primary_key=True)
        token_hash = CharField(max_length=64, unique=True)
        email = CharField(max_length=320, null=True)
        is_admin = BooleanField()
        team = ForeignKeyField(Team, on_delete="CASCADE", null=True)
        team_role = CharField(max_length=20, null=True)
        invited_by = ForeignKeyField(User, on_delete="SET NULL", null=True)
        created_at = DateTimeField()
        expires_at = DateTimeField(index=True)
        used_at = DateTimeField(null=True)
        revoked_at = DateTimeField(null=True)

        class Meta:
            table_name = "invitations"

    db.create_tables([Invitation], safe=False)
    db.execute_sql("ALTER TABLE users ADD COLUMN username VARCHAR(30)")
    db.execute_sql("CREATE UNIQUE INDEX user_username ON users (username)")
