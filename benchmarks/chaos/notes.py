"""What people were answered: the notes that the promises are held against."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

THERE = "a recording that was answered is there, byte for byte, until it is deleted"
CONFIRMED = "an upload that arrived can be confirmed, again and again"
FOREIGN = "nobody sees what is somebody else's"
ANSWERS = "nothing but what the contract says is answered"
IN_TIME = "everything is answered within 40 s"
AT_LAST = "whoever asks again is answered"
STOPS = "a stop ends the process within 40 s"
MIGRATED = "a migration that was killed is made whole by the next"
NOWHERE = "nothing is put where a storage is missing"
COPIED = "a copy of the database is whole"


@dataclass
class Wish:
    """What was last decided on a stretch: the answered action, and those whose answers never came."""

    answered: str | None = None
    unanswered: set[str | None] = field(default_factory=set)

    def allows(self, action: str | None) -> bool:
        """Whether the stretch may be like this now."""
        return action == self.answered or action in self.unanswered


@dataclass
class Analysis:
    """An analysis that was accepted."""

    id: str
    mode: str
    is_cancel_wanted: bool = False
    is_checked: bool = False
    first_version: int = 0
    versions: list[int] = field(default_factory=list)
    unanswered: int = 0
    wishes: dict[int, Wish] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wish(self, slot: int) -> Wish:
        """What is wanted of a stretch."""
        with self.lock:
            return self.wishes.setdefault(slot, Wish())


@dataclass
class Recording:
    """A recording that was answered to have arrived."""

    id: str
    file: Path
    analyses: list[Analysis] = field(default_factory=list)


@dataclass
class Notes:
    """Counts of what was promised and found, and sentences about what was broken."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=dict)
    health_ms: list[float] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    ended_s: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        """Note that something happened."""
        with self._lock:
            self.counts[what] += number

    def breaks(self, promise: str, sentence: str) -> None:
        """Note that a promise is broken."""
        with self._lock:
            self.broken.setdefault(promise, []).append(sentence)
