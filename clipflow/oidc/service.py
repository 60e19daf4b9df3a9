"""The rules of signing in with a provider: who is let in, and which account it is."""

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from clipflow.accounts import lockouts, registration
from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.accounts.registration import Admit
from clipflow.accounts.service import SecondFactorRequired
from clipflow.accounts.sessions import SignedIn
from clipflow.audit import service as audit
from clipflow.config import OidcProvider
from clipflow.core import clock
from clipflow.core.addresses import canonical_email
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, ExternalServiceError, MissingError, NotAllowedError, NotSignedInError
from clipflow.core.principal import Principal
from clipflow.core.tokens import hash_of_token
from clipflow.invitations import service as invitations
from clipflow.oidc import models
from clipflow.oidc.models import OidcAttempt, OidcIdentity
from clipflow.oidc.provider import Claims, ProviderClient, ProviderError, Secrets
from clipflow.resources import Resources
from clipflow.tokens import service as tokens

logger = logging.getLogger("clipflow.security")

DEVICE_LIFETIME = lockouts.DEVICE_LIFETIME
ATTEMPT_LIFETIME = timedelta(minutes=10)
_LONGEST_PATH = 1000
# In the cookie; it is in no secret.
_BEFORE_INVITATION = "."
_OF_ANOTHER = "This identity is connected with another account; disconnect it there first."


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a browser goes to sign in, and the secret that it comes back with."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Who has come back, and where the browser goes next.

    ``mfa_token`` goes with the second factor that is to come; with neither of the two an account was connected.
    """

    signed_in: SignedIn | None
    mfa_token: str | None
    next_path: str


def list_providers(resources: Resources, principal: Principal | None) -> list[dict[str, Any]]:
    """The providers that the server knows, and with which of them the person signs in."""
    connected = set() if principal is None else set(models.providers_of(principal.user_id))
    return [
        {"name": one.name, "title": one.title, "is_connected": one.name in connected}
        for one in resources.settings.oidc_providers_known
    ]


def begin(
    resources: Resources, name: str, *, next_path: str, principal: Principal | None, invitation: str = ""
) -> Begun:
    """Begin a sign-in with a provider, or with ``principal`` to connect the account that is there.

    An ``invitation`` that lets in whoever has no account yet goes along in the cookie, because it is a secret.

    Raises:
        MissingError: the server knows no such provider.
        ExternalServiceError: the provider cannot be reached.
    """
    given, cookie = Secrets.new(), secrets.token_urlsafe(32)
    try:
        url = _client(resources, name).authorization_url(given, _redirect_uri(resources, name))
    except ProviderError as error:
        raise _provider_failed(name, error) from error
    OidcAttempt.create(
        state_hash=hash_of_token(given.state), cookie_hash=hash_of_token(cookie), provider=name, nonce=given.nonce,
        verifier=given.verifier, next_path=local_path(next_path),
        user_id=None if principal is None else principal.user_id, expires_at=clock.now() + ATTEMPT_LIFETIME,
        force_insert=True,
    )  # fmt: skip
    return Begun(url, f"{cookie}{_BEFORE_INVITATION}{invitation}" if invitation else cookie)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a browser comes back with, and what it calls itself."""

    state: str
    code: str
    cookie: str
    device: str = ""
    device_cookie: str = ""


def finish(resources: Resources, name: str, returned: Returned) -> Finished:
    """Finish a sign-in with a provider.

    Raises:
        NotSignedInError: it was not begun in this browser, took too long, or was given up.
        NotAllowedError, RegistrationClosedError: the provider proves nobody whom this server lets in.
        MissingError: the invitation is not valid (any more).
        ConflictError: the identity is somebody else's.
        ExternalServiceError: the provider cannot be reached, or what it says does not count.
    """
    cookie, _, invitation = returned.cookie.partition(_BEFORE_INVITATION)
    with transaction():
        attempt = models.use_attempt(hash_of_token(returned.state), hash_of_token(cookie), name, clock.now())
    if attempt is None or not returned.code:
        raise NotSignedInError("This sign-in took too long, was given up, or began in another browser; try again.")
    try:
        claims = _client(resources, name).claims_of(
            returned.code, verifier=attempt.verifier, nonce=attempt.nonce, redirect_uri=_redirect_uri(resources, name)
        )
    except ProviderError as error:
        raise _provider_failed(name, error) from error
    if attempt.user_id is not None:
        _connect(name, claims, attempt.user_id)
        return Finished(None, None, attempt.next_path)
    admit = partial(invitations.accept_as_newcomer, invitation) if invitation else None
    user = _user_of(resources, name, claims, admit)
    done = accounts.sign_in_proven(resources, user, device=returned.device, device_cookie=returned.device_cookie)
    if isinstance(done, SecondFactorRequired):
        return Finished(None, done.token, attempt.next_path)
    return Finished(done, None, attempt.next_path)


def disconnect(principal: Principal, name: str) -> None:
    """Sign in with a provider no longer.

    Raises:
        MissingError: the person does not.
        ConflictError: there is no other way to sign in.
    """
    user = accounts.get_user(principal)
    with transaction():
        others = set(models.providers_of(user.id)) - {name}
        if not user.password_hash and not others:
            raise ConflictError("Set a password first, by a mail from the sign-in page: there is no other way in.")
        if not models.disconnect(user.id, name):
            raise MissingError("Your account is not connected with this provider (any more).")
        audit.record(
            "account.provider_disconnected", actor=principal, target=("user", user.id), data={"provider": name}
        )


def local_path(wanted: str) -> str:
    """A path of this site, or that of the projects for anything else."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local and "\\" not in wanted and len(wanted) <= _LONGEST_PATH else "/projects"


def forget_person(user_id: UUID) -> None:
    """Forget who somebody who is deleted was anywhere, in the caller's transaction."""
    models.forget_person(user_id)


def forget_old() -> int:
    """Forget sign-ins that took too long; returns how many."""
    return models.forget_attempts_before(clock.now())


def _user_of(resources: Resources, name: str, claims: Claims, admit: Admit | None) -> User:
    """Whose identity it is; an account is found by its address only where the provider has made sure of it."""
    found = models.find_identity(claims.issuer, claims.subject)
    if found is not None:
        return found.user
    email = canonical_email(claims.email) if claims.email else None
    if email is None or not claims.is_email_verified:
        raise NotAllowedError(
            "The provider does not say that it has made sure of your e-mail address; sign in with your password, and "
            "connect it on your account page."
        )
    try:
        with transaction():
            user = accounts.active_user(email=email)
            if user is None:
                user = registration.make_proven(resources, email=email, full_name=claims.name[:200], admit=admit)
            elif not user.is_verified:
                _take_from_who_never_proved_it(user)
            _write(name, claims, user.id)
    except IntegrityError:
        # Somebody has come in the same way at the same moment.
        raise NotSignedInError("Somebody was signing in just like this at the same moment; try again.") from None
    logger.info("signed in with a provider for the first time", extra={"user_id": str(user.id)})
    return user


def _take_from_who_never_proved_it(user: User) -> None:
    """Give an account to whoever reads its mails: who has made it with this address may be anybody."""
    accounts.take_as_proven(user)
    tokens.forget_person(user.id)


def _connect(name: str, claims: Claims, user_id: UUID) -> None:
    found = models.find_identity(claims.issuer, claims.subject)
    if found is not None and found.user_id == user_id:
        return
    if found is not None:
        raise ConflictError(_OF_ANOTHER)
    try:
        with transaction():
            models.disconnect(user_id, name)
            _write(name, claims, user_id)
    except IntegrityError:
        raise ConflictError(_OF_ANOTHER) from None


def _write(name: str, claims: Claims, user_id: UUID) -> None:
    if len(claims.subject) > models.LONGEST_SUBJECT:
        raise NotAllowedError("The provider names you in a way that this server cannot keep.")
    OidcIdentity.create(
        provider=name, issuer=claims.issuer, subject=claims.subject, user=user_id, created_at=clock.now()
    )
    audit.record("account.provider_connected", actor=user_id, target=("user", user_id), data={"provider": name})


def _client(resources: Resources, name: str) -> ProviderClient:
    provider: OidcProvider | None = next(
        (one for one in resources.settings.oidc_providers_known if one.name == name), None
    )
    if provider is None:
        raise MissingError("This server knows no such provider; sign in another way.")
    client: ProviderClient = resources.oidc_clients.setdefault(name, ProviderClient(provider))
    return client


def _redirect_uri(resources: Resources, name: str) -> str:
    return f"{resources.settings.address}/api/v1/auth/oidc/{name}/callback"


def _provider_failed(name: str, error: ProviderError) -> ExternalServiceError:
    logger.warning("the provider %s failed: %s", name, error)
    return ExternalServiceError("The provider cannot be reached or did not prove who you are; try again later.")
