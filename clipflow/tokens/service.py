"""The rules of personal tokens."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, InvalidInputError
from clipflow.core.principal import Permission, Principal, PrincipalKind, Scope
from clipflow.core.tokens import hash_of_token, is_personal_token, new_personal_token
from clipflow.projects import service as projects
from clipflow.resources import Resources
from clipflow.tokens import models
from clipflow.tokens.models import PersonalToken

MOST_TOKENS = 100
_USE_IS_NOTED_AFTER = timedelta(minutes=10)
# Then it is listed no longer that it has run out.
_LISTED_AFTER_ITS_END = timedelta(days=30)

_SEE = frozenset({Permission.VIEW})
# What a token may do with a project at most, whatever the person may.
_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.PROJECTS_READ: _SEE,
    Scope.PROJECTS_WRITE: _SEE | {Permission.EDIT, Permission.MANAGE},
    Scope.MEDIA_UPLOAD: _SEE | {Permission.EDIT},
    Scope.REVIEWS_READ: _SEE,
    Scope.REVIEWS_WRITE: _SEE | {Permission.COMMENT, Permission.DECIDE, Permission.EDIT},
    Scope.NOTES_CREATE: _SEE | {Permission.COMMENT},
    Scope.EXPORTS_READ: _SEE | {Permission.EXPORT},
}


def find_principal(resources: Resources, token: str) -> Principal | None:
    """Who acts with a personal token, or None when it does not count (any more); its use is noted now and then."""
    if not is_personal_token(resources.settings.jwt_secret_key, token):
        return None
    now = clock.now()
    found = models.find_valid(hash_of_token(token), now)
    if found is None:
        return None
    if found.last_used_at is None or found.last_used_at < now - _USE_IS_NOTED_AFTER:
        models.note_use(found.id, now, now - _USE_IS_NOTED_AFTER)
    scopes = frozenset(Scope(one) for one in found.scopes)
    return Principal(
        PrincipalKind.TOKEN, found.user_id, found.id, "", scopes=scopes,
        ceiling=frozenset().union(*(_PERMISSIONS[one] for one in scopes)),
        project_ids=None if found.project_ids is None else frozenset(map(UUID, found.project_ids)),
    )  # fmt: skip


def make_token(
    resources: Resources,
    principal: Principal,
    *,
    name: str,
    scopes: Iterable[str],
    expires_in_days: int | None,
    project_ids: Iterable[UUID] | None = None,
) -> dict[str, Any]:
    """A new token with its secret, which is shown this once.

    Raises:
        MissingError: one of the projects may not be seen.
        InvalidInputError: it would be good for longer than this server allows.
        ConflictError: there are too many.
    """
    _check_lifetime(expires_in_days, resources.settings.token_max_days)
    named = None if project_ids is None else sorted(set(project_ids))
    for project_id in named or ():
        projects.get_project(principal, project_id)
    secret, now = new_personal_token(resources.settings.jwt_secret_key), clock.now()
    with transaction():
        accounts.hold_active(principal.user_id)
        if len(models.tokens_of(principal.user_id)) >= MOST_TOKENS:
            raise ConflictError(f"You have {MOST_TOKENS} tokens already; revoke one that is not needed any more.")
        token = PersonalToken.create(
            user=principal.user_id, name=name, token_hash=hash_of_token(secret), scopes=sorted(set(scopes)),
            project_ids=None if named is None else [str(one) for one in named],
            created_at=now, expires_at=None if expires_in_days is None else now + timedelta(days=expires_in_days),
        )  # fmt: skip
        data = {"scopes": list(token.scopes)}
        audit.record("account.token_made", actor=principal, target=("token", token.id), data=data)
    return {"token": _values(token), "secret": secret}


def list_tokens(principal: Principal) -> list[dict[str, Any]]:
    """The person's tokens, the newest first."""
    return [_values(one) for one in models.tokens_of(principal.user_id)]


def revoke_token(principal: Principal, token_id: UUID) -> None:
    """Let a token open nothing any more; nothing happens where there is no such token."""
    with transaction():
        if models.delete_own(principal.user_id, token_id):
            audit.record("account.token_revoked", actor=principal, target=("token", token_id))


def counts_reaching(project_id: UUID, user_ids: Iterable[UUID], now: datetime) -> dict[UUID, int]:
    """How many tokens of each of these people get to a project, as far as what the tokens name goes."""
    found = models.valid_tokens_of(user_ids, now)
    return Counter(one.user_id for one in found if one.project_ids is None or str(project_id) in one.project_ids)


def forget_person(user_id: UUID) -> None:
    """Revoke all tokens of somebody who is deleted, in the caller's transaction."""
    models.delete_all_of(user_id)


def forget_expired(now: datetime) -> int:
    """Delete tokens that ran out long ago; returns how many."""
    return models.delete_expired(now - _LISTED_AFTER_ITS_END)


def _check_lifetime(days: int | None, most: int | None) -> None:
    if most is not None and (days is None or days > most):
        sentence = f"On this server a token is good for {most} days at most."
        raise InvalidInputError(sentence, {"expires_in_days": sentence})


def _values(token: PersonalToken) -> dict[str, Any]:
    return {
        "id": token.id, "name": token.name, "scopes": token.scopes, "project_ids": token.project_ids,
        "created_at": token.created_at, "expires_at": token.expires_at, "last_used_at": token.last_used_at,
    }  # fmt: skip
