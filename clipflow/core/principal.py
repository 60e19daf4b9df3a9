"""Who is behind a request, and what it may do at most."""

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


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, or a token, guest or worker that acts on a person's behalf.

    Attributes:
        kind: of the credential.
        user_id: the person who acts, or on whose behalf.
        credential_id: the session, or later the token or link, that the request came with.
        email: of the person.
        is_administrator: whether the person runs the installation.
        scopes: which kinds of routes the credential opens; None means all, and is for persons alone.
        authenticated_at: when the person has last shown who it is, by a password or a code.
        ceiling: what it may do with a project at most, whatever the person may.
    """

    kind: PrincipalKind
    user_id: UUID
    credential_id: UUID
    email: str
    is_administrator: bool = False
    scopes: frozenset[str] | None = frozenset()
    ceiling: frozenset[Permission] = frozenset()
    authenticated_at: datetime | None = None

    @classmethod
    def person(
        cls,
        user_id: UUID,
        session_id: UUID,
        email: str,
        *,
        is_administrator: bool,
        authenticated_at: datetime | None = None,
    ) -> "Principal":
        """A person with a session: everything that the person may do."""
        return cls(
            PrincipalKind.PERSON, user_id, session_id, email, is_administrator, scopes=None,
            ceiling=frozenset(Permission), authenticated_at=authenticated_at,
        )  # fmt: skip

    def is_within_scope(self, scope: str | None) -> bool:
        """Whether this credential opens routes of a scope; those without one are for persons."""
        if self.scopes is None:
            return self.kind is PrincipalKind.PERSON
        return scope is not None and scope in self.scopes
