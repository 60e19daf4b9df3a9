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
# Prefixes that hold an address of the old kind in the last 32 bits: mapped, compatible and translated ones and those
# of NAT64, RFC 4291 and RFC 6052.
_HOLDING_IPV4 = tuple(
    map(ipaddress.IPv6Network, ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))
)
# Relays and protocols, which Python takes for global: RFC 7526 and RFC 6890.
_SPECIAL_IPV4 = tuple(map(ipaddress.IPv4Network, ("192.88.99.0/24", "192.0.0.0/24")))


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
    if isinstance(parsed, ipaddress.IPv6Address):
        inside = _ipv4_inside(parsed)
        if inside is not None:
            return _is_public(str(inside))
        if parsed.is_site_local:
            return False
    elif any(parsed in one for one in _SPECIAL_IPV4):
        return False
    return parsed.is_global and not parsed.is_multicast


def _ipv4_inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of the old kind that a gateway or the system itself would go to; None where there is none."""
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in one for one in _HOLDING_IPV4):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
