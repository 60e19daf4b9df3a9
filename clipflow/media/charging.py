"""What recordings and uploads are counted for; see clipflow/quotas."""

from datetime import datetime
from uuid import UUID

from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import MissingError
from clipflow.core.principal import Principal
from clipflow.media import models
from clipflow.media.models import MediaFile, MediaState, PendingUpload
from clipflow.projects.models import Project
from clipflow.quotas import models as quota_models
from clipflow.quotas import service as quotas
from clipflow.quotas.service import Charge
from clipflow.resources import Resources


def charge_of(upload: PendingUpload) -> Charge | None:
    """What an announced upload has reserved; None for one that an earlier version has announced."""
    if upload.charged_team_id is None or upload.charged_week is None:
        return None
    return Charge(upload.charged_team_id, upload.uploaded_by_id, upload.charged_week, upload.file_size)


def new_charge(resources: Resources, project_id: UUID, user_id: UUID, size_bytes: int) -> Charge:
    """What an upload to a project that begins now is counted for."""
    project = Project.get_or_none(Project.id == project_id)
    if project is None:
        raise MissingError("There is no such project (any more); check the address.")
    return quotas.charge_for(resources, project.team_id, user_id, size_bytes)


def check(resources: Resources, principal: Principal, project_id: UUID, size_bytes: int) -> None:
    """Raise QuotaExceededError for an upload that has no room now, before it is looked at."""
    quotas.check(resources, new_charge(resources, project_id, principal.user_id, size_bytes))


def take(resources: Resources, principal: Principal, project_id: UUID, size_bytes: int) -> None:
    """Count a recording that has come without announcement, in its transaction; raises QuotaExceededError."""
    quotas.take(resources, new_charge(resources, project_id, principal.user_id, size_bytes))


def reserve(resources: Resources, principal: Principal, project_id: UUID, size_bytes: int) -> Charge:
    """Reserve room for an upload that is announced, in its transaction; raises QuotaExceededError."""
    charge = new_charge(resources, project_id, principal.user_id, size_bytes)
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


def give_back(media: MediaFile) -> None:
    """Give back the room of a recording that goes, in the caller's transaction; once for each."""
    if media.state != MediaState.REFUSED:
        team_id = Project.get_by_id(media.project_id).team_id
        quotas.give_back(team_id, media.uploaded_by_id, media.file_size)


def remove_row(media: MediaFile) -> None:
    """Remove the row of a recording, and give back its room unless that was done when it was deleted."""
    with transaction():
        was_deleted_alone = media.deleted_at is not None
        if delete_rows(MediaFile, MediaFile.id == media.id) == 1 and not was_deleted_alone:
            give_back(media)


def move_project(
    resources: Resources, project_id: UUID, from_team: UUID, to_team: UUID, *, is_forced: bool = False
) -> None:
    """Count the recordings of a project for another team, in the caller's transaction; raises QuotaExceededError."""
    quotas.move(resources, from_team, to_team, models.bytes_in_project(project_id), is_forced=is_forced)


def move_recording(resources: Resources, media: MediaFile, to_project: UUID) -> None:
    """Count a recording for the team of another project, in the caller's transaction; raises QuotaExceededError."""
    teams = [Project.get_by_id(one).team_id for one in (media.project_id, to_project)]
    if teams[0] != teams[1] and media.state != MediaState.REFUSED:
        quotas.move(resources, teams[0], teams[1], media.file_size)


def recount(resources: Resources, now: datetime) -> None:
    """Count anew what everybody has stored and reserved, each row while nobody changes it; old weeks are forgotten."""
    for account in quota_models.stored_accounts():
        with transaction():
            quota_models.hold(account)
            used, reserved = models.stored_bytes(account)
            quota_models.set_to(account, used_bytes=used, reserved_bytes=reserved)
    quotas.forget_old(resources, now)
