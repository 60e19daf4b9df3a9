"""The table of presets."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import BooleanField, CharField, ForeignKeyField, JSONField

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField
from clipflow.teams.models import Team


class PresetKind(StrEnum):
    """What the settings are of."""

    ANALYSIS = "analysis"
    EXPORT = "export"


class Preset(BaseModel):
    """Settings with a name, under the API's names; at most one of a team and a kind is its default.

    ``name_key`` is the name without regard to case, by which no two are the same.
    """

    team_id: UUID
    id = IdField()
    team = ForeignKeyField(Team, on_delete="CASCADE", backref="presets")
    kind = CharField(max_length=20)
    name = CharField(max_length=100)
    name_key = CharField(max_length=300)
    settings = JSONField(default=dict)
    is_default = BooleanField(default=False)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        """A name is given once; a partial index of the migration lets one alone be the default."""

        table_name = "presets"
        indexes = ((("team", "kind", "name_key"), True),)


def presets_of(team_ids: Iterable[UUID], kind: str | None = None) -> list[Preset]:
    """Those of some teams, by kind and name."""
    query = Preset.select().where(Preset.team.in_(list(team_ids)))
    if kind is not None:
        query = query.where(Preset.kind == kind)
    return list(query.order_by(Preset.kind, Preset.name_key, Preset.id))


def find(team_id: UUID, kind: str, preset_id: UUID) -> Preset | None:
    """A preset of a team, or None."""
    return Preset.get_or_none(Preset.id == preset_id, Preset.team == team_id, Preset.kind == kind)


def default_of(team_id: UUID, kind: str) -> Preset | None:
    """The one that counts where nothing else is said, or None."""
    return Preset.get_or_none(_is_default_of(team_id, kind))


def clear_default(team_id: UUID, kind: str) -> None:
    """Let none be the default."""
    Preset.update(is_default=False).where(_is_default_of(team_id, kind)).execute()


def _is_default_of(team_id: UUID, kind: str) -> Any:
    return (Preset.team == team_id) & (Preset.kind == kind) & (Preset.is_default == True)  # noqa: E712
