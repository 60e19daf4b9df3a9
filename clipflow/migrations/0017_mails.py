"""Mails about accounts, and people who are deleted.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import CharField, DateTimeField, ForeignKeyField, Model, PostgresqlDatabase, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "users"

    class AccountMail(Base):
        id = UUIDField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE", null=True)
        kind = CharField(max_length=40)
        email = CharField(max_length=320, index=True)
        token_hash = CharField(max_length=64, null=True, unique=True)
        kept_session = UUIDField(null=True)
        created_at = DateTimeField()
        expires_at = DateTimeField(index=True)
        used_at = DateTimeField(null=True)

        class Meta:
            table_name = "account_mails"

    db.create_tables([AccountMail], safe=False)
    moment = "TIMESTAMP" if isinstance(db, PostgresqlDatabase) else "DATETIME"
    db.execute_sql(f"ALTER TABLE users ADD COLUMN deleted_at {moment}")
