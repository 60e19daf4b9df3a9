"""Heavy work of a request, done where it holds up nobody else's."""

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, Response, current_app

from clipflow.core.computing import Computing, Workload, as_json
from clipflow.http.authentication import current_principal
from clipflow.http.compression import pack

_NAME = "computing"


def set_up_computing(app: Flask, computing: Computing) -> None:
    """Say where the heavy work of requests is done."""
    app.extensions[_NAME] = computing


def computed(workload: Workload, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What a function returns, or raises, called for the person who asks."""
    computing = cast(Computing, current_app.extensions[_NAME])
    return computing.run(workload, str(current_principal().user_id), function, *arguments, **named)


def computed_json(workload: Workload, function: Callable[..., Any], *arguments: Any, **named: Any) -> Response:
    """An answer of what a function returns, packed where it is long."""
    body = computed(workload, as_json, function, *arguments, **named)
    return pack(Response(body, mimetype="application/json"))
