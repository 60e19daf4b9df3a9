"""The table of the settings: one row."""

from datetime import datetime
from typing import Any

from peewee import IntegerField, JSONField

from clipflow.core.db import BaseModel, UtcDateTimeField

_ONLY_ROW = 1


class Configuration(BaseModel):
    """The settings that administrators have changed, by their names; ``version`` rises with every change."""

    id = IntegerField(primary_key=True)
    version = IntegerField()
    values = JSONField()
    changed_at = UtcDateTimeField()

    class Meta:
        table_name = "configuration"


def read() -> tuple[int, dict[str, Any]]:
    """The version, and what has been changed; 0 and nothing before the first change."""
    row = Configuration.get_or_none(Configuration.id == _ONLY_ROW)
    return (0, {}) if row is None else (row.version, row.values)


def write(version: int, values: dict[str, Any], now: datetime) -> bool:
    """Keep other values as the version after this one; False when somebody else was faster."""
    if version == 0:
        new: dict[Any, Any] = {"id": _ONLY_ROW, "version": 1, "values": values, "changed_at": now}
        return bool(Configuration.insert(**new).on_conflict_ignore().as_rowcount().execute() == 1)
    is_unchanged = (Configuration.id == _ONLY_ROW) & (Configuration.version == version)
    update = Configuration.update(version=version + 1, values=values, changed_at=now).where(is_unchanged)
    return bool(update.execute() == 1)
