"""Decisions of several people at the same time: what overlaps nothing that was decided meanwhile is simply taken."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from clipflow.core.errors import ConflictError
from clipflow.engine import Decision

_MOST_NAMED = 20


def overlaps(changes: Sequence[Decision], meanwhile: Sequence[tuple[int, int]]) -> dict[str, str]:
    """Which changes overlap what was decided since the version they were made on, each with where.

    Args:
        changes: in the order they came.
        meanwhile: stretches from start to end, in milliseconds and any order.

    Returns:
        A sentence by the name of each change; empty where nothing overlaps, and no more than twenty.
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
    return overlapping


def overlap_error(overlapping: Mapping[str, str], names: Sequence[str], *, is_own: bool) -> ConflictError:
    """What is said to who comes second.

    Args:
        overlapping: as :func:`overlaps` tells it.
        names: of the others who have decided; none where it is not known, or where it was the same person.
        is_own: whether the same person has decided elsewhere.
    """
    if names:
        who = f"{' and '.join(names)} {'has' if len(names) == 1 else 'have'} decided"
    else:
        who = "You have decided" if is_own else "Someone has decided"
    place = " in another tab" if is_own and not names else ""
    sentence = f"{who} on the same stretches meanwhile{place}; load the segments again and repeat the change."
    return ConflictError(sentence, overlapping)


def _joined(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in the order of time, without overlap."""
    joined: list[tuple[int, int]] = []
    for start_ms, end_ms in sorted(stretches):
        if joined and start_ms < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end_ms, joined[-1][1])
        else:
            joined.append((start_ms, end_ms))
    return joined
