"""Who may do what with a project: the only place that decides it."""

from typing import Any
from uuid import UUID

from clipflow.core.errors import MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal
from clipflow.projects.models import Project


def visible(principal: Principal, permission: Permission) -> Any:
    """The condition for queries that a principal has a permission for a project, and that it is not deleted."""
    if permission not in principal.ceiling:
        return Project.id.is_null()
    # The owner may do everything.
    return (Project.owner == principal.user_id) & Project.deleted_at.is_null()


def require(principal: Principal, project_id: UUID, permission: Permission) -> None:
    """Make sure that a principal may do something with a project.

    Raises:
        MissingError: there is no such project, or the principal may not see it.
        NotAllowedError: it may be seen, but this may not be done with it.
    """
    if _has(principal, project_id, permission):
        return
    if permission is not Permission.VIEW and _has(principal, project_id, Permission.VIEW):
        raise NotAllowedError("You may look at this project, but not do this; ask its owner.")
    raise MissingError("There is no such project; check the address.")


def _has(principal: Principal, project_id: UUID, permission: Permission) -> bool:
    return bool(Project.select(Project.id).where(Project.id == project_id, visible(principal, permission)).exists())
