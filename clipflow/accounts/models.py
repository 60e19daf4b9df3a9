"""Tables of users, sessions, refresh tokens and password resets."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, JSONField, UUIDField

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, database, delete_rows, hold_rows, written_out

_UNNAMED = "Somebody of the team"
_DELETED = "Deleted user"
# The kind of mail whose link gives an account another address.
CONFIRM_NEW_ADDRESS = "confirm_new_address"


class User(BaseModel):
    """A person. ``token_version`` rises when all access tokens given out so far must stop working."""

    id = IdField()
    email = CharField(max_length=320, unique=True)
    username = CharField(max_length=30, null=True, unique=True)
    full_name = CharField(max_length=200, default="")
    password_hash = CharField(max_length=100)
    token_version = IntegerField(default=0)
    is_active = BooleanField(default=True)
    is_verified = BooleanField(default=False)
    is_admin = BooleanField(default=False)
    settings = JSONField(default=dict)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    last_login = UtcDateTimeField(null=True)
    # The second factor: the encrypted secret of the app, since when it counts, and the last step that was used.
    totp_secret = CharField(max_length=300, null=True)
    totp_since = UtcDateTimeField(null=True)
    totp_last_step = BigIntegerField(default=0)
    failures_in_row = IntegerField(default=0)
    # Of somebody who is deleted nothing is left but the id, because what was made and decided stays.
    deleted_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "users"


class Session(BaseModel):
    """One sign-in on one device; all refresh tokens that follow from it are its family.

    ``device`` is what its browser or program calls itself.
    """

    id = IdField()
    user = ForeignKeyField(User, on_delete="CASCADE", backref="sessions")
    device = CharField(max_length=300, default="")
    created_at = UtcDateTimeField()
    last_used_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    revoked_at = UtcDateTimeField(null=True)
    # When the person has last shown who it is: by signing in, or when asked again.
    authenticated_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "sessions"


class RefreshToken(BaseModel):
    """A refresh token, of which only the SHA-256 is kept; ``parent_id`` is the token it has replaced."""

    id = IdField()
    session = ForeignKeyField(Session, on_delete="CASCADE", backref="refresh_tokens")
    token_hash = CharField(max_length=64, unique=True)
    parent_id = UUIDField(null=True, index=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    replaced_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "refresh_tokens"


class PasswordReset(BaseModel):
    """A request to reset the password of an e-mail address, whether or not it belongs to anybody."""

    id = IdField()
    email = CharField(max_length=320)
    user = ForeignKeyField(User, on_delete="CASCADE", null=True, backref="password_resets")
    token_hash = CharField(max_length=64, null=True, unique=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "password_resets"


class AccountMail(BaseModel):
    """A mail about an account, see mails.py; of the secret of its link only the SHA-256 is kept.

    ``user`` None is whoever has the address when it is sent, if anybody.
    """

    id = IdField()
    user = ForeignKeyField(User, on_delete="CASCADE", null=True)
    kind = CharField(max_length=40)
    email = CharField(max_length=320, index=True)
    token_hash = CharField(max_length=64, null=True, unique=True)
    kept_session = UUIDField(null=True)
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    used_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "account_mails"


class RecoveryCode(BaseModel):
    """A recovery code that has not been used, of which only the SHA-256 is kept."""

    id = IdField()
    user = ForeignKeyField(User, on_delete="CASCADE", backref="recovery_codes")
    code_hash = CharField(max_length=64, unique=True)

    class Meta:
        table_name = "recovery_codes"


class MfaChallenge(BaseModel):
    """A sign-in whose password was right and whose second factor is to come."""

    id = IdField()
    user = ForeignKeyField(User, on_delete="CASCADE", backref="mfa_challenges")
    token_hash = CharField(max_length=64, unique=True)
    tries_left = IntegerField()
    expires_at = UtcDateTimeField(index=True)

    class Meta:
        table_name = "mfa_challenges"


class KnownDevice(BaseModel):
    """A browser on which somebody has signed in before."""

    id = IdField()
    user = ForeignKeyField(User, on_delete="CASCADE", backref="known_devices")
    created_at = UtcDateTimeField()
    last_seen_at = UtcDateTimeField()

    class Meta:
        table_name = "known_devices"


class Lockout(BaseModel):
    """Failed sign-ins for one account, on one device or on all that are not known; see lockouts.py."""

    subject = CharField(primary_key=True, max_length=64)
    failures = IntegerField()
    began_at = UtcDateTimeField()
    level = IntegerField()
    closed_until = UtcDateTimeField(null=True)

    class Meta:
        table_name = "lockouts"


def take_try(token_hash: str, now: datetime) -> MfaChallenge | None:
    """Use up one try of a challenge; None where it is unknown, over or used up."""
    is_open = (MfaChallenge.token_hash == token_hash) & (MfaChallenge.expires_at > now) & (MfaChallenge.tries_left > 0)
    if MfaChallenge.update(tries_left=MfaChallenge.tries_left - 1).where(is_open).execute() != 1:
        return None
    found: MfaChallenge | None = (
        MfaChallenge.select(MfaChallenge, User).join(User).where(MfaChallenge.token_hash == token_hash).first()
    )
    return found


def use_challenge(challenge_id: UUID) -> bool:
    """Use a challenge up; False where somebody else has at the same moment."""
    return delete_rows(MfaChallenge, MfaChallenge.id == challenge_id) == 1


def use_step(user_id: UUID, step: int) -> bool:
    """Use up a code's step of time; False where it, or a later one, was used before."""
    is_later = (User.id == user_id) & (User.totp_last_step < step)
    return bool(User.update(totp_last_step=step).where(is_later).execute() == 1)


def use_mail(token_hash: str, kinds: list[str], now: datetime) -> AccountMail | None:
    """Use up the link of a mail; None where there is no such link (any more)."""
    is_open = (AccountMail.token_hash == token_hash) & AccountMail.used_at.is_null() & (AccountMail.expires_at > now)
    if AccountMail.update(used_at=now).where(is_open, AccountMail.kind.in_(kinds)).execute() != 1:
        return None
    return AccountMail.get(AccountMail.token_hash == token_hash)


def forget_address_changes(user_id: UUID) -> None:
    """Let no other address be confirmed any more that was asked for so far."""
    is_open = AccountMail.used_at.is_null()
    delete_rows(AccountMail, AccountMail.user == user_id, AccountMail.kind == CONFIRM_NEW_ADDRESS, is_open)


def was_mailed_since(email: str, kind: str, moment: datetime) -> bool:
    """Whether an address was sent a mail of a kind since then."""
    sent = (AccountMail.email == email) & (AccountMail.kind == kind) & (AccountMail.created_at > moment)
    return bool(AccountMail.select(AccountMail.id).where(sent).exists())


def delete_mails_before(now: datetime) -> int:
    """Forget mails that have run out."""
    return delete_rows(AccountMail, AccountMail.expires_at < now)


def hold_administrators() -> None:
    """Let nobody else change who runs the server until the transaction ends."""
    hold_rows(User.updated_at, User.is_admin == True)  # noqa: E712


def hold_active(user_id: UUID) -> bool:
    """Keep somebody who can sign in from being deleted or switched off until the transaction ends; else False."""
    return hold_rows(User.updated_at, User.id == user_id, User.is_active == True) == 1  # noqa: E712


def hold(user_id: UUID) -> None:
    """Let nobody else change an account until the transaction ends."""
    hold_rows(User.updated_at, User.id == user_id)


def user_by_email(email: str) -> User | None:
    """The person with this address, or None."""
    return User.get_or_none(User.email == email)


def user_by_username(username: str) -> User | None:
    """The person with this user name, or None."""
    return User.get_or_none(User.username == username)


def is_anybody_there() -> bool:
    """Whether there is an account at all."""
    return bool(User.select(User.id).limit(1).exists())


def shown_names(ids: Iterable[UUID], *, with_addresses: bool) -> dict[UUID, str]:
    """What people are called: by their name, or where they gave none by their address, or else by their user name."""
    fields = User.id, User.full_name, User.email, User.username, User.deleted_at
    rows: Any = User.select(*fields).where(User.id.in_(list(ids))).tuples()
    return {
        person_id: _DELETED if deleted_at else full_name or (email if with_addresses else username or _UNNAMED)
        for person_id, full_name, email, username, deleted_at in rows
    }


# Asked with every request, so it is not put together anew each time.
_PERSON_BEHIND = """
    SELECT users.email, users.is_admin, sessions.authenticated_at, users.totp_since IS NOT NULL
    FROM sessions JOIN users ON sessions.user_id = users.id
    WHERE sessions.id = ? AND sessions.revoked_at IS NULL
    AND users.id = ? AND users.is_active AND users.token_version = ?
"""


def person_behind(
    user_id: UUID, session_id: UUID, token_version: int
) -> tuple[str, bool, datetime | None, bool] | None:
    """E-mail, whether they are an administrator, when they have last shown who they are, and whether with two factors.

    None when the token no longer counts.
    """
    found = database.execute_sql(*written_out(_PERSON_BEHIND, session_id, user_id, token_version)).fetchone()
    moment: Any = Session.authenticated_at
    if found is None:
        return None
    return found[0], bool(found[1]), moment.python_value(found[2]), bool(found[3])


def record_sign_in(user: User, now: datetime) -> bool:
    """Note a sign-in of someone whose password and account are still as they were read; False when they are not."""
    unchanged = (User.id == user.id) & (User.token_version == user.token_version) & (User.is_active == True)  # noqa: E712
    user.last_login = now
    return bool(User.update(last_login=now).where(unchanged).execute() == 1)


def refresh_token_by_hash(token_hash: str) -> RefreshToken | None:
    """The token with its session and person, or None."""
    found: RefreshToken | None = (
        RefreshToken.select(RefreshToken, Session, User)
        .join(Session)
        .join(User)
        .where(RefreshToken.token_hash == token_hash)
        .first()
    )
    return found


def mark_replaced(token: RefreshToken, now: datetime) -> bool:
    """Use up a token; False when someone else has at the same moment."""
    count = (
        RefreshToken.update(replaced_at=now)
        .where(RefreshToken.id == token.id, RefreshToken.replaced_at.is_null())
        .execute()
    )
    return bool(count == 1)


def has_replaced_successor(token: RefreshToken) -> bool:
    """Whether a token that followed from this one has been used up too."""
    return (
        RefreshToken.select()
        .where(RefreshToken.parent_id == token.id, RefreshToken.replaced_at.is_null(False))
        .exists()
    )


def revoke_session(session_id: UUID, now: datetime) -> None:
    """End a session: its access and refresh tokens stop working."""
    Session.update(revoked_at=now).where(Session.id == session_id, Session.revoked_at.is_null()).execute()


def revoke_own_session(user_id: UUID, session_id: UUID, now: datetime) -> bool:
    """End one of a person's sessions; False when the person has no such session (any more)."""
    own = (Session.id == session_id) & (Session.user == user_id) & Session.revoked_at.is_null()
    return bool(Session.update(revoked_at=now).where(own, Session.expires_at > now).execute() == 1)


def revoke_sessions_of(user_id: UUID, now: datetime, *, kept: UUID | None = None) -> None:
    """End all sessions of a person, or all but one."""
    ending = (Session.user == user_id) & Session.revoked_at.is_null()
    if kept is not None:
        ending &= Session.id != kept
    Session.update(revoked_at=now).where(ending).execute()
    # A sign-in that is half done ends with them, and what was asked for in one of them.
    delete_rows(MfaChallenge, MfaChallenge.user == user_id)
    forget_address_changes(user_id)


def live_sessions_of(user_id: UUID, now: datetime) -> list[Session]:
    """A person's sessions that have not ended, the one used last first."""
    return list(
        Session.select()
        .where(Session.user == user_id, Session.revoked_at.is_null(), Session.expires_at > now)
        .order_by(Session.last_used_at.desc(), Session.id)
    )


def use_reset(token_hash: str, now: datetime) -> PasswordReset | None:
    """Use up a password reset that is still valid; None when there is no such thing (any more)."""
    count = (
        PasswordReset.update(used_at=now)
        .where(
            PasswordReset.token_hash == token_hash, PasswordReset.used_at.is_null(), PasswordReset.expires_at > now
        )
        .execute()
    )  # fmt: skip
    return PasswordReset.get(PasswordReset.token_hash == token_hash) if count == 1 else None


def forget_ways_in(user: User) -> None:
    """Delete the sessions, devices and codes of somebody."""
    for table in (Session, RecoveryCode, MfaChallenge, KnownDevice):
        delete_rows(table, table.user == user.id)


def forget_belongings_of(user: User) -> None:
    """Delete what belongs to somebody's account and to nothing else."""
    forget_ways_in(user)
    for mails in (PasswordReset, AccountMail):
        delete_rows(mails, (mails.user == user.id) | (mails.email == user.email))


def delete_expired(now: datetime) -> int:
    """Forget sessions (with their tokens) and password resets that have run out; returns how many."""
    sessions = delete_rows(Session, Session.expires_at < now)
    tokens = delete_rows(RefreshToken, RefreshToken.expires_at < now)
    delete_rows(MfaChallenge, MfaChallenge.expires_at < now)
    return sessions + tokens + delete_rows(PasswordReset, PasswordReset.expires_at < now)


def count_expired(now: datetime) -> int:
    """How many rows :func:`delete_expired` would delete, not counting what goes with them."""
    tables = ((Session, Session.expires_at), (RefreshToken, RefreshToken.expires_at),
              (PasswordReset, PasswordReset.expires_at))  # fmt: skip
    return sum(int(table.select().where(expires_at < now).count()) for table, expires_at in tables)
