"""Access tokens: who is behind a request, found once before anything else looks at it."""

import hmac
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, wraps
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import jwt
from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    set_access_cookies,
    unset_access_cookies,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException

from clipflow.core import clock
from clipflow.core.errors import (
    NotAllowedError,
    NotSignedInError,
    ReauthenticationRequiredError,
    SecondFactorMissingError,
    ServiceError,
    TokenScopeError,
)
from clipflow.core.principal import Permission, Principal, PrincipalKind, Scope
from clipflow.core.tokens import PERSONAL_PREFIX, derived_token

# User, session and version of the user's tokens.
Claims = tuple[UUID, UUID, int]
View = TypeVar("View", bound=Callable[..., Any])

ACCESS_COOKIE = "clipflow_access"
REFRESH_COOKIE = "clipflow_refresh"
REFRESH_CSRF_COOKIE = "clipflow_refresh_csrf"
GUEST_COOKIE = "clipflow_guest"
GUEST_CSRF_COOKIE = "clipflow_guest_csrf"
CSRF_HEADER = "X-CSRF-TOKEN"
_AUTH_PREFIX = "/api/v1/auth"
_REFRESH_COOKIE_PATHS = (f"{_AUTH_PREFIX}/refresh", f"{_AUTH_PREFIX}/logout")
DEVICE_COOKIE = "clipflow_device"
OIDC_COOKIE = "clipflow_oidc"
_OIDC_PREFIX = f"{_AUTH_PREFIX}/oidc"
REAUTHENTICATION_LASTS = timedelta(minutes=15)
_SESSION_CLAIM, _VERSION_CLAIM = "sid", "ver"

# What is to be answered also while the database is not, whoever asks.
_ASKED_OF_NOBODY = ("/api/v1/health",)

_NO_TOKEN = "Sign in first: this needs an access token."  # noqa: S105  a sentence
_BAD_TOKEN = "The access token is not valid; sign in again."  # noqa: S105  a sentence
_EXPIRED = "The access token has expired; refresh it or sign in again."
_ENDED = "This session has ended; sign in again."
_TOKEN_OVER = "This token is not known, has expired or was revoked; make a new one."  # noqa: S105  a sentence
_LINK_OVER = "This link is over; ask whoever gave it to you for a new one."
_NO_CSRF = f"The {CSRF_HEADER} header is missing or wrong; send the value of the csrf_access_token cookie."


@dataclass(frozen=True, slots=True)
class FindPrincipal:
    """Who is behind each kind of credentials; None when they do not count (any more).

    Attributes:
        person: by a user's id, a session's id and the version of the user's tokens.
        token: by a personal token.
        guest: by the secret of a guest who has opened a review link.
    """

    person: Callable[[UUID, UUID, int], Principal | None]
    token: Callable[[str], Principal | None]
    guest: Callable[[str], Principal | None]


def set_up_auth(app: Flask, *, secret: str, algorithm: str, lifetime: timedelta, find: FindPrincipal) -> None:
    """Find who is behind each request; views that need somebody are marked with :func:`signed_in`.

    Args:
        app: the application.
        secret: signs access tokens.
        algorithm: of the signature.
        lifetime: of an access token.
        find: by which the principal is found.
    """
    app.config.update(
        JWT_SECRET_KEY=secret,
        JWT_ALGORITHM=algorithm,
        JWT_DECODE_ALGORITHMS=[algorithm],
        JWT_ACCESS_TOKEN_EXPIRES=lifetime,
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_COOKIE_NAME=ACCESS_COOKIE,
        JWT_ACCESS_COOKIE_PATH="/",
        JWT_COOKIE_SAMESITE="Lax",
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_ACCESS_CSRF_HEADER_NAME=CSRF_HEADER,
        JWT_SESSION_COOKIE=False,
    )
    JWTManager(app)

    @app.before_request
    def find_principal() -> None:
        g.principal = None
        g.refusal = NotSignedInError(_NO_TOKEN)
        if request.url_rule is None or request.path in _ASKED_OF_NOBODY:
            return
        try:
            if (personal_token := _personal_token()) is not None:
                g.principal, g.refusal = find.token(personal_token), NotSignedInError(_TOKEN_OVER)
            elif _has_token():
                g.principal = find.person(*_claims_of_request(secret, algorithm))
                g.refusal = NotSignedInError(_ENDED)
            elif (guest_secret := request.cookies.get(GUEST_COOKIE)) and REFRESH_CSRF_COOKIE not in request.cookies:
                # Whose access token has expired is still a person, who refreshes it.
                _check_guest_csrf(secret, guest_secret)
                g.principal, g.refusal = find.guest(guest_secret), NotSignedInError(_LINK_OVER)
        except (JWTExtendedException, jwt.PyJWTError, ValueError) as error:
            g.refusal = NotSignedInError(_sentence_for(error))


def signed_in(view: View) -> View:
    """Refuse a request without valid credentials before anything else is looked at.

    Tokens, guests and workers get in only where :func:`needs` or :func:`open_to` names a scope that they have.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_scope(*wrapper._apidoc.get("scopes", ()))  # type: ignore[attr-defined]
        return view(*args, **kwargs)

    # For the API's description.
    wrapper._apidoc = {**getattr(view, "_apidoc", {}), "needs_sign_in": True}  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]


def require_scope(*scopes: Scope) -> Principal:
    """Who is behind the request: a person, or a principal with one of these scopes.

    Raises:
        NotSignedInError: nobody is.
        NotAllowedError, TokenScopeError: the credentials are not meant for this.
    """
    principal = current_principal()
    if not principal.is_within_scopes(scopes):
        raise _out_of_scope(principal, scopes)
    return principal


def administrators_only(view: View) -> View:
    """Refuse whoever does not run the server; stands below :func:`signed_in`."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_administrator()
        return view(*args, **kwargs)

    wrapper._apidoc = {**getattr(view, "_apidoc", {}), "is_for_administrators": True}  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]


def require_administrator() -> None:
    """Raise NotAllowedError, or SecondFactorMissingError, unless the person runs the server."""
    principal = current_principal()
    if principal.lacks_second_factor:
        raise SecondFactorMissingError("Administrators need a second factor here; set one up on your account page.")
    if not principal.is_administrator:
        raise NotAllowedError("This is for administrators of the server.")


def reauthenticated(view: View) -> View:
    """Refuse whoever has not shown lately who it is; stands below :func:`signed_in`."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        require_reauthentication()
        return view(*args, **kwargs)

    wrapper._apidoc = {**getattr(view, "_apidoc", {}), "needs_reauthentication": True}  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]


def require_reauthentication() -> None:
    """Raise ReauthenticationRequiredError unless the person has shown lately who it is.

    Programs are not asked: their token was made by somebody who had shown it, for what its scopes name.
    """
    principal = current_principal()
    if principal.kind is not PrincipalKind.PERSON:
        return
    shown_at = principal.authenticated_at
    if shown_at is None or shown_at < clock.now() - REAUTHENTICATION_LASTS:
        raise ReauthenticationRequiredError("Type your password again first, to show that it is still you.")


def needs(permission: Permission, *scopes: Scope) -> Callable[[View], View]:
    """Say what a view's service asks of the principal, and which scopes open the view to other than persons.

    Stands below :func:`signed_in`. The service asks for the permission itself, because it knows the
    project; the authorisation matrix of the tests holds the two against each other.
    """

    def decorate(view: View) -> View:
        return _described(view, permission=permission, scopes=scopes)

    return decorate


def open_to(*scopes: Scope) -> Callable[[View], View]:
    """As :func:`needs`, for a view whose service asks for no permission."""

    def decorate(view: View) -> View:
        return _described(view, scopes=scopes)

    return decorate


def _described(view: View, **said: Any) -> View:
    view._apidoc = {**getattr(view, "_apidoc", {}), **said}  # type: ignore[attr-defined]
    return view


def is_signed_in() -> bool:
    """Whether a person is behind the request, and no token, guest or worker."""
    principal: Principal | None = g.principal
    return principal is not None and principal.kind is PrincipalKind.PERSON


def is_guest() -> bool:
    """Whether somebody with a review link is behind the request."""
    principal: Principal | None = g.principal
    return principal is not None and principal.kind is PrincipalKind.GUEST


def current_principal() -> Principal:
    """Who is behind the request; raises NotSignedInError."""
    principal: Principal | None = g.principal
    if principal is None:
        raise g.refusal
    return principal


def make_access_token(user_id: UUID, session_id: UUID, token_version: int) -> str:
    """A new access token for this person's session."""
    claims = {_SESSION_CLAIM: str(session_id), _VERSION_CLAIM: token_version}
    return str(create_access_token(identity=str(user_id), additional_claims=claims))


def refresh_csrf(secret: str, refresh_token: str) -> str:
    """What a browser must send along with the refresh cookie; follows from it, so nothing needs to be kept."""
    return hmac.new(secret.encode(), b"refresh-csrf:" + refresh_token.encode(), sha256).hexdigest()


def set_token_cookies(
    response: Response,
    *,
    access_token: str,
    refresh_token: str,
    csrf: str,
    refresh_lifetime: timedelta,
) -> None:
    """Give a browser its tokens as cookies that scripts cannot read, and the CSRF values as ones that they can."""
    lifetime: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    set_access_cookies(response, access_token, max_age=int(lifetime.total_seconds()))
    is_secure = _is_secure()
    for path in _REFRESH_COOKIE_PATHS:
        response.set_cookie(
            REFRESH_COOKIE, refresh_token, max_age=refresh_lifetime, path=path,
            httponly=True, secure=is_secure, samesite="Strict",
        )  # fmt: skip
    response.set_cookie(
        REFRESH_CSRF_COOKIE, csrf, max_age=refresh_lifetime, path="/", secure=is_secure, samesite="Strict"
    )


def set_session_cookies(
    response: Response,
    secret_key: str,
    *,
    access_token: str,
    refresh_token: str,
    lifetime: timedelta,
) -> None:
    """Give a browser the tokens of a session, with the values that go along with them."""
    set_token_cookies(
        response,
        access_token=access_token,
        refresh_token=refresh_token,
        csrf=refresh_csrf(secret_key, refresh_token),
        refresh_lifetime=lifetime,
    )


def set_oidc_cookie(response: Response, value: str, lifetime: timedelta) -> None:
    """Bind a sign-in that goes by way of a provider to this browser; sent along when it comes back."""
    response.set_cookie(
        OIDC_COOKIE, value, max_age=lifetime, path=_OIDC_PREFIX, httponly=True, secure=_is_secure(), samesite="Lax"
    )


def oidc_cookie() -> str:
    """What binds a sign-in to the browser that comes back."""
    return request.cookies.get(OIDC_COOKIE, "")


def clear_oidc_cookie(response: Response) -> None:
    """Take that cookie back."""
    response.delete_cookie(OIDC_COOKIE, path=_OIDC_PREFIX, httponly=True, secure=_is_secure(), samesite="Lax")


def set_device_cookie(response: Response, value: str, lifetime: timedelta) -> None:
    """Let a browser be known as one on which the person has signed in."""
    response.set_cookie(
        DEVICE_COOKIE, value, max_age=lifetime, path=_AUTH_PREFIX,
        httponly=True, secure=_is_secure(), samesite="Strict",
    )  # fmt: skip


def set_guest_cookies(response: Response, secret_key: str, guest_secret: str, lifetime: timedelta) -> None:
    """Let a browser be known as that of a guest who has opened a review link."""
    response.set_cookie(
        GUEST_COOKIE, guest_secret, max_age=lifetime, path="/", httponly=True, secure=_is_secure(), samesite="Lax"
    )
    csrf = _guest_csrf(secret_key, guest_secret)
    response.set_cookie(GUEST_CSRF_COOKIE, csrf, max_age=lifetime, path="/", secure=_is_secure(), samesite="Strict")


def clear_guest_cookies(response: Response) -> None:
    """Take a guest's cookies back."""
    response.delete_cookie(GUEST_COOKIE, path="/", httponly=True, secure=_is_secure(), samesite="Lax")
    response.delete_cookie(GUEST_CSRF_COOKIE, path="/", secure=_is_secure(), samesite="Strict")


def clear_token_cookies(response: Response) -> None:
    """Take the cookies back."""
    unset_access_cookies(response)
    for path in _REFRESH_COOKIE_PATHS:
        response.delete_cookie(REFRESH_COOKIE, path=path, httponly=True, secure=_is_secure(), samesite="Strict")
    response.delete_cookie(REFRESH_CSRF_COOKIE, path="/", secure=_is_secure(), samesite="Strict")


def claims_of_token(token: str, secret: str, algorithm: str) -> Claims | None:
    """User, session and version of an access token of ours that has not expired; None for any other."""
    try:
        return _claims_of_token(token, secret, algorithm)
    except (jwt.PyJWTError, ValueError):
        return None


def _is_secure() -> bool:
    return bool(current_app.config["JWT_COOKIE_SECURE"])


def _claims_of_request(secret: str, algorithm: str) -> Claims:
    """The claims of the request's token, from the header or, with its CSRF value, from the cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return _claims_of_token(token, secret, algorithm)
    verified = verify_jwt_in_request(optional=True)
    return _claims_of(verified[1] if verified else {})


def _claims_of_token(token: str, secret: str, algorithm: str) -> Claims:
    """The claims of an access token; whoever polls brings the same one each time, so its signature is checked once."""
    claims, expires_s = _signed_claims(token, secret, algorithm)
    if expires_s <= time.time():
        raise jwt.ExpiredSignatureError
    return claims


@lru_cache(maxsize=4096)
def _signed_claims(token: str, secret: str, algorithm: str) -> tuple[Claims, float]:
    data: Mapping[str, Any] = jwt.decode(token, secret, algorithms=[algorithm], options={"require": ["exp"]})
    if data.get("type") != "access":
        raise jwt.InvalidTokenError("it is no access token")
    return _claims_of(data), float(data["exp"])


def _out_of_scope(principal: Principal, scopes: Collection[Scope]) -> ServiceError:
    if principal.kind is not PrincipalKind.TOKEN:
        return NotAllowedError("These credentials are not meant for this; sign in as yourself.")
    if not scopes:
        return TokenScopeError("No token is taken here; sign in as yourself.")
    return TokenScopeError(f"This token lacks the scope for this; make one with {' or '.join(scopes)}.")


def _personal_token() -> str | None:
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    return credential if scheme == "Bearer" and credential.startswith(PERSONAL_PREFIX) else None


def _check_guest_csrf(secret_key: str, guest_secret: str) -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    shown = request.headers.get(CSRF_HEADER, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(shown, _guest_csrf(secret_key, guest_secret).encode()):
        raise CSRFError("no or another value")


def _guest_csrf(secret_key: str, guest_secret: str) -> str:
    return derived_token(secret_key, b"guest-csrf:" + guest_secret.encode("utf-8", "surrogatepass"))


def _has_token() -> bool:
    return "Authorization" in request.headers or ACCESS_COOKIE in request.cookies


def _claims_of(data: Mapping[str, Any]) -> Claims:
    try:
        return UUID(data["sub"]), UUID(data[_SESSION_CLAIM]), int(data[_VERSION_CLAIM])
    except (KeyError, TypeError, ValueError):
        raise ValueError("the token lacks a claim") from None


def _sentence_for(error: Exception) -> str:
    if isinstance(error, jwt.ExpiredSignatureError):
        return _EXPIRED
    if isinstance(error, CSRFError):
        return _NO_CSRF
    return _BAD_TOKEN
