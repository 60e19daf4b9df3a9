"""A value that is found out anew only once in a while, however many ask for it."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Remembers a value for a while; those who ask while it is found out wait for it."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._lock = threading.Lock()
        self._found: tuple[float, Value] | None = None

    def get(self, find: Callable[[], Value]) -> Value:
        """The value, at most as old as it may be."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > self._lifetime_s:
                value = find()
                self._found = time.monotonic(), value
            return self._found[1]

    def forget(self) -> None:
        """Find the value out anew when it is asked for next."""
        with self._lock:
            self._found = None
