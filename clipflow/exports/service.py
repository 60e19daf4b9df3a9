"""The rules of exports: a finished analysis with its person's decisions becomes a cut list that an editor opens."""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from clipflow import engine
from clipflow.analysis import models as analysis_models
from clipflow.core.errors import ConflictError, InvalidInputError, MissingError, ProcessingFailedError
from clipflow.core.principal import Permission, Principal
from clipflow.engine import ExportFormat, ExportReport, Include, Timeline
from clipflow.media import service as media
from clipflow.media.models import MediaFile
from clipflow.presets import service as presets
from clipflow.presets.models import PresetKind
from clipflow.projects import service as projects
from clipflow.review import service as reviews
from clipflow.review.service import Cut

_DEFAULTS = {"media_folder": "", "include": Include.KEEP_AND_SUGGESTED.value, "frame_rate": "30"}


@dataclass(frozen=True, slots=True)
class Download:
    """A cut list, ready to be sent."""

    file: io.BytesIO
    report: ExportReport


def export_cut(principal: Principal, analysis_id: UUID, wanted: Mapping[str, Any]) -> Download:
    """Write the cut of an analysis.

    Args:
        principal: who asks for it.
        analysis_id: a finished analysis.
        wanted: ``format``, ``media_folder``, ``include``, ``frame_rate``; what is left out says the preset of
            ``preset_id`` where one is named.

    Raises:
        InvalidInputError: no format is named, there is no such one, or it cannot hold a cut of this recording.
        MissingError: there is no such analysis, or no such preset.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    cut = reviews.get_cut(principal, analysis_id)
    return _write(cut, _complete(wanted, _preset_of_project(principal, cut.recording.project_id, wanted)))


def _write(cut: Cut, settings: Mapping[str, Any]) -> Download:
    try:
        form = engine.export_format(settings["format"])
    except engine.UnknownFormatError as error:
        raise InvalidInputError(str(error), {"format": str(error)}) from None
    timeline = _timeline(cut, settings)
    file = io.BytesIO()
    try:
        report = engine.export(timeline, form, file)
    except engine.UnsuitableFormatError as error:
        raise InvalidInputError(str(error), {"format": str(error)}) from None
    except engine.FaultyExportError as error:
        raise ProcessingFailedError(str(error)) from error
    file.seek(0)
    return Download(file, report)


def export_many(principal: Principal, project_id: UUID | None, wanted: Mapping[str, Any]) -> io.BytesIO:
    """A zip archive with the cut of each recording that counts now, named after the recording.

    Of one project, or with none of all that the person may see.

    Raises:
        MissingError, NotAllowedError: one of the recordings is not in the project, or may not be exported; there is
            no such preset.
        ConflictError: one of them has not been analysed.
        InvalidInputError: there is no such format, or it cannot hold the cut of one of them.
    """
    if project_id is None:
        preset = presets.own_settings(principal, PresetKind.EXPORT, wanted.get("preset_id"))
    else:
        projects.get_project(principal, project_id, Permission.EXPORT)
        preset = _preset_of_project(principal, project_id, wanted)
    settings = _complete(wanted, preset)
    archive = io.BytesIO()
    names: Counter[str] = Counter()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for media_id in dict.fromkeys(wanted["media_ids"]):
            recording = media.get_media(principal, media_id, Permission.EXPORT)
            if project_id not in (None, recording.project_id):
                raise MissingError("One of the recordings is not in this project; load the page again.")
            download = _export_current(principal, recording, settings)
            file.writestr(_name_in_archive(download.report.file_name, names), download.file.getvalue())
    archive.seek(0)
    return archive


def _export_current(principal: Principal, recording: MediaFile, settings: Mapping[str, Any]) -> Download:
    analysis = analysis_models.current_completed(recording.id)
    if analysis is None:
        raise ConflictError(f"{recording.title} has not been analysed yet; leave it out, or wait for its analysis.")
    try:
        return _write(reviews.get_cut(principal, analysis.id), settings)
    except InvalidInputError as error:
        raise InvalidInputError(f"{recording.title}: {error}", error.details) from None


def _name_in_archive(name: str, names: Counter[str]) -> str:
    """A name that no other file of the archive has, whatever its case."""
    stem, dot, ending = name.rpartition(".")
    names[name.lower()] += 1
    number = names[name.lower()]
    return name if number == 1 else f"{stem} ({number}){dot}{ending}"


def describe_formats(principal: Principal, analysis_id: UUID, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every format with what reads it, and whether it suits the recording; nothing is written for that.

    Raises:
        MissingError: there is no such analysis, or no such preset.
        ConflictError, ProcessingFailedError: it is not finished, or has failed.
    """
    cut = reviews.get_cut(principal, analysis_id)
    settings = {**_DEFAULTS, **_preset_of_project(principal, cut.recording.project_id, wanted), **wanted}
    timeline = _timeline(cut, settings)
    return [_format_values(form, form.reason_against(timeline)) for form in engine.FORMATS.values()]


def describe_export(principal: Principal, analysis_id: UUID, wanted: Mapping[str, Any]) -> Any:
    """How the cut comes out in a format, found by writing and reading it.

    Raises:
        As :func:`export_cut`.
    """
    report = export_cut(principal, analysis_id, wanted).report
    return {"report": {**asdict(report), "frame_rate": engine.exact_rate_text(report.frame_rate)}}


def _preset_of_project(principal: Principal, project_id: UUID, wanted: Mapping[str, Any]) -> dict[str, Any]:
    if "preset_id" not in wanted:
        return {}
    team_id = projects.get_project(principal, project_id).team_id
    return presets.chosen_settings(team_id, PresetKind.EXPORT, wanted["preset_id"])


def _complete(wanted: Mapping[str, Any], preset: Mapping[str, Any]) -> dict[str, Any]:
    settings = {**_DEFAULTS, **preset, **wanted}
    if "format" not in settings:
        sentence = "Say which format is wanted, or name a preset of exports."
        raise InvalidInputError(sentence, {"format": sentence})
    return settings


def _timeline(cut: Cut, settings: Mapping[str, Any]) -> Timeline:
    rate = engine.standard_rate_of(settings["frame_rate"])
    if rate is None:
        sentence = "Give a standard frame rate such as 25, 29.97 or 30000/1001."
        raise InvalidInputError(sentence, {"frame_rate": sentence})
    return engine.build_timeline(
        cut.segments,
        engine.restore_media_info(cut.recording.media_info),
        cut.recording.original_filename,
        folder=settings["media_folder"],
        include=Include(settings["include"]),
        sound_frame_rate=rate,
        words=cut.words,
        cues=cut.cues,
    )


def _format_values(form: ExportFormat, reason: str | None) -> dict[str, Any]:
    return {
        "name": form.name,
        "title": form.title,
        "extension": form.extension,
        "mime_type": form.mime_type,
        "editors": list(form.editors),
        "kind": form.kind,
        "import_steps": list(form.import_steps),
        "is_suited": reason is None,
        "reason": reason,
    }
