"""The rules of presets: who makes them, which one is the default, and what one says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from peewee import IntegrityError

from clipflow.core import clock
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import ConflictError, InvalidInputError, MissingError, PresetExistsError
from clipflow.core.principal import Permission, Principal
from clipflow.presets import models
from clipflow.presets.models import Preset, PresetKind
from clipflow.teams import models as team_models
from clipflow.teams import service as teams

# Of a team and a kind; they are listed in one piece.
MOST_PRESETS = 100
_MISSING = "There is no such preset (any more); choose another one."


def list_presets(principal: Principal, *, team_id: UUID | None = None, kind: str | None = None) -> list[dict[str, Any]]:
    """Those of the person's teams, or of one of them; raises MissingError."""
    if team_id is not None:
        teams.get_team(principal, team_id)
        return presets_of_team(team_id, kind)
    own = [one.team.id for one in teams.list_teams(principal)]
    return [preset_values(one) for one in models.presets_of(own, kind)]


def presets_of_team(team_id: UUID, kind: str | None = None) -> list[dict[str, Any]]:
    """Those of a team, for whoever may see one of its projects."""
    return [preset_values(one) for one in models.presets_of([team_id], kind)]


def create_preset(
    principal: Principal,
    *,
    team_id: UUID,
    name: str,
    is_default: bool = False,
    analysis: Mapping[str, Any] | None = None,
    export: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give settings of an analysis, or of an export, a name.

    Raises:
        MissingError, NotAllowedError: the person may not edit in the team, or not say what its default is.
        PresetExistsError: the team has one of this kind and name.
        ConflictError: it has very many.
    """
    kind = PresetKind.ANALYSIS if export is None else PresetKind.EXPORT
    now = clock.now()
    with transaction():
        team_models.lock(team_id)
        teams.get_team(principal, team_id, Permission.MANAGE if is_default else Permission.EDIT)
        if len(models.presets_of([team_id], kind)) >= MOST_PRESETS:
            raise ConflictError(f"The team has {MOST_PRESETS} presets of this kind already; delete one first.")
        if is_default:
            models.clear_default(team_id, kind)
        preset = Preset(
            team=team_id, kind=kind, name=name, name_key=_key(name), settings=analysis if export is None else export,
            is_default=is_default, created_at=now, updated_at=now,
        )  # fmt: skip
        _save(preset, force_insert=True)
    return preset_values(preset)


def change_preset(principal: Principal, preset_id: UUID, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change the name, the settings, or whether a preset is the default.

    Raises:
        MissingError, NotAllowedError: there is no such preset, or this may not be done with it.
        InvalidInputError: the settings are of the other kind.
        PresetExistsError: the team has one of this kind and name.
    """
    is_about_default = "is_default" in changes
    with transaction():
        preset = _own_preset(principal, preset_id, Permission.MANAGE if is_about_default else Permission.EDIT)
        team_models.lock(preset.team_id)
        preset.settings = _settings_of_kind(preset, changes)
        preset.name = changes.get("name", preset.name)
        preset.name_key = _key(preset.name)
        if changes.get("is_default"):
            models.clear_default(preset.team_id, preset.kind)
        preset.is_default = changes.get("is_default", preset.is_default)
        preset.updated_at = clock.now()
        _save(preset)
    return preset_values(preset)


def delete_preset(principal: Principal, preset_id: UUID) -> None:
    """Delete a preset; what was made with it stays as it is. Raises MissingError or NotAllowedError."""
    preset = _own_preset(principal, preset_id, Permission.EDIT)
    if preset.is_default:
        teams.get_team(principal, preset.team_id, Permission.MANAGE)
    delete_rows(Preset, Preset.id == preset_id)


def chosen_settings(team_id: UUID, kind: PresetKind, preset_id: UUID | None) -> dict[str, Any]:
    """What a preset of the team says; nothing where none is named. Raises MissingError."""
    if preset_id is None:
        return {}
    preset = models.find(team_id, kind, preset_id)
    if preset is None:
        raise MissingError(_MISSING)
    return dict(preset.settings)


def default_settings(team_id: UUID, kind: PresetKind) -> dict[str, Any]:
    """What the default preset of the team says; nothing where there is none."""
    preset = models.default_of(team_id, kind)
    return {} if preset is None else dict(preset.settings)


def own_settings(principal: Principal, kind: PresetKind, preset_id: UUID | None) -> dict[str, Any]:
    """What a preset of any of the person's teams says; nothing where none is named. Raises MissingError."""
    if preset_id is None:
        return {}
    preset = _own_preset(principal, preset_id, Permission.VIEW)
    return chosen_settings(preset.team_id, kind, preset_id)


def preset_values(preset: Preset) -> dict[str, Any]:
    """Plain values for the API."""
    is_of_analysis = preset.kind == PresetKind.ANALYSIS
    return {
        "id": preset.id, "team_id": preset.team_id, "kind": preset.kind, "name": preset.name,
        "is_default": preset.is_default, "analysis": preset.settings if is_of_analysis else None,
        "export": None if is_of_analysis else preset.settings, "created_at": preset.created_at,
        "updated_at": preset.updated_at,
    }  # fmt: skip


def _own_preset(principal: Principal, preset_id: UUID, permission: Permission) -> Preset:
    preset: Preset | None = Preset.get_or_none(Preset.id == preset_id)
    if preset is None:
        raise MissingError(_MISSING)
    try:
        teams.get_team(principal, preset.team_id, permission)
    except MissingError:
        raise MissingError(_MISSING) from None
    return preset


def _settings_of_kind(preset: Preset, changes: Mapping[str, Any]) -> dict[str, Any]:
    for kind in PresetKind:
        if kind in changes and kind != preset.kind:
            sentence = f"This preset is for the {preset.kind}; make another one for the {kind}."
            raise InvalidInputError(sentence, {str(kind): sentence})
    settings: dict[str, Any] = changes.get(preset.kind, preset.settings)
    return settings


def _save(preset: Preset, *, force_insert: bool = False) -> None:
    try:
        preset.save(force_insert=force_insert)
    except IntegrityError:
        raise PresetExistsError("The team has a preset of this name already; give this one another name.") from None


def _key(name: str) -> str:
    return name.casefold()
