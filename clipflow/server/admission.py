"""Decides by the headers alone how large a body may be, and who is turned away before sending it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.config import Settings
from clipflow.core.db import connected
from clipflow.core.errors import NotSignedInError, ServiceError, TooLargeError, UnsupportedFormatError
from clipflow.core.storage.local import UploadSigner
from clipflow.http.api import JSON_LIMIT_BYTES
from clipflow.http.authentication import ACCESS_COOKIE, claims_of_token
from clipflow.http.uploads import LARGEST_TRANSCRIPT_BYTES, too_large_sentence
from clipflow.media import service as media

# Boundaries, part headers and small fields around the file of a form.
FORM_OVERHEAD_BYTES = 64 * 1024
_UUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_FORM_UPLOAD = re.compile(rf"/api/v1/projects/{_UUID}/upload")
_TRANSCRIPT_UPLOAD = re.compile(rf"/api/v1/media/{_UUID}/transcript")
_ACCESS_COOKIE = re.compile(rf"(?:^|;\s*){ACCESS_COOKIE}=([A-Za-z0-9_.-]+)")
_RAW_UPLOAD = re.compile(rf"/api/v1/upload/{_UUID}")


@dataclass(frozen=True, slots=True)
class Admission:
    """What may be received: how many bytes, and of which kind of upload ("form", "raw" or none)."""

    maximum_bytes: int
    upload_kind: str | None = None

    def needs_examination(self, content_length: int | None) -> bool:
        """Whether the sender is looked at closely before the body is received; small ones the application refuses."""
        is_large = content_length is None or content_length > JSON_LIMIT_BYTES
        return self.upload_kind == "form" and is_large


class Gatekeeper:
    """Knows the rules and the secrets that tell our tokens and signatures from others."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._signer = UploadSigner(settings.secret_key)

    def admit(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content_length: int | None
    ) -> Admission:
        """How much of a body may come.

        Args:
            method, path, query: of the request line.
            headers: by their names in capitals with underscores, such as CONTENT_TYPE.
            content_length: None when the body comes in chunks.

        Raises:
            NotSignedInError: a large body of somebody who is not signed in.
            TooLargeError: the body is larger than anybody may send there.
        """
        admission = self._admission(method, path, query, headers)
        if content_length is not None and content_length > admission.maximum_bytes:
            raise self.refusal(path, admission, headers)
        return admission

    def examine(self, path: str, headers: Mapping[str, str]) -> None:
        """Look closely at whoever wants to send a large form: the session lives, and the project is theirs.

        Asks the database, so it is nothing for the main loop.

        Raises:
            NotSignedInError, MissingError: they may not.
            UnavailableError: the database cannot be reached.
        """
        found = _FORM_UPLOAD.fullmatch(path)
        claims = self._claims(headers)
        with connected():
            principal = accounts.find_principal(*claims) if claims else None
            if principal is None or found is None:
                raise NotSignedInError("This session has ended; sign in again.")
            media.check_upload_allowed(principal, UUID(found[1]))

    def _admission(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Admission:
        if method == "POST" and _FORM_UPLOAD.fullmatch(path) and self._is_signed_in(headers):
            if headers.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"):
                return Admission(self._settings.max_file_size_bytes + FORM_OVERHEAD_BYTES, "form")
            return Admission(JSON_LIMIT_BYTES)
        if method == "POST" and _TRANSCRIPT_UPLOAD.fullmatch(path) and self._is_signed_in(headers):
            return Admission(LARGEST_TRANSCRIPT_BYTES + FORM_OVERHEAD_BYTES)
        announced = _RAW_UPLOAD.fullmatch(path) if method == "PUT" else None
        if announced:
            size_bytes = self._signed_size(announced[1].lower(), query)
            if size_bytes is not None:
                return Admission(size_bytes, "raw")
        return Admission(JSON_LIMIT_BYTES)

    def refusal(self, path: str, admission: Admission, headers: Mapping[str, str]) -> ServiceError:
        """What is said to a body that is larger than what it was admitted with."""
        is_form_upload = _FORM_UPLOAD.fullmatch(path) is not None
        if is_form_upload and not self._is_signed_in(headers):
            return NotSignedInError("Sign in first: this needs an access token.")
        if admission.upload_kind == "form":
            return TooLargeError(too_large_sentence(self._settings.max_file_size_bytes))
        if admission.upload_kind == "raw":
            return TooLargeError("The file is larger than announced; announce it again.")
        if _TRANSCRIPT_UPLOAD.fullmatch(path) and admission.maximum_bytes > JSON_LIMIT_BYTES:
            return TooLargeError(too_large_sentence(LARGEST_TRANSCRIPT_BYTES))
        if is_form_upload:
            return UnsupportedFormatError("Send the recording as multipart/form-data, in the field file.")
        return TooLargeError("The body is too large for this address; 1 MiB is taken.")

    def _is_signed_in(self, headers: Mapping[str, str]) -> bool:
        return self._claims(headers) is not None

    def _claims(self, headers: Mapping[str, str]) -> tuple[UUID, UUID, int] | None:
        scheme, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            # A token has these characters only; Python's own reader of cookies takes its time with odd ones.
            found = _ACCESS_COOKIE.search(headers.get("COOKIE", ""))
            token = found[1] if found else ""
        settings = self._settings
        return claims_of_token(token.strip(), settings.jwt_secret_key, settings.jwt_algorithm) if token else None

    def _signed_size(self, upload_id: str, query: str) -> int | None:
        values = parse_qs(query)
        try:
            size_bytes, expires = int(values["size"][0]), int(values["expires"][0])
            signature = values["signature"][0]
        except (KeyError, ValueError):
            return None
        return size_bytes if self._signer.is_valid(upload_id, size_bytes, expires, signature) else None
