"""Lets routes find what the application was made with."""

from typing import cast

from flask import Flask, current_app

from clipflow.resources import Resources

_NAME = "clipflow"


def attach(app: Flask, resources: Resources) -> None:
    """Hang the resources on the application."""
    app.extensions[_NAME] = resources


def resources_of(app: Flask) -> Resources:
    """The resources that hang on an application."""
    return cast(Resources, app.extensions[_NAME])


def current_resources() -> Resources:
    """The resources of the application that answers this request."""
    return cast(Resources, current_app.extensions[_NAME])
