"""Tables of who somebody is at a provider, and of sign-ins that are on their way there."""

from datetime import datetime
from uuid import UUID

from peewee import BooleanField, CharField, ForeignKeyField, UUIDField

from clipflow.accounts.models import User
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, delete_rows

LONGEST_SUBJECT = 255


class OidcIdentity(BaseModel):
    """Who somebody is at a provider: the issuer and its subject, which never change, unlike an address."""

    user_id: UUID
    id = IdField()
    provider = CharField(max_length=40)
    issuer = CharField(max_length=500)
    subject = CharField(max_length=LONGEST_SUBJECT)
    user = ForeignKeyField(User, on_delete="CASCADE", backref="identities")
    created_at = UtcDateTimeField()

    class Meta:
        """A subject is one person, who has one identity at each provider."""

        table_name = "oidc_identities"
        indexes = ((("issuer", "subject"), True), (("user", "provider"), True))


class OidcAttempt(BaseModel):
    """A sign-in that is on its way; of its state and of the cookie that it is bound to only the SHA-256 is kept.

    ``user_id`` is who connects an account that is there, None where somebody signs in.
    """

    state_hash = CharField(max_length=64, primary_key=True)
    cookie_hash = CharField(max_length=64)
    provider = CharField(max_length=40)
    nonce = CharField(max_length=64)
    verifier = CharField(max_length=128)
    next_path = CharField(max_length=2000)
    user_id = UUIDField(null=True)
    is_used = BooleanField(default=False)
    expires_at = UtcDateTimeField(index=True)

    class Meta:
        table_name = "oidc_attempts"


def use_attempt(state_hash: str, cookie_hash: str, provider: str, now: datetime) -> OidcAttempt | None:
    """Use an attempt up; None where it is unknown, over, used, of another browser or provider."""
    is_open = (
        (OidcAttempt.state_hash == state_hash)
        & (OidcAttempt.cookie_hash == cookie_hash)
        & (OidcAttempt.provider == provider)
        & (OidcAttempt.expires_at > now)
        & (OidcAttempt.is_used == False)  # noqa: E712
    )
    if OidcAttempt.update(is_used=True).where(is_open).execute() != 1:
        return None
    return OidcAttempt.get(OidcAttempt.state_hash == state_hash)


def find_identity(issuer: str, subject: str) -> OidcIdentity | None:
    """Whose identity it is, with the person; or None."""
    found: OidcIdentity | None = (
        OidcIdentity.select(OidcIdentity, User)
        .join(User)
        .where(OidcIdentity.issuer == issuer, OidcIdentity.subject == subject)
        .first()
    )
    return found


def providers_of(user_id: UUID) -> list[str]:
    """With which providers somebody signs in."""
    return [one.provider for one in OidcIdentity.select().where(OidcIdentity.user == user_id)]


def disconnect(user_id: UUID, provider: str) -> bool:
    """Forget who somebody is at a provider; False where that is not known (any more)."""
    return delete_rows(OidcIdentity, OidcIdentity.user == user_id, OidcIdentity.provider == provider) == 1


def forget_person(user_id: UUID) -> None:
    """Forget who somebody is anywhere."""
    delete_rows(OidcIdentity, OidcIdentity.user == user_id)


def forget_attempts_before(now: datetime) -> int:
    """Forget attempts that have run out."""
    return delete_rows(OidcAttempt, OidcAttempt.expires_at < now)
