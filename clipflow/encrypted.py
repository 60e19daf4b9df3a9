"""Everything that is encrypted in the database: counted by key, and encrypted anew with the newest one."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clipflow.accounts.models import User
from clipflow.accounts.second_factor import place_of as place_of_second_factor
from clipflow.core.crypto import DecryptionError, KeyRing, key_name_of
from clipflow.core.db import transaction
from clipflow.provider_keys.models import ProviderKey
from clipflow.provider_keys.service import place_of as place_of_key


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of encrypted texts, and what each belongs to."""

    table: type[Any]
    field: Any
    place_of: Callable[[Any], str]


_COLUMNS = (
    _Column(User, User.totp_secret, place_of_second_factor),
    _Column(ProviderKey, ProviderKey.encrypted, place_of_key),
)


def count_by_key() -> Counter[str]:
    """How many texts are encrypted with each key, by the keys' names."""
    return Counter(key_name_of(text) for _, _, text in _rows())


def rotate(keys: KeyRing) -> tuple[int, int]:
    """Encrypt everything with the newest key; returns how much was, and how much no key opens.

    May be broken off and done again. What somebody changes at the same moment stays as it was changed.
    """
    done = unreadable = 0
    for column, row_id, text in list(_rows()):
        if key_name_of(text) == keys.newest:
            continue
        place = column.place_of(row_id)
        try:
            renewed = keys.encrypt(keys.decrypt(text, place), place)
        except DecryptionError:
            unreadable += 1
            continue
        unchanged = (column.table.id == row_id) & (column.field == text)
        with transaction():
            done += column.table.update({column.field: renewed}).where(unchanged).execute()
    return done, unreadable


def _rows() -> Iterator[tuple[_Column, Any, str]]:
    for column in _COLUMNS:
        query: Any = column.table.select(column.table.id, column.field).where(column.field.is_null(is_null=False))
        for row_id, text in query.tuples():
            yield column, row_id, text
