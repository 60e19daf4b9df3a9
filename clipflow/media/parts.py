"""Uploads in parts: each is sent to an address of its own, in any order, again where it broke off, and later."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from clipflow.core import clock
from clipflow.core.errors import (
    ConflictError,
    InvalidInputError,
    MissingError,
    PartsMissingError,
    UnsupportedFormatError,
)
from clipflow.core.principal import Permission, Principal
from clipflow.core.storage.keys import key_for, key_of_upload
from clipflow.core.storage.protocol import StoredPart
from clipflow.media import charging, filetypes, models
from clipflow.media.models import PendingUpload
from clipflow.projects.access import require, visible
from clipflow.resources import Resources

MEBIBYTE = 1024**2
SMALLEST_PART_BYTES = 16 * MEBIBYTE
# Of every S3 it is ten times as many, and the addresses of all fit into few answers.
MOST_PARTS = 1000
# How many parts a client is advised to send at the same time.
AT_ONCE = 4
PART_ADDRESS_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PartAddress:
    """Where a part is put, and how many bytes it has; without a ``url`` our own server takes it, by the signature."""

    number: int
    size_bytes: int
    url: str | None
    owner_id: str
    expires_at_s: int
    signature: str


@dataclass(frozen=True, slots=True)
class ClaimedPart:
    """A part as whoever has sent it knows it."""

    number: int
    etag: str


def part_size_of(file_size: int) -> int:
    """How many bytes each part of a file has but the last."""
    per_part = math.ceil(file_size / MOST_PARTS)
    return max(SMALLEST_PART_BYTES, math.ceil(per_part / MEBIBYTE) * MEBIBYTE)


def count_of(upload: PendingUpload) -> int:
    """How many parts an upload has."""
    return math.ceil(upload.file_size / size_of(upload))


def size_of(upload: PendingUpload) -> int:
    """How many bytes each part of an upload has but the last; those that an earlier version announced have one."""
    return int(upload.part_size or upload.file_size)


def find(principal: Principal, upload_id: UUID) -> PendingUpload:
    """An upload that the person may go on with; raises MissingError or NotAllowedError, or says why it was refused."""
    upload = models.find_pending_upload(upload_id, visible(principal, Permission.VIEW))
    if upload is None or upload.expires_at < clock.now():
        raise no_upload()
    require(principal, upload.project_id, Permission.EDIT)
    if upload.refusal is not None:
        raise UnsupportedFormatError(upload.refusal)
    return upload


def no_upload() -> MissingError:
    """What is said of an upload that is not expected."""
    return MissingError("There is no such upload (any more); announce it again.")


def list_unfinished(principal: Principal) -> list[PendingUpload]:
    """What the person has announced and not confirmed, the newest first."""
    return models.unfinished_uploads_of(principal.user_id, clock.now(), visible(principal, Permission.EDIT))


def addresses(
    resources: Resources, principal: Principal, upload_id: UUID, numbers: Iterable[int]
) -> tuple[list[PartAddress], datetime]:
    """Where parts of an upload may be put, and until when; the upload is expected for longer then.

    Raises:
        MissingError, NotAllowedError: there is no such upload, or it is not to be gone on with.
        InvalidInputError: it has no such parts.
        ConflictError: its bytes have arrived already.
    """
    upload = find(principal, upload_id)
    if upload.received_at is not None:
        raise ConflictError("The file has arrived already; confirm the upload.")
    wanted, last = sorted(set(numbers)), count_of(upload)
    if wanted[0] < 1 or wanted[-1] > last:
        sentence = f"The upload has parts from 1 to {last}."
        raise InvalidInputError(sentence, {"part_numbers": sentence})
    if upload.part_size is None:
        raise ConflictError("This upload was announced to an earlier version; announce it again.")
    storage_upload_id = _begun(resources, upload)
    now = clock.now()
    models.extend_upload(upload.id, now + resources.settings.upload_lifetime)
    expires_at = now + PART_ADDRESS_LIFETIME
    found = [_address(resources, principal, upload, storage_upload_id, number, expires_at) for number in wanted]
    return found, expires_at


def receive(resources: Resources, upload_id: UUID, number: int, data: bytes) -> str:
    """Keep a part that has come to an address of ours, and return its etag.

    Raises:
        MissingError: the upload is not expected (any more).
        InvalidInputError: the part is not as long as it should be.
    """
    upload = PendingUpload.get_or_none(PendingUpload.id == upload_id)
    if upload is None or upload.storage_upload_id is None or upload.refusal is not None or upload.received_at:
        raise no_upload()
    expected = _bytes_of_part(upload, number)
    if len(data) != expected:
        raise InvalidInputError(f"The part has {len(data)} bytes instead of {expected}; send it again.")
    return resources.storage.part(upload.storage_upload_id, number, data)


def arrived(resources: Resources, principal: Principal, upload_id: UUID) -> Sequence[StoredPart]:
    """Which parts of an upload have arrived, as the storage itself says; raises MissingError or NotAllowedError."""
    upload = find(principal, upload_id)
    if upload.storage_upload_id is None:
        return []
    if upload.received_at is not None:
        raise ConflictError("The file has arrived already; confirm the upload.")
    return resources.storage.parts(upload.storage_upload_id)


def join(resources: Resources, upload: PendingUpload, claimed: Sequence[ClaimedPart]) -> PendingUpload | None:
    """Make one file of the parts of an upload; does nothing where that was done, or its bytes came in one piece.

    Returns the upload as it is then, or None where somebody else has confirmed it or given it up meanwhile.

    Raises:
        ConflictError: nothing has arrived.
        PartsMissingError: parts have not arrived, or are not those that were ``claimed``.
    """
    if upload.received_at is not None:
        check_claims(upload.parts_digest, claimed)
        return upload
    if upload.storage_upload_id is None:
        raise ConflictError("The file has not arrived yet; send it to its upload address first.")
    digest = None
    if not _is_joined(resources, upload.storage_upload_id, upload.file_size):
        try:
            there = resources.storage.parts(upload.storage_upload_id)
            _check_all_there(upload, there, claimed)
            resources.storage.complete(upload.storage_upload_id, there)
            digest = digest_of(ClaimedPart(one.number, one.etag) for one in there)
        except MissingError:
            # Somebody else may have made the file at the same moment.
            if not _is_joined(resources, upload.storage_upload_id, upload.file_size):
                return None
    models.note_received(upload, key_of_upload(upload.storage_upload_id), clock.now(), digest)
    joined: PendingUpload | None = PendingUpload.get_or_none(
        PendingUpload.id == upload.id, PendingUpload.received_at.is_null(is_null=False)
    )
    return joined


def digest_of(parts: Iterable[ClaimedPart]) -> str:
    """By what the parts of a file are known again once the storage has forgotten them."""
    lines = sorted((one.number, one.etag) for one in parts)
    return sha256(repr(lines).encode()).hexdigest()


def check_claims(parts_digest: str | None, claimed: Sequence[ClaimedPart]) -> None:
    """Raise ConflictError where somebody claims all parts of a file, and they are not those that it was made of."""
    if parts_digest is None or not claimed or digest_of(claimed) == parts_digest:
        return
    raise ConflictError("Another file was sent for this upload meanwhile; announce this one again, and send it anew.")


def give_up(resources: Resources, upload: PendingUpload, *, expired_at: datetime | None = None) -> None:
    """Expect an upload no longer, and remove what has arrived of it; with ``expired_at`` only if it has ended then."""
    # The row first: what becomes a recording at the same moment keeps its file.
    removed = charging.remove_announced(upload, expired_at=expired_at)
    if removed is not None:
        _remove_files(resources, removed)


def _remove_files(resources: Resources, upload: PendingUpload) -> None:
    if upload.storage_upload_id is not None:
        resources.storage.abort(upload.storage_upload_id)
        resources.storage.delete(key_of_upload(upload.storage_upload_id))
    resources.storage.delete(upload.storage_key)


def signed_name(upload_id: UUID, number: int) -> str:
    """What the address of a part is signed for."""
    return f"{upload_id}/{number}"


def _begun(resources: Resources, upload: PendingUpload) -> str:
    if upload.storage_upload_id is not None:
        return upload.storage_upload_id
    key = key_for("media", str(uuid4()), f".{filetypes.extension_of(upload.filename)}")
    begun = resources.storage.begin(key, part_size_bytes=size_of(upload), expected_bytes=upload.file_size)
    if models.begin_parts(upload.id, begun):
        return begun
    resources.storage.abort(begun)
    other: PendingUpload | None = PendingUpload.get_or_none(PendingUpload.id == upload.id)
    if other is None or other.storage_upload_id is None:
        raise no_upload()
    return other.storage_upload_id


def _address(
    resources: Resources,
    principal: Principal,
    upload: PendingUpload,
    storage_upload_id: str,
    number: int,
    expires_at: datetime,
) -> PartAddress:
    size_bytes, valid_for_s = _bytes_of_part(upload, number), int(PART_ADDRESS_LIFETIME.total_seconds())
    url = resources.storage.part_url(storage_upload_id, number, size_bytes, valid_for_s=valid_for_s)
    owner_id, expires_at_s = principal.user_id.hex, int(expires_at.timestamp())
    signature = resources.signer.sign(signed_name(upload.id, number), owner_id, size_bytes, expires_at_s)
    return PartAddress(number, size_bytes, url, owner_id, expires_at_s, signature)


def _bytes_of_part(upload: PendingUpload, number: int) -> int:
    return min(size_of(upload), upload.file_size - (number - 1) * size_of(upload))


def _is_joined(resources: Resources, storage_upload_id: str, size_bytes: int) -> bool:
    """Whether a process was killed right after it has made the file."""
    try:
        return resources.storage.completed_size(storage_upload_id) == size_bytes
    except MissingError:
        return False


def _check_all_there(upload: PendingUpload, there: Sequence[StoredPart], claimed: Sequence[ClaimedPart]) -> None:
    by_number = {one.number: one for one in there}
    missing = {
        number
        for number in range(1, count_of(upload) + 1)
        if number not in by_number or by_number[number].size_bytes != _bytes_of_part(upload, number)
    }
    missing |= {one.number for one in claimed if one.number not in by_number or by_number[one.number].etag != one.etag}
    if missing:
        raise PartsMissingError(
            f"{len(missing)} of {count_of(upload)} parts have not arrived as they were sent; send them again.",
            {"part_numbers": sorted(missing)},
        )
