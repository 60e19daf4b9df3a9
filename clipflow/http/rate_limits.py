"""Budgets: how many requests a person or an address may make. Routes name their budget, the table is here."""

import ipaddress
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limit, Limiter
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from clipflow.core.errors import TooManyRequestsError
from clipflow.http.limit_counters import ProcessStorage

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
Subject = Callable[[], str]
_IPV6_PREFIX = 64
# A HEAD is answered by the view for GET.
_METHODS = {"HEAD": "get"}
_KNOWN_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Budget(StrEnum):
    """What a route draws on."""

    GENERAL = "general"
    POLLING = "polling"
    SIGN_IN = "sign_in"
    ANALYSES = "analyses"
    UPLOADS = "uploads"
    NONE = "none"


_SPECIAL = (Budget.SIGN_IN, Budget.ANALYSES, Budget.UPLOADS)


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


def set_up_limits(app: Flask, allowances: Allowances, storage_url: str) -> None:
    """Check every request against its budgets before its view runs.

    What every request draws on is counted here, directly: Flask-Limiter works out its table of
    limits anew for each request, which takes longer than answering a status. It looks after the
    budgets of sign-in, analyses and uploads, and knows the storage.
    """
    limiter = Limiter(
        key_func=_person,
        default_limits=_special_limits(allowances),  # type: ignore[arg-type]
        storage_uri=storage_url,
        # A counter for each budget and person; a moving window would keep every request.
        strategy="sliding-window-counter",
        # Our own headers, because the library's put Retry-After on every answer.
        headers_enabled=False,
        in_memory_fallback_enabled=storage_url.startswith("redis"),
    )
    budgets = _common_budgets(allowances)
    limiter.init_app(app)
    # What it has just put around every request; only the special budgets need it.
    check_special = app.before_request_funcs[None].pop()
    app.after_request_funcs[None].pop()
    app.teardown_request_funcs[None].pop()
    counter = _Counter(limiter.limiter)

    @cache
    def budget_of(endpoint: str | None, method: str) -> Budget:
        if method == "OPTIONS":
            # A browser asks on its own before it calls from another site.
            return Budget.NONE
        return getattr(_view(app, endpoint, method), "_budget", Budget.GENERAL)

    @app.before_request
    def count() -> None:
        g.limit = None
        # A method is whatever a client says, so there is no end to them.
        g.budget = budget_of(request.endpoint, request.method if request.method in _KNOWN_METHODS else "")
        if g.budget is Budget.NONE:
            return
        name = _common_budget(g.budget)
        g.limit = limit = (budgets[name], _person(), name)
        if g.budget in _SPECIAL:
            check_special()
        if not counter.hit(*limit):
            raise TooManyRequestsError("You have made too many requests; wait a while and try again.")

    @app.after_request
    def add_headers(response: Response) -> Response:
        limit = g.get("limit")
        if limit is None:
            return response
        special = limiter.current_limit if g.budget in _SPECIAL else None
        if special is not None:
            _set_headers(response, special.limit.amount, special.remaining, special.reset_at)
        else:
            reset_at, remaining = counter.stats(*limit)
            _set_headers(response, limit[0].amount, remaining, reset_at)
        return response


class _Counter:
    """Counts in the shared storage, or in this process while that cannot be reached."""

    _PAUSE_S = 5.0

    def __init__(self, shared: RateLimiter) -> None:
        self._shared = shared
        self._own = SlidingWindowCounterRateLimiter(ProcessStorage())
        self._shared_again_s = 0.0

    def hit(self, item: RateLimitItem, *identifiers: str) -> bool:
        """Count one request; False when the budget is used up."""
        if time.monotonic() >= self._shared_again_s:
            try:
                return self._shared.hit(item, *identifiers)
            except Exception as error:
                logger.warning("The counters of requests cannot be reached, so this process counts alone: %s", error)
                self._shared_again_s = time.monotonic() + self._PAUSE_S
        return self._own.hit(item, *identifiers)

    def stats(self, item: RateLimitItem, *identifiers: str) -> tuple[float, int]:
        """When the budget is whole again, and how much is left."""
        strategy = self._shared if time.monotonic() >= self._shared_again_s else self._own
        try:
            window = strategy.get_window_stats(item, *identifiers)
        except Exception:
            window = self._own.get_window_stats(item, *identifiers)
        return window.reset_time, window.remaining


def _set_headers(response: Response, amount: int, remaining: int, reset_at: float) -> None:
    reset_s = str(max(1, math.ceil(reset_at - time.time())))
    response.headers.extend(
        [("X-RateLimit-Limit", str(amount)), ("X-RateLimit-Remaining", str(remaining)), ("X-RateLimit-Reset", reset_s)]
    )
    if response.status_code == TooManyRequestsError.status:
        response.headers["Retry-After"] = reset_s


def _common_budgets(allowances: Allowances) -> dict[str, RateLimitItem]:
    def each_period(amount: int) -> RateLimitItem:
        return RateLimitItemPerSecond(amount, allowances.period_s)

    return {
        "anonymous": each_period(allowances.requests),
        "user": each_period(allowances.user_requests),
        "polling": each_period(allowances.polling),
    }


def _common_budget(budget: Budget) -> str:
    if budget is Budget.POLLING:
        return "polling"
    return "user" if _signed_in() else "anonymous"


def _special_limits(allowances: Allowances) -> list[Limit]:
    return [
        _limit(f"{allowances.sign_ins_per_hour} per hour", _address_and_subject, Budget.SIGN_IN),
        _limit(f"{allowances.analyses_per_hour} per hour", _person, Budget.ANALYSES),
        _limit(f"{allowances.uploads_per_day} per day", _person, Budget.UPLOADS),
    ]


def _limit(value: str, key: Callable[[], str], budget: Budget) -> Limit:
    def is_exempt() -> bool:
        # Who is not signed in is turned away from analyses and uploads anyway.
        return g.budget is not budget or not (budget is Budget.SIGN_IN or _signed_in())

    return Limit(value, key_function=key, scope=budget, shared=True, exempt_when=is_exempt)


def _view(app: Flask, endpoint: str | None, method: str) -> object:
    view = app.view_functions.get(endpoint or "")
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, _METHODS.get(method, method.lower()), None) if view_class else view


def _signed_in() -> bool:
    return getattr(g, "principal", None) is not None


def _person() -> str:
    principal = getattr(g, "principal", None)
    return f"user:{principal.user_id.hex}" if principal else f"address:{client_address()}"


def _address_and_subject() -> str:
    subject = getattr(_view(current_app, request.endpoint, request.method), "_budget_subject", None)
    # As a hash: what somebody typed may be anything, also what the storage cannot write.
    named = subject().strip().lower() if subject else ""
    return f"{client_address()}:{sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()}"
