"""What a stored file is known by again: the SHA-256 of its bytes."""

from hashlib import sha256

from clipflow.core.storage.protocol import Storage

_PIECE_BYTES = 1024**2


def digest_of(storage: Storage, key: str) -> str:
    """The SHA-256 of a stored file, as hexadecimal digits; raises MissingError."""
    digest = sha256()
    with storage.open_range(key) as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
