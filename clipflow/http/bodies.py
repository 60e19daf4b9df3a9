"""What a body says before its schema has read it: for budgets, which are counted first."""

from flask import request


def text_in_body(name: str) -> str | None:
    """A text of a JSON object; None where there is none, or something else."""
    body = request.get_json(silent=True)
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str) else None
