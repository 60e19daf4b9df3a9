"""Counters of requests in the memory of this process."""

import threading
import time
from dataclasses import dataclass
from math import floor
from typing import Any

from limits.storage import MemoryStorage

_SWEEP_EVERY_S = 60.0


@dataclass(slots=True)
class _Window:
    """Hits in the window of time with this number, counted from the epoch, and in the one before it."""

    length_s: int
    number: int
    hits: int = 0
    hits_before: int = 0

    def move_to(self, now_s: float) -> float:
        """Move on to the window that this moment lies in; returns the share of the window that has passed."""
        windows = now_s / self.length_s
        number = int(windows)
        if number < self.number:
            # The clock was put back; nobody gets a new budget for that.
            return 0.0
        if number > self.number:
            self.hits_before = self.hits if number == self.number + 1 else 0
            self.number, self.hits = number, 0
        return windows - number

    def is_over(self, now_s: float) -> bool:
        """Whether its hits count no longer."""
        return int(now_s / self.length_s) > self.number + 1


class ProcessStorage(MemoryStorage):
    """Sliding window counters in this process.

    They weigh the window before by how much of it still reaches into the last period, as those of
    ``limits`` do; but its memory storage starts a thread that tidies up a hundred times a second.
    """

    STORAGE_SCHEME = ["process"]  # noqa: RUF012  the library's registry asks for a list

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._sweep_at_s = 0.0

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count hits if the budget has room for them."""
        now_s = time.time()
        with self._lock:
            window = self._window(key, expiry, now_s)
            weighed = window.hits_before * (1 - window.move_to(now_s)) + window.hits
            if floor(weighed) + amount > limit:
                return False
            window.hits += amount
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Hits of the window before and seconds until they count no more, and the same of the current one."""
        now_s = time.time()
        with self._lock:
            window = self._window(key, expiry, now_s)
            left_s = (1 - window.move_to(now_s)) * expiry
            return window.hits_before, left_s if window.hits_before else 0.0, window.hits, left_s + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget the hits of a budget."""
        with self._lock:
            self._windows.pop(key, None)

    def reset(self) -> int:
        """Forget all hits."""
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
            return count

    def _window(self, key: str, expiry: int, now_s: float) -> _Window:
        """The window of a key; the lock is held."""
        if now_s >= self._sweep_at_s:
            self._sweep_at_s = now_s + _SWEEP_EVERY_S
            self._windows = {name: window for name, window in self._windows.items() if not window.is_over(now_s)}
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(expiry, int(now_s / expiry))
        return window
