"""Who may do what with a project: the only place that decides it."""

from typing import Any
from uuid import UUID

from clipflow.core.errors import MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal, PrincipalKind
from clipflow.projects.models import Project, role_shared, shared_with
from clipflow.teams.models import deleted_teams, membership_of, teams_with_roles
from clipflow.teams.roles import PERMISSIONS, Role, roles_with


def visible(principal: Principal, permission: Permission) -> Any:
    """The condition for queries that a principal has a permission for a project, and that it is not deleted."""
    if permission not in principal.ceiling:
        return Project.id.is_null()
    # Of a team that is deleted nothing is left, also while a job is still clearing up.
    is_there = Project.deleted_at.is_null() & Project.team.not_in(deleted_teams())
    if principal.project_ids is not None:
        is_there &= Project.id.in_(list(principal.project_ids))
    if principal.kind is PrincipalKind.GUEST:
        return is_there
    roles = roles_with(permission)
    in_team = Project.team.in_(teams_with_roles(principal.user_id, roles))
    is_shared = Project.id.in_(shared_with(principal.user_id, roles))
    return (in_team | is_shared) & is_there


def permissions_for(principal: Principal, project: Project) -> list[str]:
    """What a principal may do with a project that it may see."""
    if principal.kind is PrincipalKind.GUEST:
        return [str(one) for one in Permission if one in principal.ceiling]
    membership = membership_of(project.team_id, principal.user_id)
    roles = [membership.role if membership else None, role_shared(project.id, principal.user_id)]
    granted = {one for role in roles if role is not None for one in PERMISSIONS[Role(role)]}
    return [str(one) for one in Permission if one in granted & principal.ceiling]


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
