"""Decides by the headers alone how large a body may be, before waitress receives it.

More than 1 MiB needs a token or an upload address that was signed here and has not expired. Whether
the session lives and whose the project is, the application asks once the body is there.
"""

import math
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from clipflow.core.errors import (
    NotSignedInError,
    ServiceError,
    TooLargeError,
    TooManyRequestsError,
    UnsupportedFormatError,
)
from clipflow.core.storage.protocol import RESERVED_BYTES, Storage, check_room, no_room
from clipflow.core.storage.signing import UploadSigner
from clipflow.core.tokens import hash_of_token, is_personal_token
from clipflow.http.api import JSON_LIMIT_BYTES
from clipflow.http.authentication import ACCESS_COOKIE, claims_of_token
from clipflow.http.uploads import too_large_sentence

# Boundaries, part headers and small fields around the file of a form.
FORM_OVERHEAD_BYTES = 64 * 1024
_TRANSCRIPTS_PER_HOUR = 60
_ATTEMPTS_OF_AN_ADDRESS = 20
_UUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_FORM_UPLOAD = re.compile(rf"/api/v1/projects/{_UUID}/upload")
_TRANSCRIPT_UPLOAD = re.compile(rf"/api/v1/media/{_UUID}/transcript")
_SIGNED_UPLOAD = re.compile(rf"/api/v1/upload/({_UUID}(?:/parts/[1-9][0-9]{{0,3}})?)")
_ACCESS_COOKIE = re.compile(rf"(?:^|;\s*){ACCESS_COOKIE}=([A-Za-z0-9_.-]+)")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the headers of a request allow.

    Attributes:
        largest_bytes: of the body.
        owner: whose a large body is, None where none is taken.
        budget: what each large body is counted for, also one that breaks off, and how many there may be.
    """

    largest_bytes: int
    owner: str | None = None
    budget: tuple[str, RateLimitItem] | None = None


_SMALL = Allowance(JSON_LIMIT_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How large bodies may be, how many large ones a day, and how many of one person at the same time."""

    largest_file_bytes: Callable[[], int]
    largest_transcript_bytes: int
    uploads_per_day: int
    at_once: int = 8


class Admission:
    """Knows the rules, and the secrets that tell our tokens and signatures from others.

    Large bodies are counted here for this process alone, before they come; the view counts those that have come whole
    once more, for all processes together.
    """

    def __init__(
        self,
        storage: Storage,
        signer: UploadSigner,
        limits: BodyLimits,
        *,
        waiting_room: Path,
        token_secret: str,
        token_algorithm: str,
    ) -> None:
        """``waiting_room`` is on the disk where a body is kept while it comes in."""
        self._storage = storage
        self._waiting_room = waiting_room
        self._signer = signer
        self._limits = limits
        self._token_secret = token_secret
        self._token_algorithm = token_algorithm
        self._counter = FixedWindowRateLimiter(MemoryStorage())

    def allowance(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Allowance:
        """What may come; header names are in capitals with underscores."""
        limits = self._limits
        if method == "PUT" and (found := _SIGNED_UPLOAD.fullmatch(path)):
            return self._signed_allowance(found[1].lower().replace("/parts/", "/"), query)
        if method != "POST" or (owner := self._person(headers)) is None:
            return _SMALL
        if _FORM_UPLOAD.fullmatch(path) and _is_form(headers):
            uploads = f"uploads:{owner}", RateLimitItemPerDay(limits.uploads_per_day)
            return Allowance(limits.largest_file_bytes() + FORM_OVERHEAD_BYTES, owner, uploads)
        if _TRANSCRIPT_UPLOAD.fullmatch(path):
            imports = f"transcripts:{owner}", RateLimitItemPerHour(_TRANSCRIPTS_PER_HOUR)
            return Allowance(limits.largest_transcript_bytes + FORM_OVERHEAD_BYTES, owner, imports)
        return _SMALL

    def check_large_body(self, allowance: Allowance, owners_of_others: Iterable[str | None]) -> None:
        """Count a body of more than 1 MiB that begins to come.

        Args:
            allowance: of the request.
            owners_of_others: of all large bodies that are under way or being worked on.

        Raises:
            TooManyRequestsError: the owner has as many under way as one may, or has used up the budget.
        """
        if allowance.owner is None or allowance.budget is None:
            return
        if sum(owner == allowance.owner for owner in owners_of_others) >= self._limits.at_once:
            raise TooManyRequestsError(
                f"You are sending {self._limits.at_once} files already; wait until one of them has arrived.",
                headers={"Retry-After": "10"},
            )
        name, budget = allowance.budget
        if not self._counter.hit(budget, name):
            reset_s = max(1, math.ceil(self._counter.get_window_stats(budget, name).reset_time - time.time()))
            raise TooManyRequestsError(
                "You have sent as many files as one may for now, counting those that broke off; try again later.",
                headers={"Retry-After": str(reset_s)},
            )

    def refusal(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> ServiceError:
        """What is said to a body that is larger than it may be."""
        is_form_upload = method == "POST" and _FORM_UPLOAD.fullmatch(path)
        is_transcript = method == "POST" and _TRANSCRIPT_UPLOAD.fullmatch(path)
        if (is_form_upload or is_transcript) and self._person(headers) is None:
            return NotSignedInError("Sign in first: this needs an access token.")
        if is_form_upload and not _is_form(headers):
            return UnsupportedFormatError("Send the recording as multipart/form-data, in the field file.")
        if is_form_upload:
            return TooLargeError(too_large_sentence(self._limits.largest_file_bytes()))
        if is_transcript:
            return TooLargeError(too_large_sentence(self._limits.largest_transcript_bytes))
        if method == "PUT" and _SIGNED_UPLOAD.fullmatch(path):
            return TooLargeError("The file is larger than announced, or its address has expired; announce it again.")
        return TooLargeError("The body is too large for this address; 1 MiB is taken.")

    def check_room(self, content_length: int) -> None:
        """Raise UnavailableError where a large body has no room, in which it lies twice for a moment."""
        if content_length > JSON_LIMIT_BYTES:
            check_room(self._storage, 2 * content_length)

    def check_waiting_room(self, expected_bytes: int) -> None:
        """Raise UnavailableError where bodies have no room while they come in; asked with each piece of a large one."""
        if shutil.disk_usage(self._waiting_room).free < expected_bytes + RESERVED_BYTES:
            raise no_room()

    def _person(self, headers: Mapping[str, str]) -> str | None:
        scheme, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            # A token has these characters only; Python's own reader of cookies takes its time with odd ones.
            found = _ACCESS_COOKIE.search(headers.get("COOKIE", ""))
            token = found[1] if found else ""
        if is_personal_token(self._token_secret, token.strip()):
            # Whose it is, and whether it still counts, the database knows.
            return hash_of_token(token.strip())
        claims = claims_of_token(token.strip(), self._token_secret, self._token_algorithm)
        return None if claims is None else claims[0].hex

    def _signed_allowance(self, signed_name: str, query: str) -> Allowance:
        """``signed_name`` is the id of an upload, with the number of a part behind a slash."""
        values = parse_qs(query)
        try:
            size_bytes, expires = int(values["size"][0]), int(values["expires"][0])
            owner, signature = values["owner"][0], values["signature"][0]
        except (KeyError, ValueError):
            return _SMALL
        if not self._signer.is_valid(signed_name, owner, size_bytes, expires, signature):
            return _SMALL
        # The announcement was counted; what is counted here is how often its bytes are begun.
        return Allowance(
            size_bytes, owner, (f"sent:{signed_name}:{expires}", RateLimitItemPerDay(_ATTEMPTS_OF_AN_ADDRESS))
        )


def _is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
