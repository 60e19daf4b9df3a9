"""The names of stored files."""

import re

_KEY = re.compile(r"(quarantine/)?[a-z]+/[0-9a-f]{2}/[0-9a-f-]{36}(\.[a-z0-9]{1,8})?")
QUARANTINE = "quarantine/"


def key_for(kind: str, file_id: str, extension: str = "") -> str:
    """The key of a file: its kind (media, tracks), spread over 256 folders by its id."""
    return f"{kind}/{file_id[:2]}/{file_id}{extension}"


def is_key(text: str) -> bool:
    """Whether a text is the key of a stored file."""
    return _KEY.fullmatch(text) is not None


def key_of_upload(upload_id: str) -> str:
    """The key of the file that an upload in parts becomes."""
    return upload_id.rpartition(":")[2]


def name_of_upload(upload_id: str) -> str:
    """What the storage alone calls an upload in parts: how its id begins."""
    return upload_id.partition(":")[0]


def quarantine_key(key: str) -> str:
    """Where a file waits that nobody seems to know, until it is deleted for good or known again."""
    return QUARANTINE + key


def is_in_quarantine(key: str) -> bool:
    """Whether it is the key of a file that was put aside."""
    return key.startswith(QUARANTINE)


def key_before_quarantine(key: str) -> str:
    """The key of a file before it was put into quarantine."""
    return key.removeprefix(QUARANTINE)
