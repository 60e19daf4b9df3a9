"""Who is behind a request, and what it may do at most."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PrincipalKind(StrEnum):
    """With which kind of credential a request came."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105  the name of a kind
    GUEST = "guest"
    WORKER = "worker"


class Permission(StrEnum):
    """What may be done with a project and all that is in it."""

    VIEW = "view"
    EXPORT = "export"
    COMMENT = "comment"
    DECIDE = "decide"
    EDIT = "edit"
    MANAGE = "manage"


class Scope(StrEnum):
    """Which kinds of routes a token or a guest gets to."""

    PROJECTS_READ = "projects:read"
    PROJECTS_WRITE = "projects:write"
    MEDIA_UPLOAD = "media:upload"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    NOTES_CREATE = "notes:create"
    EXPORTS_READ = "exports:read"


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, a token that acts on a person's behalf, a guest with a review link, or a worker.

    Attributes:
        kind: of the credential.
        user_id: the person who acts, or on whose behalf; of a guest its own id.
        credential_id: the session, token or link that the request came with.
        email: of the person; empty for others.
        is_administrator: whether the person runs the installation.
        scopes: which kinds of routes the credential opens; None means all, and is for persons alone.
        authenticated_at: when the person has last shown who it is, by a password or a code.
        lacks_second_factor: whether the person would run the installation, but for a second factor that it wants.
        ceiling: what it may do with a project at most, whatever the person may.
        project_ids: the only projects that it gets to; None means all that the person may see. A guest has no
            others than these.
        media_ids: the only recordings that it gets to; None means all of its projects.
    """

    kind: PrincipalKind
    user_id: UUID
    credential_id: UUID
    email: str
    is_administrator: bool = False
    scopes: frozenset[Scope] | None = frozenset()
    ceiling: frozenset[Permission] = frozenset()
    authenticated_at: datetime | None = None
    lacks_second_factor: bool = False
    project_ids: frozenset[UUID] | None = None
    media_ids: frozenset[UUID] | None = None

    @classmethod
    def person(
        cls,
        user_id: UUID,
        session_id: UUID,
        email: str,
        *,
        is_administrator: bool,
        authenticated_at: datetime | None = None,
        lacks_second_factor: bool = False,
    ) -> "Principal":
        """A person with a session: everything that the person may do."""
        return cls(
            PrincipalKind.PERSON, user_id, session_id, email, is_administrator, scopes=None,
            ceiling=frozenset(Permission), authenticated_at=authenticated_at, lacks_second_factor=lacks_second_factor,
        )  # fmt: skip

    def is_within_scopes(self, opening: Collection[Scope]) -> bool:
        """Whether this credential opens a route that these scopes open; a person opens every one."""
        if self.scopes is None:
            return self.kind is PrincipalKind.PERSON
        return not self.scopes.isdisjoint(opening)
