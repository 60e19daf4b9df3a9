"""Who people are at providers that they sign in with, and sign-ins that are on their way there.

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

    class OidcIdentity(Base):
        id = UUIDField(primary_key=True)
        provider = CharField(max_length=40)
        issuer = CharField(max_length=500)
        subject = CharField(max_length=255)
        user = ForeignKeyField(User, on_delete="CASCADE")
        created_at = DateTimeField()

        class Meta:
            table_name = "oidc_identities"
            indexes = ((("issuer", "subject"), True), (("user", "provider"), True))

    class OidcAttempt(Base):
        state_hash = CharField(max_length=64, primary_key=True)
        cookie_hash = CharField(max_length=64)
        provider = CharField(max_length=40)
        nonce = CharField(max_length=64)
        verifier = CharField(max_length=128)
        next_path = CharField(max_length=2000)
        user_id = UUIDField(null=True)
        is_used = BooleanField()
        expires_at = DateTimeField(index=True)

        class Meta:
            table_name = "oidc_attempts"

    db.create_tables([OidcIdentity, OidcAttempt], safe=False)
