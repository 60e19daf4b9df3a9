"""Who asks: what a service needs to know of the person behind a request."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person and the session they came with."""

    user_id: UUID
    session_id: UUID
    email: str
    is_admin: bool
