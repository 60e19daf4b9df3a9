"""The second factor, devices that are known, and closing accounts to who guesses.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from typing import Any

from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model, PostgresqlDatabase, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "users"

    class RecoveryCode(Base):
        id = UUIDField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        code_hash = CharField(max_length=64, unique=True)

        class Meta:
            table_name = "recovery_codes"

    class MfaChallenge(Base):
        id = UUIDField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(max_length=64, unique=True)
        tries_left = IntegerField()
        expires_at = DateTimeField(index=True)

        class Meta:
            table_name = "mfa_challenges"

    class KnownDevice(Base):
        id = UUIDField(primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        created_at = DateTimeField()
        last_seen_at = DateTimeField()

        class Meta:
            table_name = "known_devices"

    class Lockout(Base):
        subject = CharField(primary_key=True, max_length=64)
        failures = IntegerField()
        began_at = DateTimeField()
        level = IntegerField()
        closed_until = DateTimeField(null=True)

        class Meta:
            table_name = "lockouts"

    db.create_tables([RecoveryCode, MfaChallenge, KnownDevice, Lockout], safe=False)
    moment = "TIMESTAMP" if isinstance(db, PostgresqlDatabase) else "DATETIME"
    for table, column in (
        ("users", "totp_secret VARCHAR(300)"),
        ("users", f"totp_since {moment}"),
        ("users", "totp_last_step BIGINT NOT NULL DEFAULT 0"),
        ("users", "failures_in_row INTEGER NOT NULL DEFAULT 0"),
        ("sessions", f"authenticated_at {moment}"),
    ):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    db.execute_sql("UPDATE sessions SET authenticated_at = created_at")
