"""With whom projects are shared beside their team, and moving them to another team."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import delete_rows, rehearsal, transaction
from clipflow.core.errors import ConflictError, InvalidInputError, MissingError
from clipflow.core.principal import Permission, Principal
from clipflow.projects import models
from clipflow.projects.models import Project, ProjectShare
from clipflow.projects.service import get_project
from clipflow.teams import service as teams


@dataclass(frozen=True, slots=True)
class Ending:
    """What opens nothing any more when a project goes to another team.

    Attributes:
        links: the review links to it, as plain values for the API.
        keys: for which services the team that it leaves has keys, which do not pay for it any more.
        token_counts: how many personal tokens got to it, by the person who loses sight of it.
    """

    links: list[dict[str, Any]]
    keys: list[str]
    token_counts: dict[UUID, int]


class LeaveTeam(Protocol):
    """Does what a move asks of the domains above, in the caller's transaction; returns what ends."""

    def __call__(self, project_id: UUID, from_team: UUID, to_team: UUID, *, losing: Collection[UUID]) -> Ending:
        """``losing`` are the people who do not see the project any more."""


# Their list is answered in one piece; a team is for more.
MOST_SHARES = 200
_NOT_SHARED = "The project is not shared with this person (any more); load the list again."


def list_shares(principal: Principal, project_id: UUID) -> list[dict[str, Any]]:
    """With whom a project is shared; raises MissingError or NotAllowedError."""
    get_project(principal, project_id, Permission.MANAGE)
    return [_share_values(one) for one in models.shares_of(project_id)]


def share_project(
    principal: Principal, project_id: UUID, *, role: str, email: str | None = None, user_id: UUID | None = None
) -> dict[str, Any]:
    """Share a project with somebody who has an account.

    Raises:
        MissingError, NotAllowedError: there is no such project, or it may not be shared.
        InvalidInputError: nobody, or nobody active, is meant.
        ConflictError: it is shared with the person already, or with very many.
    """
    get_project(principal, project_id, Permission.MANAGE)
    user = _person_meant(email, user_id)
    with transaction():
        models.lock(project_id)
        if len(models.shares_of(project_id)) >= MOST_SHARES:
            raise ConflictError(f"The project is shared with {MOST_SHARES} people already; put it into a team instead.")
        if not models.share(project_id, user.id, role, clock.now()):
            raise ConflictError("The project is shared with this person already; change the role instead.")
        _record(principal, "project.shared", project_id, user.id, role)
    return _share_values(_find(project_id, user.id))


def change_share(principal: Principal, project_id: UUID, user_id: UUID, *, role: str) -> dict[str, Any]:
    """Give somebody another role for a project; raises MissingError or NotAllowedError."""
    get_project(principal, project_id, Permission.MANAGE)
    share = _find(project_id, user_id)
    share.role = role
    with transaction():
        share.save(only=[ProjectShare.role])
        _record(principal, "project.share_changed", project_id, user_id, role)
    return _share_values(share)


def end_share(principal: Principal, project_id: UUID, user_id: UUID) -> None:
    """Share a project with somebody no longer; whoever it is shared with may say so too.

    Raises:
        MissingError, NotAllowedError: there is no such project, it is not shared with them, or this may not be done.
    """
    own = user_id == principal.user_id
    get_project(principal, project_id, Permission.VIEW if own else Permission.MANAGE)
    _find(project_id, user_id)
    with transaction():
        delete_rows(ProjectShare, ProjectShare.project == project_id, ProjectShare.user == user_id)
        _record(principal, "project.share_ended", project_id, user_id, "")


def move_project(
    principal: Principal, project_id: UUID, *, team_id: UUID, is_tried: bool, leave_team: LeaveTeam
) -> dict[str, Any]:
    """Let a project belong to another team; ``is_tried`` only says what that would end.

    Links to it end, because the other team has not given them out.

    Raises:
        MissingError, NotAllowedError: the project is not the person's to move, or the team not to move it to.
        QuotaExceededError: the team has no room for it.
        ConflictError: it belongs to that team already.
    """
    with rehearsal() if is_tried else transaction():
        teams.hold(team_id)
        # Two moves, or a move and an upload, at the same moment are counted one after the other.
        models.lock(project_id)
        project = get_project(principal, project_id, Permission.MANAGE)
        teams.get_team(principal, team_id, Permission.EDIT)
        if project.team_id == team_id:
            raise ConflictError("The project belongs to this team already.")
        losing = _losing_access(project, team_id)
        ending = leave_team(project_id, project.team_id, team_id, losing=losing)
        if not is_tried:
            project.team_id, project.updated_at = team_id, clock.now()
            project.save(only=[Project.team, Project.updated_at])
            data = {"team_id": str(team_id)}
            audit.record("project.moved", actor=principal, target=("project", project_id), data=data)
    return {
        "project": project,
        "losing_access": [
            {"user_id": user_id, "name": name, "token_count": ending.token_counts.get(user_id, 0)}
            for user_id, name in losing.items()
        ],
        "ending_links": ending.links,
        "ending_keys": ending.keys,
    }


def hand_personal_projects_over(user_id: UUID, heir_id: UUID) -> list[tuple[UUID, UUID, UUID]]:
    """Let somebody's personal projects be another person's, in the caller's transaction.

    Returns which, each with the team it leaves and the one it goes to.
    """
    target = teams.personal_team_of(heir_id)
    handed_over = []
    for project in models.projects_of_personal_team(user_id):
        models.lock(project.id)
        handed_over.append((project.id, project.team_id, target.id))
        project.team_id, project.updated_at = target.id, clock.now()
        project.save(only=[Project.team, Project.updated_at])
    return handed_over


def forget_person(user_id: UUID) -> None:
    """Share nothing with a person any more who is deleted, in the caller's transaction."""
    delete_rows(ProjectShare, ProjectShare.user == user_id)


def _record(principal: Principal, action: str, project_id: UUID, user_id: UUID, role: str) -> None:
    data = {"user_id": str(user_id), "role": role}
    audit.record(action, actor=principal, target=("project", project_id), data=data)


def _losing_access(project: Project, team_id: UUID) -> dict[UUID, str]:
    """What those are called who do not see a project any more when it goes to a team."""
    staying = {one["user_id"] for one in teams.people_in(team_id)}
    staying |= {one.user_id for one in models.shares_of(project.id)}
    return {one["user_id"]: one["name"] for one in teams.people_in(project.team_id) if one["user_id"] not in staying}


def _person_meant(email: str | None, user_id: UUID | None) -> User:
    if (email is None) == (user_id is None):
        raise InvalidInputError("Name one person, by e-mail address or by id.")
    user = accounts.active_user(email=email, user_id=user_id)
    if user is None:
        sentence = "Nobody here has this address; invite the person to a team first."
        raise InvalidInputError(sentence, {"user_id" if email is None else "email": sentence})
    return user


def _find(project_id: UUID, user_id: UUID) -> ProjectShare:
    share = next((one for one in models.shares_of(project_id) if one.user_id == user_id), None)
    if share is None:
        raise MissingError(_NOT_SHARED)
    return share


def _share_values(share: ProjectShare) -> dict[str, Any]:
    user = share.user
    return {
        "user_id": user.id, "name": accounts.shown_name(user), "email": user.email, "role": share.role,
        "created_at": share.created_at,
    }  # fmt: skip
