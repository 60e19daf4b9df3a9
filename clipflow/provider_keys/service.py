"""The rules of keys of services outside: who keeps one, which of several is used, and where it may be sent."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from peewee import IntegrityError

from clipflow.accounts import service as accounts
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.crypto import DecryptionError
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, MissingError, TooManyRequestsError, UnavailableError
from clipflow.core.principal import Permission, Principal
from clipflow.provider_keys import models
from clipflow.provider_keys.models import Owner, Provider, ProviderKey
from clipflow.resources import Resources
from clipflow.teams import service as teams
from clipflow.transcription.checking import fault_of_access
from clipflow.transcription.client import ServiceAccess

_MISSING = "There is no key of this kind (any more); load the page again."
_UNREADABLE = "The key cannot be read; an administrator must check ENCRYPTION_KEYS, or type the key again."


def list_keys(principal: Principal, team_id: UUID | None = None) -> list[dict[str, Any]]:
    """The keys of the person, or of a team that the person owns, each by its last four characters.

    Raises:
        MissingError, NotAllowedError: it is not the person's team to look at, or not to manage.
    """
    return [_values(one) for one in models.keys_of(*_owner(principal, team_id))]


def get_key(principal: Principal, provider: Provider, team_id: UUID | None) -> dict[str, Any]:
    """One key by its last four characters; raises as :func:`list_keys`, and MissingError where there is none."""
    found = models.find(*_owner(principal, team_id), provider)
    if found is None:
        raise MissingError(_MISSING)
    return _values(found)


def keep_key(
    resources: Resources, principal: Principal, provider: Provider, *, key: str, base_url: str, team_id: UUID | None
) -> dict[str, Any]:
    """Keep a key in place of the one that there is.

    Raises:
        MissingError, NotAllowedError: as for :func:`list_keys`.
        UnavailableError: this server has nothing to encrypt it with.
    """
    owner, owner_id = _owner(principal, team_id)
    now, key_id = clock.now(), uuid4()
    row = ProviderKey(
        id=key_id, owner=owner, owner_id=owner_id, provider=provider,
        encrypted=resources.keys.encrypt(key, place_of(key_id)), last_four=key[-4:], base_url=base_url,
        created_at=now, updated_at=now,
    )  # fmt: skip
    try:
        with transaction():
            accounts.hold_active(principal.user_id)
            models.delete(owner, owner_id, provider)
            row.save(force_insert=True)
            _record(principal, "key.kept", owner, owner_id, provider)
    except IntegrityError:
        raise ConflictError("Somebody has kept another key at the same moment; load the page again.") from None
    return _values(row)


def delete_key(principal: Principal, provider: Provider, team_id: UUID | None) -> None:
    """Forget a key; raises MissingError or NotAllowedError."""
    owner, owner_id = _owner(principal, team_id)
    with transaction():
        if not models.delete(owner, owner_id, provider):
            raise MissingError(_MISSING)
        _record(principal, "key.deleted", owner, owner_id, provider)


def test_key(resources: Resources, principal: Principal, provider: Provider, team_id: UUID | None) -> dict[str, Any]:
    """Whether the service takes a key, and what is wrong if not.

    Raises:
        MissingError, NotAllowedError: as for :func:`list_keys`.
        TooManyRequestsError: others are being tried.
    """
    owner, owner_id = _owner(principal, team_id)
    found = models.find(owner, owner_id, provider)
    if found is None:
        raise MissingError(_MISSING)
    if not resources.key_test_slots.acquire(blocking=False):
        raise TooManyRequestsError("Other keys are being tried; try again in a few seconds.")
    try:
        fault = fault_of_access(_access(resources, found))
    finally:
        resources.key_test_slots.release()
    return {"works": fault is None, "message": fault or "The service takes the key."}


def transcription_access(resources: Resources, team_id: UUID, user_id: UUID | None) -> ServiceAccess | None:
    """The service that transcribes for a team: by its key, else the person's, else the server's; None without any."""
    settings = resources.settings
    if not settings.allows_transcription:
        return None
    for owner, owner_id in ((Owner.TEAM, team_id), (Owner.PERSON, user_id)):
        found = None if owner_id is None else models.find(owner, owner_id, Provider.TRANSCRIPTION)
        if found is not None:
            return _access(resources, found)
    return settings.transcription_access if settings.has_transcription else None


def can_transcribe(resources: Resources, principal: Principal | None) -> bool:
    """Whether somebody finds a service that transcribes: the server's, an own one, or that of a team."""
    settings = resources.settings
    if not settings.allows_transcription or settings.has_transcription or principal is None:
        return settings.has_transcription
    own = models.has_any(Owner.PERSON, [principal.user_id], Provider.TRANSCRIPTION)
    team_ids = [one.team.id for one in teams.list_teams(principal)]
    return own or models.has_any(Owner.TEAM, team_ids, Provider.TRANSCRIPTION)


def providers_of_team(team_id: UUID) -> list[str]:
    """For which kinds of services a team has keys."""
    return [one.provider for one in models.keys_of(Owner.TEAM, team_id)]


def forget_team(team_id: UUID) -> None:
    """Forget the keys of a team that is deleted, in the caller's transaction."""
    models.delete_all_of(Owner.TEAM, team_id)


def forget_person(user_id: UUID) -> None:
    """Forget the keys of somebody who is deleted, in the caller's transaction."""
    models.delete_all_of(Owner.PERSON, user_id)


def place_of(key_id: UUID) -> str:
    """What an encrypted key belongs to."""
    return f"provider_keys:{key_id}"


def _access(resources: Resources, found: ProviderKey) -> ServiceAccess:
    try:
        key = resources.keys.decrypt(found.encrypted, place_of(found.id))
    except DecryptionError:
        raise UnavailableError(_UNREADABLE) from None
    is_guarded = not resources.settings.allow_private_services
    return replace(resources.settings.transcription_access, api_key=key, base_url=found.base_url, is_guarded=is_guarded)


def _owner(principal: Principal, team_id: UUID | None) -> tuple[Owner, UUID]:
    if team_id is None:
        return Owner.PERSON, principal.user_id
    teams.get_team(principal, team_id, Permission.MANAGE)
    return Owner.TEAM, team_id


def _record(principal: Principal, action: str, owner: Owner, owner_id: UUID, provider: Provider) -> None:
    kind = "user" if owner is Owner.PERSON else "team"
    audit.record(action, actor=principal, target=(kind, owner_id), data={"provider": str(provider)})


def _values(key: ProviderKey) -> dict[str, Any]:
    return {
        "provider": key.provider, "last_four": key.last_four, "base_url": key.base_url or None,
        "created_at": key.created_at,
    }  # fmt: skip
