"""What goes along when a project goes to another team: the domains above projects, in one place."""

from collections.abc import Collection
from uuid import UUID

from clipflow.core import clock
from clipflow.links import service as links
from clipflow.media import charging
from clipflow.media import models as media_models
from clipflow.projects.sharing import Ending
from clipflow.provider_keys import service as provider_keys
from clipflow.resources import Resources
from clipflow.tokens import service as tokens


def leave_team(
    resources: Resources,
    project_id: UUID,
    from_team: UUID,
    to_team: UUID,
    *,
    losing: Collection[UUID] = (),
    is_forced: bool = False,
) -> Ending:
    """Count the recordings of a project for another team and end its links, in the caller's transaction.

    Returns what ends; raises QuotaExceededError unless it is forced.
    """
    charging.move_project(resources, project_id, from_team, to_team, is_forced=is_forced)
    media_models.drop_foreign_categories(project_id, to_team)
    return Ending(
        links=links.end_links(project_id),
        keys=provider_keys.providers_of_team(from_team),
        token_counts=tokens.counts_reaching(project_id, losing, clock.now()),
    )
