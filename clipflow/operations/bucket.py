"""Looks whether a bucket does all that is asked of it: by doing it, and as browsers and strangers come there."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from uuid import uuid4

from clipflow.core.storage.keys import key_for
from clipflow.core.storage.protocol import Storage

_PART_BYTES = 5 * 1024**2
_TIMEOUT_S = 10
# Signatures count for a quarter of an hour around the clock of the store.
_MOST_SKEW_S = 300
_CONTENT = b"0123456789"


class BucketError(Exception):
    """The bucket does not do what is asked of it; the message says what to do."""


def checks(storage: Storage, page_origin: str) -> list[tuple[str, Callable[[], None]]]:
    """What is looked at, by name; each raises an error whose message says what is wrong.

    ``page_origin`` is where people open ClipFlow, from where their browsers send parts.
    """
    return [
        ("bucket: write, read, delete", lambda: _check_files(storage)),
        ("bucket: uploads in parts", lambda: _check_parts(storage)),
        ("bucket: browsers (CORS)", lambda: _check_browsers(storage, page_origin)),
        ("bucket: strangers", lambda: _check_strangers(storage)),
        ("bucket: clock", lambda: _check_clock(storage)),
    ]


def _check_files(storage: Storage) -> None:
    with _stored(storage) as key, storage.open_range(key, 2, 6) as file:
        if file.read() != _CONTENT[2:6]:
            raise BucketError("The store does not answer byte ranges; players need them.")


def _check_parts(storage: Storage) -> None:
    key = _new_key()
    upload_id = storage.begin(key, part_size_bytes=_PART_BYTES, expected_bytes=None)
    try:
        storage.part(upload_id, 2, _CONTENT)
        storage.part(upload_id, 1, bytes(_PART_BYTES))
        storage.complete(upload_id)
    except BaseException:
        storage.abort(upload_id)
        raise
    finally:
        storage.delete(key)


def _check_browsers(storage: Storage, page_origin: str) -> None:
    upload_id = storage.begin(_new_key(), part_size_bytes=_PART_BYTES, expected_bytes=None)
    try:
        address = storage.part_url(upload_id, 1, len(_CONTENT), valid_for_s=60) or ""
        asked = {"Origin": page_origin, "Access-Control-Request-Method": "PUT"}
        refusal = f"Allow PUT and GET from {page_origin} in the bucket's CORS rules; see docs/deployment.md."
        try:
            headers = _headers_of(address, "OPTIONS", asked)
        except urllib.error.HTTPError:
            raise BucketError(refusal) from None
        if headers.get("Access-Control-Allow-Origin") not in ("*", page_origin):
            raise BucketError(refusal)
        sent = _headers_of(address, "PUT", {"Origin": page_origin}, _CONTENT)
        exposed = sent.get("Access-Control-Expose-Headers", "")
        if "etag" not in exposed.lower():
            raise BucketError("Expose the header ETag in the bucket's CORS rules; see docs/deployment.md.")
    finally:
        storage.abort(upload_id)


def _check_strangers(storage: Storage) -> None:
    with _stored(storage) as key, suppress(urllib.error.HTTPError):
        _headers_of(urlsplit(_signed_address(storage, key))._replace(query="").geturl())
        raise BucketError("Anybody can read the bucket; take public access away from it.")


def _check_clock(storage: Storage) -> None:
    with _stored(storage) as key:
        there = parsedate_to_datetime(_headers_of(_signed_address(storage, key)).get("Date", ""))
    skew_s = abs((datetime.now(UTC) - there).total_seconds())
    if skew_s > _MOST_SKEW_S:
        raise BucketError(f"The clocks of this machine and of the store differ by {skew_s:.0f} s; set them right.")


@contextmanager
def _stored(storage: Storage) -> Iterator[str]:
    """The key of a small file, which is gone afterwards."""
    key = _new_key()
    storage.put(key, _CONTENT)
    try:
        yield key
    finally:
        storage.delete(key)


def _signed_address(storage: Storage, key: str) -> str:
    return storage.url(key, valid_for_s=60, file_name="doctor.bin", mime_type="application/octet-stream") or ""


def _headers_of(
    address: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
) -> dict[str, str]:
    """The headers of an answer; raises HTTPError where it is refused."""
    # The address is the store's, signed by us or made of such a one.
    request = urllib.request.Request(address, body, headers or {}, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        return dict(answer.headers)


def _new_key() -> str:
    return key_for("media", str(uuid4()))
