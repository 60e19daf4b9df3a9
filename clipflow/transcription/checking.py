"""Whether a service outside takes a key, without sending it any sound.

Asked for the list of its models, which needs the key and costs nothing. Whoever named the address may have named a
machine that answers without end, so the whole question has a time and the answer a size.
"""

import json
import threading
import time

import httpx2

from clipflow.transcription.client import ServiceAccess, is_forbidden
from clipflow.transcription.outgoing import guarded_client

_DEADLINE_S = 10.0
_READ_TIMEOUT_S = 5.0
_LARGEST_ANSWER_BYTES = 1024**2
_NO_SERVICE = "What answers there is no service of this kind; check the address."
_REFUSALS = {
    401: "The service does not take the key; check it, and type it again.",
    403: "The service takes the key, but does not let it be used here; allow that where the key comes from.",
    404: _NO_SERVICE,
}


def fault_of_access(access: ServiceAccess) -> str | None:
    """What is wrong with a key or its address, as a sentence without a word of the service; None where it works."""
    client = guarded_client(_READ_TIMEOUT_S) if access.is_guarded else httpx2.Client(timeout=_READ_TIMEOUT_S)
    ending = threading.Timer(_DEADLINE_S, client.close)
    ending.start()
    deadline_s = time.monotonic() + _DEADLINE_S
    try:
        return _ask(client, access, deadline_s)
    except (httpx2.HTTPError, httpx2.InvalidURL, RuntimeError, ValueError) as error:
        if is_forbidden(error):
            return f"{access.host} leads into this server's own network; name another address."
        # A connection that was closed at the end of the time breaks off in one way or another.
        if isinstance(error, httpx2.TimeoutException) or time.monotonic() >= deadline_s:
            return f"The service did not answer within {_DEADLINE_S:g} seconds; check the address, or try again later."
        return f"The service at {access.host} cannot be reached; check the address."
    finally:
        ending.cancel()
        client.close()


def _ask(client: httpx2.Client, access: ServiceAccess, deadline_s: float) -> str | None:
    headers = {"Authorization": f"Bearer {access.api_key}", "Accept-Encoding": "identity"}
    with client.stream("GET", f"{access.address.rstrip('/')}/models", headers=headers) as answer:
        if not answer.is_success:
            return _REFUSALS.get(answer.status_code, f"The service answers with status {answer.status_code}.")
        content = b""
        for piece in answer.iter_raw():
            content += piece
            if time.monotonic() > deadline_s:
                raise httpx2.ReadTimeout("the answer does not end")
            if len(content) > _LARGEST_ANSWER_BYTES:
                return _NO_SERVICE
    return None if _is_list_of_models(content) else _NO_SERVICE


def _is_list_of_models(content: bytes) -> bool:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and isinstance(answer.get("data"), list)
