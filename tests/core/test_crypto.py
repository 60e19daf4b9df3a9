"""Encrypted texts: they open where they belong, with the keys that there are, and nowhere else."""

import pytest

from clipflow.core.crypto import DecryptionError, KeyRing, key_name_of

OLD, NEW = "an old key of thirty-two letters", "a new key of thirty-two letters!"


def test_it_opens_where_it_belongs() -> None:
    ring = KeyRing([OLD])
    assert ring.decrypt(ring.encrypt("sécret", "users:1"), "users:1") == "sécret"


def test_it_looks_different_each_time() -> None:
    ring = KeyRing([OLD])
    assert ring.encrypt("secret", "users:1") != ring.encrypt("secret", "users:1")


def test_it_opens_nowhere_else() -> None:
    ring = KeyRing([OLD])
    with pytest.raises(DecryptionError):
        ring.decrypt(ring.encrypt("secret", "users:1"), "users:2")


@pytest.mark.parametrize("broken", ["", "v1", "v1.x.y.z", "v2.00000000.AAAA.AAAA", "v1.00000000.AAAA.AAAA"])
def test_what_is_no_encrypted_text_is_refused(broken: str) -> None:
    with pytest.raises(DecryptionError):
        KeyRing([OLD]).decrypt(broken, "users:1")


def test_a_changed_text_is_refused() -> None:
    ring = KeyRing([OLD])
    encrypted = ring.encrypt("secret", "users:1")
    last = "A" if encrypted[-3] != "A" else "B"
    with pytest.raises(DecryptionError):
        ring.decrypt(f"{encrypted[:-3]}{last}{encrypted[-2:]}", "users:1")


def test_a_new_key_encrypts_and_an_old_one_still_opens() -> None:
    encrypted = KeyRing([OLD]).encrypt("secret", "users:1")
    both = KeyRing([NEW, OLD])
    assert both.decrypt(encrypted, "users:1") == "secret"
    assert key_name_of(both.encrypt("secret", "users:1")) == both.newest != key_name_of(encrypted)
    with pytest.raises(DecryptionError):
        KeyRing([NEW]).decrypt(encrypted, "users:1")


def test_it_needs_a_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        KeyRing([])
