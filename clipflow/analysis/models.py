"""Tables of analyses and of their segments."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from peewee import (
    JOIN,
    SQL,
    CharField,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    TextField,
    UUIDField,
    fn,
)

from clipflow.core import clock
from clipflow.core.db import BaseModel, IdField, JsonTextField, UtcDateTimeField
from clipflow.jobs.models import UNFINISHED as UNFINISHED_JOBS
from clipflow.jobs.models import Job
from clipflow.media.models import MediaFile, MediaState
from clipflow.projects.models import Project


class AnalysisStatus(StrEnum):
    """Where an analysis is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (AnalysisStatus.PENDING, AnalysisStatus.PROCESSING)


class AnalysisResult(BaseModel):
    """An analysis of a recording; ``version`` rises with every change of its segments."""

    id = IdField()
    media_file_id: UUID
    project_id: UUID
    job_id: UUID | None
    media_file = ForeignKeyField(MediaFile, on_delete="CASCADE", backref="analysis_results")
    project = ForeignKeyField(Project, on_delete="CASCADE", backref="analysis_results")
    job = ForeignKeyField(Job, on_delete="SET NULL", null=True)
    processing_mode = CharField(max_length=20)
    options = JSONField()
    status = CharField(max_length=20)
    version = IntegerField(default=0)
    # From which version on every change of a decision is known; the first one that there is.
    changes_since = IntegerField(default=1)
    summary = JSONField(null=True)
    filler_words_detected = JSONField(default=list)
    tracks_key = CharField(max_length=100, null=True)
    processing_time_ms = IntegerField(null=True)
    audio_track = IntegerField(null=True)
    room_level_db = DoubleField(null=True)
    error_code = CharField(max_length=50, null=True)
    error_message = TextField(null=True)
    created_at = UtcDateTimeField()
    created_by_id = UUIDField(null=True)
    # Of several analyses of a recording the one counts that has been current for the shortest time.
    current_since = UtcDateTimeField()
    reviewed_at = UtcDateTimeField(null=True)
    reviewed_by_id = UUIDField(null=True)
    started_at = UtcDateTimeField(null=True)
    completed_at = UtcDateTimeField(null=True)

    class Meta:
        """One unfinished analysis for each recording: the partial index is the guard."""

        table_name = "analysis_results"
        indexes = ((("project", "created_at"), False),)


AnalysisResult.add_index(
    AnalysisResult.media_file,
    name="one_unfinished_analysis",
    unique=True,
    where=SQL("status IN ('pending', 'processing')"),
)


class AnalysisSegments(BaseModel):
    """The segments of an analysis as the engine made them, apart from its row because they are large.

    Written when the engine has made them, each time with a new revision, and never by a decision.
    """

    analysis = ForeignKeyField(AnalysisResult, on_delete="CASCADE", primary_key=True, backref="segments")
    automatic = JsonTextField()
    revision = UUIDField(default=uuid4)

    class Meta:
        """Lists in the order of the engine's Segment."""

        table_name = "analysis_segments"


def find_analysis(analysis_id: UUID, allowed: Any) -> AnalysisResult | None:
    """An analysis whose recording and project fulfil a condition, or None."""
    found: AnalysisResult | None = (
        AnalysisResult.select(AnalysisResult)
        .join(MediaFile)
        .switch(AnalysisResult)
        .join(Project)
        .where(AnalysisResult.id == analysis_id, allowed)
        .first()
    )
    return found


def status_of(analysis_id: UUID, allowed: Any) -> tuple[str, int | None, str | None, str | None] | None:
    """Status, progress, stage and error of an analysis whose recording and project fulfil a condition; one query."""
    found: tuple[str, int | None, str | None, str | None] | None = (
        AnalysisResult.select(AnalysisResult.status, Job.progress_percent, Job.stage, AnalysisResult.error_message)
        .join(Job, JOIN.LEFT_OUTER)
        .switch(AnalysisResult)
        .join(MediaFile)
        .switch(AnalysisResult)
        .join(Project)
        .where(AnalysisResult.id == analysis_id, allowed)
        .tuples()
        .first()
    )
    return found


def at_work(project_id: UUID) -> list[tuple[UUID, str, UUID | None, str | None, int | None, str | None]]:
    """The recordings of a project that are being checked or analysed.

    Each with its state, and id, status, percent and stage of its unfinished analysis, which are None without one.
    """
    unfinished = (AnalysisResult.media_file == MediaFile.id) & AnalysisResult.status.in_(UNFINISHED)
    query = (
        MediaFile.select(
            MediaFile.id, MediaFile.state, AnalysisResult.id, AnalysisResult.status, Job.progress_percent, Job.stage
        )
        .join(AnalysisResult, JOIN.LEFT_OUTER, on=unfinished)
        .join(Job, JOIN.LEFT_OUTER, on=(AnalysisResult.job == Job.id))
        .where(
            MediaFile.project == project_id,
            MediaFile.deleted_at.is_null(),
            AnalysisResult.id.is_null(is_null=False) | (MediaFile.state == MediaState.CHECKING),
        )
    )
    rows: Any = query.tuples()
    return list(rows)


def analyses_of_media(media_ids: Iterable[UUID]) -> list[AnalysisResult]:
    """The analyses of these recordings, oldest first."""
    wanted = AnalysisResult.media_file.in_(list(media_ids))
    return list(AnalysisResult.select().where(wanted).order_by(AnalysisResult.created_at))


def current_statuses(project_id: UUID) -> set[str]:
    """The status of the current analysis of each recording in a project, leaving out those that were cancelled."""
    newest = (
        AnalysisResult.select(AnalysisResult.media_file, fn.MAX(AnalysisResult.current_since).alias("newest_since"))
        .join(MediaFile)
        .where(
            AnalysisResult.project == project_id,
            AnalysisResult.status != AnalysisStatus.CANCELLED,
            MediaFile.deleted_at.is_null(),
        )
        .group_by(AnalysisResult.media_file)
    )
    query = AnalysisResult.select(AnalysisResult.status).join(
        newest,
        on=(AnalysisResult.media_file == newest.c.media_file_id)
        & (AnalysisResult.current_since == newest.c.newest_since),
    )
    rows: Any = query.tuples()
    return {status for (status,) in rows}


def team_and_maker_of(analysis_id: UUID) -> tuple[UUID, UUID | None]:
    """In whose team's project an analysis is, and who asked for it."""
    query: Any = (
        AnalysisResult.select(Project.team, AnalysisResult.created_by_id)
        .join(Project)
        .where(AnalysisResult.id == analysis_id)
    )
    [found] = query.tuples()
    team_id, user_id = found
    return team_id, user_id


def version_of(analysis_id: UUID) -> int | None:
    """The version of an analysis; None when it is gone."""
    query: Any = AnalysisResult.select(AnalysisResult.version).where(AnalysisResult.id == analysis_id)
    found = query.tuples().first()
    return None if found is None else found[0]


def change_unfinished(analysis_id: UUID, **changes: Any) -> bool:
    """Change an analysis that is pending or processing; False when it is neither."""
    unfinished = (AnalysisResult.id == analysis_id) & AnalysisResult.status.in_(UNFINISHED)
    return bool(AnalysisResult.update(**changes).where(unfinished).execute() == 1)


def change_version(analysis_id: UUID, version: int, **changes: Any) -> bool:
    """Change a finished analysis that still has this version, and raise the version; False when it has another."""
    unchanged = (
        (AnalysisResult.id == analysis_id)
        & (AnalysisResult.version == version)
        & (AnalysisResult.status == AnalysisStatus.COMPLETED)
    )
    return bool(AnalysisResult.update(version=version + 1, **changes).where(unchanged).execute() == 1)


def store_segments(analysis_id: UUID, automatic: list[list[Any]]) -> None:
    """Replace the segments of an analysis."""
    values = {AnalysisSegments.automatic: automatic, AnalysisSegments.revision: uuid4()}
    AnalysisSegments.insert({AnalysisSegments.analysis: analysis_id, **values}).on_conflict(
        conflict_target=[AnalysisSegments.analysis], update=values
    ).execute()


def move_to_project(media_id: UUID, project_id: UUID) -> None:
    """Let the analyses of a recording belong to another project."""
    AnalysisResult.update(project=project_id).where(AnalysisResult.media_file == media_id).execute()


def segments_revision(analysis_id: UUID) -> UUID | None:
    """Which segments an analysis has; None before it is done."""
    query: Any = AnalysisSegments.select(AnalysisSegments.revision).where(AnalysisSegments.analysis == analysis_id)
    found = query.tuples().first()
    return None if found is None else found[0]


def stored_segments(analysis_id: UUID) -> list[list[Any]]:
    """The segments of an analysis; empty before it is done."""
    found = AnalysisSegments.get_or_none(AnalysisSegments.analysis == analysis_id)
    return [] if found is None else list(found.automatic)


def next_current_since(media_id: UUID) -> datetime:
    """Since when an analysis counts that is to count from now on: after all others, even where a clock went back."""
    query = AnalysisResult.select(fn.MAX(AnalysisResult.current_since)).where(AnalysisResult.media_file == media_id)
    newest: datetime | None = query.scalar()
    return clock.now() if newest is None else max(clock.now(), newest + timedelta(microseconds=1))


def current_completed(media_id: UUID) -> AnalysisResult | None:
    """The finished analysis of a recording that counts, or None."""
    found: AnalysisResult | None = (
        AnalysisResult.select()
        .where(AnalysisResult.media_file == media_id, AnalysisResult.status == AnalysisStatus.COMPLETED)
        .order_by(AnalysisResult.current_since.desc())
        .first()
    )
    return found


def current_completed_of(media_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The finished analysis that counts of each of these recordings that has one."""
    wanted = AnalysisResult.media_file.in_(list(media_ids)) & (AnalysisResult.status == AnalysisStatus.COMPLETED)
    query = AnalysisResult.select(AnalysisResult.media_file, AnalysisResult.id).where(wanted)
    rows: Any = query.order_by(AnalysisResult.current_since).tuples()
    return dict(rows)


def change_completed(analysis_id: UUID, **changes: Any) -> bool:
    """Change what is said of a finished analysis, whatever its version; False when it is none."""
    finished = (AnalysisResult.id == analysis_id) & (AnalysisResult.status == AnalysisStatus.COMPLETED)
    return bool(AnalysisResult.update(**changes).where(finished).execute() == 1)


def has_unfinished(media_id: UUID) -> bool:
    """Whether a recording is being analysed."""
    waiting = (AnalysisResult.media_file == media_id) & AnalysisResult.status.in_(UNFINISHED)
    return bool(AnalysisResult.select().where(waiting).exists())


def abandoned_analyses() -> list[UUID]:
    """Unfinished analyses whose job has ended or is gone."""
    rows: Any = (
        AnalysisResult.select(AnalysisResult.id)
        .join(Job, JOIN.LEFT_OUTER)
        .where(AnalysisResult.status.in_(UNFINISHED), Job.id.is_null() | Job.status.not_in(UNFINISHED_JOBS))
        .tuples()
    )
    return [analysis_id for (analysis_id,) in rows]


def known_tracks_keys() -> set[str]:
    """Storage keys of tracks that rows speak of."""
    rows: Any = AnalysisResult.select(AnalysisResult.tracks_key).tuples()
    return {key for (key,) in rows if key is not None}
