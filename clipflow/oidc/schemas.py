"""What signing in with a provider takes and gives."""

from marshmallow import fields, validate

from clipflow.http.api import QuerySchema, Schema
from clipflow.http.fields import BooleanField


class ProviderSchema(Schema):
    """A provider that the server knows."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    is_connected = BooleanField(required=True, metadata={"description": "Whether the person signs in with it."})


class ProviderListSchema(Schema):
    """The providers that the server knows."""

    providers = fields.List(fields.Nested(ProviderSchema), required=True)


class StartQuerySchema(QuerySchema):
    """Where somebody wants to go."""

    next = fields.String(load_default="/projects", validate=validate.Length(max=2000))


class StartWithInvitationSchema(Schema):
    """An invitation to come in by, and where somebody wants to go."""

    next = fields.String(load_default="/projects", validate=validate.Length(max=2000))
    invitation = fields.String(required=True, validate=validate.Regexp(r"[\w-]{1,200}\Z", error="Not an invitation."))


class ConnectSchema(Schema):
    """Where somebody wants to go afterwards."""

    next = fields.String(load_default="/account", validate=validate.Length(max=2000))


class AddressSchema(Schema):
    """Where the browser goes next."""

    url = fields.String(required=True)


class CallbackQuerySchema(QuerySchema):
    """What a provider sends back."""

    state = fields.String(load_default="", validate=validate.Length(max=2000))
    code = fields.String(load_default="", validate=validate.Length(max=8000))
