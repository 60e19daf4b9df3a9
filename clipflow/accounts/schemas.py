"""What accounts take and give."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from clipflow.accounts.passwords import fault_of_password
from clipflow.accounts.usernames import canonical_username, fault_of_username
from clipflow.app_context import current_resources
from clipflow.http.api import Schema
from clipflow.http.fields import EmailField, FreeJsonField, MomentField, TextField
from clipflow.tuning.schemas import DefaultsSchema

_NEW_PASSWORD = {
    "description": "As PASSWORD_MIN_LENGTH, PASSWORD_REQUIRE and PASSWORD_BLOCKLIST have it; letters of any script.",
    "example": "Correct-Horse-7", "minLength": 6, "maxLength": 128,
}  # fmt: skip


def _password(**metadata: Any) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(1, 1000)], load_only=True, metadata=metadata)


def _new_password() -> fields.String:
    """Judged here, so that whoever got several fields wrong hears of all of them at once."""

    def judge(password: str) -> None:
        sentence = fault_of_password(password, current_resources().settings.password_rules)
        if sentence is not None:
            raise ma.ValidationError(sentence)

    return fields.String(required=True, validate=judge, load_only=True, metadata=_NEW_PASSWORD)


class UsernameField(fields.String):
    """A user name in its canonical form."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"example": "alice", "minLength": 3, "maxLength": 30, "description": "Case does not count."}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        username = canonical_username(super()._deserialize(value, attr, data, **kwargs))
        sentence = fault_of_username(username)
        if sentence is not None:
            raise ma.ValidationError(sentence)
        return username


class RegistrationSchema(Schema):
    """A new account."""

    email = EmailField(required=True)
    password = _new_password()
    full_name = TextField(maximum=200, load_default="", metadata={"example": "Alice Archer"})
    username = UsernameField()
    invitation = fields.String(
        validate=validate.Length(1, 200), metadata={"description": "The secret of an invitation's link."}
    )


class SignInSchema(Schema):
    """E-mail address or user name, and password."""

    email = EmailField()
    username = TextField(minimum=1, maximum=320, metadata={"example": "alice"})
    password = _password(example="Correct-Horse-7")

    @ma.validates_schema
    def _check_name(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("email" in data) == ("username" in data):
            raise ma.ValidationError({"email": ["Name yourself by e-mail address or by user name."]})

    @ma.post_load
    def _fold(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {**data, "username": canonical_username(data["username"])} if "username" in data else data


class SecondFactorSchema(Schema):
    """The second factor of a sign-in."""

    mfa_token = fields.String(required=True, validate=validate.Length(1, 200))
    code = fields.String(validate=validate.Length(1, 20), metadata={"example": "123456"})
    recovery_code = fields.String(validate=validate.Length(1, 100))

    @ma.validates_schema
    def _check_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("code" in data) == ("recovery_code" in data):
            raise ma.ValidationError({"code": ["Give a code of the app, or a recovery code."]})


class ReauthenticationSchema(Schema):
    """The password, or a code of the app."""

    password = fields.String(validate=validate.Length(1, 1000), load_only=True)
    code = fields.String(validate=validate.Length(1, 20))

    @ma.validates_schema
    def _check_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("code" in data) == ("password" in data):
            raise ma.ValidationError({"password": ["Give the password, or a code of the app."]})


class TotpCodeSchema(Schema):
    """A code of the app."""

    code = fields.String(required=True, validate=validate.Length(1, 20), metadata={"example": "123456"})


class TotpSetUpSchema(Schema):
    """A secret for an app."""

    secret = fields.String(required=True)
    uri = fields.String(required=True)
    qr_code = fields.String(required=True, metadata={"description": "The uri as a picture, in a data address."})


class RecoveryCodesSchema(Schema):
    """Ways in without the app, which are shown this once."""

    recovery_codes = fields.List(fields.String(), required=True)


class SecondFactorStatusSchema(Schema):
    """The own second factor."""

    is_enabled = fields.Boolean(required=True)
    since = MomentField(required=True, allow_none=True)
    recovery_codes_left = fields.Integer(required=True)


class ActivityEventSchema(Schema):
    """Something that was done with the own account."""

    at = MomentField(required=True)
    action = fields.String(required=True)
    outcome = fields.String(required=True)
    ip = fields.String(required=True)
    user_agent = fields.String(required=True)


class ActivitySchema(Schema):
    """What was done with the own account, newest first."""

    events = fields.List(fields.Nested(ActivityEventSchema), required=True)


class RefreshSchema(Schema):
    """The refresh token; browsers send their cookie instead."""

    refresh_token = fields.String(validate=[validate.Length(1, 1000)])


class ForgottenPasswordSchema(Schema):
    """Whose password is forgotten."""

    email = EmailField(required=True)


class MailTokenSchema(Schema):
    """The secret of a mail."""

    token = fields.String(required=True, validate=[validate.Length(1, 200)])


class AddressChangeSchema(Schema):
    """Another address."""

    new_email = EmailField(required=True)


class RegistrationPendingSchema(Schema):
    """What is said where an address has to be confirmed first."""

    message = fields.String(required=True)


class PasswordResetSchema(Schema):
    """The secret of the mail and the new password."""

    token = fields.String(required=True, validate=[validate.Length(1, 1000)])
    new_password = _new_password()


class PasswordChangeSchema(Schema):
    """The password so far and the new one."""

    current_password = _password()
    new_password = _new_password()


class PreferencesUpdateSchema(Schema):
    """What a person can change of the own preferences."""

    settings = FreeJsonField(
        keys=fields.String(validate=validate.Length(1, 100)),
        metadata={
            "description": "The person's preferences; merged with those that are kept. null takes one away. "
            "analysis_options holds the settings that new projects begin with, theme is light or dark.",
            "example": {"theme": "dark", "analysis_options": {"keep_pause_ms": 100}},
        },
    )

    @ma.validates("settings")
    def _check_settings(self, value: dict[str, Any], **kwargs: Any) -> None:
        if value.get("theme") not in (None, "light", "dark"):
            raise ma.ValidationError({"theme": ["Must be light, dark, or null for what the system says."]})

    @ma.post_load
    def _read_options(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Options are kept as they were understood: a number that came as text is a number."""
        options = data.get("settings", {}).get("analysis_options")
        if options is not None:
            try:
                data["settings"]["analysis_options"] = DefaultsSchema().load(options)
            except ma.ValidationError as error:
                raise ma.ValidationError({"settings": {"analysis_options": error.messages}}) from None
        return data


class UserUpdateSchema(PreferencesUpdateSchema):
    """What a person can change of the own account."""

    full_name = TextField(maximum=200)
    username = UsernameField(allow_none=True)


class UserSchema(Schema):
    """A person, as the person sees it."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    username = fields.String(required=True, allow_none=True)
    full_name = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    is_verified = fields.Boolean(required=True)
    is_admin = fields.Boolean(required=True)
    created_at = MomentField(required=True)
    updated_at = MomentField(required=True)
    last_login = MomentField(allow_none=True)
    settings = fields.Dict(required=True)


class UserAnswerSchema(Schema):
    """A person."""

    user = fields.Nested(UserSchema, required=True)


class OwnSettingsSchema(Schema):
    """The person's preferences."""

    settings = fields.Dict(required=True)


class ProfileSchema(Schema):
    """What everybody with an account may know of a person."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    username = fields.String(required=True, allow_none=True)
    is_deleted = fields.Boolean(required=True)


class ProfileAnswerSchema(Schema):
    """One person."""

    user = fields.Nested(ProfileSchema, required=True)


class TokensSchema(Schema):
    """New tokens; also set as cookies."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)


class SignedInSchema(TokensSchema):
    """A person with new tokens."""

    user = fields.Nested(UserSchema, required=True)


class SignInAnswerSchema(Schema):
    """A person with new tokens; or, where there is a second factor, what it is to be sent with."""

    access_token = fields.String()
    refresh_token = fields.String()
    user = fields.Nested(UserSchema)
    mfa_required = fields.Boolean()
    mfa_token = fields.String(metadata={"description": "Good for five minutes and five tries."})
    methods = fields.List(fields.String())


class SessionSchema(Schema):
    """A device that a person is signed in on."""

    id = fields.UUID(required=True)
    device = fields.String(required=True, metadata={"description": "What its browser or program calls itself."})
    created_at = MomentField(required=True)
    last_used_at = MomentField(required=True)
    expires_at = MomentField(required=True)
    is_current = fields.Boolean(required=True, metadata={"description": "Whether this request comes from it."})


class SessionListSchema(Schema):
    """All devices that a person is signed in on."""

    sessions = fields.List(fields.Nested(SessionSchema), required=True)
