"""What recordings and uploads are counted for; see clipflow/quotas."""

from datetime import datetime
from uuid import UUID

from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import MissingError
from clipflow.core.principal import Principal
from clipflow.media import models
from clipflow.media.models import MediaFile, MediaState, PendingUpload
from clipflow.projects import models as project_models
from clipflow.projects.models import Project
from clipflow.quotas import models as quota_models
from clipflow.quotas import service as quotas
from clipflow.quotas.service import Charge
from clipflow.resources import Resources


def charge_of(upload: PendingUpload) -> Charge | None:
    """What an announced upload has reserved; None for one that an earlier version has announced.

    In the caller's transaction. What is reserved has gone along when the project has gone to another team.
    """
    if upload.charged_team_id is None or upload.charged_week is None:
        return None
    return Charge(
        _team_of(upload.project_id), upload.uploaded_by_id, upload.charged_week, upload.file_size,
        week_team_id=upload.charged_team_id,
    )  # fmt: skip


def _team_of(project_id: UUID) -> UUID:
    """The team of a project, which it does not leave before the caller's transaction ends."""
    project_models.lock(project_id)
    return Project.get_by_id(project_id).team_id


def new_charge(resources: Resources, project_id: UUID, user_id: UUID, size_bytes: int) -> Charge:
    """What an upload to a project that begins now is counted for."""
    project = Project.get_or_none(Project.id == project_id)
    if project is None:
        raise MissingError("There is no such project (any more); check the address.")
    return quotas.charge_for(resources, project.team_id, user_id, size_bytes)


def _settled_charge(resources: Resources, project_id: UUID, user_id: UUID, size_bytes: int) -> Charge:
    """As :func:`new_charge`, with a team that the project does not leave before the caller's transaction ends."""
    project_models.lock(project_id)
    return new_charge(resources, project_id, user_id, size_bytes)


def check(resources: Resources, principal: Principal, project_id: UUID, size_bytes: int) -> None:
    """Raise QuotaExceededError for an upload that has no room now, before it is looked at."""
    quotas.check(resources, new_charge(resources, project_id, principal.user_id, size_bytes))


def take(resources: Resources, principal: Principal, project_id: UUID, size_bytes: int) -> None:
    """Count a recording that has come without announcement, in its transaction; raises QuotaExceededError."""
    quotas.take(resources, _settled_charge(resources, project_id, principal.user_id, size_bytes))


def reserve(resources: Resources, principal: Principal, project_id: UUID, size_bytes: int) -> Charge:
    """Reserve room for an upload that is announced, in its transaction; raises QuotaExceededError."""
    charge = _settled_charge(resources, project_id, principal.user_id, size_bytes)
    quotas.reserve(resources, charge)
    return charge


def settle(upload: PendingUpload) -> None:
    """Count an announced upload that has become a recording, in the caller's transaction."""
    charge = charge_of(upload)
    if charge is not None:
        quotas.settle(charge)


def release(upload: PendingUpload) -> None:
    """Give back what an announced upload has reserved that becomes nothing, in the caller's transaction."""
    charge = charge_of(upload)
    if charge is not None and upload.refusal is None:
        quotas.release(charge)


def remove_announced(upload: PendingUpload, *, expired_at: datetime | None = None) -> PendingUpload | None:
    """Remove the row of an announced upload, and give back what it has reserved; returns it as it was last.

    None where it is not there any more, because it has become a recording, whose file is not to be touched; or, with
    ``expired_at``, where it is still expected then.
    """
    with transaction():
        removed = models.remove_upload(upload, expired_at)
        if removed is not None:
            release(removed)
        return removed


def give_back(media: MediaFile) -> None:
    """Give back the room of a recording that goes, in the caller's transaction; once for each."""
    if media.state != MediaState.REFUSED:
        quotas.give_back(_team_of(media.project_id), media.uploaded_by_id, media.file_size)


def remove_row(media: MediaFile) -> None:
    """Remove the row of a recording, and give back its room unless that was done when it was purged."""
    with transaction():
        was_purged_alone = media.purged_at is not None
        if delete_rows(MediaFile, MediaFile.id == media.id) == 1 and not was_purged_alone:
            give_back(media)


def move_project(
    resources: Resources, project_id: UUID, from_team: UUID, to_team: UUID, *, is_forced: bool = False
) -> None:
    """Count the recordings of a project, and the uploads that it expects, for another team.

    In the caller's transaction, which has locked the project; raises QuotaExceededError.
    """
    used, reserved = models.bytes_in_project(project_id)
    quotas.move(resources, from_team, to_team, used, reserved, is_forced=is_forced)


def move_recording(resources: Resources, media: MediaFile, to_project: UUID) -> None:
    """Count a recording for the team of another project, in the caller's transaction; raises QuotaExceededError."""
    concerned = (media.project_id, to_project)
    # Always in the same order, so that two moves do not lock each other out.
    for project_id in sorted(concerned):
        project_models.lock(project_id)
    teams = [Project.get_by_id(one).team_id for one in concerned]
    if teams[0] != teams[1] and media.state != MediaState.REFUSED:
        quotas.move(resources, teams[0], teams[1], media.file_size)


def recount(resources: Resources, now: datetime) -> None:
    """Count anew what everybody has stored and reserved, each row while nobody changes it; old weeks are forgotten.

    What was uploaded in a week is not counted anew, because what is deleted counts for it too.
    """
    for account in quota_models.all_accounts():
        with transaction():
            quota_models.hold(account)
            counted = {"reserved_bytes": models.reserved_bytes(account)}
            if not account.week:
                counted["used_bytes"] = models.stored_bytes(account)
            quota_models.set_to(account, **counted)
    quotas.forget_old(resources, now)
