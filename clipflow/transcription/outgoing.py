"""Connections to addresses that people have named: never into the server's own network.

The name is resolved here, every address is checked, and the one that was checked is connected to, so that an answer
of the name service that changes in between opens nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

_Options = Iterable[Any] | None


class ForbiddenAddressError(httpcore2.ConnectError):
    """A name leads into the server's own network."""


class _GuardedBackend(httpcore2.SyncBackend):
    """Connects to public addresses alone."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of a name, once all of them are public."""
        return super().connect_tcp(checked_address(host, port), port, timeout, local_address, socket_options)


class _GuardedTransport(httpx2.HTTPTransport):
    """A transport whose every connection, also after a redirect, goes to a public address."""

    def __init__(self) -> None:
        super().__init__()
        context = httpx2.create_ssl_context()
        self._pool = httpcore2.ConnectionPool(ssl_context=context, network_backend=_GuardedBackend())


def guarded_client(timeout_s: float) -> httpx2.Client:
    """A client of HTTP that gets into no network of the server's own; proxies of the environment are left aside."""
    return httpx2.Client(transport=_GuardedTransport(), timeout=timeout_s, follow_redirects=False, trust_env=False)


def checked_address(host: str, port: int) -> str:
    """The first address of a name; raises ForbiddenAddressError unless all of them are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{host} is not known") from error
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(map(_is_public, addresses)):
        raise ForbiddenAddressError(f"{host} is in the server's own network")
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    known = parsed if mapped is None else mapped
    return known.is_global and not known.is_multicast
