"""The one table of what keys do on the review page: pages show it, scripts act by it, the documentation prints it."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def key_table() -> dict[str, Any]:
    """Groups of commands, each with its meaning and its keys in the two maps, `editor` and `clipflow`.

    A key is spelled as people read it: ``Ctrl Shift Z``, ``←``, ``Space``. Ctrl stands for Command too.
    """
    table: dict[str, Any] = json.loads(files("clipflow.web").joinpath("keys.json").read_text(encoding="utf-8"))
    return table
