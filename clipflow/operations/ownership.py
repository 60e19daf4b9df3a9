"""Whose files the storage holds: the database and the storage carry the same id, or nothing is changed in it."""

import logging
from collections.abc import Callable

from clipflow.core import installation
from clipflow.core.errors import ConflictError, StorageUnavailableError
from clipflow.core.storage.protocol import Storage
from clipflow.media import models as media_models
from clipflow.resources import Resources, places_of

logger = logging.getLogger(__name__)

# Where more of the files are unknown, it is the database that is wrong, not the files.
MOST_UNKNOWN_SHARE = 0.1
_WAY_OUT = (
    "nothing is removed from it and nothing is put into it. Check DATABASE_URL and UPLOAD_DIR; where the two do "
    "belong together, as after moving one of them, run: python run.py claim-storage"
)


def bind_storage(resources: Resources, known_keys: Callable[[], set[str]]) -> bool:
    """Have a storage that nobody has claimed carry the id of this database; False, and a line in the log, when it is
    not ours.

    A storage without an id is claimed once: when it holds no files, or files that this database knows.
    """
    mine = installation.this_installation()
    try:
        owner = resources.storage.owner()
        if owner == str(mine.id):
            _note_claimed(resources, mine)
            return True
        if owner is None and mine.storage_claimed_at is None and _is_ours(resources.storage, known_keys()):
            claim_storage(resources)
            return True
        if owner is None and _moves_in(resources, str(mine.id)):
            claim_storage(resources)
            return True
    except StorageUnavailableError as error:
        logger.error("%s", error)
        return False
    logger.error("%s", foreign_sentence(owner))
    return False


def _moves_in(resources: Resources, mine: str) -> bool:
    """Whether the storage is new and empty, and the one that was used before is there and ours."""
    places = places_of(resources.settings)
    main = places.pop(resources.settings.storage_type)
    if any(True for _ in main.list()):
        return False
    # After a move everything has gone from the other one; a main one without its mark is then one that is away.
    needed = media_models.usable_keys()
    return any(other.owner() == mine and needed <= {one.key for one in other.list()} for other in places.values())


def claim_storage(resources: Resources) -> None:
    """Make the storage that of this database, whoever had it before."""
    mine = installation.this_installation()
    resources.storage.claim(str(mine.id))
    _note_claimed(resources, mine)


def check_known_share(resources: Resources, known: set[str]) -> None:
    """Raise ConflictError where the database knows too little of the storage to take the rest for left-overs."""
    unknown, total = _count_unknown(resources.storage, known)
    if unknown > total * MOST_UNKNOWN_SHARE:
        raise ConflictError(
            f"{unknown} of {total} stored files are in no row of the database, so none of them is touched; restore the "
            "database that belongs to them, or put them aside with: python run.py cleanup --yes"
        )


def foreign_sentence(owner: str | None) -> str:
    """What is said of a storage that is not ours."""
    if owner is None:
        return f"The storage does not carry the id of this installation, perhaps because it is not mounted; {_WAY_OUT}"
    return f"The storage belongs to another installation than the database; {_WAY_OUT}"


def _is_ours(storage: Storage, known: set[str]) -> bool:
    unknown, total = _count_unknown(storage, known)
    return unknown <= total * MOST_UNKNOWN_SHARE


def _count_unknown(storage: Storage, known: set[str]) -> tuple[int, int]:
    keys = [one.key for one in storage.list()]
    return sum(key not in known for key in keys), len(keys)


def _note_claimed(resources: Resources, mine: installation.Installation) -> None:
    is_disk = resources.settings.storage_type == "local"
    if mine.storage_claimed_at is None or (is_disk and mine.disk_claimed_at is None):
        installation.note_storage_claimed(is_disk=is_disk)
