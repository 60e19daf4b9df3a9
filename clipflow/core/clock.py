"""The time, always in UTC and always aware of it."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def to_precise_rfc3339(moment: datetime) -> str:
    """Such as 2026-11-21T09:30:00.000001Z, so that moments within one second keep their order as texts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def to_rfc3339(moment: datetime) -> str:
    """Such as 2026-11-21T09:30:00Z; fractions of a second are left out."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
