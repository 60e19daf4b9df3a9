"""Queries over all recordings, and the table of views."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import SQL, CharField, CompositeKey, ForeignKeyField, UUIDField, fn

from clipflow.analysis.models import UNFINISHED, AnalysisResult, AnalysisStatus
from clipflow.categories.models import Category
from clipflow.categories.service import NO_CATEGORY
from clipflow.core.db import BaseModel, database, has_text, is_postgresql, transaction
from clipflow.core.searching import pattern_within
from clipflow.media.models import MediaFile, MediaState
from clipflow.projects.models import Project
from clipflow.transcripts.models import TranscriptText

# Shorter texts have no trigram.
_LEAST_INDEXED = 3
# Databases take about three times as many values in one statement.
_MOST_FOUND = 10_000


class View(BaseModel):
    """That somebody, or a guest, has looked at a recording on a day in UTC."""

    media_file = ForeignKeyField(MediaFile, on_delete="CASCADE")
    viewer_id = UUIDField()
    day = CharField(max_length=10)

    class Meta:
        table_name = "views"
        primary_key = CompositeKey("media_file", "viewer_id", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which recordings are wanted; None and empty are all of them.

    ``query`` is as texts are searched, ``category`` a slug, or "none" for those without one.
    """

    query: str = ""
    category: str = ""
    uploader_id: UUID | None = None
    project_id: UUID | None = None
    team_id: UUID | None = None
    status: str = ""


SORTS = {
    "created_at": MediaFile.created_at,
    "title": fn.LOWER(MediaFile.title),
    "duration": fn.COALESCE(MediaFile.duration_seconds, 0),
    "size": MediaFile.file_size,
    "view_count": MediaFile.view_count,
}


def page_of_recordings(
    visible: Any, wanted: Wanted, sort: str, *, is_descending: bool, page: int, limit: int
) -> tuple[list[MediaFile], int]:
    """A page of the recordings that are visible and wanted, and how many there are in all."""
    # Counted by the way, because finding them is what takes its time.
    columns = MediaFile.id, fn.COUNT(MediaFile.id).over()
    found = MediaFile.select(*columns).join(Project).where(visible, *_conditions(wanted, visible))
    order = SORTS[sort].desc() if is_descending else SORTS[sort].asc()
    # The id last, so that no recording is on two pages.
    rows: Any = list(found.order_by(order, MediaFile.id).paginate(page, limit).tuples())
    if not rows:
        # Behind the last page nothing is counted by the way.
        return [], int(found.count()) if page > 1 else 0
    recordings = {one.id: one for one in MediaFile.select().where(MediaFile.id.in_([row[0] for row in rows]))}
    return [recordings[media_id] for media_id, _ in rows if media_id in recordings], int(rows[0][1])


def current_analyses(media_ids: Iterable[UUID]) -> dict[UUID, AnalysisResult]:
    """The analysis that counts of each of these recordings, leaving out those that were cancelled."""
    return _latest_analyses(media_ids, AnalysisResult.status != AnalysisStatus.CANCELLED)


def finished_analyses(media_ids: Iterable[UUID]) -> dict[UUID, AnalysisResult]:
    """The finished analysis that counts of each of these recordings that has one."""
    return _latest_analyses(media_ids, AnalysisResult.status == AnalysisStatus.COMPLETED)


def _latest_analyses(media_ids: Iterable[UUID], condition: Any) -> dict[UUID, AnalysisResult]:
    wanted = AnalysisResult.media_file.in_(list(media_ids)) & condition
    rows = AnalysisResult.select().where(wanted).order_by(AnalysisResult.current_since)
    return {one.media_file_id: one for one in rows}


def texts_of(analysis_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What is said in these analyses, as it is searched; those without a transcript are missing."""
    wanted = TranscriptText.analysis.in_(list(analysis_ids)) & (TranscriptText.text != "")
    rows: Any = TranscriptText.select(TranscriptText.analysis, TranscriptText.text).where(wanted).tuples()
    return dict(rows)


def with_transcript(analysis_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these analyses that have a transcript."""
    wanted = TranscriptText.analysis.in_(list(analysis_ids)) & (TranscriptText.text != "")
    rows: Any = TranscriptText.select(TranscriptText.analysis).where(wanted).tuples()
    return {analysis_id for (analysis_id,) in rows}


def media_where_said(text: str, visible: Any) -> list[UUID]:
    """The visible recordings in whose transcript, of the analysis that counts, a text is said; so many at most.

    Asked for by itself: PostgreSQL takes a thousand long texts for a small table, and would read all of them.
    """
    query = (
        AnalysisResult.select(AnalysisResult.media_file, AnalysisResult.current_since)
        .join(MediaFile)
        .join(Project)
        .where(AnalysisResult.status == AnalysisStatus.COMPLETED, visible)
        .order_by(AnalysisResult.current_since.desc())
        .limit(_MOST_FOUND)
    )
    said = TranscriptText.select(TranscriptText.analysis).where(_text_matches(text))
    if len(text) < _LEAST_INDEXED:
        query = query.where(AnalysisResult.id.in_(said))
    else:
        # First what is said, by its index, and then who may see it: the other way round every text would be read.
        found_first = said.cte("said", materialized=True)
        query = query.where(AnalysisResult.id.in_(SQL("(SELECT analysis_id FROM said)"))).with_cte(found_first)
    with transaction():
        if is_postgresql():
            database.execute_sql("SET LOCAL enable_seqscan = off")
        rows: Any = list(query.tuples())
    found = set(rows)
    finished = AnalysisResult.status == AnalysisStatus.COMPLETED
    counting: Any = (
        AnalysisResult.select(AnalysisResult.media_file, fn.MAX(AnalysisResult.current_since))
        .where(AnalysisResult.media_file.in_(list({media_id for media_id, _ in found})), finished)
        .group_by(AnalysisResult.media_file)
        .tuples()
    )
    return [media_id for media_id, since in counting if (media_id, since) in found]


def count_view(media_id: UUID, viewer_id: UUID, day: str) -> bool:
    """Count a view of a recording, in the caller's transaction; False where it was counted that day."""
    made = View.insert(media_file=media_id, viewer_id=viewer_id, day=day).on_conflict_ignore().as_rowcount().execute()
    if not made:
        return False
    MediaFile.update(view_count=MediaFile.view_count + 1).where(MediaFile.id == media_id).execute()
    return True


def forget_views_before(day: str) -> int:
    """Forget who has looked on days that are over; what was counted stays."""
    return int(View.delete().where(View.day < day).execute())


def people_in(visible: Any) -> set[UUID]:
    """Who has uploaded any of these recordings."""
    query = MediaFile.select(MediaFile.uploaded_by_id).join(Project).where(visible).distinct()
    rows: Any = query.tuples()
    return {user_id for (user_id,) in rows if user_id is not None}


def _conditions(wanted: Wanted, visible: Any) -> list[Any]:
    found: list[Any] = []
    if wanted.query:
        said = media_where_said(wanted.query, visible)
        found.append(has_text(MediaFile.search_text, wanted.query) | MediaFile.id.in_(said))
    if wanted.category == NO_CATEGORY:
        found.append(MediaFile.category.is_null())
    elif wanted.category:
        found.append(MediaFile.category.in_(Category.select(Category.id).where(Category.slug == wanted.category)))
    for column, value in (
        (MediaFile.uploaded_by_id, wanted.uploader_id), (MediaFile.project, wanted.project_id),
        (Project.team, wanted.team_id),
    ):  # fmt: skip
        if value is not None:
            found.append(column == value)
    if wanted.status:
        found.append(_has_status(wanted.status))
    return found


def _text_matches(text: str) -> Any:
    if len(text) < _LEAST_INDEXED:
        return has_text(TranscriptText.text, text)
    if is_postgresql():
        return TranscriptText.text % pattern_within(text)
    phrase = '"' + text.replace('"', '""') + '"'
    return TranscriptText.id.in_(SQL("(SELECT rowid FROM transcript_search WHERE transcript_search MATCH ?)", [phrase]))


def _has_status(status: str) -> Any:
    if status in (MediaState.CHECKING, MediaState.REFUSED):
        return MediaFile.state == status
    kept = AnalysisResult.select(AnalysisResult.media_file).where(AnalysisResult.status != AnalysisStatus.CANCELLED)
    if status == "new":
        return (MediaFile.state == MediaState.READY) & MediaFile.id.not_in(kept)
    newest = AnalysisResult.alias()
    counting = newest.select(fn.MAX(newest.current_since)).where(
        newest.media_file == AnalysisResult.media_file, newest.status != AnalysisStatus.CANCELLED
    )
    is_so = {
        "working": AnalysisResult.status.in_(UNFINISHED),
        "failed": AnalysisResult.status == AnalysisStatus.FAILED,
        "ready": (AnalysisResult.status == AnalysisStatus.COMPLETED) & AnalysisResult.reviewed_at.is_null(),
        "reviewed": (AnalysisResult.status == AnalysisStatus.COMPLETED) & AnalysisResult.reviewed_at.is_null(False),
    }[status]
    return MediaFile.id.in_(kept.where(is_so, AnalysisResult.current_since == counting))
