"""Budgets: how many requests a person or an address may make. Routes name their budget, the table is here."""

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limit, Limiter

from clipflow.core.errors import TooManyRequestsError
from clipflow.core.logs import say_outage_in_one_line
from clipflow.core.principal import PrincipalKind

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
Subject = Callable[[], str]
_IPV6_PREFIX = 64
# Attempts at one e-mail address from everywhere, in those that one address of the network has.
_ADDRESSES_FOR_AN_EMAIL = 10
# A HEAD is answered by the view for GET.
_METHODS = {"HEAD": "get"}
_KNOWN_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Budget(StrEnum):
    """What a route draws on."""

    GENERAL = "general"
    POLLING = "polling"
    # Forms of people who need not be signed in.
    SIGN_IN = "sign_in"
    # What goes on with a session that is there.
    SESSION = "session"
    ANALYSES = "analyses"
    UPLOADS = "uploads"
    # Notes by a program, which a page of somebody else may have been given.
    NOTES = "notes"
    # Opening a review link.
    LINK = "link"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """How many requests each budget holds; ``period_s`` is that of the general and the polling budget."""

    requests: int
    user_requests: int
    polling: int
    period_s: int
    sign_ins_per_hour: int
    analyses_per_hour: int
    uploads_per_day: int


_OF_ADDRESS_AND_EMAIL = frozenset({Budget.SIGN_IN, Budget.SESSION})
# These count whoever asks, signed in or not.
_OF_ADDRESS_AND_SUBJECT = _OF_ADDRESS_AND_EMAIL | {Budget.LINK}
_TRIES_AT_A_LINK = "10 per 15 minutes"
_NOTES_BY_TOKENS = "60 per hour"


def rate_limit(budget: Budget, subject: Subject | None = None) -> Callable[[View], View]:
    """Say which budget a view draws on besides the general one (polling and none: instead of it).

    Args:
        budget: the budget.
        subject: whom a sign-in is for, such as an e-mail address, asked during the request.
    """

    def decorate(view: View) -> View:
        view._budget = budget  # type: ignore[attr-defined]
        view._budget_subject = subject  # type: ignore[attr-defined]
        return view

    return decorate


def client_address() -> str:
    """The address a request comes from; of IPv6 the network of one customer, who has 2⁶⁴ addresses."""
    address = request.remote_addr or "unknown"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return address


def is_loopback() -> bool:
    """Whether a request comes from this machine."""
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def plain_addresses(forwarded_for: str) -> str:
    """A list of addresses in which IPv4 addresses that came as IPv6 (RFC 4291, 2.5.5.2) are plain ones.

    Waitress would take the IPv4 part for a port.
    """
    return ", ".join(_plain_address(one.strip()) for one in forwarded_for.split(","))


def _plain_address(text: str) -> str:
    try:
        parsed = ipaddress.ip_address(text.strip('"').strip("[]"))
    except ValueError:
        return text
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return text if mapped is None else str(mapped)


def set_up_rate_limits(app: Flask, allowances: Allowances, storage_url: str) -> None:
    """Check every request against its budgets before its view runs, and say in each response what is left.

    Counters are shared in Redis where ``storage_url`` names one; while it cannot be reached, and
    otherwise, each process counts for itself.
    """
    limiter = Limiter(
        key_func=_person,
        default_limits=_limits(allowances),  # type: ignore[arg-type]
        storage_uri=storage_url,
        # What no view answers counts too, which the library would leave out.
        request_identifier=lambda: request.endpoint or "unknown",
        # A counter for each budget and person; a moving window would keep every request.
        strategy="sliding-window-counter",
        # Our own headers, because the library's put Retry-After on every answer.
        headers_enabled=False,
        in_memory_fallback_enabled=storage_url.startswith("redis"),
        # A counter that breaks while another thread is already falling back stops nobody.
        swallow_errors=True,
    )
    say_outage_in_one_line("flask-limiter", (Exception,), "Requests are not counted for a moment: %s")

    @app.before_request
    def find_budget() -> None:
        g.budget = _budget_of_request()

    limiter.init_app(app)

    @app.after_request
    def add_headers(response: Response) -> Response:
        limits = limiter.current_limits
        if not limits:
            return response
        # What is used up says more than what is not, and a special budget more than a common one.
        limit = max(limits, key=lambda one: (one.breached, "special" in one.key))
        try:
            reset_s = str(max(1, math.ceil(limit.reset_at - time.time())))
        except limiter.storage.base_exceptions as error:
            logger.warning("The counters of requests cannot be read: %s", error)
            return response
        response.headers["X-RateLimit-Limit"] = str(limit.limit.amount)
        response.headers["X-RateLimit-Remaining"] = str(limit.remaining)
        response.headers["X-RateLimit-Reset"] = reset_s
        if response.status_code == TooManyRequestsError.status:
            # An account that is closed to guessing says itself for how long.
            response.headers.setdefault("Retry-After", reset_s)
        return response


def _limits(allowances: Allowances) -> list[Limit]:
    """The limit of a special budget, where a view has one, and that of one of the common ones."""
    period = f"per {allowances.period_s} seconds"
    special = {
        Budget.SIGN_IN: f"{allowances.sign_ins_per_hour} per hour",
        Budget.SESSION: f"{allowances.sign_ins_per_hour} per hour",
        Budget.ANALYSES: f"{allowances.analyses_per_hour} per hour",
        Budget.UPLOADS: f"{allowances.uploads_per_day} per day",
        Budget.LINK: _TRIES_AT_A_LINK,
        Budget.NOTES: _NOTES_BY_TOKENS,
    }
    common = {
        "anonymous": f"{allowances.requests} {period}",
        "user": f"{allowances.user_requests} {period}",
        "polling": f"{allowances.polling} {period}",
    }

    def has_no_special() -> bool:
        if g.budget is Budget.NOTES:
            return not _is_token()
        # Who is not signed in is turned away from analyses and uploads anyway.
        return g.budget not in special or not (g.budget in _OF_ADDRESS_AND_SUBJECT or _signed_in())

    def special_limit() -> str:
        # The library asks for it before it asks whether the limit counts at all.
        return special.get(g.budget, special[Budget.SIGN_IN])

    def special_key() -> str:
        if g.budget in _OF_ADDRESS_AND_EMAIL:
            # Both kinds of attempts count together.
            return f"{Budget.SIGN_IN}:{client_address()}:{_subject()}"
        if g.budget is Budget.LINK:
            return f"{Budget.LINK}:{client_address()}:{_subject()}"
        return f"{g.budget}:{_person()}"

    return [
        Limit(
            f"{_ADDRESSES_FOR_AN_EMAIL * allowances.sign_ins_per_hour} per hour",
            key_function=lambda: f"email:{_subject()}", scope="email", shared=True,
            exempt_when=lambda: g.budget is not Budget.SIGN_IN or not _subject(),
        ),
        Limit(special_limit, key_function=special_key, scope="special", shared=True, exempt_when=has_no_special),
        Limit(
            lambda: common[_common_budget()], key_function=lambda: f"{_common_budget()}:{_common_owner()}",
            scope="common", shared=True, exempt_when=lambda: g.budget is Budget.NONE,
        ),
    ]  # fmt: skip


def _common_budget() -> str:
    if g.budget is Budget.POLLING:
        return "polling"
    if g.budget in (Budget.SIGN_IN, Budget.LINK):
        # Whoever is signed in: an account of one's own must not buy more attempts at those of others.
        return "anonymous"
    return "user" if _signed_in() else "anonymous"


def _budget_of_request() -> Budget:
    if request.method == "OPTIONS":
        # A browser asks on its own before it calls from another site.
        return Budget.NONE
    # A method is whatever a client says, so there is no end to them.
    method = request.method if request.method in _KNOWN_METHODS else ""
    budget: Budget = getattr(_view(current_app, request.endpoint, method), "_budget", Budget.GENERAL)
    return budget


def _view(app: Flask, endpoint: str | None, method: str) -> object:
    view = app.view_functions.get(endpoint or "")
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, _METHODS.get(method, method.lower()), None) if view_class else view


def _signed_in() -> bool:
    return getattr(g, "principal", None) is not None


def _is_token() -> bool:
    principal = getattr(g, "principal", None)
    return principal is not None and principal.kind is PrincipalKind.TOKEN


def _person() -> str:
    principal = getattr(g, "principal", None)
    return f"user:{principal.user_id.hex}" if principal else f"address:{client_address()}"


def _common_owner() -> str:
    is_attempt = g.budget in (Budget.SIGN_IN, Budget.LINK)
    return f"address:{client_address()}" if is_attempt else _person()


def _subject() -> str:
    """Whom an attempt is for, as a hash; empty where nobody is named."""
    subject = getattr(_view(current_app, request.endpoint, request.method), "_budget_subject", None)
    named = subject().strip().lower() if subject else ""
    # As a hash: what someone typed may be anything, also what the storage cannot write.
    return sha256(named.encode("utf-8", "surrogatepass")).hexdigest() if named else ""
