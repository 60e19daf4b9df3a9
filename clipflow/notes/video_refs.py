"""The rules of videos elsewhere: what they are called, and who sees them."""

from typing import Any
from uuid import UUID

from clipflow.core import clock
from clipflow.core.db import delete_rows, has_text
from clipflow.core.errors import MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal, PrincipalKind
from clipflow.core.searching import searchable
from clipflow.notes import models
from clipflow.notes.models import VideoRef
from clipflow.notes.youtube import video_id_of
from clipflow.teams import service as teams
from clipflow.teams.roles import roles_with

SORTS = {
    "created_at_desc": VideoRef.created_at.desc(), "created_at_asc": VideoRef.created_at.asc(),
    "title_asc": VideoRef.search_text.asc(), "title_desc": VideoRef.search_text.desc(),
}  # fmt: skip


def visible_videos(principal: Principal, permission: Permission) -> Any:
    """The condition for queries over videos that a principal may do something with them.

    A person's own are nobody else's. Guests, and tokens for certain projects, see none.
    """
    if principal.project_ids is not None or permission not in principal.ceiling:
        return VideoRef.id.is_null()
    roles = roles_with(permission)
    team_ids = [one.team.id for one in teams.list_teams(principal) if one.role in roles]
    return (VideoRef.team.is_null() & (VideoRef.owner == principal.user_id)) | VideoRef.team.in_(team_ids)


def check_has_videos(principal: Principal) -> None:
    """Raise NotAllowedError for the guest of a link, and for a token that is for certain projects."""
    if principal.kind is PrincipalKind.GUEST or principal.project_ids is not None:
        raise NotAllowedError("Notes on videos are for people, and for tokens that are for all projects.")


def add_video(
    principal: Principal, *, url: str, title: str = "", team_id: UUID | None = None
) -> tuple[dict[str, Any], bool]:
    """A video by its address, and whether it was not known yet.

    Raises:
        PlaylistNotSupportedError, NotAYoutubeVideoError: it is no address of a video.
        MissingError, NotAllowedError: the person is not in the team, or only looks on there; it has no videos.
    """
    check_has_videos(principal)
    external_id = video_id_of(url)
    if team_id is not None:
        teams.get_team(principal, team_id, Permission.COMMENT)
    video, is_new = known_or_new(principal, external_id, title=title, team_id=team_id)
    return video_values(video, models.note_counts([video.id]).get(video.id, 0)), is_new


def known_or_new(
    principal: Principal, external_id: str, *, title: str = "", team_id: UUID | None = None
) -> tuple[VideoRef, bool]:
    """The person's own, or the team's, reference of a video, and whether it was made just now."""
    known = models.find_video(external_id, principal.user_id, team_id)
    if known is not None:
        return known, False
    video = VideoRef(
        team=team_id, owner=principal.user_id, external_id=external_id, title=title or external_id,
        search_text=searchable(f"{title} {external_id}"), created_at=clock.now(),
    )  # fmt: skip
    if models.add_video(video):
        return video, True
    # Somebody else was quicker.
    return known_or_new(principal, external_id, title=title, team_id=team_id)


def get_video(principal: Principal, external_id: str, team_id: UUID | None = None) -> VideoRef:
    """A video by its id on YouTube; raises MissingError, or NotAllowedError for whom there are none."""
    check_has_videos(principal)
    video = models.find_video(external_id, principal.user_id, team_id)
    if video is None or not may(principal, video.id, Permission.VIEW):
        raise MissingError("There are no notes on this video yet; write the first one.")
    return video


def may(principal: Principal, video_ref_id: UUID | None, permission: Permission) -> bool:
    """Whether a principal may do something with a video."""
    return bool(VideoRef.select().where(VideoRef.id == video_ref_id, visible_videos(principal, permission)).exists())


def list_videos(principal: Principal, *, q: str, sort: str, page: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The videos on which a person has notes, and how many there are in all; raises NotAllowedError."""
    check_has_videos(principal)
    query = models.videos_with_notes_of(principal.user_id, visible_videos(principal, Permission.VIEW))
    if wanted := searchable(q):
        query = query.where(has_text(VideoRef.search_text, wanted))
    found = list(query.order_by(SORTS[sort], VideoRef.id).paginate(page, limit))
    counts = models.note_counts(one.id for one in found)
    return [video_values(one, counts.get(one.id, 0)) for one in found], int(query.count())


def forget_person(user_id: UUID) -> None:
    """Remove the videos that a person alone knew, with their notes, in the caller's transaction."""
    delete_rows(VideoRef, VideoRef.team.is_null(), VideoRef.owner == user_id)


def video_values(video: VideoRef, note_count: int) -> dict[str, Any]:
    """Plain values for the API."""
    return {
        "id": video.id, "provider": video.provider, "youtube_id": video.external_id, "title": video.title,
        "team_id": video.team_id, "duration_ms": video.duration_ms, "summary": video.summary,
        "transcript_available": video.transcript_available, "note_count": note_count, "created_at": video.created_at,
    }  # fmt: skip
