"""The one place that speaks to a transcription service, through OpenAI's own package."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clipflow.engine.text import clean_text
from clipflow.transcription.errors import PassingServiceError, RefusedByServiceError

if TYPE_CHECKING:
    import openai

DEFAULT_BASE_URL = "https://api.openai.com/v1"
_CONNECT_TIMEOUT_S = 15.0
_LONGEST_REASON = 200
_NO_BUDGET = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated"}
_PAYMENT_REQUIRED = 402
# Refused for the whole service, by status: none of these gets better by asking again.
_REFUSALS = {
    401: "The transcription service at {host} does not accept the key; correct OPENAI_API_KEY, then start the analysis "
    "again.",
    _PAYMENT_REQUIRED: "The budget at the transcription service is used up; top it up there, then start the analysis "
    "again: what is transcribed already is not sent again.",
    403: "The transcription service at {host} does not allow the model “{model}” with this key; allow it there or "
    "choose another in WHISPER_MODEL.",
    404: "The transcription service at {host} knows no model “{model}” at this address; correct WHISPER_MODEL or "
    "OPENAI_BASE_URL, then start the analysis again.",
    413: "The transcription service at {host} takes less sound at a time than is sent; raise its limit to 25 MB.",
}
_BUSY = frozenset({408, 409, 425, 429})
_SERVER_ERRORS = 500
_LONGEST_RETRY_AFTER_S = 900.0


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """Which service is asked, and as whom."""

    model: str = "whisper-1"
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    timeout_s: float = 900.0
    parallel_requests: int = 3
    # Somebody has named the address: it may not lead into the server's own network.
    is_guarded: bool = False

    @property
    def address(self) -> str:
        """The service's address, with the default filled in."""
        return self.base_url or DEFAULT_BASE_URL

    @property
    def host(self) -> str:
        """The name of the machine that the sound goes to."""
        return urlsplit(self.address).hostname or self.address


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What a person says about the recording: its language in two letters, and words that occur in it."""

    language: str | None = None
    prompt: str | None = None


class TranscriptionClient:
    """Sends one part after another, from several threads; retries are someone else's."""

    def __init__(self, access: ServiceAccess) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    def close(self) -> None:
        """End all connections, also those on which an answer is awaited."""
        with self._lock:
            if self._client is not None:
                self._client.close()

    def transcribe(self, file: IO[bytes], name: str, request: TranscriptionRequest, key: str) -> dict[str, Any]:
        """The service's answer to one part, as it came.

        Args:
            file: the packed sound.
            name: of the file, with an extension that says what it is.
            request: language and prompt.
            key: the same for the same request, for services that know how to use it.

        Raises:
            PassingServiceError: it may work later.
            RefusedByServiceError: it will not.
        """
        options: dict[str, Any] = {}
        if request.language:
            options["language"] = request.language
        if request.prompt:
            options["prompt"] = request.prompt
        with self._meanings():
            answer = self._connected().audio.transcriptions.with_raw_response.create(
                file=(name, file),
                model=self._access.model,
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
                extra_headers={"Idempotency-Key": key},
                **options,
            )
            content = answer.http_response.read()
        return self._read(content)

    @contextmanager
    def _meanings(self) -> Iterator[None]:
        """Say in our own errors what those of the package mean."""
        import openai  # noqa: PLC0415  half a second that only transcription needs

        try:
            yield
        except openai.APITimeoutError:
            raise PassingServiceError(
                f"The transcription service did not answer within {self._access.timeout_s:g} seconds; start the "
                "analysis again later.",
                may_be_paid=True,
            ) from None
        except openai.APIConnectionError as error:
            if is_forbidden(error):
                raise RefusedByServiceError(
                    f"{self._access.host} leads into this server's own network; name another address."
                ) from None
            raise PassingServiceError(
                f"The transcription service at {self._access.host} cannot be reached; check OPENAI_BASE_URL and the "
                "network, then start the analysis again."
            ) from None
        except openai.APIStatusError as error:
            raise self._meaning_of(error) from None
        except (openai.OpenAIError, RuntimeError, ValueError) as error:
            # RuntimeError when the client was closed meanwhile, ValueError for a key that no header can hold.
            raise PassingServiceError(
                f"The request to the transcription service broke off ({type(error).__name__}); start the analysis "
                "again."
            ) from None

    def _connected(self) -> "openai.OpenAI":
        import openai  # noqa: PLC0415

        with self._lock:
            if self._client is None:
                self._client = openai.OpenAI(
                    # A service at home may want no key, the package wants one.
                    api_key=self._access.api_key or "none",
                    base_url=self._access.address,
                    timeout=openai.Timeout(self._access.timeout_s, connect=_CONNECT_TIMEOUT_S),
                    max_retries=0,
                    http_client=self._http_client(),
                )
            return self._client

    def _http_client(self) -> Any:
        if not self._access.is_guarded:
            return None
        from clipflow.transcription.outgoing import guarded_client  # noqa: PLC0415  the clients of HTTP load slowly

        return guarded_client(self._access.timeout_s)

    def _read(self, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            # A gateway in between shows a page of its own now and then.
            raise PassingServiceError(
                f"What {self._access.host} answers is no transcript; check OPENAI_BASE_URL, then start the analysis "
                "again.",
                may_be_paid=True,
            )
        return answer

    def _meaning_of(self, error: "openai.APIStatusError") -> PassingServiceError | RefusedByServiceError:
        status, names = error.status_code, {"host": self._access.host, "model": self._access.model}
        if {error.code, error.type} & _NO_BUDGET:
            status = _PAYMENT_REQUIRED
        if status in _REFUSALS:
            return RefusedByServiceError(_REFUSALS[status].format(**names))
        if status in _BUSY or status >= _SERVER_ERRORS:
            retry_after_s = _retry_after_s(error)
            if (retry_after_s or 0) > _LONGEST_RETRY_AFTER_S:
                return RefusedByServiceError(
                    f"The transcription service at {names['host']} wants no requests for {retry_after_s:.0f} seconds; "
                    "start the analysis again then."
                )
            return PassingServiceError(
                f"The transcription service at {names['host']} is busy or out of order (status {status}); start the "
                "analysis again later.",
                retry_after_s,
            )
        return RefusedByServiceError(
            f"The transcription service at {names['host']} refused the sound (status {status}): {_reason(error)}"
        )


def is_forbidden(error: BaseException | None) -> bool:
    """Whether an error comes of a name that leads into the server's own network; see outgoing.py."""
    while error is not None:
        if type(error).__name__ == "ForbiddenAddressError":
            return True
        error = error.__cause__ or error.__context__
    return False


def _retry_after_s(error: "openai.APIStatusError") -> float | None:
    """How long to wait, from either header, in seconds or as a date."""
    headers = error.response.headers
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            return max(0.0, float(headers[name]) * unit_s)
    with suppress(KeyError, ValueError):
        return max(0.0, (parsedate_to_datetime(headers["retry-after"]) - datetime.now(UTC)).total_seconds())
    return None


def _reason(error: "openai.APIStatusError") -> str:
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return clean_text(said if isinstance(said, str) and said else error.message, _LONGEST_REASON)
