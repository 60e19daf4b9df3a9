"""The rules of categories: what they are called, and who may change them."""

import re
import unicodedata
from hashlib import sha256
from uuid import UUID

from peewee import IntegrityError

from clipflow.accounts import models as account_models
from clipflow.categories import models
from clipflow.categories.models import Category
from clipflow.core import clock
from clipflow.core.db import delete_rows, transaction
from clipflow.core.errors import CategoryExistsError, ConflictError, MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal
from clipflow.teams import service as teams

_LONGEST_SLUG = 100
# What the library calls recordings without a category.
NO_CATEGORY = "none"
MOST_CATEGORIES = 500
# Who takes the same slug at the same moment gets the next one.
_ATTEMPTS = 5
_MISSING = "There is no such category (any more); load the list again."
_ADMINISTRATORS = "Categories of the whole server are for administrators to change; name a team."


def list_categories(principal: Principal) -> list[Category]:
    """Those of the server and of the person's teams, by name."""
    return models.categories_for(own.team.id for own in teams.list_teams(principal))


def create_category(principal: Principal, *, name: str, team_id: UUID | None = None) -> Category:
    """Make a category of a team, or of the whole server.

    Raises:
        MissingError, NotAllowedError: the person does not own the team, or is no administrator.
        CategoryExistsError: there is one of this name.
    """
    for _ in range(_ATTEMPTS):
        try:
            with transaction():
                _hold(team_id)
                _check_may_change(principal, team_id)
                if len(models.categories_for([team_id] if team_id else [])) >= MOST_CATEGORIES:
                    raise ConflictError(f"There are {MOST_CATEGORIES} categories already; delete one first.")
                _check_free(name, team_id)
                return Category.create(
                    team=team_id, name=name, slug=_free_slug(name), created_at=clock.now(), force_insert=True
                )
        except IntegrityError:
            continue
    raise ConflictError("Others make categories at this moment; try again.")


def rename_category(principal: Principal, category_id: UUID, *, name: str) -> Category:
    """Give a category another name; its slug stays, because addresses name it.

    Raises:
        MissingError, NotAllowedError: there is no such category, or it may not be changed.
        CategoryExistsError: there is one of this name.
    """
    category = find_category(principal, category_id)
    with transaction():
        _hold(category.team_id)
        _check_may_change(principal, category.team_id)
        if any(one.id != category.id for one in models.named(name, category.team_id)):
            raise _exists()
        category.name = name
        category.save(only=[Category.name])
    return category


def delete_category(principal: Principal, category_id: UUID) -> None:
    """Delete a category; its recordings stay, without one. Raises MissingError or NotAllowedError."""
    category = find_category(principal, category_id)
    _check_may_change(principal, category.team_id)
    delete_rows(Category, Category.id == category_id)


def find_category(principal: Principal, category_id: UUID) -> Category:
    """A category that the person may choose; raises MissingError."""
    found: Category | None = Category.get_or_none(Category.id == category_id)
    if found is None or (found.team_id is not None and not _is_in(principal, found.team_id)):
        raise MissingError(_MISSING)
    return found


def slug_of(name: str) -> str:
    """What stands for a name in an address: NFKD, ASCII, hyphens; of a name in another script a part of its digest."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")
    return slug or f"c-{sha256(name.encode()).hexdigest()[:10]}"


def _free_slug(name: str) -> str:
    slug = slug_of(name)
    taken = models.slugs_beginning(slug) | {NO_CATEGORY}
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


def _hold(team_id: UUID | None) -> None:
    """Let nobody else name a category of the same team, or of the server, until the transaction ends."""
    if team_id is None:
        account_models.hold_administrators()
    else:
        teams.hold(team_id)


def _check_free(name: str, team_id: UUID | None) -> None:
    if models.named(name, team_id):
        raise _exists()


def _exists() -> CategoryExistsError:
    return CategoryExistsError("There is a category of this name already; choose it, or another name.")


def _check_may_change(principal: Principal, team_id: UUID | None) -> None:
    if team_id is not None:
        teams.get_team(principal, team_id, Permission.MANAGE)
    elif not principal.is_administrator:
        raise NotAllowedError(_ADMINISTRATORS)


def _is_in(principal: Principal, team_id: UUID) -> bool:
    return any(own.team.id == team_id for own in teams.list_teams(principal))
