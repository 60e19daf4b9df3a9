"""Which installation this is: an id that its database and its storage both carry."""

from typing import Any
from uuid import UUID

from clipflow.core import clock
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, connected


class Installation(BaseModel):
    """The one row that says whose database this is.

    ``storage_claimed_at`` is set once the storage carries the id too; a storage without it is then one that is
    not there at the moment, such as a folder that is not mounted. ``disk_claimed_at`` is set once a folder of this
    machine does, whatever is used today.
    """

    id = IdField()
    created_at = UtcDateTimeField()
    storage_claimed_at = UtcDateTimeField(null=True)
    disk_claimed_at = UtcDateTimeField(null=True)

    class Meta:
        """Made with its row by a migration."""

        table_name = "installation"


def this_installation() -> Installation:
    """The row; raises UnavailableError when the database cannot be reached."""
    with connected():
        found: Installation = Installation.select().get()
        return found


def installation_id() -> str:
    """The id that the storage is to carry."""
    # This column alone, because it is asked for before the others are there, in a database of an earlier version.
    with connected():
        identity: UUID = Installation.select(Installation.id).get().id
    return str(identity)


def was_disk_used() -> bool:
    """Whether files were ever kept in a folder of this machine."""
    return this_installation().disk_claimed_at is not None


def note_storage_claimed(*, is_disk: bool) -> None:
    """Remember that the storage, which is a folder of this machine or a bucket, carries the id of this database."""
    with connected():
        now = clock.now()
        changes: Any = {"storage_claimed_at": now, **({"disk_claimed_at": now} if is_disk else {})}
        Installation.update(**changes).execute()
