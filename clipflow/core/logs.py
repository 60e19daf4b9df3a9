"""Logs as JSON lines, each with the request or the job it belongs to."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

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


_OUTAGE_EVERY_S = 10.0

# What every record has; anything else was said beside the message.
_USUAL_FACTS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """One JSON object to a line; written for each request, so in one call to orjson."""

    def format(self, record: logging.LogRecord) -> str:
        """A record with what was said beside its message."""
        facts: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in vars(record).items():
            if name not in _USUAL_FACTS:
                facts.setdefault(name, value)
        if record.exc_info:
            facts["exc_info"] = self.formatException(record.exc_info)
        if record.stack_info:
            facts["stack_info"] = self.formatStack(record.stack_info)
        return _one_line(facts)


def _one_line(facts: dict[str, Any]) -> str:
    """JSON in which nothing can pass for the end of a line or change how a terminal shows it."""
    try:
        line = orjson.dumps(facts, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        # A name from a file system or a client may hold what UTF-8 cannot.
        line = ""
    if line and line.isprintable():
        return line
    return json.dumps(facts, default=str, skipkeys=True).replace("\x7f", "\\u007f")


class _ContextFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in (_context.get() or {}).items():
            # What the line says itself counts more than the thread that it was written in.
            vars(record).setdefault(name, value)
        return True


class _OutageInOneLine(logging.Filter):
    def __init__(self, errors: tuple[type[Exception], ...], sentence: str) -> None:
        super().__init__()
        self._errors = errors
        self._sentence = sentence
        self._said_s = -_OUTAGE_EVERY_S

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, self._errors):
            return True
        now_s = time.monotonic()
        if now_s - self._said_s < _OUTAGE_EVERY_S:
            return False
        self._said_s = now_s
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = self._sentence, (error,)
        record.exc_info = record.exc_text = None
        return True


class _OnceAboutProxies(logging.Filter):
    """Has waitress say once what it would say at each request of a proxy that nobody has told it to believe."""

    _FORGED = "Removed untrusted headers"

    def __init__(self) -> None:
        super().__init__()
        self._is_said = False

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(self._FORGED):
            return True
        if self._is_said:
            return False
        self._is_said = True
        record.msg, record.args = (
            (
                "Something says for whom it asks and is not believed, so that limits and the log take all that comes "
                "that way for one client; where it is a proxy of yours, set TRUSTED_PROXY to its address."
            ),
            (),
        )
        return True


def say_proxies_once() -> None:
    """Say once that there may be a proxy in front that the settings do not know."""
    library_log = logging.getLogger("waitress")
    library_log.filters[:] = [one for one in library_log.filters if not isinstance(one, _OnceAboutProxies)]
    library_log.addFilter(_OnceAboutProxies())


def say_outage_in_one_line(library: str, errors: tuple[type[Exception], ...], sentence: str) -> None:
    """Have a library say one sentence now and then, with the error in the place of ``%s``, where something is away.

    It would write a traceback for each time that it asks.
    """
    library_log = logging.getLogger(library)
    for one in library_log.filters[:]:
        if isinstance(one, _OutageInOneLine):
            library_log.removeFilter(one)
    library_log.addFilter(_OutageInOneLine(errors, sentence))


def set_up_logging(level: str) -> None:
    """Write JSON lines to standard error; control characters in messages are escaped, so lines cannot be forged."""
    handler = logging.StreamHandler()
    handler.addFilter(_ContextFilter())
    handler.setFormatter(JsonFormatter())
    _leave_out_unused_facts()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for library, severity in _QUIET_LIBRARIES.items():
        logging.getLogger(library).setLevel(severity)
    say_proxies_once()


def _leave_out_unused_facts() -> None:
    """Spare each line what it does not show: the place in the code, thread and process.

    The switches are those of the chapter "Optimization" in the documentation of ``logging``.
    """
    logging._srcfile = None
    logging.logThreads = False
    logging.logProcesses = False
    logging.logMultiprocessing = False


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
