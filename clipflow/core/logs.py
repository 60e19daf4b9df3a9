"""Logs as JSON lines, each with the request or the job it belongs to."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pythonjsonlogger.orjson import OrjsonFormatter

# What a line belongs to is known far from where it is written.
_context: ContextVar[dict[str, str] | None] = ContextVar("log_context", default=None)
_QUIET_LIBRARIES = {
    "huey": logging.WARNING,
    "flask-limiter": logging.WARNING,
    # At DEBUG it would write every value that goes to the database.
    "peewee": logging.INFO,
    "peewee.pool": logging.WARNING,
    "werkzeug": logging.WARNING,
    # A line for each request that waits for a thread, which under load is every one.
    "waitress.queue": logging.ERROR,
}


class _ContextFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (_context.get() or {}).items():
            setattr(record, name, value)
        return True


def set_up_logging(level: str) -> None:
    """Write JSON lines to standard error; control characters in messages are escaped, so lines cannot be forged."""
    handler = logging.StreamHandler()
    handler.addFilter(_ContextFilter())
    names = {"levelname": "level", "name": "logger"}
    handler.setFormatter(OrjsonFormatter(["levelname", "name", "message"], rename_fields=names, timestamp=True))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for library, severity in _QUIET_LIBRARIES.items():
        logging.getLogger(library).setLevel(severity)


@contextmanager
def log_context(**values: str) -> Iterator[None]:
    """Add these values to every line that is logged meanwhile in this thread."""
    token = _context.set({**(_context.get() or {}), **values})
    try:
        yield
    finally:
        _context.reset(token)


def bind_request(request_id: str) -> None:
    """Make this the request that lines of this thread belong to, until the next one."""
    _context.set({"request_id": request_id})
