"""Which recordings a principal gets to: those of its projects, and of a guest's those that the link names."""

from typing import Any

from clipflow.core.principal import Permission, Principal
from clipflow.media.models import MediaFile
from clipflow.projects import access


def visible_recordings(principal: Principal, permission: Permission) -> Any:
    """The condition for queries over recordings and their projects that a principal has a permission for them."""
    condition = access.visible(principal, permission) & MediaFile.deleted_at.is_null()
    if principal.media_ids is None:
        return condition
    return condition & MediaFile.id.in_(list(principal.media_ids))
