"""The rules of a review: decisions over segments, segments under other options, and the cut that comes of both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson

from clipflow import engine
from clipflow.analysis import decisions, segments
from clipflow.analysis import models as analysis_models
from clipflow.analysis import service as analyses
from clipflow.analysis.models import AnalysisResult
from clipflow.analysis.options import check_options
from clipflow.analysis.segments import Replacement, replace_segments
from clipflow.analysis.serialization import decision_values, segment_values
from clipflow.core import clock
from clipflow.core.db import transaction
from clipflow.core.errors import InvalidInputError
from clipflow.core.principal import Permission, Principal
from clipflow.engine import Decision, Summary, Tracks, Transcript
from clipflow.links import service as links
from clipflow.media import service as media
from clipflow.media.models import MediaFile
from clipflow.projects import service as projects
from clipflow.projects.models import Project
from clipflow.resources import Resources
from clipflow.review import merging
from clipflow.transcripts import models as transcript_models
from clipflow.transcripts import service as transcripts
from clipflow.transcripts.serialization import count_fillers, with_text

# One every second and a half over eight hours.
MAXIMUM_DECISIONS = 20_000


def get_analysis(principal: Principal, analysis_id: UUID, *, with_decisions: bool = True) -> dict[str, Any]:
    """The whole analysis with its segments, with or without the decisions; raises MissingError."""
    analysis, decided = segments.with_decisions(lambda: analyses.find_analysis(principal, analysis_id))
    words = transcripts.words_of(analysis_id) if with_decisions else ()
    reviewed = segments.reviewed_segments(analysis_id, decided if with_decisions else [])
    makers = decisions.makers_of(analysis_id)
    return {
        **analyses.analysis_values(analysis, analyses.names_in([analysis], principal), len(decided)),
        "segments": with_text(map(segment_values, reviewed), words),
        "decisions": [decision_values(one, makers.get(one.start_ms)) for one in decided],
        "people": links.names_of(set(makers.values()), principal),
        "transcription": engine.text_of(words) or None,
        "has_transcript": transcript_models.has_transcript(analysis_id),
    }


def get_analysis_parts(
    principal: Principal, analysis_id: UUID, *, with_decisions: bool = True
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """As :func:`get_analysis`: what is said of the analysis, and its lists as JSON; raises MissingError."""
    head = get_analysis(principal, analysis_id, with_decisions=with_decisions)
    names = ("segments", "decisions", "transcription", "has_transcript")
    return head, {name: orjson.dumps(head.pop(name)) for name in names}


def get_segments(
    principal: Principal, analysis_id: UUID, *, from_ms: int, to_ms: int | None, with_decisions: bool
) -> dict[str, Any]:
    """The segments that reach into a window of time, with or without the decisions.

    Raises:
        MissingError: there is no such analysis.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis, decided = segments.with_decisions(lambda: analyses.finished_analysis(principal, analysis_id))
    reviewed = segments.reviewed_segments(analysis_id, decided if with_decisions else [])
    within = (one for one in reviewed if one.end_ms > from_ms and (to_ms is None or one.start_ms < to_ms))
    shown = [segment_values(one) for one in within]
    if with_decisions and shown:
        words = transcripts.words_between(analysis_id, shown[0]["start_ms"], shown[-1]["end_ms"])
        shown = with_text(shown, words)
    return {"segments": shown, "version": analysis.version}


@dataclass(frozen=True, slots=True)
class Cut:
    """A recording, its segments with the decisions, what is said in it, and captions as they were imported."""

    recording: MediaFile
    segments: list[engine.ReviewedSegment]
    words: tuple[engine.Word, ...]
    cues: tuple[engine.Cue, ...]


def get_cut(principal: Principal, analysis_id: UUID) -> Cut:
    """The cut of a finished analysis.

    Raises:
        MissingError, NotAllowedError: there is no such analysis, or it may not be exported.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis, decided = segments.with_decisions(
        lambda: analyses.finished_analysis(principal, analysis_id, Permission.EXPORT)
    )
    recording = media.get_media(principal, analysis.media_file_id)
    return Cut(
        recording, segments.reviewed_segments(analysis_id, decided), transcripts.words_of(analysis_id),
        transcripts.cues_of(analysis_id),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Review:
    """The recording that is reviewed, the project it is in, and what who asks may do with it."""

    media: MediaFile
    project: Project
    may: list[str]


def get_review(principal: Principal, analysis_id: UUID) -> Review:
    """What the page of a review is about.

    Raises:
        MissingError: there is no such analysis.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = analyses.finished_analysis(principal, analysis_id)
    recording = media.get_media(principal, analysis.media_file_id)
    project = projects.get_project(principal, recording.project_id)
    return Review(recording, project, projects.permissions_for(principal, project))


@dataclass(frozen=True, slots=True)
class Retune:
    """What is wanted of a retune.

    Attributes:
        is_saved: whether it is kept.
        version: of the segments that it may take the place of; None for any.
        with_decisions: whether decisions are laid over the segments; the summary always counts them.
    """

    is_saved: bool
    version: int | None
    with_decisions: bool


def retune(
    resources: Resources, principal: Principal, analysis_id: UUID, request: Mapping[str, Any], wanted: Retune
) -> dict[str, Any]:
    """Segments under other options from the stored tracks; the decisions stay.

    Raises:
        MissingError, NotAllowedError: there is no such analysis, or it may not be changed.
        ConflictError: it is not finished, or it has another version.
        InvalidInputError: an option is out of range, or one that needs a new analysis.
    """
    analysis = analyses.finished_analysis(principal, analysis_id, Permission.EDIT)
    _check_tunable(analysis, request)
    check_options({**analysis.options, **request})
    tracks = media.load_tracks(resources, analysis.tracks_key)

    def prepare(current: AnalysisResult) -> Replacement:
        return _retuned(resources, current, tracks, {**current.options, **request})

    if wanted.is_saved:
        replace_segments(analysis_id, wanted.version, prepare)
    analysis, decided = segments.with_decisions(lambda: analyses.finished_analysis(principal, analysis_id))
    automatic = segments.automatic_segments(analysis_id) if wanted.is_saved else tuple(prepare(analysis).segments)
    reviewed = engine.apply_decisions(automatic, decided)
    shown = reviewed if wanted.with_decisions else engine.apply_decisions(automatic, [])
    words = transcripts.words_of(analysis_id) if wanted.with_decisions else ()
    return {
        "segments": with_text(map(segment_values, shown), words),
        "summary": segments.summary_of_reviewed(reviewed),
        "version": analysis.version,
    }


def decide(
    principal: Principal,
    analysis_id: UUID,
    version: int,
    changes: Iterable[Mapping[str, Any]],
    *,
    with_segments: bool = True,
) -> dict[str, Any]:
    """Lay decisions over the segments, which stay as the engine made them.

    Decisions that overlap none that were made since ``version`` are taken on the newest one.

    Raises:
        MissingError, NotAllowedError: there is no such analysis, or it may not be changed.
        ConflictError: it is not finished, or someone has decided on the same stretches since this version.
        InvalidInputError: a change does not lie within the recording.
    """
    wanted = list(changes)
    while True:
        analysis = analyses.finished_analysis(principal, analysis_id, Permission.DECIDE)
        changed = _decisions_of(wanted, analysis.summary["duration_ms"], principal.user_id)
        start_ms, end_ms = min(one.start_ms for one in changed), max(one.end_ms for one in changed)
        _check_meanwhile(principal, analysis, version, changed, (start_ms, end_ms))
        touched = engine.around(segments.automatic_segments(analysis_id), start_ms, end_ms)
        nearby = decisions.decisions_between(analysis_id, touched[0].start_ms, touched[-1].end_ms)
        summary = engine.summarise_change(
            Summary(**analysis.summary), touched, before=nearby, after=engine.merge_decisions(nearby, changed)
        )
        before = [one for one in nearby if one.start_ms < end_ms and one.end_ms > start_ms]
        after = engine.merge_decisions(before, changed)
        _check_number(decisions.count_of(analysis_id) - len(before) + len(after))
        edit = decisions.prepare_edit(
            analysis_id, analysis.version + 1, before=before, after=after, changes=changed,
            actor_kind=str(principal.kind),
        )  # fmt: skip
        with transaction():
            # Whatever was read of another version leads to another try.
            if analysis_models.change_version(analysis_id, analysis.version, summary=asdict(summary)):
                decisions.carry_out(edit)
                stored = decisions.stored_decisions(analysis_id) if with_segments else []
                break
    answer = {"version": analysis.version + 1, "summary": asdict(summary)}
    if not with_segments:
        return answer
    words = transcripts.words_of(analysis_id)
    shown = segments.reviewed_segments(analysis_id, stored)
    return {**answer, "segments": with_text(map(segment_values, shown), words)}


def _decisions_of(changes: Iterable[Mapping[str, Any]], duration_ms: int, made_by: UUID) -> list[Decision]:
    """What is wanted, in the order it came; an action of None takes earlier decisions back."""
    now = clock.now().replace(microsecond=0)
    decided = []
    for number, change in enumerate(changes):
        start_ms, end_ms, action = change["start_ms"], change["end_ms"], change["action"]
        if not 0 <= start_ms < end_ms <= duration_ms:
            sentence = f"Must lie within the recording, from 0 to {duration_ms} ms, and end after its start."
            raise InvalidInputError(
                "A change does not lie within the recording; see the details.", {f"changes.{number}": sentence}
            )
        wanted = None if action == "auto" else engine.Action(action)
        decided.append(Decision(start_ms, end_ms, wanted, change.get("note"), made_by, now))
    return decided


def _check_meanwhile(
    principal: Principal, analysis: AnalysisResult, version: int, changed: Sequence[Decision], window: tuple[int, int]
) -> None:
    """Raise ConflictError, with who it was, where something was decided since a version on what is to be changed.

    ``window`` is from the start of the first change to the end of the last.
    """
    if not analysis.changes_since <= version <= analysis.version:
        raise segments.stale_version()
    if version == analysis.version:
        return
    overlapping = merging.overlaps(changed, decisions.changes_after(analysis.id, version, *window))
    if overlapping:
        people = decisions.people_after(analysis.id, version, *window)
        names = sorted(links.names_of(people - {principal.user_id}, principal).values())
        raise merging.overlap_error(overlapping, names, is_own=principal.user_id in people)


def _check_number(count: int) -> None:
    if count > MAXIMUM_DECISIONS:
        raise InvalidInputError(
            f"There are more than {MAXIMUM_DECISIONS:,} decisions; take some back with the action auto.",
            {"changes": "Too many."},
        )


def _check_tunable(analysis: AnalysisResult, request: Mapping[str, Any]) -> None:
    for name, thing in (("audio_track", "track"), ("audio_channel", "channel")):
        if name in request and request[name] != analysis.options.get(name, "mix"):
            sentence = f"Another audio {thing} needs a new analysis; start one."
            raise InvalidInputError(sentence, {name: sentence})


def _retuned(resources: Resources, current: AnalysisResult, tracks: Tracks, options: dict[str, Any]) -> Replacement:
    """Segments under other options; fillers are looked for again only where that may find others."""
    found = transcripts.find(current.id)
    if found is None:
        return Replacement(options, engine.segment(tracks, check_options(options)))
    transcript, source = found
    before = transcripts.filler_options(resources.settings, current.options)
    after = transcripts.filler_options(resources.settings, options)
    if before == after:
        return Replacement(options, transcripts.segments_with(resources.settings, options, tracks, transcript))
    judged: Transcript = engine.judge_words(transcript.words, tracks, after, transcript.language)
    return Replacement(
        options,
        transcripts.segments_with(resources.settings, options, tracks, judged),
        count_fillers(judged),
        lambda: transcripts.store(current.id, judged, source),
    )
