"""Decides by the headers alone how large a body may be, and who is turned away before sending it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from clipflow.config import Settings
from clipflow.core.api import JSON_LIMIT_BYTES
from clipflow.core.auth import ACCESS_COOKIE, is_token_signed_by_us
from clipflow.core.errors import NotSignedInError, ServiceError, TooLargeError
from clipflow.core.storage import UploadSigner
from clipflow.core.uploads import too_large_sentence

# Boundaries, part headers and small fields around the file of a form.
FORM_OVERHEAD_BYTES = 64 * 1024
_UUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_FORM_UPLOAD = re.compile(rf"/api/v1/projects/{_UUID}/upload")
_RAW_UPLOAD = re.compile(rf"/api/v1/upload/{_UUID}")


@dataclass(frozen=True, slots=True)
class Admission:
    """What may be received: how many bytes, and of which kind of upload ("form", "raw" or none)."""

    maximum_bytes: int
    upload_kind: str | None = None


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
            raise self._refusal(path, admission, headers)
        return admission

    def _admission(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Admission:
        if method == "POST" and _FORM_UPLOAD.fullmatch(path) and self._is_signed_in(headers):
            kind = "form" if headers.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data") else None
            return Admission(self._settings.max_file_size_bytes + FORM_OVERHEAD_BYTES, kind)
        announced = _RAW_UPLOAD.fullmatch(path) if method == "PUT" else None
        if announced:
            size_bytes = self._signed_size(announced[1].lower(), query)
            if size_bytes is not None:
                return Admission(size_bytes, "raw")
        return Admission(JSON_LIMIT_BYTES)

    def _refusal(self, path: str, admission: Admission, headers: Mapping[str, str]) -> ServiceError:
        if admission.upload_kind is None and _FORM_UPLOAD.fullmatch(path) and not self._is_signed_in(headers):
            return NotSignedInError("Sign in first: this needs an access token.")
        if admission.maximum_bytes > JSON_LIMIT_BYTES:
            return TooLargeError(too_large_sentence(self._settings.max_file_size_bytes))
        return TooLargeError("The body is too large for this address; 1 MiB is taken.")

    def _is_signed_in(self, headers: Mapping[str, str]) -> bool:
        scheme, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            token = _cookie(headers.get("COOKIE", ""), ACCESS_COOKIE)
        settings = self._settings
        return bool(token) and is_token_signed_by_us(token.strip(), settings.jwt_secret_key, settings.jwt_algorithm)

    def _signed_size(self, upload_id: str, query: str) -> int | None:
        values = parse_qs(query)
        try:
            size_bytes, expires = int(values["size"][0]), int(values["expires"][0])
            signature = values["signature"][0]
        except (KeyError, ValueError):
            return None
        return size_bytes if self._signer.is_valid(upload_id, size_bytes, expires, signature) else None


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
