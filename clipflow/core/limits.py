"""Budgets: how many requests a person or an address may make. Routes name their budget, the table is here."""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limit, Limiter

from clipflow.core.errors import TooManyRequestsError

View = TypeVar("View", bound=Callable[..., Any])
Subject = Callable[[], str]
_IPV6_PREFIX = 64


class Budget(StrEnum):
    """What a route draws on."""

    GENERAL = "general"
    POLLING = "polling"
    SIGN_IN = "sign_in"
    ANALYSES = "analyses"
    UPLOADS = "uploads"
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


def draws_on(budget: Budget, subject: Subject | None = None) -> Callable[[View], View]:
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


def set_up_limits(app: Flask, allowances: Allowances, storage_url: str) -> Limiter:
    """Check every request against the table of budgets before its view runs."""
    limiter = Limiter(
        key_func=_person,
        default_limits=_table(allowances),  # type: ignore[arg-type]
        storage_uri=storage_url,
        # A counter for each budget and person; a moving window would keep every request.
        strategy="sliding-window-counter",
        # Our own headers, because the library's put Retry-After on every answer.
        headers_enabled=False,
        in_memory_fallback_enabled=not storage_url.startswith("memory"),
    )
    limiter.init_app(app)

    @app.after_request
    def add_headers(response: Response) -> Response:
        current = limiter.current_limit
        if current is not None:
            reset_s = max(1, math.ceil(current.reset_at - time.time()))
            response.headers["X-RateLimit-Limit"] = str(current.limit.amount)
            response.headers["X-RateLimit-Remaining"] = str(current.remaining)
            response.headers["X-RateLimit-Reset"] = str(reset_s)
            if response.status_code == TooManyRequestsError.status:
                response.headers["Retry-After"] = str(reset_s)
        return response

    return limiter


def _table(allowances: Allowances) -> list[Limit]:
    general = f"per {allowances.period_s} second"
    return [
        _limit(f"{allowances.requests} {general}", _person, "anonymous", lambda: _is_general() and not _signed_in()),
        _limit(f"{allowances.user_requests} {general}", _person, "user", lambda: _is_general() and _signed_in()),
        _limit(f"{allowances.polling} {general}", _person, "polling", lambda: _budget() is Budget.POLLING),
        _limit(
            f"{allowances.sign_ins_per_hour} per hour", _address_and_subject, "sign-in",
            lambda: _budget() is Budget.SIGN_IN,
        ),
        _limit(
            f"{allowances.analyses_per_hour} per hour", _person, "analyses",
            lambda: _budget() is Budget.ANALYSES and _signed_in(),
        ),
        _limit(
            f"{allowances.uploads_per_day} per day", _person, "uploads",
            lambda: _budget() is Budget.UPLOADS and _signed_in(),
        ),
    ]  # fmt: skip


def _limit(value: str, key: Callable[[], str], name: str, applies: Callable[[], bool]) -> Limit:
    return Limit(value, key_function=key, scope=name, shared=True, exempt_when=lambda: not applies())


def _budget() -> Budget:
    return getattr(_view(), "_budget", Budget.GENERAL)


def _view() -> object:
    view = current_app.view_functions.get(request.endpoint or "")
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, request.method.lower(), None) if view_class else view


def _is_general() -> bool:
    return _budget() not in (Budget.POLLING, Budget.NONE)


def _signed_in() -> bool:
    return getattr(g, "actor", None) is not None


def _person() -> str:
    actor = getattr(g, "actor", None)
    return f"user:{actor.user_id}" if actor else f"address:{client_address()}"


def _address_and_subject() -> str:
    subject = getattr(_view(), "_budget_subject", None)
    return f"{client_address()}:{subject().lower()[:320] if subject else ''}"
