"""What services refuse, each with the stable code and the status that the API answers with."""

from collections.abc import Mapping
from typing import Any


class ServiceError(Exception):
    """Base of all refusals; ``str(error)`` is one sentence for the person who asked.

    Attributes:
        code: stable, for programs.
        status: the HTTP status it is answered with.
        details: what is wrong with which field, or what a program needs to know of it, if that is known.
        headers: further headers of the answer.
    """

    code = "INTERNAL_ERROR"
    status = 500

    def __init__(
        self,
        message: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.details = dict(details or {})
        self.headers = dict(headers or {})


class InvalidInputError(ServiceError):
    """A field, a query or the syntax is wrong."""

    code = "VALIDATION_ERROR"
    status = 400


class PlaylistNotSupportedError(InvalidInputError):
    """The address of a list of videos was given where one video is meant."""

    code = "PLAYLIST_NOT_SUPPORTED"


class NotAYoutubeVideoError(InvalidInputError):
    """What was given is no address of a YouTube video."""

    code = "NOT_A_YOUTUBE_VIDEO"


class NotSignedInError(ServiceError):
    """No token, or one that does not count (any more)."""

    code = "UNAUTHORIZED"
    status = 401

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class PasswordRequiredError(ServiceError):
    """A review link has a password, and none or a wrong one was given."""

    code = "PASSWORD_REQUIRED"
    status = 401


class NotAllowedError(ServiceError):
    """Signed in, but not allowed."""

    code = "FORBIDDEN"
    status = 403


class QuotaExceededError(NotAllowedError):
    """A team or person has used up what it may."""

    code = "QUOTA_EXCEEDED"


class SecondFactorMissingError(NotAllowedError):
    """Administrators of this server need a second factor."""

    code = "MFA_REQUIRED"


class NotVerifiedError(NotAllowedError):
    """The address has to be confirmed before somebody signs in."""

    code = "EMAIL_NOT_VERIFIED"


class TokenScopeError(NotAllowedError):
    """A personal token is not meant for this."""

    code = "TOKEN_SCOPE"


class ReauthenticationRequiredError(ServiceError):
    """The person has to show again who it is."""

    code = "REAUTHENTICATION_REQUIRED"
    status = 403


class RegistrationClosedError(ServiceError):
    """This server takes no new accounts, or only by invitation."""

    code = "REGISTRATION_CLOSED"
    status = 403


class AiFeaturesDisabledError(ServiceError):
    """Transcription was asked for while it is switched off."""

    code = "AI_FEATURES_DISABLED"
    status = 403


class MissingError(ServiceError):
    """No such thing, or one that belongs to someone else."""

    code = "NOT_FOUND"
    status = 404


class ConflictError(ServiceError):
    """It clashes with what is there already, or comes too early or too late."""

    code = "CONFLICT"
    status = 409


class NotReadyError(ConflictError):
    """It is being made; ``Retry-After`` says when to ask again."""

    code = "NOT_READY"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_s)})


class CategoryExistsError(ConflictError):
    """There is one of this name."""

    code = "CATEGORY_EXISTS"


class PresetExistsError(ConflictError):
    """There is one of this name."""

    code = "PRESET_EXISTS"


class PartsMissingError(ConflictError):
    """Parts of an upload have not arrived, or not as they were sent."""

    code = "PARTS_MISSING"


class LastOwnerError(ConflictError):
    """A team would be owned by nobody any more."""

    code = "LAST_OWNER"


class LastAdministratorError(ConflictError):
    """Nobody would run the server any more."""

    code = "LAST_ADMIN"


class SoleOwnerError(ConflictError):
    """A team would be owned by nobody who can sign in."""

    code = "SOLE_OWNER"


class TooLargeError(ServiceError):
    """The body is larger than what is taken here."""

    code = "FILE_TOO_LARGE"
    status = 413


class UnsupportedFormatError(ServiceError):
    """Extension, media type or content is not what is accepted."""

    code = "UNSUPPORTED_FORMAT"
    status = 415


class TooManyRequestsError(ServiceError):
    """A budget is used up."""

    code = "RATE_LIMITED"
    status = 429


class ProcessingFailedError(ServiceError):
    """Work in the background has failed, and its result was asked for."""

    code = "PROCESSING_FAILED"
    status = 500


class ExternalServiceError(ServiceError):
    """A service outside has failed."""

    code = "EXTERNAL_API_ERROR"
    status = 502


class UnavailableError(ServiceError):
    """Database, queue or disk space is missing."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


class StorageUnavailableError(UnavailableError):
    """The storage is not there, or belongs to another installation; it may come back."""
