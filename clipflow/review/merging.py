"""Decisions of several people at the same time: what overlaps nothing that was decided meanwhile is simply taken."""

from bisect import bisect_left
from collections.abc import Sequence

from clipflow.core.errors import ConflictError
from clipflow.engine import Decision

_MOST_NAMED = 20


def check_overlaps(changes: Sequence[Decision], meanwhile: Sequence[tuple[int, int]]) -> None:
    """Raise ConflictError, with where, when a change overlaps what was decided since the version it was made on.

    Args:
        changes: in the order they came.
        meanwhile: stretches from start to end, in milliseconds and any order.
    """
    stretches = _joined(meanwhile)
    ends_ms = [end_ms for _, end_ms in stretches]
    overlapping: dict[str, str] = {}
    for number, change in enumerate(changes):
        first = bisect_left(ends_ms, change.start_ms + 1)
        if first < len(stretches) and stretches[first][0] < change.end_ms:
            start_ms, end_ms = stretches[first]
            overlapping[f"changes.{number}"] = f"Overlaps what was decided from {start_ms} to {end_ms} ms meanwhile."
        if len(overlapping) == _MOST_NAMED:
            break
    if overlapping:
        raise ConflictError(
            "Someone has decided on the same stretches meanwhile; load the segments again and repeat the change.",
            overlapping,
        )


def _joined(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in the order of time, without overlap."""
    joined: list[tuple[int, int]] = []
    for start_ms, end_ms in sorted(stretches):
        if joined and start_ms < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end_ms, joined[-1][1])
        else:
            joined.append((start_ms, end_ms))
    return joined
