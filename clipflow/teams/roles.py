"""What a role allows: the one table that access, pages and the documentation go by."""

from enum import StrEnum

from clipflow.core.principal import Permission


class Role(StrEnum):
    """What somebody is in a team, or for a project that is shared."""

    OWNER = "owner"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


_SEE = frozenset({Permission.VIEW, Permission.EXPORT})
_REVIEW = _SEE | {Permission.COMMENT, Permission.DECIDE}
_EDIT = _REVIEW | {Permission.EDIT}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.EDITOR: _EDIT,
    Role.REVIEWER: _REVIEW,
    Role.VIEWER: _SEE,
}


def roles_with(permission: Permission) -> list[str]:
    """The roles that have a permission."""
    return [str(role) for role, permissions in PERMISSIONS.items() if permission in permissions]
