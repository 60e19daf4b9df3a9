"""Decisions of several people at the same time: what overlaps nothing that was decided meanwhile is simply taken."""

from collections.abc import Mapping, Sequence
from typing import Any

from clipflow.analysis.segments import stale_version
from clipflow.core.errors import ConflictError

# More than a person decides in an hour.
_MOST_REMEMBERED = 2000
_MOST_NAMED = 20


def with_changes(
    current_version: int, recent: Mapping[str, Any] | None, version: int, changes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The memory of recent changes with new ones, which were made on ``version``.

    Args:
        current_version: of the analysis.
        recent: since which version every change is remembered, and as ``[version, start_ms, end_ms]`` which there were.
        version: that the new changes were made on.
        changes: with ``start_ms`` and ``end_ms``.

    Raises:
        ConflictError: the version is not known (any more), or a change overlaps one that was made since.
    """
    known = recent or {"since": current_version, "changes": []}
    if not known["since"] <= version <= current_version:
        raise stale_version()
    meanwhile = [one for one in known["changes"] if one[0] > version]
    overlapping = {
        f"changes.{number}": f"Overlaps what was decided from {start_ms} to {end_ms} ms meanwhile."
        for number, change in enumerate(changes)
        for _, start_ms, end_ms in meanwhile
        if change["start_ms"] < end_ms and start_ms < change["end_ms"]
    }
    if overlapping:
        first = dict(list(overlapping.items())[:_MOST_NAMED])
        raise ConflictError(
            "Someone has decided on the same stretches meanwhile; load the segments again and repeat the change.", first
        )
    new = [[current_version + 1, change["start_ms"], change["end_ms"]] for change in changes]
    remembered = [*known["changes"], *new]
    dropped = remembered[:-_MOST_REMEMBERED]
    since = max([known["since"], *(one[0] for one in dropped)])
    return {"since": since, "changes": remembered[-_MOST_REMEMBERED:]}
