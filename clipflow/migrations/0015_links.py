"""Personal tokens, review links and the guests who have opened them.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, JSONField, Model, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "users"

    class Project(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "projects"

    class PersonalToken(Base):
        id = UUIDField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=100)
        token_hash = CharField(max_length=64, unique=True)
        scopes = JSONField()
        project_ids = JSONField(null=True)
        created_at = DateTimeField()
        expires_at = DateTimeField(null=True)
        last_used_at = DateTimeField(null=True)

        class Meta:
            table_name = "personal_tokens"

    class ReviewLink(Base):
        id = UUIDField(primary_key=True)
        project = ForeignKeyField(Project, on_delete="CASCADE")
        token_hash = CharField(max_length=64, unique=True)
        media_ids = JSONField(null=True)
        permission = CharField(max_length=20)
        allow_export = BooleanField()
        password_hash = CharField(max_length=100, null=True)
        version = IntegerField()
        created_by = ForeignKeyField(User, on_delete="SET NULL", null=True)
        created_at = DateTimeField()
        expires_at = DateTimeField(index=True)
        revoked_at = DateTimeField(null=True)

        class Meta:
            table_name = "review_links"

    class Guest(Base):
        id = UUIDField(primary_key=True)
        link = ForeignKeyField(ReviewLink, on_delete="CASCADE")
        link_version = IntegerField()
        secret_hash = CharField(max_length=64, unique=True)
        name = CharField(max_length=100)
        created_at = DateTimeField()
        last_seen_at = DateTimeField()

        class Meta:
            table_name = "guests"

    db.create_tables([PersonalToken, ReviewLink, Guest], safe=False)
