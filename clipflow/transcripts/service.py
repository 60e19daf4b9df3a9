"""The rules of transcripts: stored, shown, searched, imported, corrected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import models as analysis_models
from clipflow.analysis import service as analyses
from clipflow.analysis.models import AnalysisResult
from clipflow.analysis.options import check_options, transcription_access
from clipflow.analysis.segments import Replacement, replace_segments
from clipflow.config import Settings
from clipflow.core.errors import MissingError
from clipflow.core.principal import Permission, Principal
from clipflow.engine import Cue, FillerOptions, Segment, Tracks, Transcript, Word
from clipflow.media import service as media
from clipflow.projects import service as projects
from clipflow.resources import Resources
from clipflow.transcription.client import ServiceAccess
from clipflow.transcripts import models, serialization, transcribing, words
from clipflow.transcripts.pending import PendingTranscript

LARGEST_BYTES = engine.LARGEST_TRANSCRIPT_BYTES
# Where the speaker stands in a stored word.
_SPEAKER = 4


def filler_options(settings: Settings, options: Mapping[str, Any]) -> FillerOptions:
    """What counts as a filler in an analysis."""
    return FillerOptions(
        is_on=options.get("detect_filler_words", True),
        words=settings.filler_words,
        custom_words=tuple(options.get("custom_filler_words") or ()),
        padding_ms=settings.filler_word_padding_ms,
    )


def find(analysis_id: UUID) -> tuple[Transcript, str] | None:
    """The transcript of an analysis and where it comes from, or None."""
    row = models.finished_transcript_of(analysis_id)
    if row is None:
        return None
    transcript = Transcript(serialization.words_from(row.words), serialization.fillers_from(row.fillers), row.language)
    return transcript, row.source


def words_of(analysis_id: UUID) -> tuple[Word, ...]:
    """The words of an analysis; none without a transcript."""
    row = models.finished_transcript_of(analysis_id)
    return () if row is None else serialization.words_from(row.words)


def cues_of(analysis_id: UUID) -> tuple[Cue, ...]:
    """The captions of an analysis as they were imported; none where there are none."""
    row = models.finished_transcript_of(analysis_id)
    return () if row is None else serialization.cues_from(row.cues)


def words_between(analysis_id: UUID, from_ms: int, to_ms: int | None) -> tuple[Word, ...]:
    """The words that reach into a window of time; none without a transcript."""
    row = models.finished_transcript_of(analysis_id)
    if row is None:
        return ()
    first, last = words.numbers_between(row.words, from_ms, to_ms)
    return serialization.words_from(row.words[first:last])


def store(analysis_id: UUID, transcript: Transcript, source: str, cues: Sequence[Cue] | None = None) -> None:
    """Store a transcript, in the caller's transaction; without ``cues`` those that are stored stay."""
    captions = {} if cues is None else {"cues": serialization.stored_cues(cues)}
    said = serialization.stored_transcript(transcript)
    models.store_transcript(analysis_id, source=source, pending=None, **said, **captions)


def store_pending(analysis_id: UUID, pending: PendingTranscript) -> None:
    """Store an imported transcript until the tracks are there, in the caller's transaction."""
    values = pending.as_json()
    cues, language = values["cues"], values["language"]
    models.store_transcript(
        analysis_id, source=pending.source, language=language, pending=values, words=[], fillers=[], cues=cues
    )


def find_pending(analysis_id: UUID) -> dict[str, Any] | None:
    """The imported transcript that waits for an analysis, as JSON, or None."""
    row = models.transcript_of(analysis_id)
    if row is None or row.pending is None:
        return None
    # Earlier versions stored three of the values in columns only.
    return {"source": row.source, "language": row.language, "cues": row.cues, **row.pending}


def get_transcript(
    principal: Principal, analysis_id: UUID, *, from_ms: int, to_ms: int | None, speaker: str | None = None
) -> dict[str, Any]:
    """The words that reach into a window of time, of everybody or of one speaker, and what is known of the whole.

    Raises:
        MissingError: there is no such analysis, or it has no transcript.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = analyses.finished_analysis(principal, analysis_id)
    row = models.finished_transcript_of(analysis_id)
    if row is None:
        raise _no_transcript()
    first, last = words.numbers_between(row.words, from_ms, to_ms)
    fillers = serialization.fillers_from(row.fillers)
    shown = serialization.word_values(serialization.words_from(row.words[first:last]), first, fillers)
    if speaker is not None:
        shown = [one for one in shown if one.get("speaker") == speaker]
    return {
        "words": shown, "total": len(row.words), "language": row.language, "source": row.source,
        "speakers": engine.speakers_of([one[_SPEAKER] for one in row.words if len(one) > _SPEAKER]),
        "version": analysis.version,
    }  # fmt: skip


def search_transcript(principal: Principal, analysis_id: UUID, text: str, speaker: str | None = None) -> dict[str, Any]:
    """Where something is said.

    Raises:
        MissingError: there is no such analysis, or it has no transcript.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = analyses.finished_analysis(principal, analysis_id)
    transcript, _ = _transcript(analysis_id)
    return {"matches": words.search(transcript, text, speaker), "version": analysis.version}


def correct_transcript(
    resources: Resources, principal: Principal, analysis_id: UUID, version: int, changes: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """Spell words anew; fillers are looked for again, and a person's decisions stay.

    Raises:
        MissingError, NotAllowedError: there is no such transcript, or it may not be changed.
        ConflictError: it is not finished, or someone has changed it since this version.
        InvalidInputError: there is no such word.
    """

    def correct(transcript: engine.Transcript, tracks: engine.Tracks, current: AnalysisResult) -> engine.Transcript:
        spelled = words.corrected(transcript.words, changes)
        options = filler_options(resources.settings, current.options)
        return engine.judge_words(spelled, tracks, options, transcript.language)

    return _change_transcript(resources, principal, analysis_id, version, correct)


def rename_speakers(
    resources: Resources, principal: Principal, analysis_id: UUID, version: int, changes: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """Give speakers other names in the whole transcript; segments and decisions stay.

    Raises:
        MissingError, NotAllowedError: there is no such transcript, or it may not be changed.
        ConflictError: it is not finished, or someone has changed it since this version.
        InvalidInputError: nobody of that name speaks.
    """

    def rename(transcript: engine.Transcript, _tracks: engine.Tracks, _current: AnalysisResult) -> engine.Transcript:
        named = words.renamed(transcript.words, {one["speaker"]: one["name"] for one in changes})
        return replace(transcript, words=named)

    return _change_transcript(resources, principal, analysis_id, version, rename)


def _change_transcript(
    resources: Resources,
    principal: Principal,
    analysis_id: UUID,
    version: int,
    changed: Callable[[Transcript, Tracks, AnalysisResult], Transcript],
) -> dict[str, Any]:
    """Put another transcript in the place of the one that there is; the new version with its summary."""
    analysis = analyses.finished_analysis(principal, analysis_id, Permission.EDIT)
    tracks = media.load_tracks(resources, analysis.tracks_key)

    def prepare(current: AnalysisResult) -> Replacement:
        transcript, source = _transcript(analysis_id)
        transcript = changed(transcript, tracks, current)
        return replacement(resources.settings, current, tracks, transcript, source)

    replaced = replace_segments(analysis_id, version, prepare)
    return {"version": replaced.version, "summary": replaced.summary}


def replacement(
    settings: Settings,
    current: AnalysisResult,
    tracks: Tracks,
    transcript: Transcript,
    source: str,
    cues: Sequence[Cue] | None = None,
) -> Replacement:
    """The segments of an analysis with another transcript, which is stored with them."""
    return Replacement(
        current.options,
        segments_with(settings, current.options, tracks, transcript),
        serialization.count_fillers(transcript),
        lambda: store(current.id, transcript, source, cues),
    )


def segments_with(
    settings: Settings, options: Mapping[str, Any], tracks: Tracks, transcript: Transcript
) -> list[Segment]:
    """Segments that know the words of a transcript."""
    return engine.segment_transcribed(tracks, check_options(options), transcript, settings.filler_word_padding_ms)


def estimate_transcription(
    resources: Resources, principal: Principal, media_id: UUID, options: Mapping[str, Any]
) -> dict[str, Any]:
    """What a transcription of a recording would send and cost.

    Raises:
        MissingError, NotAllowedError: there is no such recording, or it may not be transcribed.
        AiFeaturesDisabledError: transcription is switched off.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    project = projects.get_project(principal, recording.project_id)
    access = transcription_access(resources, project.team_id, principal.user_id)
    return transcribing.estimate(resources.settings, access, recording, {**project.settings, **options})


def access_for(resources: Resources, analysis_id: UUID) -> ServiceAccess:
    """The service that transcribes the recording of an analysis, as whoever asked for it; raises ServiceError."""
    team_id, user_id = analysis_models.team_and_maker_of(analysis_id)
    return transcription_access(resources, team_id, user_id)


def begin(settings: Settings, analysis_id: UUID) -> dict[str, Any] | None:
    """Note that a worker has begun an analysis with a transcript; what the work needs to know, or None."""
    given = analyses.begin(analysis_id)
    if given is None:
        return None
    fillers = asdict(filler_options(settings, given["options"]))
    return {**given, "filler_options": fillers, "pending_transcript": find_pending(analysis_id)}


def save_result(analysis_id: UUID, result: Mapping[str, Any] | None) -> None:
    """Save the result of a job that made segments and a transcript, in the caller's transaction."""
    assert result is not None
    if analyses.save_result(analysis_id, result, filler_words_detected=result["filler_words_detected"]):
        models.store_transcript(analysis_id, pending=None, **result["transcript"])


def _transcript(analysis_id: UUID) -> tuple[Transcript, str]:
    found = find(analysis_id)
    if found is None:
        raise _no_transcript()
    return found


def _no_transcript() -> MissingError:
    return MissingError("This analysis has no transcript; transcribe the recording or import a transcript.")
