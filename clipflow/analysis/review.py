"""What a person does with a finished analysis: tune it again, decide, read and correct what is said in it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import models, serialization, service, transcripts
from clipflow.analysis.models import AnalysisResult
from clipflow.config import Settings
from clipflow.core.db import transaction
from clipflow.core.errors import ConflictError, InvalidInputError, MissingError
from clipflow.core.principal import Permission, Principal
from clipflow.engine import Decision, Transcript
from clipflow.engine.transcript.sounds import language_code
from clipflow.media import service as media
from clipflow.projects import service as projects
from clipflow.resources import Resources

# One every second and a half over eight hours.
MAXIMUM_DECISIONS = 20_000


@dataclass(frozen=True, slots=True)
class Retune:
    """What is wanted of a retune.

    Attributes:
        is_saved: whether it is kept.
        version: of the segments that it may take the place of; None for any.
        with_decisions: whether decisions are laid over the segments; the sum always counts them.
    """

    is_saved: bool
    version: int | None
    with_decisions: bool


def retune(
    resources: Resources, principal: Principal, analysis_id: UUID, request: Mapping[str, Any], wish: Retune
) -> dict[str, Any]:
    """Segments under other options from the stored tracks; a person's decisions stay.

    Raises:
        MissingError, ConflictError: there is no such analysis, it is not finished, or it has another version.
        InvalidInputError: an option is out of range, or one that needs a new analysis.
    """
    analysis = service.finished_analysis(principal, analysis_id, Permission.EDIT)
    options = {**analysis.options, **request}
    for name, thing in (("audio_track", "track"), ("audio_channel", "channel")):
        if name in request and request[name] != analysis.options.get(name, "mix"):
            sentence = f"Another audio {thing} needs a new analysis; start one."
            raise InvalidInputError(sentence, {name: sentence})
    service.check_options(options)
    tracks = media.load_tracks(resources, analysis.tracks_key)
    if wish.is_saved:
        result = _rebuild(
            resources, analysis_id, tracks, wish.version,
            lambda current: _retuned(resources, current, tracks, {**current.options, **request}),
        )  # fmt: skip
    else:
        plan = _retuned(resources, analysis, tracks, options)
        automatic = _segmented(resources.settings, tracks, plan)
        if not wish.with_decisions:
            summary = serialization.sum_of(automatic, analysis.decisions)
            return {
                "segments": serialization.shown_automatic(automatic),
                "summary": summary,
                "version": analysis.version,
            }
        result = serialization.result_of(automatic, analysis.decisions, analysis.version)
    if not wish.with_decisions:
        return {**result, "segments": service.automatic_segments(analysis_id)}
    return {**result, "segments": serialization.with_text(result["segments"], transcripts.words_of(analysis_id))}


def decide(
    principal: Principal,
    analysis_id: UUID,
    version: int,
    changes: Iterable[Mapping[str, Any]],
    *,
    with_segments: bool = True,
) -> dict[str, Any]:
    """Lay a person's decisions over the segments.

    Raises:
        MissingError: there is no such analysis.
        ConflictError: it is not finished, or somebody has changed it since this version.
        InvalidInputError: a change does not lie within the recording.
    """
    analysis = service.finished_analysis(principal, analysis_id, Permission.EDIT)
    duration_ms = analysis.summary["duration_ms"]
    wanted = [_decision_of(number, change, duration_ms) for number, change in enumerate(changes)]
    merged = engine.merge_decisions([serialization.decision_of(one) for one in analysis.decisions], wanted)
    if len(merged) > MAXIMUM_DECISIONS:
        raise InvalidInputError(
            f"There are more than {MAXIMUM_DECISIONS:,} decisions; take some back with the action auto.",
            {"changes": "Too many."},
        )
    stored = [asdict(one) for one in merged]
    automatic = [serialization.segment_of(one) for one in models.automatic_segments(analysis_id)]
    result = serialization.result_of(automatic, stored, version + 1)
    with transaction():
        if analysis.version != version or not models.change_version(
            analysis_id, version, decisions=stored, summary=result["summary"]
        ):
            raise _stale()
        models.store_segments(analysis_id, [list(one) for one in automatic], result["segments"])
    if not with_segments:
        return {"version": result["version"], "summary": result["summary"]}
    return {**result, "segments": serialization.with_text(result["segments"], transcripts.words_of(analysis_id))}


def get_transcript(
    principal: Principal, analysis_id: UUID, *, from_ms: int, to_ms: int | None, speaker: str | None = None
) -> dict[str, Any]:
    """The words that reach into a window of time, of everybody or of one speaker.

    Raises:
        MissingError: there is no such analysis, or it has no transcript.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = service.finished_analysis(principal, analysis_id)
    found = transcripts.window(analysis_id, from_ms, to_ms, speaker)
    if found is None:
        raise _no_transcript()
    return {**found, "version": analysis.version}


def search_transcript(principal: Principal, analysis_id: UUID, text: str, speaker: str | None = None) -> dict[str, Any]:
    """Where something is said.

    Raises:
        MissingError: there is no such analysis, or it has no transcript.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    analysis = service.finished_analysis(principal, analysis_id)
    transcript, _ = _transcript(analysis_id)
    return {"matches": transcripts.search(transcript, text, speaker), "version": analysis.version}


def correct_transcript(
    resources: Resources, principal: Principal, analysis_id: UUID, version: int, changes: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """Spell words anew; fillers are looked for again, and a person's decisions stay.

    Raises:
        MissingError: there is no such analysis, or it has no transcript.
        ConflictError: it is not finished, or somebody has changed it since this version.
        InvalidInputError: there is no such word.
    """

    def correct(transcript: engine.Transcript, tracks: engine.Tracks, current: AnalysisResult) -> engine.Transcript:
        words = transcripts.corrected(transcript.words, changes)
        options = transcripts.filler_options(resources.settings, current.options)
        return engine.judge_words(words, tracks, options, transcript.language)

    return _change_transcript(resources, principal, analysis_id, version, correct)


def rename_speakers(
    resources: Resources, principal: Principal, analysis_id: UUID, version: int, changes: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """Give speakers other names in the whole transcript; segments and decisions stay.

    Raises:
        MissingError: there is no such analysis, or it has no transcript.
        ConflictError: it is not finished, or somebody has changed it since this version.
        InvalidInputError: nobody of that name speaks.
    """

    def rename(transcript: engine.Transcript, _tracks: engine.Tracks, _current: AnalysisResult) -> engine.Transcript:
        words = transcripts.renamed(transcript.words, {one["speaker"]: one["name"] for one in changes})
        return replace(transcript, words=words)

    return _change_transcript(resources, principal, analysis_id, version, rename)


def _change_transcript(
    resources: Resources,
    principal: Principal,
    analysis_id: UUID,
    version: int,
    changed: Callable[[engine.Transcript, engine.Tracks, AnalysisResult], engine.Transcript],
) -> dict[str, Any]:
    """Put another transcript in the place of the one that there is; the new version with its sum."""
    analysis = service.finished_analysis(principal, analysis_id, Permission.EDIT)
    tracks = media.load_tracks(resources, analysis.tracks_key)

    def prepare(current: AnalysisResult) -> _Plan:
        transcript, source = _transcript(analysis_id)
        return _Plan(current.options, changed(transcript, tracks, current), source, replaces=True)

    result = _rebuild(resources, analysis_id, tracks, version, prepare)
    return {"version": result["version"], "summary": result["summary"]}


@dataclass(frozen=True, slots=True)
class TranscriptImport:
    """A transcript of another tool with what a person says of it; what is None is found out.

    Attributes:
        content: of the file.
        language: by its code.
        encoding: by its name.
        offset_ms: what is added to all times.
    """

    content: bytes
    language: str | None = None
    encoding: str | None = None
    offset_ms: int | None = None


def read_offset(text: str | None) -> int | None:
    """The offset of a transcript's times as a form gives it; InvalidInputError when it is no whole number."""
    if text is None:
        return None
    if not text.removeprefix("-").removeprefix("+").isdecimal() or not text.isascii():
        sentence = "Give the offset as whole milliseconds, such as -3600000."
        raise InvalidInputError(sentence, {"offset_ms": sentence})
    return int(text)


def import_transcript(
    resources: Resources, principal: Principal, media_id: UUID, wanted: TranscriptImport
) -> dict[str, Any]:
    """Lay a transcript of another tool into the newest analysis of a recording, or begin an analysis with it.

    Raises:
        MissingError: there is no such recording.
        InvalidInputError: the file is no transcript.
        ConflictError: the recording is being analysed at the moment.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    with _refusing_transcripts():
        raw = engine.read_transcript(wanted.content, wanted.encoding)
    language = wanted.language
    if language is not None and language_code(language) is None:
        sentence = "Give a language by its code, such as en or de."
        raise InvalidInputError(sentence, {"language": sentence})
    announced = transcripts.pending_of(raw, language_code(language), wanted.offset_ms)
    if models.has_unfinished(recording.id):
        raise service.being_analysed()
    newest = models.newest_completed(recording.id)
    if newest is None:
        analysis = service.start_analysis(resources, principal, media_id, {"processing_mode": "vad"}, announced)
        return {"analysis_id": analysis.id, "status": "processing", **_recognised(raw, announced)}
    tracks = media.load_tracks(resources, newest.tracks_key)
    with _refusing_transcripts():
        announced, shift = transcripts.on_clock_of(announced, tracks, engine.restore_media_info(recording.media_info))

    def prepare(current: AnalysisResult) -> _Plan:
        options = transcripts.filler_options(resources.settings, current.options)
        transcript = transcripts.make(announced, tracks, options, current.options)
        return _Plan(current.options, transcript, announced.source, replaces=True, cues=announced.cues)

    _rebuild(resources, newest.id, tracks, None, prepare)
    return {"analysis_id": newest.id, "status": "completed", **_recognised(raw, announced, shift)}


def _recognised(
    raw: engine.RawTranscript, announced: transcripts.Announced, shift: engine.ClockShift | None = None
) -> dict[str, Any]:
    """What was found out about an imported file."""
    return {
        "format": raw.format, "encoding": raw.encoding, "language": announced.language,
        "offset_ms": shift.offset_ms if shift is not None else announced.offset_ms or 0,
    }  # fmt: skip


@contextmanager
def _refusing_transcripts() -> Iterator[None]:
    try:
        yield
    except engine.TranscriptError as error:
        raise InvalidInputError(str(error), {"file": str(error)}) from None


def check_import_allowed(principal: Principal, media_id: UUID) -> None:
    """Raise MissingError or NotAllowedError unless a transcript may be imported for the recording."""
    media.get_media(principal, media_id, Permission.EDIT)


def estimate_transcription(
    resources: Resources, principal: Principal, media_id: UUID, options: Mapping[str, Any]
) -> dict[str, Any]:
    """What a transcription of a recording would send and cost.

    Raises:
        MissingError: there is no such recording.
        AiFeaturesDisabledError: transcription is switched off.
    """
    recording = media.get_media(principal, media_id, Permission.EDIT)
    service.check_transcription(resources)
    wish = {**projects.get_project(principal, recording.project_id).settings, **options}
    return transcripts.estimate(resources.settings, recording, wish)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What segments are to be made of; ``transcript`` and its source are stored when ``replaces`` says so.

    ``cues`` are captions as they were imported; None leaves those that are kept.
    """

    options: dict[str, Any]
    transcript: Transcript | None
    source: str
    replaces: bool
    cues: Sequence[engine.Cue] | None = None


def _retuned(resources: Resources, current: AnalysisResult, tracks: engine.Tracks, options: dict[str, Any]) -> _Plan:
    """The analysis under other options; fillers are looked for again only where that may find others."""
    found = transcripts.find(current.id)
    if found is None:
        return _Plan(options, None, "", replaces=False)
    transcript, source = found
    before = transcripts.filler_options(resources.settings, current.options)
    after = transcripts.filler_options(resources.settings, options)
    if before == after:
        return _Plan(options, transcript, source, replaces=False)
    judged = engine.judge_words(transcript.words, tracks, after, transcript.language)
    return _Plan(options, judged, source, replaces=True)


def _segmented(settings: Settings, tracks: engine.Tracks, plan: _Plan) -> list[engine.Segment]:
    options = service.check_options(plan.options)
    if plan.transcript is None:
        return engine.segment(tracks, options)
    return engine.segment_transcribed(tracks, options, plan.transcript, settings.filler_word_padding_ms)


def _rebuild(
    resources: Resources,
    analysis_id: UUID,
    tracks: engine.Tracks,
    version: int | None,
    prepare: Callable[[AnalysisResult], _Plan],
) -> dict[str, Any]:
    """Make the segments anew and store them; done again when somebody changed them meanwhile.

    Raises:
        MissingError: the analysis is gone.
        ConflictError: it has another version than was asked for.
    """
    while True:
        current = AnalysisResult.get_or_none(AnalysisResult.id == analysis_id)
        if current is None:
            raise service.missing_analysis()
        if version not in (None, current.version):
            raise _stale()
        plan = prepare(current)
        automatic = _segmented(resources.settings, tracks, plan)
        result = serialization.result_of(automatic, current.decisions, current.version + 1)
        changes: dict[str, Any] = {"options": plan.options, "summary": result["summary"]}
        if plan.transcript is not None:
            changes["filler_words_detected"] = serialization.count_fillers(plan.transcript)
        with transaction():
            if not models.change_version(analysis_id, current.version, **changes):
                continue
            models.store_segments(analysis_id, [list(one) for one in automatic], result["segments"])
            if plan.replaces and plan.transcript is not None:
                transcripts.store(analysis_id, plan.transcript, plan.source, plan.cues)
            return result


def _transcript(analysis_id: UUID) -> tuple[Transcript, str]:
    found = transcripts.find(analysis_id)
    if found is None:
        raise _no_transcript()
    return found


def _no_transcript() -> MissingError:
    return MissingError("This analysis has no transcript; transcribe the recording or import a transcript.")


def _decision_of(number: int, change: Mapping[str, Any], duration_ms: int) -> Decision:
    start_ms, end_ms, action = change["start_ms"], change["end_ms"], change["action"]
    if not 0 <= start_ms < end_ms <= duration_ms:
        sentence = f"Must lie within the recording, from 0 to {duration_ms} ms, and end after its start."
        raise InvalidInputError(
            "A change does not lie within the recording; see the details.", {f"changes.{number}": sentence}
        )
    return Decision(start_ms, end_ms, None if action == "auto" else engine.Action(action), change.get("note"))


def _stale() -> ConflictError:
    return ConflictError(
        "Somebody has changed the segments meanwhile; load them again and repeat the change.",
        {"version": "Is not the current one."},
    )
