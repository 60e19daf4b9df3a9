"""Decides by the headers alone how large a body may be, before waitress receives it.

More than 1 MiB needs a token or an upload address that was signed here and has not expired. Whether
the session lives and whose the project is, the application asks once the body is there.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from clipflow.core.errors import (
    NotSignedInError,
    ServiceError,
    TooLargeError,
    UnsupportedFormatError,
)
from clipflow.core.storage.protocol import Storage, check_room
from clipflow.core.storage.signing import UploadSigner
from clipflow.http.api import JSON_LIMIT_BYTES
from clipflow.http.authentication import ACCESS_COOKIE, claims_of_token
from clipflow.http.uploads import too_large_sentence

# Boundaries, part headers and small fields around the file of a form.
FORM_OVERHEAD_BYTES = 64 * 1024
_UUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_FORM_UPLOAD = re.compile(rf"/api/v1/projects/{_UUID}/upload")
_TRANSCRIPT_UPLOAD = re.compile(rf"/api/v1/media/{_UUID}/transcript")
_SIGNED_UPLOAD = re.compile(rf"/api/v1/upload/{_UUID}")
_ACCESS_COOKIE = re.compile(rf"(?:^|;\s*){ACCESS_COOKIE}=([A-Za-z0-9_.-]+)")


class Admission:
    """Knows the rules, and the secrets that tell our tokens and signatures from others."""

    def __init__(
        self,
        storage: Storage,
        signer: UploadSigner,
        *,
        largest_file_bytes: int,
        largest_transcript_bytes: int,
        token_secret: str,
        token_algorithm: str,
    ) -> None:
        self._storage = storage
        self._signer = signer
        self._largest_file_bytes = largest_file_bytes
        self._largest_transcript_bytes = largest_transcript_bytes
        self._token_secret = token_secret
        self._token_algorithm = token_algorithm

    def largest_body(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> int:
        """How many bytes a body may have; header names are in capitals with underscores."""
        if method == "PUT" and (found := _SIGNED_UPLOAD.fullmatch(path)):
            return self._signed_size(found[1].lower(), query)
        if method == "POST" and _FORM_UPLOAD.fullmatch(path) and _is_form(headers) and self._is_signed_in(headers):
            return self._largest_file_bytes + FORM_OVERHEAD_BYTES
        if method == "POST" and _TRANSCRIPT_UPLOAD.fullmatch(path) and self._is_signed_in(headers):
            return self._largest_transcript_bytes + FORM_OVERHEAD_BYTES
        return JSON_LIMIT_BYTES

    def refusal(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> ServiceError:
        """What is said to a body that is larger than it may be."""
        is_form_upload = method == "POST" and _FORM_UPLOAD.fullmatch(path)
        is_transcript = method == "POST" and _TRANSCRIPT_UPLOAD.fullmatch(path)
        if (is_form_upload or is_transcript) and not self._is_signed_in(headers):
            return NotSignedInError("Sign in first: this needs an access token.")
        if is_form_upload and not _is_form(headers):
            return UnsupportedFormatError("Send the recording as multipart/form-data, in the field file.")
        if is_form_upload:
            return TooLargeError(too_large_sentence(self._largest_file_bytes))
        if is_transcript:
            return TooLargeError(too_large_sentence(self._largest_transcript_bytes))
        if method == "PUT" and _SIGNED_UPLOAD.fullmatch(path):
            return TooLargeError("The file is larger than announced, or its address has expired; announce it again.")
        return TooLargeError("The body is too large for this address; 1 MiB is taken.")

    def check_room(self, content_length: int) -> None:
        """Raise UnavailableError where a large body does not fit on the disk, on which it lies twice for a moment."""
        if content_length > JSON_LIMIT_BYTES:
            check_room(self._storage, 2 * content_length)

    def _is_signed_in(self, headers: Mapping[str, str]) -> bool:
        scheme, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            # A token has these characters only; Python's own reader of cookies takes its time with odd ones.
            found = _ACCESS_COOKIE.search(headers.get("COOKIE", ""))
            token = found[1] if found else ""
        return claims_of_token(token.strip(), self._token_secret, self._token_algorithm) is not None

    def _signed_size(self, upload_id: str, query: str) -> int:
        values = parse_qs(query)
        try:
            size_bytes, expires = int(values["size"][0]), int(values["expires"][0])
            signature = values["signature"][0]
        except (KeyError, ValueError):
            return JSON_LIMIT_BYTES
        return size_bytes if self._signer.is_valid(upload_id, size_bytes, expires, signature) else JSON_LIMIT_BYTES


def _is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
