"""A ClipFlow server as a shell command talks to it: with a personal token, over its API."""

import time
from collections.abc import Iterator, Mapping
from hashlib import md5, sha256
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from clipflow.shell.errors import CommandFailedError

_TIMEOUT = httpx2.Timeout(60, connect=10)
_PAUSES_S = (1, 2, 4, 8, 16)
_TOO_MANY, _SERVER_FAULT, _UNAUTHORIZED = 429, 500, 401
_PAGE = 100
_OWN_UPLOADS = "/api/v1/upload/"


class RefusedError(CommandFailedError):
    """The server has refused something; ``code`` and ``details`` are those of its answer."""

    def __init__(self, sentence: str, code: str, details: Mapping[str, Any]) -> None:
        super().__init__(sentence)
        self.code = code
        self.details = details


class Server:
    """Calls of a server; what may go better another time is tried again, later each time."""

    def __init__(self, address: str, token: str) -> None:
        """``address`` is what people open in a browser."""
        self._address = address.rstrip("/").removesuffix("/api/v1")
        self._client = httpx2.Client(timeout=_TIMEOUT, follow_redirects=False)
        self._headers = {"Authorization": f"Bearer {token}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """What the API answers; raises RefusedError, or CommandFailedError where no answer comes."""
        url = f"{self._address}/api/v1{path}"
        answer = self._patiently(method, url, headers=self._headers, json=body, params=query or None)
        return answer.json() if answer.content else None

    def file(self, path: str, **query: Any) -> bytes:
        """The bytes that the API answers; raises as :meth:`call` does."""
        url = f"{self._address}/api/v1{path}"
        return self._patiently("GET", url, headers=self._headers, params=query).content

    def put(self, address: Mapping[str, Any], data: bytes) -> str:
        """Put a part to its address, without the token, and return its etag; raises as :meth:`call` does."""
        parts = urlsplit(str(address["url"]))
        # The server's own addresses are asked for where it was found, whatever it believes it is called.
        is_own = parts.path.startswith(_OWN_UPLOADS)
        url = f"{self._address}{parts.path}?{parts.query}" if is_own else parts.geturl()
        answer = self._patiently("PUT", url, headers=dict(address["headers"]), content=data)
        return str(answer.headers.get("ETag", "")).strip('"')

    def pages(self, path: str, name: str, **query: Any) -> Iterator[Any]:
        """All of a list that comes in pages."""
        page, pages = 1, 1
        while page <= pages:
            answer = self.call("GET", path, page=page, limit=_PAGE, **query)
            yield from answer[name]
            page, pages = page + 1, answer["pagination"]["pages"]

    def _patiently(self, method: str, url: str, **options: Any) -> httpx2.Response:
        for pause_s in (*_PAUSES_S, None):
            try:
                answer = self._client.request(method, url, **options)
            except httpx2.HTTPError as error:
                if pause_s is None:
                    raise CommandFailedError(
                        f"The server cannot be reached ({type(error).__name__}); check --server and the network."
                    ) from None
            else:
                may_go_better = answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_FAULT
                if not may_go_better or pause_s is None:
                    return _checked(answer)
            time.sleep(pause_s)
        raise AssertionError("the last attempt has ended it")


def project_of(server: Server, wanted: str) -> str:
    """The id of a project by its id or name; it is made where there is none of this name."""
    try:
        return str(server.call("GET", f"/projects/{UUID(wanted)}", limit=1)["project"]["id"])
    except ValueError:
        pass
    found = [one["id"] for one in server.pages("/projects", "projects") if one["name"] == wanted]
    if len(found) > 1:
        raise CommandFailedError(f"There are {len(found)} projects called {wanted}; name the one you mean by its id.")
    return str(found[0] if found else server.call("POST", "/projects", {"name": wanted})["project"]["id"])


def is_etag_of(etag: str, data: bytes) -> bool:
    """Whether a part that has arrived is this one, as far as its etag is a digest that can be told."""
    digests = {64: lambda: sha256(data).hexdigest(), 32: lambda: md5(data, usedforsecurity=False).hexdigest()}
    digest = digests.get(len(etag))
    return digest is None or digest() == etag


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    try:
        error = answer.json()["error"]
        sentence, code, details = error["message"], error["code"], error.get("details") or {}
    except (ValueError, KeyError, TypeError):
        sentence, code, details = f"The server answered {answer.status_code}; check --server.", "", {}
    if answer.status_code == _UNAUTHORIZED:
        sentence = f"{sentence} Make a token on your account page and give it by --token or CLIPFLOW_TOKEN."
    raise RefusedError(sentence, code, details)
