"""What passwords must be, and their hashes: bcrypt over a pre-hash, because bcrypt refuses more than 72 bytes."""

import base64
from collections.abc import Callable
from functools import cache
from hashlib import sha256

import bcrypt
from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

from clipflow.config import PasswordRules

MAXIMUM_CHARACTERS = 128

_NEEDED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "upper": ("an upper-case letter", str.isupper),
    "lower": ("a lower-case letter", str.islower),
    "digit": ("a digit", str.isdigit),
    "special": ("a sign that is neither letter nor digit", lambda character: not character.isalnum()),
}
# The kinds of words in zxcvbn's lists that people take for passwords.
_LISTS = ("passwords", "english_wikipedia", "female_names", "male_names", "surnames", "us_tv_and_film")


def fault_of_password(password: str, rules: PasswordRules) -> str | None:
    """What a new password lacks, as a sentence; None for one that will do."""
    problems = []
    if not rules.minimum_characters <= len(password) <= MAXIMUM_CHARACTERS:
        problems.append(_length_of(rules))
    problems += [
        words
        for part, (words, is_there) in _NEEDED.items()
        if part in rules.required and not any(map(is_there, password))
    ]
    if problems:
        return f"The password needs {' and '.join(problems)}."
    if rules.has_blocklist and _is_common(password):
        return "The password is one of those that are tried first; take one that nobody guesses, such as four words."
    return None


def hint_of(rules: PasswordRules) -> str:
    """What a new password must be, as a sentence for people."""
    needed = [words for part, (words, _) in _NEEDED.items() if part in rules.required]
    return f"{_length_of(rules)}{' with ' if needed else ''}{' and '.join(needed)}."


def _length_of(rules: PasswordRules) -> str:
    return f"{rules.minimum_characters} to {MAXIMUM_CHARACTERS} characters"


def _is_common(password: str) -> bool:
    """Whether a password is a common one, as it is or with digits and signs around it."""
    plain = password.lower()
    core = plain.strip("".join({one for one in plain if not one.isalpha()}))
    return plain in _common_words() or core in _common_words()


@cache
def _common_words() -> frozenset[str]:
    """The words of zxcvbn's lists; loaded when the first password is chosen."""
    return frozenset(word for name in _LISTS for word in FREQUENCY_LISTS[name])


def hash_password(password: str, cost: int) -> str:
    """A bcrypt hash; takes a quarter of a second at cost 12."""
    return bcrypt.hashpw(_prehash(password), bcrypt.gensalt(cost)).decode("ascii")


def is_password(password: str, password_hash: str) -> bool:
    """Whether this is the password behind the hash; an empty one, of who signs in another way, has none."""
    if not password_hash:
        return False
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
