"""Password hashes: bcrypt over a pre-hash, because bcrypt refuses more than 72 bytes."""

import base64
from functools import cache
from hashlib import sha256

import bcrypt


def hash_password(password: str, cost: int) -> str:
    """A bcrypt hash; takes a quarter of a second at cost 12."""
    return bcrypt.hashpw(_prehash(password), bcrypt.gensalt(cost)).decode("ascii")


def is_password(password: str, password_hash: str) -> bool:
    """Whether this is the password behind the hash."""
    return bcrypt.checkpw(_prehash(password), password_hash.encode("ascii"))


def verify_dummy_hash(password: str, cost: int) -> None:
    """Take as long as a comparison takes, so that an unknown e-mail address cannot be told by the time."""
    bcrypt.checkpw(_prehash(password), _nobodys_hash(cost))


def _prehash(password: str) -> bytes:
    # Base64, because bcrypt stops at a NUL byte.
    return base64.b64encode(sha256(password.encode("utf-8", "surrogatepass")).digest())


@cache
def _nobodys_hash(cost: int) -> bytes:
    return bcrypt.hashpw(b"nobody", bcrypt.gensalt(cost))
