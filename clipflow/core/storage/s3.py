"""Files in a bucket of any storage that speaks S3's protocol.

Keys are as everywhere, behind a prefix. An upload is one of S3's own in parts; its id says what S3 calls it, the size
of its parts, and the key. Stores differ: checksums are sent where an operation needs them only, an etag is not taken
for a digest, and what a completion answers is looked at again.
"""

import io
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError
from s3transfer.exceptions import RetriesExceededError
from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber
from urllib3.exceptions import HTTPError

from clipflow.core.errors import ConflictError, MissingError, ServiceError, StorageUnavailableError
from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.keys import QUARANTINE, is_key
from clipflow.core.storage.local import OWNER_FILE
from clipflow.core.storage.protocol import Capacity, StoredFile, StoredPart

logger = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S, _TRIES = 5, 60, 3
_CONNECTIONS = 32
_PIECE_BYTES = 1024 * 1024
# How long a copy goes on before somebody is asked whether it is to.
_WAIT_S = 0.5
_GONE = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
_THERE_ALREADY = {"412", "PreconditionFailed"}
_CAME_AGAIN = "A part was sent again at this moment; confirm the upload once more."
_OTHER_PARTS = {"InvalidPart", "InvalidPartOrder"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where a bucket is, and who we are there.

    Attributes:
        name: of the bucket.
        access_key: with the secret key; both empty take what the machine itself has (a role, a profile).
        secret_key: see above.
        region: empty is us-east-1.
        endpoint_url: of a store that is not Amazon's own.
        public_endpoint_url: under which browsers reach it, where that is another; it is a part of what is signed.
        prefix: before every key, such as ``clipflow/``.
        is_path_style: whether the bucket is a part of the path, and not of the host name.
    """

    name: str
    access_key: str = ""
    secret_key: str = ""
    region: str = ""
    endpoint_url: str = ""
    public_endpoint_url: str = ""
    prefix: str = ""
    is_path_style: bool = True


class S3Storage:
    """The protocol of :class:`~clipflow.core.storage.protocol.Storage` on a bucket."""

    def __init__(self, bucket: Bucket, copies: LocalCopies) -> None:
        """Connects to nothing yet. ``copies`` is where tools of this machine read files."""
        self._bucket = bucket
        self._copies = copies

    def owner(self) -> str | None:
        """What the mark in the bucket says."""
        try:
            with _errors():
                answer = self._client.get_object(**self._named(OWNER_FILE))
                return str(answer["Body"].read().decode("ascii")).strip()
        except MissingError:
            return None

    def claim(self, installation_id: str) -> None:
        """Write the mark."""
        with _errors():
            self._client.put_object(**self._named(OWNER_FILE), Body=f"{installation_id}\n".encode("ascii"))

    def put(self, key: str, data: bytes) -> None:
        """Store a file, in the place of one that is there; raises StorageUnavailableError."""
        self._check(key)
        with _errors():
            self._client.put_object(**self._named(key), Body=data)

    def open_range(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """Read from a file, from one byte up to another; raises MissingError."""
        self._check(key)
        wanted = {} if start == 0 and end is None else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
        with _errors():
            answer = self._client.get_object(**self._named(key), **wanted)
        return cast(BinaryIO, io.BufferedReader(_ObjectReader(answer["Body"]), _PIECE_BYTES))

    def size(self, key: str) -> int:
        """How many bytes a file has; raises MissingError."""
        self._check(key)
        with _errors():
            return int(self._client.head_object(**self._named(key))["ContentLength"])

    @contextmanager
    def local_copy(self, key: str, wait: Callable[[], None] | None = None) -> Iterator[Path]:
        """A copy on this machine, which is gone afterwards; raises MissingError, UnavailableError without room."""
        size_bytes = self.size(key)
        with self._copies.new(size_bytes, Path(key).suffix) as (path, target):
            try:
                with _errors():
                    self._download(key, target, wait or _wait_idly)
                target.flush()
            except OSError as error:
                raise _away(error) from None
            yield path

    def _download(self, key: str, target: BinaryIO, wait: Callable[[], None]) -> None:
        done = _Done()
        # Left by an exception, it ends what is under way.
        with TransferManager(self._client, TransferConfig()) as transfers:
            name = self._bucket.prefix + key
            download = transfers.download(self._bucket.name, name, target, subscribers=[done])
            while not done.event.wait(_WAIT_S):
                wait()
            download.result()

    def url(self, key: str, *, valid_for_s: int, file_name: str, mime_type: str) -> str | None:
        """A signed address at which a browser reads the file."""
        said = {"ResponseContentType": mime_type, "ResponseContentDisposition": "inline"}
        return self._signed("get_object", {**self._named(key), **said}, valid_for_s)

    def delete(self, key: str) -> None:
        """Remove a file; it may be gone already."""
        self._check(key)
        with _errors(), suppress(MissingError):
            self._client.delete_object(**self._named(key))

    def move(self, key: str, new_key: str) -> None:
        """Give a file another key; raises MissingError."""
        self._check(key)
        self._check(new_key)
        with _errors():
            # In pieces where it is too large for one request.
            self._client.copy(self._named(key), self._bucket.name, self._bucket.prefix + new_key)
            self._client.delete_object(**self._named(key))

    def list(self, *, in_quarantine: bool = False) -> Iterator[StoredFile]:
        """All stored files, or those in quarantine instead."""
        begin = self._bucket.prefix + (QUARANTINE if in_quarantine else "")
        with _errors():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=begin):
                for one in page.get("Contents", ()):
                    key = one["Key"].removeprefix(self._bucket.prefix)
                    if is_key(key) and key.startswith(QUARANTINE) == in_quarantine:
                        yield StoredFile(key, one["Size"], one["LastModified"].astimezone(UTC))

    def begin(self, key: str, *, part_size_bytes: int, expected_bytes: int | None) -> str:
        """Begin a file in parts; returns the id of the upload."""
        self._check(key)
        with _errors():
            upload = self._client.create_multipart_upload(**self._named(key))
        return f"{upload['UploadId']}:{part_size_bytes}:{key}"

    def part(self, upload_id: str, number: int, data: bytes) -> str:
        """Take a part, and return its etag; raises MissingError when the upload is gone."""
        with _errors():
            answer = self._client.upload_part(**self._upload(upload_id), PartNumber=number, Body=data)
        return _bare(answer["ETag"])

    def part_url(self, upload_id: str, number: int, size_bytes: int, *, valid_for_s: int) -> str | None:
        """A signed address to which a browser puts a part of exactly this size."""
        said = {**self._upload(upload_id), "PartNumber": number, "ContentLength": size_bytes}
        return self._signed("upload_part", said, valid_for_s)

    def parts(self, upload_id: str) -> Sequence[StoredPart]:
        """What has arrived, by its number; raises MissingError when the upload is gone."""
        with _errors():
            pages = self._client.get_paginator("list_parts").paginate(**self._upload(upload_id))
            found = [one for page in pages for one in page.get("Parts", ())]
        # Some stores list a part that came again twice.
        last = {one["PartNumber"]: one for one in sorted(found, key=lambda one: one["LastModified"])}
        return [StoredPart(number, last[number]["Size"], _bare(last[number]["ETag"])) for number in sorted(last)]

    def complete(self, upload_id: str, parts: Sequence[StoredPart] | None = None) -> None:
        """Make the file of the parts; raises MissingError when the upload is gone, ConflictError for other parts."""
        arrived = self.parts(upload_id)
        # Not every store looks itself whether the parts are those that are named.
        if parts is not None and list(arrived) != list(parts):
            raise ConflictError(_CAME_AGAIN)
        numbered = [{"PartNumber": one.number, "ETag": f'"{one.etag}"'} for one in arrived]
        key = _parsed(upload_id)[1]
        try:
            with _errors():
                # Never over a file that is there: an earlier attempt has made it, and its answer was lost.
                self._client.complete_multipart_upload(
                    **self._upload(upload_id), MultipartUpload={"Parts": numbered}, IfNoneMatch="*"
                )
        except _ThereAlreadyError:
            logger.info("An upload was complete already")
        except _OtherPartsError:
            raise ConflictError(_CAME_AGAIN) from None
        # Some stores answer a completion before it has worked, or with an error inside of what looks like success.
        if self.size(key) != sum(one.size_bytes for one in arrived):
            raise _away(ValueError("a file was put together wrongly"))

    def completed_size(self, upload_id: str) -> int:
        """How many bytes the file has; raises MissingError where there is none yet."""
        return self.size(_parsed(upload_id)[1])

    def abort(self, upload_id: str) -> None:
        """Forget an upload; it may be gone already."""
        with suppress(MissingError), _errors():
            self._client.abort_multipart_upload(**self._upload(upload_id))

    def abandoned_uploads(self, older_than_s: float) -> Sequence[str]:
        """Ids of uploads that began longer ago than this; when they have grown last S3 does not say."""
        limit = datetime.now(UTC) - timedelta(seconds=older_than_s)
        prefix = self._bucket.prefix
        with _errors():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket.name, Prefix=prefix
            )
            return [
                f"{one['UploadId']}:0:{one['Key'].removeprefix(prefix)}"
                for page in pages
                for one in page.get("Uploads", ())
                if is_key(one["Key"].removeprefix(prefix)) and one["Initiated"].astimezone(UTC) < limit
            ]

    def capacity(self) -> Capacity | None:
        """None: a bucket has no end that it tells of."""
        return None

    @cached_property
    def _client(self) -> Any:
        return self._client_at(self._bucket.endpoint_url)

    @cached_property
    def _signing_client(self) -> Any:
        # Another one only where the host is another, which is a part of what is signed.
        public = self._bucket.public_endpoint_url
        return self._client_at(public) if public else self._client

    def _client_at(self, endpoint_url: str) -> Any:
        bucket = self._bucket
        # Of a session of its own, because threads may ask for the first one at the same moment.
        return boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint_url or None,
            region_name=bucket.region or "us-east-1",
            aws_access_key_id=bucket.access_key or None,
            aws_secret_access_key=bucket.secret_key or None,
            config=Config(
                # With an endpoint of one's own addresses would be signed in the old way otherwise.
                signature_version="s3v4",
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=_CONNECT_TIMEOUT_S,
                read_timeout=_READ_TIMEOUT_S,
                retries={"total_max_attempts": _TRIES, "mode": "standard"},
                max_pool_connections=_CONNECTIONS,
                s3={"addressing_style": "path" if bucket.is_path_style else "virtual"},
            ),
        )

    def _signed(self, operation: str, values: dict[str, Any], valid_for_s: int) -> str:
        with _errors():
            return str(self._signing_client.generate_presigned_url(operation, Params=values, ExpiresIn=valid_for_s))

    def _check(self, key: str) -> None:
        if not is_key(key):
            raise ValueError(f"{key!r} is no key of a stored file")

    def _named(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket.name, "Key": self._bucket.prefix + key}

    def _upload(self, upload_id: str) -> dict[str, Any]:
        name, key = _parsed(upload_id)
        return {**self._named(key), "UploadId": name}


class _OtherPartsError(Exception):
    """Parts are not those that were listed."""


class _ThereAlreadyError(Exception):
    """A file has the key already."""


class _ObjectReader(io.RawIOBase):
    """The body of an answer as a file, whose line may break off while it is read."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As a file does; raises StorageUnavailableError."""
        try:
            data = self._body.read(len(buffer))
        except (HTTPError, OSError, BotoCoreError, IncompleteReadError) as error:
            raise _away(error) from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Leave the line to others."""
        self._body.close()
        super().close()


def _wait_idly() -> None:
    pass


class _Done(BaseSubscriber):  # type: ignore[misc]
    """Tells when a transfer is over, whatever came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def on_done(self, future: Any, **_: Any) -> None:
        self.event.set()


@contextmanager
def _errors() -> Iterator[None]:
    """Say what is missing, and what cannot be reached, as every storage does."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _GONE:
            raise MissingError("The file is not there any more.") from None
        if code in _THERE_ALREADY:
            raise _ThereAlreadyError from None
        if code in _OTHER_PARTS:
            raise _OtherPartsError from None
        raise _away(error) from None
    except (BotoCoreError, HTTPError, boto3.exceptions.Boto3Error, RetriesExceededError) as error:
        raise _away(error) from None


def _away(error: Exception) -> ServiceError:
    # A store's own words name the bucket at most, and no secret.
    logger.error("The object storage cannot be used: %s", error)
    return StorageUnavailableError(
        "The stored files cannot be reached at the moment; ask whoever runs this server to look at its storage."
    )


def _parsed(upload_id: str) -> tuple[str, str]:
    """What S3 calls an upload, and its key."""
    rest, _, key = upload_id.rpartition(":")
    return rest.rpartition(":")[0], key


def _bare(etag: str) -> str:
    return etag.strip('"')
