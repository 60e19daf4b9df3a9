"""One place decides what a principal may do with a project."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from clipflow.accounts import service as accounts
from clipflow.core.db import connected
from clipflow.core.errors import MissingError, NotAllowedError
from clipflow.core.principal import Permission, Principal, PrincipalKind, Scope
from clipflow.projects import service as projects
from clipflow.projects.access import require
from tests.service.conftest import Person, Service


def principal_of(person: Person) -> Principal:
    return Principal.person(UUID(person.user["id"]), uuid4(), person.user["email"], is_administrator=False)


def limited(person: Person, *ceiling: Permission) -> Principal:
    """A token that may do no more than this on someone's behalf."""
    whole = principal_of(person)
    return replace(whole, kind=PrincipalKind.TOKEN, scopes=frozenset({Scope.PROJECTS_READ}), ceiling=frozenset(ceiling))


@pytest.mark.parametrize("permission", Permission)
def test_it_lets_the_owner_do_everything(alice: Person, permission: Permission) -> None:
    project_id = UUID(alice.make_project())
    with connected():
        require(principal_of(alice), project_id, permission)


@pytest.mark.parametrize("permission", Permission)
def test_it_hides_a_project_from_a_stranger(alice: Person, charlie: Person, permission: Permission) -> None:
    project_id = UUID(alice.make_project())
    with connected(), pytest.raises(MissingError):
        require(principal_of(charlie), project_id, permission)


def test_it_says_what_may_be_seen_but_not_done(alice: Person) -> None:
    project_id = UUID(alice.make_project())
    viewer = limited(alice, Permission.VIEW)
    with connected():
        require(viewer, project_id, Permission.VIEW)
        with pytest.raises(NotAllowedError):
            require(viewer, project_id, Permission.MANAGE)


def test_it_lists_what_may_be_seen_and_nothing_for_who_may_see_nothing(alice: Person) -> None:
    project_id = alice.make_project()
    with connected():
        seen, total = projects.list_projects(limited(alice, Permission.VIEW), page=1, limit=20)
        unseen, none = projects.list_projects(limited(alice), page=1, limit=20)
    assert ([str(one.id) for one in seen], total) == ([project_id], 1)
    assert (unseen, none) == ([], 0)


def test_a_principal_that_is_no_person_opens_nothing_that_names_no_scope() -> None:
    token = Principal(PrincipalKind.TOKEN, uuid4(), uuid4(), "", scopes=frozenset({Scope.REVIEWS_READ}))
    assert not token.is_within_scopes(())
    assert not token.is_within_scopes((Scope.REVIEWS_WRITE,))
    assert token.is_within_scopes((Scope.REVIEWS_READ,))
    assert not replace(token, scopes=None).is_within_scopes((Scope.REVIEWS_READ,))


def test_an_access_token_makes_a_person_of_its_user(service: Service, alice: Person) -> None:
    user_id = UUID(alice.user["id"])
    with connected():
        assert accounts.find_principal(service.resources, user_id, uuid4(), 0) is None
