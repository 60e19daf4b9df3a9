"""Which thread answers which request."""

import time
from typing import Any

from waitress.task import ThreadedTaskDispatcher

# How many requests are worked on side by side while all of them go on well.
_SIDE_BY_SIDE = 1
# A request that takes longer waits for something, or is a large one: it no longer holds up the others.
_PATIENCE_S = 0.005


class CalmDispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Lets few threads work at a time, and another for each request that takes long.

    Many threads with short requests spend most of their time passing the interpreter's lock around:
    one of them alone answers half as many again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._began_s: dict[int, float] = {}

    def handler_thread(self, thread_no: int) -> None:
        """Answer requests until the server stops; the body of each thread."""
        while True:
            with self.lock:
                while not self.stop_count and not (self.queue and self._has_room()):
                    self.active_count -= 1
                    self.queue_cv.wait()
                    self.active_count += 1
                if self.stop_count:
                    self.active_count -= 1
                    self.stop_count -= 1
                    self.threads.discard(thread_no)
                    self.thread_exit_cv.notify()
                    return
                task = self.queue.popleft()
                self._began_s[thread_no] = time.monotonic()
            try:
                task.service()
            except BaseException:
                self.logger.exception("A request could not be served")
            with self.lock:
                del self._began_s[thread_no]

    def add_task(self, task: Any) -> None:
        """Queue a request."""
        with self.lock:
            self.queue.append(task)
            if self._has_room():
                self.queue_cv.notify()

    def relieve(self) -> float | None:
        """Wake another thread when those at work are held up; the seconds after which to ask again if any wait."""
        with self.lock:
            if not self.queue:
                return None
            if self._has_room():
                self.queue_cv.notify()
            return _PATIENCE_S

    def _has_room(self) -> bool:
        held_up_since_s = time.monotonic() - _PATIENCE_S
        return sum(began_s > held_up_since_s for began_s in self._began_s.values()) < _SIDE_BY_SIDE
