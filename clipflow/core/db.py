"""The database: one connection set-up for SQLite and PostgreSQL, field types, transactions, migrations."""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import orjson
import peewee
from playhouse.migrations import Runner
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from clipflow.core.errors import UnavailableError

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_BUSY_TIMEOUT_MS = 10_000
_CONNECT_TIMEOUT_S = 5
_POOL_WAIT_S = 10
_IDLE_S = 300
# Any number does, as long as nothing else in this database takes it.
_MIGRATION_LOCK = 7_236_411_908
# Raised when PostgreSQL or SQLite cannot be reached.
UNREACHABLE = (peewee.OperationalError, peewee.InterfaceError)

# The models are declared before anybody knows which database they belong to; a process has one.
database: Any = peewee.DatabaseProxy()


class BaseModel(peewee.Model):
    """Base of all tables."""

    class Meta:
        """Where the tables are, and how they are named."""

        database = database
        legacy_table_names = False


class UtcDateTimeField(peewee.DateTimeField):
    """A moment; aware and in UTC in Python, without a zone and in UTC in the database."""

    def db_value(self, value: datetime | None) -> Any:
        """Refuses a moment that does not say its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return super().db_value(value.astimezone(UTC).replace(tzinfo=None))  # type: ignore[no-untyped-call]

    def python_value(self, value: Any) -> datetime | None:
        """A moment in UTC."""
        moment: datetime | None = super().python_value(value)  # type: ignore[no-untyped-call]
        return None if moment is None else moment.replace(tzinfo=UTC)


class JsonTextField(peewee.TextField):
    """JSON kept as text: for what is large and is never asked about inside; keys keep their order on PostgreSQL too."""

    def db_value(self, value: Any) -> str:
        """JSON text."""
        return orjson.dumps(value).decode()

    def python_value(self, value: str) -> Any:
        """Plain values."""
        return orjson.loads(value)


class IdField(peewee.UUIDField):
    """A random primary key, made in Python."""

    def __init__(self) -> None:
        super().__init__(primary_key=True, default=uuid4)


def open_database(url: str, connections: int) -> Any:
    """A database whose connections are kept and shared by the threads of this process.

    SQLite runs in WAL mode with IMMEDIATE transactions: with deferred ones, writers that meet
    fail at once in spite of the busy timeout. peewee takes the newest SQLite library it finds;
    the one of pysqlite3 is free of the bug that can corrupt a WAL file at its reset.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = Path(unquote(url.removeprefix("sqlite:///")))
        path.parent.mkdir(parents=True, exist_ok=True)
        return PooledSqliteDatabase(
            str(path),
            pragmas={
                "journal_mode": "wal",
                "synchronous": "normal",
                "foreign_keys": 1,
                "busy_timeout": _BUSY_TIMEOUT_MS,
            },
            lock_type="IMMEDIATE",
            # The pool hands a connection to one thread at a time.
            check_same_thread=False,
            max_connections=connections,
            timeout=_POOL_WAIT_S,
        )
    return PooledPostgresqlDatabase(
        parts.path.removeprefix("/"),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname,
        port=parts.port,
        **dict(parse_qsl(parts.query)),
        prefer_psycopg3=True,
        connect_timeout=_CONNECT_TIMEOUT_S,
        options="-c timezone=UTC",
        max_connections=connections,
        timeout=_POOL_WAIT_S,
        stale_timeout=_IDLE_S,
    )


def is_postgresql() -> bool:
    """Whether the database is PostgreSQL."""
    return isinstance(database.obj, peewee.PostgresqlDatabase)


@contextmanager
def connected() -> Iterator[None]:
    """Borrow a connection for a while; one that has broken is thrown away.

    Raises:
        UnavailableError: the database cannot be reached.
    """
    if not database.is_closed():
        yield
        return
    try:
        database.connect()
        yield
    except UNREACHABLE as error:
        database.manual_close()
        raise unreachable(error) from error
    finally:
        if not database.is_closed():
            database.close()


def unreachable(error: Exception) -> UnavailableError:
    """What is said when the database cannot be used; the reason goes to the log."""
    logger.warning("The database cannot be used: %s", error)
    return UnavailableError("The database cannot be reached at the moment; try again in a minute.")


def delete_rows(model: Any, *conditions: Any) -> int:
    """Delete the rows for which all conditions hold; returns how many."""
    return int(model.delete().where(*conditions).execute())


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction: all changes in it count, or none."""
    with database.atomic():
        yield


def after_commit(action: Callable[[], None]) -> None:
    """Do something once the current transaction is safe, and not at all if it is undone."""
    database.after_commit(action)


def migrate(lock_folder: Path) -> list[str]:
    """Bring the tables up to date and return the names of the steps that were missing.

    Safe when several processes start together: one does the work, the others wait for it. Each
    step is one transaction, so that a killed process leaves it done or undone.
    """
    with connected(), _migration_lock(lock_folder):
        return list(Runner(database.obj, str(MIGRATIONS)).up())


def back_up(target: Path) -> None:
    """Copy a SQLite database while it is in use, with the library that uses it; OSError when that fails."""
    with connected():
        source = database.connection()
        # Of the same library, because two different ones must not open one WAL file.
        with closing(type(source)(str(target))) as copy:
            source.backup(copy)


def missing_migrations() -> list[str]:
    """Names of the steps that have not been done yet."""
    with connected():
        return [step.name for step in Runner(database.obj, str(MIGRATIONS)).status() if not step.applied]


@contextmanager
def _migration_lock(folder: Path) -> Iterator[None]:
    if is_postgresql():
        database.execute_sql("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrate.lock").open("w") as file:
        # The system lets go of it when the process ends, however it ends.
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
