"""Lets routes find what the application was made with."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import UUID

from flask import Flask, current_app

from clipflow.accounts.models import User
from clipflow.projects.service import Overview
from clipflow.projects.sharing import Ending, LeaveTeam
from clipflow.resources import Resources

_NAME = "clipflow"

# Add to a project, and to the projects of a list, what the domains above projects have of them.
CompleteOverview = Callable[[Overview], None]
CompleteList = Callable[[Mapping[UUID, dict[str, Any]]], None]


class AcceptInvitation(Protocol):
    """Uses up the invitation of somebody whose account is just being made; ``is_tried`` only looks whether it may."""

    def __call__(self, token: str, user: User, *, is_tried: bool = False) -> None:
        """Raise where it may not."""


@dataclass(frozen=True, slots=True)
class _Context:
    resources: Resources
    complete_overview: CompleteOverview
    complete_list: CompleteList
    accept_invitation: AcceptInvitation
    leave_team: LeaveTeam


def attach(
    app: Flask,
    resources: Resources,
    complete_overview: CompleteOverview,
    complete_list: CompleteList,
    accept_invitation: AcceptInvitation,
    leave_team: LeaveTeam,
) -> None:
    """Hang the resources, and what the registry offers to routes, on the application."""
    app.extensions[_NAME] = _Context(resources, complete_overview, complete_list, accept_invitation, leave_team)


def accept_invitation(token: str, user: User, *, is_tried: bool = False) -> None:
    """Use up the invitation of somebody whose account is just being made, in the caller's transaction."""
    _context_of(current_app).accept_invitation(token, user, is_tried=is_tried)


def leave_team(project_id: UUID, from_team: UUID, to_team: UUID, *, losing: Collection[UUID]) -> Ending:
    """Do what a move of a project asks of the domains above, in its transaction; returns what ends."""
    return _context_of(current_app).leave_team(project_id, from_team, to_team, losing=losing)


def resources_of(app: Flask) -> Resources:
    """The resources that hang on an application."""
    return _context_of(app).resources


def current_resources() -> Resources:
    """The resources of the application that answers this request."""
    return _context_of(current_app).resources


def complete_overview(overview: Overview) -> None:
    """Add to a project what the domains above projects have of it."""
    _context_of(current_app).complete_overview(overview)


def complete_list(entries: Mapping[UUID, dict[str, Any]]) -> None:
    """Add to the projects of a list, by their ids, what the domains above projects have of them."""
    _context_of(current_app).complete_list(entries)


def _context_of(app: Flask) -> _Context:
    return cast(_Context, app.extensions[_NAME])
