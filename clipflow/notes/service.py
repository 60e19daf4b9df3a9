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
MOST_REPLIES = 200
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
    """Say something about a moment of a video, for oneself or for a team; one that is not known yet is from now on.

    Raises as :func:`add_to_recording`; NotAYoutubeVideoError: the id is none.
    """
    video_refs.check_has_videos(principal)
    external_id = video_id_of(youtube_id)
    with transaction():
        if team_id is not None:
            teams.get_team(principal, team_id, Permission.COMMENT)
        title = str(note.get("title") or "")
        video, _ = video_refs.known_or_new(principal, external_id, title=title, team_id=team_id)
        return _add(principal, _of_video(video), note)


def list_of_recording(principal: Principal, media_id: UUID, wanted: Wanted) -> dict[str, Any]:
    """The notes of a recording in the order of time, each with the replies to it; raises MissingError.

    Where their state is still the one that is known, none are given.
    """
    recording = media.get_media(principal, media_id)
    return _list(principal, _of_recording(recording), wanted)


def list_of_video(principal: Principal, youtube_id: str, wanted: Wanted, team_id: UUID | None = None) -> dict[str, Any]:
    """As :func:`list_of_recording`, of a video: the own notes, or those of a team."""
    video = video_refs.get_video(principal, video_id_of(youtube_id), team_id)
    return _list(principal, _of_video(video), wanted)


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
    if "at_ms" in values or "end_ms" in values:
        at_ms, end_ms = values.get("at_ms", note.at_ms), values.get("end_ms", note.end_ms)
        _check_stretch(at_ms, end_ms, _subject_of(note).duration_ms)
    if not models.change_note(note_id, version, {**values, "updated_at": clock.now()}):
        raise ConflictError("Somebody has changed the note meanwhile; look at it, then change it again.")
    return _shown(principal, [Note.get_by_id(note_id)], {note_id: models.replies_to([note_id])})[0]


def delete_note(principal: Principal, note_id: UUID) -> None:
    """Delete a note with the replies to it; raises MissingError, or NotAllowedError where it is somebody else's."""
    models.mark_deleted(_changeable(principal, note_id).id, clock.now())


def _of_recording(recording: MediaFile) -> _Subject:
    duration_s = recording.duration_seconds
    duration_ms = None if duration_s is None else round(duration_s * 1000)
    return _Subject({"media": recording.id}, models.is_about(media_id=recording.id), duration_ms)


def _of_video(video: VideoRef) -> _Subject:
    return _Subject({"video_ref": video.id}, models.is_about(video_ref_id=video.id), video.duration_ms)


def _subject_of(note: Note) -> _Subject:
    if note.media_id is not None:
        return _of_recording(MediaFile.get_by_id(note.media_id))
    return _of_video(VideoRef.get_by_id(note.video_ref_id))


def _add(principal: Principal, subject: _Subject, given: Mapping[str, Any]) -> dict[str, Any]:
    now = clock.now()
    with transaction():
        parent = _parent(subject, given.get("parent_id"))
        at_ms, end_ms = _moment_of(given, parent), given.get("end_ms")
        _check_stretch(at_ms, end_ms, subject.duration_ms)
        if models.count_about(subject.about) >= MOST_NOTES:
            raise ConflictError(f"There are {MOST_NOTES} notes already; delete some first.")
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
    """The note that this answers, held until the transaction ends; what answers an answer belongs to its thread."""
    if parent_id is None:
        return None
    parent = models.find_about(subject.about, parent_id)
    if parent is not None and parent.parent_id is not None:
        parent = Note.get_by_id(parent.parent_id)
    if parent is None or not models.hold_thread(parent.id):
        raise MissingError("The note that this is a reply to is not there (any more); load the page again.")
    if len(models.replies_to([parent.id])) >= MOST_REPLIES:
        raise ConflictError(f"There are {MOST_REPLIES} replies already; write a note of its own.")
    return parent


def _text_values(text: str | None) -> dict[str, Any]:
    return {"text": text or None, "search_text": searchable(text or "")}


def _list(principal: Principal, subject: _Subject, wanted: Wanted) -> dict[str, Any]:
    state = models.state_of(subject.about)
    if state == wanted.known:
        return {"notes": [], "total": 0, "state": state, "is_unchanged": True}
    found, total = models.page_of_threads(subject.about, wanted)
    replies: dict[UUID, list[Note]] = {}
    for reply in models.replies_to(one.id for one in found):
        replies.setdefault(reply.parent_id, []).append(reply)  # type: ignore[arg-type]
    return {"notes": _shown(principal, found, replies), "total": total, "state": state, "is_unchanged": False}


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
    may = _permissions(principal, note)
    is_authors = note.author_id == principal.user_id and Permission.COMMENT in may
    is_run_by = principal.is_administrator and Permission.COMMENT in principal.ceiling
    if is_authors or is_run_by or Permission.MANAGE in may:
        return note
    raise NotAllowedError("This note is somebody else's, or you only look on by now; reply to it where you may.")


def _permissions(principal: Principal, note: Note) -> set[str]:
    """What a principal may do with what a note is about."""
    if note.media_id is not None:
        project = project_models.Project.get_by_id(MediaFile.get_by_id(note.media_id).project_id)
        return set(permissions_for(principal, project))
    return {
        str(one) for one in (Permission.COMMENT, Permission.MANAGE) if video_refs.may(principal, note.video_ref_id, one)
    }
