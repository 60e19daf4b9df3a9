"""Deleting a person: personal projects go, or move to somebody else; what was made and decided in teams stays."""

from typing import Any
from uuid import UUID

from clipflow.accounts import models as account_models
from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.administration import service
from clipflow.audit import service as audit
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import InvalidInputError
from clipflow.core.principal import Principal
from clipflow.invitations import service as invitations
from clipflow.moving import leave_team
from clipflow.notes import video_refs
from clipflow.oidc import service as oidc
from clipflow.projects import sharing
from clipflow.provider_keys import service as provider_keys
from clipflow.resources import Resources
from clipflow.teams import service as teams
from clipflow.tokens import service as tokens


def delete_person(
    resources: Resources, principal: Principal, user_id: UUID, *, transfer_to: UUID | None = None, **_: Any
) -> None:
    """Delete somebody at once and for good; personal projects go, or belong to ``transfer_to`` from now on.

    What the person has made and decided in teams stays, by "Deleted user". Everything goes in one transaction, but for
    the files of personal projects, which a job removes.

    Raises:
        MissingError: there is no such person.
        LastAdministratorError: nobody would run the server any more.
        SoleOwnerError: a team would be owned by nobody who can sign in.
        InvalidInputError: nobody active is meant to get the projects.
    """
    with transaction():
        account_models.hold_administrators()
        # What is being made for the person at this moment is there before anything goes, or is not made.
        accounts.hold(user_id)
        user = service.get_person(user_id)
        service.check_can_go(user)
        if transfer_to is not None:
            _hand_projects_over(resources, user_id, transfer_to)
        teams.forget_person(resources, user_id, asked_by=principal.user_id)
        sharing.forget_person(user_id)
        invitations.forget_person(user_id, user.email, clock.now())
        tokens.forget_person(user_id)
        provider_keys.forget_person(user_id)
        oidc.forget_person(user_id)
        video_refs.forget_person(user_id)
        resources.mailer.forget(user.email)
        accounts.forget_person(user)
        audit.record("account.deleted", actor=principal, target=("user", user_id))
        audit.forget_origins_of(user_id)


def _hand_projects_over(resources: Resources, user_id: UUID, heir_id: UUID) -> None:
    heir = User.get_or_none(User.id == heir_id)
    if heir is None or not heir.is_active or heir_id == user_id:
        sentence = "Name somebody else who can sign in."
        raise InvalidInputError(sentence, {"transfer_to": sentence})
    for project_id, from_team, to_team in sharing.hand_personal_projects_over(user_id, heir_id):
        leave_team(resources, project_id, from_team, to_team, is_forced=True)
