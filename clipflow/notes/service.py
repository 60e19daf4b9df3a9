"""The rules of notes: who writes them, about what, and who may change them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, InvalidInputError, MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal
from clipflow.core.searching import searchable
from clipflow.links import service as links
from clipflow.media import service as media
from clipflow.media.access import visible_recordings
from clipflow.media.models import MediaFile
from clipflow.notes import models, video_refs
from clipflow.notes.models import Note, VideoRef, Wanted
from clipflow.notes.timestamps import parse_timestamp
from clipflow.notes.youtube import video_id_of
from clipflow.projects import models as project_models
from clipflow.projects.access import permissions_for
from clipflow.teams import service as teams

# Of a recording or a video, with replies.
MOST_NOTES = 5_000
# Lengths are rounded where they come from.
_TOLERANCE_MS = 1_000
_MISSING = "There is no such note (any more); load the page again."


@dataclass(frozen=True, slots=True)
class _Subject:
    """What notes are about: the columns that say so, the condition for its notes, and its length if that is known."""

    columns: Mapping[str, Any]
    about: Any
    duration_ms: int | None


def add_to_recording(principal: Principal, media_id: UUID, note: Mapping[str, Any]) -> dict[str, Any]:
    """Say something about a moment of a recording.

    Raises:
        MissingError, NotAllowedError: the recording may not be seen, or not be commented; there is no such note to
            reply to.
        InvalidInputError: the moment is none, or behind the end.
        ConflictError: there are very many notes already.
    """
    recording = media.get_media(principal, media_id, Permission.COMMENT)
    return _add(principal, _of_recording(recording), note)


def add_to_video(
    principal: Principal, youtube_id: str, note: Mapping[str, Any], team_id: UUID | None = None
) -> dict[str, Any]:
    """Say something about a moment of a video; one that nobody knows yet is the person's own from now on.

    Raises as :func:`add_to_recording`; NotAYoutubeVideoError: the id is none.
    """
    video_refs.check_no_guest(principal)
    external_id = video_id_of(youtube_id)
    with transaction():
        video = models.find_video(external_id, video_refs.visible_videos(principal, Permission.VIEW), team_id)
        if video is None:
            if team_id is not None:
                teams.get_team(principal, team_id, Permission.COMMENT)
            title = str(note.get("title") or "")
            video, _ = video_refs.known_or_new(principal, external_id, title=title, team_id=team_id)
        video_refs.check_may_comment(principal, video)
        return _add(principal, _of_video(video), note)


def list_of_recording(
    principal: Principal, media_id: UUID, wanted: Wanted, page: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The notes of a recording in the order of time, each with the replies to it; raises MissingError."""
    return _list(principal, _of_recording(media.get_media(principal, media_id)), wanted, page, limit)


def list_of_video(
    principal: Principal, youtube_id: str, wanted: Wanted, page: int, limit: int, team_id: UUID | None = None
) -> tuple[list[dict[str, Any]], int]:
    """The notes of a video in the order of time, each with the replies to it; raises MissingError."""
    video = video_refs.get_video(principal, video_id_of(youtube_id), team_id)
    return _list(principal, _of_video(video), wanted, page, limit)


def change_note(principal: Principal, note_id: UUID, version: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change the text or the moment of a note, or say that it is dealt with.

    Raises:
        MissingError, NotAllowedError: it may not be seen, or is somebody else's.
        InvalidInputError: the moment is none, or behind the end.
        ConflictError: somebody has changed it meanwhile.
    """
    note = _changeable(principal, note_id)
    values = {name: changes[name] for name in ("at_ms", "end_ms", "is_resolved") if name in changes}
    if "text" in changes:
        values |= _text_values(changes["text"])
    at_ms, end_ms = values.get("at_ms", note.at_ms), values.get("end_ms", note.end_ms)
    _check_stretch(at_ms, end_ms, _subject_of(note).duration_ms)
    if not models.change_note(note_id, version, {**values, "updated_at": clock.now()}):
        raise ConflictError("Somebody has changed the note meanwhile; look at it, then change it again.")
    return _shown(principal, [Note.get_by_id(note_id)])[0]


def delete_note(principal: Principal, note_id: UUID) -> None:
    """Delete a note with the replies to it; raises MissingError, or NotAllowedError where it is somebody else's."""
    models.mark_deleted(_changeable(principal, note_id).id, clock.now())


def _of_recording(recording: MediaFile) -> _Subject:
    duration_s = recording.duration_seconds
    duration_ms = None if duration_s is None else round(duration_s * 1000)
    return _Subject({"media": recording.id}, models.about_recording(recording.id), duration_ms)


def _of_video(video: VideoRef) -> _Subject:
    return _Subject({"video_ref": video.id}, models.about_video(video.id), video.duration_ms)


def _subject_of(note: Note) -> _Subject:
    if note.media_id is not None:
        return _of_recording(MediaFile.get_by_id(note.media_id))
    return _of_video(VideoRef.get_by_id(note.video_ref_id))


def _add(principal: Principal, subject: _Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    parent = _parent(subject, given.get("parent_id"))
    at_ms, end_ms = _moment_of(given, parent), given.get("end_ms")
    _check_stretch(at_ms, end_ms, subject.duration_ms)
    if models.count_about(subject.about) >= MOST_NOTES:
        raise ConflictError(f"There are {MOST_NOTES} notes already; delete some first.")
    now = clock.now()
    note = Note.create(
        **subject.columns, author_id=principal.user_id, author_kind=str(principal.kind), parent=parent, at_ms=at_ms,
        end_ms=end_ms, created_at=now, updated_at=now, force_insert=True, **_text_values(given.get("text")),
    )  # fmt: skip
    return _shown(principal, [note])[0]


def _moment_of(given: Mapping[str, Any], parent: Note | None) -> int:
    if given.get("at_ms") is not None:
        return int(given["at_ms"])
    if given.get("timestamp"):
        try:
            return parse_timestamp(given["timestamp"])
        except ValueError:
            sentence = "Write the moment as 12:07 or 1:02:03.5."
            raise InvalidInputError(sentence, {"timestamp": sentence}) from None
    if parent is not None:
        return parent.at_ms
    sentence = "Say which moment the note is about, by at_ms or timestamp."
    raise InvalidInputError(sentence, {"at_ms": sentence})


def _check_stretch(at_ms: int, end_ms: int | None, duration_ms: int | None) -> None:
    if duration_ms is not None and max(at_ms, end_ms or 0) > duration_ms + _TOLERANCE_MS:
        sentence = "The note lies behind the end; choose a moment before it."
        raise InvalidInputError(sentence, {"at_ms" if at_ms > duration_ms + _TOLERANCE_MS else "end_ms": sentence})
    if end_ms is not None and end_ms <= at_ms:
        sentence = "The end must come after the beginning."
        raise InvalidInputError(sentence, {"end_ms": sentence})


def _parent(subject: _Subject, parent_id: UUID | None) -> Note | None:
    if parent_id is None:
        return None
    parent: Note | None = Note.get_or_none(Note.id == parent_id, subject.about)
    if parent is None:
        raise MissingError("The note that this is a reply to is not there (any more); load the page again.")
    # An answer to an answer belongs to the same thread.
    return Note.get_by_id(parent.parent_id) if parent.parent_id is not None else parent


def _text_values(text: str | None) -> dict[str, Any]:
    return {"text": text or None, "search_text": searchable(text or "")}


def _list(
    principal: Principal, subject: _Subject, wanted: Wanted, page: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    found, total = models.page_of_threads(subject.about, wanted, page, limit)
    replies: dict[UUID, list[Note]] = {}
    for reply in models.replies_to(one.id for one in found):
        replies.setdefault(reply.parent_id, []).append(reply)  # type: ignore[arg-type]
    return _shown(principal, found, replies), total


def _shown(
    principal: Principal, notes: list[Note], replies: Mapping[UUID, list[Note]] | None = None
) -> list[dict[str, Any]]:
    """Plain values for the API, with the replies to each; who has left has no name."""
    replies = replies or {}
    authors = {one.author_id for one in notes} | {one.author_id for many in replies.values() for one in many}
    names = links.names_of(authors, principal)
    return [
        {**_values(note, names), "replies": [_values(reply, names) for reply in replies.get(note.id, [])]}
        for note in notes
    ]


def _values(note: Note, names: Mapping[UUID, str]) -> dict[str, Any]:
    author = {"id": note.author_id, "name": names.get(note.author_id), "kind": note.author_kind}
    return {
        "id": note.id, "media_file_id": note.media_id, "video_ref_id": note.video_ref_id, "author": author,
        "parent_id": note.parent_id, "at_ms": note.at_ms, "end_ms": note.end_ms, "text": note.text,
        "is_ai": note.is_ai, "ai_status": note.ai_status, "is_resolved": note.is_resolved, "version": note.version,
        "created_at": note.created_at, "updated_at": note.updated_at,
    }  # fmt: skip


def _changeable(principal: Principal, note_id: UUID) -> Note:
    """A note that a principal may change: the author, who owns the team, or an administrator who sees it."""
    note = models.find_note(
        note_id, visible_recordings(principal, Permission.VIEW), video_refs.visible_videos(principal, Permission.VIEW)
    )
    if note is None:
        raise MissingError(_MISSING)
    may_comment = Permission.COMMENT in principal.ceiling
    if may_comment and (note.author_id == principal.user_id or principal.is_administrator or _owns(principal, note)):
        return note
    raise NotAllowedError("This note is somebody else's; reply to it instead.")


def _owns(principal: Principal, note: Note) -> bool:
    if note.media_id is not None:
        project = project_models.Project.get_by_id(MediaFile.get_by_id(note.media_id).project_id)
        return str(Permission.MANAGE) in permissions_for(principal, project)
    is_owned = video_refs.visible_videos(principal, Permission.MANAGE)
    return bool(VideoRef.select().where(VideoRef.id == note.video_ref_id, is_owned).exists())
