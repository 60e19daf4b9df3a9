"""The one place that speaks to providers of OpenID Connect (Core 1.0, Discovery 1.0; PKCE as in RFC 7636)."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx2
import jwt

from clipflow.config import OidcProvider
from clipflow.core.recent import Recent

_TIMEOUT_S = 10.0
_DISCOVERY_LASTS_S = 3600.0
_LEEWAY_S = 60
# Signatures by a key that only the provider has; one by the shared secret would prove nothing about who made it.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_SCOPE = "openid email profile"


class ProviderError(Exception):
    """A provider cannot be reached, or says something that proves nobody."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says of somebody.

    Attributes:
        issuer, subject: who it is, for good.
        email: may be empty.
        is_email_verified: whether the provider has made sure of the address.
        name: may be empty.
    """

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What goes along with one sign-in: its state, the nonce in the answer, and the verifier of the code."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Secrets":
        """Fresh random ones."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(64))


class ProviderClient:
    """Sends people to one provider, and reads what comes back."""

    def __init__(self, provider: OidcProvider) -> None:
        self._provider = provider
        self._discovered: Recent[dict[str, Any]] = Recent(_DISCOVERY_LASTS_S)
        self._keys: Recent[jwt.PyJWKClient] = Recent(_DISCOVERY_LASTS_S)

    def authorization_url(self, given: Secrets, redirect_uri: str) -> str:
        """Where a browser is sent to sign in; raises ProviderError."""
        challenge = urlsafe_b64encode(sha256(given.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": self._provider.client_id, "redirect_uri": redirect_uri,
            "scope": _SCOPE, "state": given.state, "nonce": given.nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        endpoint = str(self._discovery()["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def claims_of(self, code: str, *, verifier: str, nonce: str, redirect_uri: str) -> Claims:
        """Who has signed in, from the code that came back; raises ProviderError."""
        found = self._discovery()
        body = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "client_id": self._provider.client_id, "code_verifier": verifier,
        }  # fmt: skip
        # A public client has no secret; an empty one counts as a wrong one with some providers.
        if self._provider.client_secret:
            body["client_secret"] = self._provider.client_secret
        tokens = self._json("POST", str(found["token_endpoint"]), data=body)
        claims = self._verified(str(tokens.get("id_token", "")), nonce)
        if "email" not in claims and "userinfo_endpoint" in found:
            headers = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
            more = self._json("GET", str(found["userinfo_endpoint"]), headers=headers)
            if more.get("sub") != claims["sub"]:
                raise ProviderError("it speaks of somebody else")
            claims = {**more, **claims}
        return Claims(
            claims["iss"], claims["sub"], str(claims.get("email") or ""), claims.get("email_verified") is True,
            str(claims.get("name") or ""),
        )  # fmt: skip

    def _verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of an id token that was signed for us, now and for this sign-in."""
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self._key_of(id_token).key,
                algorithms=_ALGORITHMS,
                audience=self._provider.client_id,
                issuer=self._provider.issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise ProviderError(f"its id token does not count ({error})") from error
        is_for_us = claims.get("azp", self._provider.client_id) == self._provider.client_id
        if not is_for_us or not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise ProviderError("its id token is for another sign-in")
        return claims

    def _key_of(self, id_token: str) -> jwt.PyJWK:
        """The key that a token says it was signed with; where a provider has one key it need not say so."""
        client = self._keys.get(self._key_client)
        name = jwt.get_unverified_header(id_token).get("kid")
        if name is not None:
            return client.get_signing_key(name)
        known = client.get_signing_keys()
        if len(known) != 1:
            raise jwt.InvalidTokenError("it does not say with which key it was signed")
        return known[0]

    def _key_client(self) -> jwt.PyJWKClient:
        return jwt.PyJWKClient(str(self._discovery()["jwks_uri"]), timeout=int(_TIMEOUT_S))

    def _discovery(self) -> dict[str, Any]:
        return self._discovered.get(self._discover)

    def _discover(self) -> dict[str, Any]:
        issuer = self._provider.issuer
        found = self._json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ProviderError(f"it calls itself {found.get('issuer')!r}, not {issuer!r}")
        missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - set(found)
        if missing:
            raise ProviderError(f"its description lacks {', '.join(sorted(missing))}")
        return found

    def _json(self, method: str, url: str, **given: Any) -> dict[str, Any]:
        try:
            with httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
                headers = {"Accept": "application/json", **given.pop("headers", {})}
                response = client.request(method, url, headers=headers, **given)
                response.raise_for_status()
                body = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderError(f"it does not answer as it should ({type(error).__name__})") from error
        if not isinstance(body, dict):
            raise ProviderError("it does not answer as it should")
        return body
