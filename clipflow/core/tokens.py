"""Secrets that are given out: what is kept of them, and those that follow from the server's own secret."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256


def hash_of_token(token: str) -> str:
    """What is kept of a token: its SHA-256 in hexadecimal digits, of any text that somebody may send."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def derived_token(secret_key: str, message: bytes) -> str:
    """A token that is the same for the same message, and that nobody works out without the server's secret.

    ``message`` begins with what the token is for, so that no token is good for something else.
    """
    digest = hmac.new(secret_key.encode(), message, sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
