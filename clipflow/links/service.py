"""The rules of review links: who makes one, who gets in by it, and what a guest may do."""

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.accounts.passwords import hash_password, is_password
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, MissingError, PasswordRequiredError
from clipflow.core.principal import Permission, Principal, PrincipalKind, Scope
from clipflow.core.tokens import hash_of_token
from clipflow.links import models
from clipflow.links.models import Guest, ReviewLink
from clipflow.media import service as media
from clipflow.projects import service as projects
from clipflow.resources import Resources

logger = logging.getLogger("clipflow.security")

MOST_LINKS = 100
UNNAMED = "Guest"
_SEEN_IS_NOTED_AFTER = timedelta(minutes=1)
_OVER = "There is no such link (any more); load the list again."
_MISSING = "There is no such link (any more); ask whoever gave it to you for a new one."

_SEE = frozenset({Permission.VIEW})
# What a link lets its guests do, by its own word for it.
PERMISSIONS: dict[str, frozenset[Permission]] = {
    "view": _SEE,
    "comment": _SEE | {Permission.COMMENT},
    "decide": _SEE | {Permission.COMMENT, Permission.DECIDE},
}


def find_principal(secret: str) -> Principal | None:
    """The guest behind a secret, or None when the link is over or its password has changed."""
    now = clock.now()
    guest = models.guest_behind(hash_of_token(secret), now)
    if guest is None:
        return None
    if guest.last_seen_at < now - _SEEN_IS_NOTED_AFTER:
        models.note_seen(guest.id, now)
    link = guest.link
    ceiling, scopes = set(PERMISSIONS[link.permission]), {Scope.REVIEWS_READ}
    if Permission.DECIDE in ceiling:
        scopes.add(Scope.REVIEWS_WRITE)
    if Permission.COMMENT in ceiling:
        # Whoever writes notes may also correct them; what else this opens asks for a permission of its own.
        scopes |= {Scope.NOTES_CREATE, Scope.REVIEWS_WRITE}
    if link.allow_export:
        ceiling.add(Permission.EXPORT)
        scopes.add(Scope.EXPORTS_READ)
    return Principal(
        PrincipalKind.GUEST, guest.id, link.id, "", scopes=frozenset(scopes), ceiling=frozenset(ceiling),
        project_ids=frozenset({link.project_id}),
        media_ids=None if link.media_ids is None else frozenset(map(UUID, link.media_ids)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A guest with the secret of its browser, and until when that is good."""

    guest: Guest
    secret: str
    expires_at: datetime


def open_link(token: str, *, password: str | None, name: str) -> Opened:
    """Let somebody in by a link, under a name.

    Raises:
        MissingError: alike for a link that is unknown, has expired or was revoked.
        PasswordRequiredError: it has a password, and none or a wrong one was given.
    """
    now = clock.now()
    link = models.find_open(hash_of_token(token), now)
    if link is None:
        raise MissingError(_MISSING)
    if link.password_hash is not None:
        _check_password(link, link.password_hash, password)
    secret = secrets.token_urlsafe(32)
    with transaction():
        guest = Guest.create(
            link=link, link_version=link.version, secret_hash=hash_of_token(secret), name=name or UNNAMED,
            created_at=now, last_seen_at=now,
        )  # fmt: skip
        audit.record("link.opened", target=("link", link.id), data={"guest_id": str(guest.id)})
    return Opened(guest, secret, link.expires_at)


def _check_password(link: ReviewLink, password_hash: str, password: str | None) -> None:
    if not password:
        raise PasswordRequiredError("This link has a password; type it.")
    if not is_password(password, password_hash):
        logger.warning("wrong password of a link", extra={"link_id": str(link.id)})
        with transaction():
            audit.record("link.opened", target=("link", link.id), is_refused=True)
        raise PasswordRequiredError("This password is wrong; type it again.")


def list_links(principal: Principal, project_id: UUID) -> list[dict[str, Any]]:
    """The links to a project that open something; raises MissingError or NotAllowedError."""
    projects.get_project(principal, project_id, Permission.EDIT)
    return _listed(project_id, clock.now())


def _listed(project_id: UUID, now: datetime) -> list[dict[str, Any]]:
    found = models.open_links(project_id, now)
    names = accounts.names_of({one.created_by_id for one in found if one.created_by_id is not None})
    return [_values(one, names) for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWanted:
    """What a new link is to allow.

    Attributes:
        permission: one of :data:`PERMISSIONS`.
        expires_in_days: when it is over.
        media_ids: the only recordings that it shows; None means all of the project.
        password: that guests have to know; None for none.
        allow_export: whether guests take cut lists along.
    """

    permission: str
    expires_in_days: int
    media_ids: list[UUID] | None = None
    password: str | None = None
    allow_export: bool = False


def make_link(resources: Resources, principal: Principal, project_id: UUID, wanted: LinkWanted) -> dict[str, Any]:
    """A new link with its address, which is shown this once.

    Raises:
        MissingError, NotAllowedError: there is no such project or recording, or no link may be made to it.
        ConflictError: there are too many.
    """
    projects.get_project(principal, project_id, Permission.EDIT)
    named = _checked_media(principal, project_id, wanted.media_ids)
    token, now = secrets.token_urlsafe(32), clock.now()
    with transaction():
        if len(models.open_links(project_id, now)) >= MOST_LINKS:
            raise ConflictError(f"There are {MOST_LINKS} links to this project already; revoke one first.")
        link = ReviewLink.create(
            project=project_id, token_hash=hash_of_token(token), media_ids=named,
            permission=wanted.permission, allow_export=wanted.allow_export,
            password_hash=_hashed(resources, wanted.password), created_by=principal.user_id,
            created_at=now, expires_at=now + timedelta(days=wanted.expires_in_days),
        )  # fmt: skip
        _record(principal, "link.made", link)
    return {"link": _values_of_one(link), "url": f"{resources.settings.address}/shared#{token}"}


def change_link(
    resources: Resources, principal: Principal, project_id: UUID, link_id: UUID, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Change what a link allows; another password, or none, lets its guests open it anew.

    Raises:
        MissingError, NotAllowedError: there is no such link or recording, or it may not be changed.
    """
    _check_open_link(principal, project_id, link_id)
    new: dict[str, Any] = {name: changes[name] for name in ("permission", "allow_export") if name in changes}
    if "media_ids" in changes:
        new["media_ids"] = _checked_media(principal, project_id, changes["media_ids"])
    if "expires_in_days" in changes:
        new["expires_at"] = clock.now() + timedelta(days=changes["expires_in_days"])
    if "password" in changes:
        new["password_hash"], new["version"] = _hashed(resources, changes["password"]), ReviewLink.version + 1
    with transaction():
        # Nothing but what was named: somebody else may change the rest at the same moment, or have revoked the link.
        if new and not models.change(project_id, link_id, clock.now(), **new):
            raise MissingError(_OVER)
        link = ReviewLink.get_by_id(link_id)
        _record(principal, "link.changed", link)
    return _values_of_one(link)


def revoke_link(principal: Principal, project_id: UUID, link_id: UUID) -> None:
    """Let a link open nothing any more, also for who has opened it; raises MissingError or NotAllowedError."""
    projects.get_project(principal, project_id, Permission.EDIT)
    with transaction():
        if models.revoke(clock.now(), ReviewLink.id == link_id, ReviewLink.project == project_id):
            audit.record("link.revoked", actor=principal, target=("link", link_id))
        elif models.find_link(project_id, link_id) is None:
            raise MissingError("There is no such link; load the list again.")


def end_links(project_id: UUID) -> list[dict[str, Any]]:
    """End the links to a project that goes to another team, in its transaction; returns which, the newest first."""
    now = clock.now()
    ending = _listed(project_id, now)
    models.revoke(now, ReviewLink.project == project_id)
    return ending


def guests_of(principal: Principal, project_id: UUID, link_id: UUID) -> list[Guest]:
    """Who has opened a link, the last one first; raises MissingError or NotAllowedError."""
    projects.get_project(principal, project_id, Permission.EDIT)
    if models.find_link(project_id, link_id) is None:
        raise MissingError("There is no such link; load the list again.")
    return models.guests_of(link_id)


def guest_session(principal: Principal) -> dict[str, Any]:
    """What a guest sees of the own link; raises MissingError where it has just ended."""
    found = Guest.get_or_none(Guest.id == principal.user_id)
    if found is None:
        raise MissingError(_MISSING)
    link = found.link
    return {
        "guest": {"id": found.id, "name": found.name},
        "link": {
            "permission": link.permission, "allow_export": link.allow_export, "expires_at": link.expires_at,
        },
    }  # fmt: skip


def leave(principal: Principal) -> None:
    """Let a guest's browser be known no longer."""
    Guest.update(link_version=0).where(Guest.id == principal.user_id).execute()


def names_of(ids: Iterable[UUID], viewer: Principal) -> dict[UUID, str]:
    """What people and guests are called; those who have left are missing. Guests get to see nobody's address."""
    wanted = list(ids)
    names = accounts.names_of(wanted, with_addresses=viewer.kind is not PrincipalKind.GUEST)
    return names | {guest_id: f"{name} (guest)" for guest_id, name in models.guest_names(wanted).items()}


def _check_open_link(principal: Principal, project_id: UUID, link_id: UUID) -> None:
    projects.get_project(principal, project_id, Permission.EDIT)
    if all(one.id != link_id for one in models.open_links(project_id, clock.now())):
        raise MissingError(_OVER)


def _checked_media(principal: Principal, project_id: UUID, media_ids: Iterable[UUID] | None) -> list[str] | None:
    if media_ids is None:
        return None
    for media_id in media_ids:
        if media.get_media(principal, media_id).project_id != project_id:
            raise MissingError("One of the recordings is not in this project; load the page again.")
    return [str(one) for one in dict.fromkeys(media_ids)]


def _hashed(resources: Resources, password: str | None) -> str | None:
    return hash_password(password, resources.settings.bcrypt_cost) if password else None


def _record(principal: Principal, action: str, link: ReviewLink) -> None:
    data = {"project_id": str(link.project_id), "permission": link.permission, "allow_export": link.allow_export}
    audit.record(action, actor=principal, target=("link", link.id), data=data)


def _values_of_one(link: ReviewLink) -> dict[str, Any]:
    return _values(link, accounts.names_of([link.created_by_id] if link.created_by_id else []))


def _values(link: ReviewLink, names: Mapping[UUID, str]) -> dict[str, Any]:
    maker = link.created_by_id
    return {
        "id": link.id, "media_ids": link.media_ids, "permission": link.permission, "allow_export": link.allow_export,
        "has_password": link.password_hash is not None, "created_at": link.created_at, "expires_at": link.expires_at,
        "created_by": None if maker is None else names.get(maker),
    }  # fmt: skip
