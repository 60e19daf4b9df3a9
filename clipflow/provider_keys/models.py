"""The table of keys of services outside."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import CharField, TextField, UUIDField

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows


class Provider(StrEnum):
    """What a service does."""

    TRANSCRIPTION = "transcription"
    LANGUAGE_MODEL = "language_model"


class Owner(StrEnum):
    """Whose key it is."""

    PERSON = "person"
    TEAM = "team"


class ProviderKey(BaseModel):
    """A key, encrypted for this row alone, of which nobody gets to see more than ``last_four`` characters."""

    id = IdField()
    owner = CharField(max_length=10)
    owner_id = UUIDField()
    provider = CharField(max_length=20)
    encrypted = TextField()
    last_four = CharField(max_length=4)
    base_url = CharField(max_length=500, default="")
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        """One of each kind for each owner."""

        table_name = "provider_keys"
        indexes = ((("owner", "owner_id", "provider"), True),)


def find(owner: Owner, owner_id: UUID, provider: Provider) -> ProviderKey | None:
    """The key of an owner for a kind of service, or None."""
    return ProviderKey.get_or_none(
        ProviderKey.owner == owner, ProviderKey.owner_id == owner_id, ProviderKey.provider == provider
    )


def keys_of(owner: Owner, owner_id: UUID) -> list[ProviderKey]:
    """All keys of an owner."""
    own = (ProviderKey.owner == owner) & (ProviderKey.owner_id == owner_id)
    return list(ProviderKey.select().where(own).order_by(ProviderKey.provider))


def has_any(owner: Owner, owner_ids: Any, provider: Provider) -> bool:
    """Whether one of these owners has a key; ``owner_ids`` is a list or a query."""
    own = (ProviderKey.owner == owner) & ProviderKey.owner_id.in_(owner_ids) & (ProviderKey.provider == provider)
    return bool(ProviderKey.select(ProviderKey.id).where(own).exists())


def delete(owner: Owner, owner_id: UUID, provider: Provider) -> bool:
    """Delete a key; False where there is none (any more)."""
    own = (ProviderKey.owner == owner) & (ProviderKey.owner_id == owner_id)
    return delete_rows(ProviderKey, own, ProviderKey.provider == provider) == 1


def delete_all_of(owner: Owner, owner_id: UUID) -> None:
    """Delete all keys of an owner."""
    delete_rows(ProviderKey, ProviderKey.owner == owner, ProviderKey.owner_id == owner_id)
