"""Where a request comes from, for what keeps a record of it; known far from where it is written down."""

from contextvars import ContextVar
from dataclasses import dataclass

_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from; all empty for work that nobody has asked for over the network.

    Attributes:
        address: of the client.
        user_agent: what its program calls itself.
        request_id: of the request.
    """

    address: str = ""
    user_agent: str = ""
    request_id: str = ""


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  it is frozen


def bind_origin(address: str, user_agent: str, request_id: str) -> None:
    """Say where what is done from here on in this thread comes from."""
    _origin.set(Origin(address, user_agent[:_LONGEST_AGENT], request_id))


def current_origin() -> Origin:
    """Where what is being done comes from."""
    return _origin.get()
