"""What passwords must be, and their hashes: bcrypt over a pre-hash, because bcrypt refuses more than 72 bytes."""

import base64
from functools import cache
from hashlib import sha256

import bcrypt

MINIMUM_CHARACTERS = 8
MAXIMUM_CHARACTERS = 128


def fault_of_password(password: str) -> str | None:
    """What a new password lacks, as a sentence: length, a capital, a digit; None for one that will do."""
    problems = []
    if not MINIMUM_CHARACTERS <= len(password) <= MAXIMUM_CHARACTERS:
        problems.append(f"{MINIMUM_CHARACTERS} to {MAXIMUM_CHARACTERS} characters")
    if not any(character.isupper() for character in password):
        problems.append("an upper-case letter")
    if not any(character.isdigit() for character in password):
        problems.append("a digit")
    return f"The password needs {' and '.join(problems)}." if problems else None


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
