"""Which installation this is: an id that its database and its storage both carry."""

from typing import Any
from uuid import UUID

from clipflow.core import clock
from clipflow.core.db import BaseModel, IdField, UtcDateTimeField, connected


class Installation(BaseModel):
    """The one row that says whose database this is.

    ``storage_claimed_at`` is set once the storage carries the id too; a storage without it is then one that is
    not there at the moment, such as a folder that is not mounted.
    """

    id = IdField()
    created_at = UtcDateTimeField()
    storage_claimed_at = UtcDateTimeField(null=True)

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
    identity: UUID = this_installation().id
    return str(identity)


def note_storage_claimed() -> None:
    """Remember that the storage carries the id of this database."""
    with connected():
        changes: Any = {"storage_claimed_at": clock.now()}
        Installation.update(**changes).execute()
