"""Encrypting what the database keeps and the server has to read again: AES-256-GCM with keys that can be rotated.

A text is ``v1.KEY.NONCE.CIPHER``: which key, 96 random bits, and the cipher text with its tag, the last two in base64
for addresses. What it belongs to (table and row) is authenticated with it, so that it opens nowhere else.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "v1"
_NONCE_BYTES = 12


class DecryptionError(Exception):
    """A text cannot be opened: its key is gone, it was changed, or it belongs elsewhere."""


class KeyRing:
    """Keys of which the first encrypts and all decrypt."""

    def __init__(self, secrets_of_keys: Sequence[str]) -> None:
        """``secrets_of_keys`` are texts of any length with enough randomness; raises ValueError for none."""
        if not secrets_of_keys:
            raise ValueError("a key ring needs a key")
        self._keys = {_name_of(one): sha256(one.encode()).digest() for one in secrets_of_keys}
        self.newest = _name_of(secrets_of_keys[0])

    @property
    def names(self) -> frozenset[str]:
        """What the keys are called in what they encrypt."""
        return frozenset(self._keys)

    def encrypt(self, text: str, belongs_to: str) -> str:
        """An encrypted text that opens only where it belongs."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._keys[self.newest]).encrypt(nonce, text.encode(), belongs_to.encode())
        return ".".join((_VERSION, self.newest, _encoded(nonce), _encoded(cipher)))

    def decrypt(self, encrypted: str, belongs_to: str) -> str:
        """The text; raises DecryptionError."""
        try:
            version, name, nonce, cipher = encrypted.split(".")
            if version != _VERSION:
                raise ValueError("another version")
            plain = AESGCM(self._keys[name]).decrypt(_decoded(nonce), _decoded(cipher), belongs_to.encode())
        except (KeyError, ValueError, InvalidTag) as error:
            raise DecryptionError("it cannot be opened with the keys that there are") from error
        return plain.decode()


def key_name_of(encrypted: str) -> str:
    """With which key a text was encrypted."""
    return encrypted.split(".")[1]


def _name_of(secret: str) -> str:
    return sha256(b"name:" + secret.encode()).hexdigest()[:8]


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
