"""Signed addresses: the right to send one file, checked without a look at the database."""

import hmac
import time
from hashlib import sha256


class UploadSigner:
    """Signs the addresses that raw uploads are sent to, so that they can be checked without a look at the database."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, file_id: str, owner_id: str, size_bytes: int, expires_at: int) -> str:
        """The signature of an address for one file of one size, that somebody has announced, until one second."""
        message = f"upload:{file_id}:{owner_id}:{size_bytes}:{expires_at}".encode()
        return hmac.new(self._secret, message, sha256).hexdigest()

    def is_valid(
        self, file_id: str, owner_id: str, size_bytes: int, expires_at: int, signature: str, *, leeway_s: int = 0
    ) -> bool:
        """Whether the signature is ours and still counts, or did ``leeway_s`` ago."""
        expected = self.sign(file_id, owner_id, size_bytes, expires_at)
        is_ours = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
        return is_ours and time.time() < expires_at + leeway_s
