"""The table of categories."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from peewee import CharField, ForeignKeyField

from clipflow.core.db import BaseModel, IdField, UtcDateTimeField
from clipflow.teams.models import Team


class Category(BaseModel):
    """What a recording is about; of a team, or with no team of the whole server."""

    team_id: UUID | None
    id = IdField()
    team = ForeignKeyField(Team, on_delete="CASCADE", null=True, backref="categories")
    name = CharField(max_length=100)
    slug = CharField(max_length=120, unique=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "categories"


def categories_for(team_ids: Iterable[UUID]) -> list[Category]:
    """Those of the server and of these teams, by name."""
    is_theirs = Category.team.is_null() | Category.team.in_(list(team_ids))
    return list(Category.select().where(is_theirs).order_by(Category.name, Category.slug))


def named(name: str, team_id: UUID | None) -> list[Category]:
    """Categories of a team, or of the server, that are called so, whatever the case."""
    owned = Category.team.is_null() if team_id is None else Category.team == team_id
    return [one for one in Category.select().where(owned) if one.name.casefold() == name.casefold()]


def slugs_beginning(slug: str) -> set[str]:
    """All slugs that begin so."""
    rows: Any = Category.select(Category.slug).where(Category.slug.startswith(slug)).tuples()
    return {found for (found,) in rows}


def by_ids(ids: Iterable[UUID]) -> dict[UUID, Category]:
    """These categories by their ids."""
    return {one.id: one for one in Category.select().where(Category.id.in_(list(ids)))}
