"""Secrets that are given out: what is kept of them, and those that follow from the server's own secret."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

PERSONAL_PREFIX = "clf_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 62 to the power of 43 is just above 2 to the power of 256.
_RANDOM_DIGITS, _CHECK_DIGITS = 43, 6


def hash_of_token(token: str) -> str:
    """What is kept of a token: its SHA-256 in hexadecimal digits, of any text that somebody may send."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def derived_token(secret_key: str, message: bytes) -> str:
    """A token that is the same for the same message, and that nobody works out without the server's secret.

    ``message`` begins with what the token is for, so that no token is good for something else.
    """
    digest = hmac.new(secret_key.encode(), message, sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_personal_token(secret_key: str) -> str:
    """A token of 256 random bits that is known as one of ours by its beginning and its last six digits."""
    random = _in_digits(secrets.token_bytes(32), _RANDOM_DIGITS)
    return f"{PERSONAL_PREFIX}{random}{_check_digits(secret_key, random)}"


def is_personal_token(secret_key: str, text: str) -> bool:
    """Whether a text was made as a personal token here, told without a database; it may be revoked all the same."""
    random, check = text.removeprefix(PERSONAL_PREFIX)[:-_CHECK_DIGITS], text[-_CHECK_DIGITS:]
    is_of_its_length = len(text) == len(PERSONAL_PREFIX) + _RANDOM_DIGITS + _CHECK_DIGITS
    is_ours = is_of_its_length and text.startswith(PERSONAL_PREFIX) and text.isascii()
    return is_ours and hmac.compare_digest(check, _check_digits(secret_key, random))


def _check_digits(secret_key: str, random: str) -> str:
    digest = hmac.new(secret_key.encode(), b"personal-token:" + random.encode(), sha256).digest()
    return _in_digits(digest, _RANDOM_DIGITS)[-_CHECK_DIGITS:]


def _in_digits(data: bytes, count: int) -> str:
    number, digits = int.from_bytes(data), []
    for _ in range(count):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
