"""What goes along when a project goes to another team: the domains above projects, in one place."""

from uuid import UUID

from clipflow.links import service as links
from clipflow.media import charging
from clipflow.resources import Resources


def leave_team(
    resources: Resources, project_id: UUID, from_team: UUID, to_team: UUID, *, is_tried: bool, is_forced: bool = False
) -> int:
    """Count the recordings of a project for another team and end its links, in the caller's transaction.

    Returns how many links end; ``is_tried`` does neither. Raises QuotaExceededError unless it is forced.
    """
    if not is_tried:
        charging.move_project(resources, project_id, from_team, to_team, is_forced=is_forced)
    return links.end_links(project_id, is_tried=is_tried)
