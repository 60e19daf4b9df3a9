"""The database: one connection set-up for SQLite and PostgreSQL, field types, transactions, migrations."""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID, uuid4

import orjson
import peewee
import psycopg
from playhouse.migrations import Runner
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from clipflow.core import clock
from clipflow.core.errors import UnavailableError

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_BUSY_TIMEOUT_MS = 10_000
_LARGEST_JOURNAL_BYTES = 64 * 1024**2
_CONNECT_TIMEOUT_S = 3
_POOL_WAIT_S = 5
_TCP_TIMEOUT_MS = 20_000
# Whoever waited longer than this for nothing has heard a silence, and others need not try for as long.
_SILENCE_S = 2.0
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


class _LimitedConnection(psycopg.Connection[Any]):
    """A connection that gives up where no answer comes in time, also on a line that is dead without a word.

    A server's own limit does not help there, and the system's takes minutes.
    """

    answer_within_s: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limits = [one for one in (timeout, self.answer_within_s) if one is not None]
        try:
            return super().wait(gen, interval, min(limits, default=None))
        except psycopg.errors._WaitTimeout as error:
            # What the answer would belong to is not known any more.
            self.pgconn.finish()
            raise psycopg.OperationalError("the database did not answer in time") from error


class _Psycopg(peewee.Psycopg3Adapter):
    def __init__(self, answer_within_s: float | None) -> None:
        super().__init__()
        self._answer_within_s = answer_within_s

    def connect(self, db: Any, **params: Any) -> Any:
        connection = _LimitedConnection.connect(dbname=db.database, **params)
        connection.answer_within_s = self._answer_within_s
        return connection


class _PatientDatabase(PooledPostgresqlDatabase):
    """PostgreSQL that is left alone for a moment when it does not answer, so that not every request waits for it."""

    _silent_until_s = 0.0

    def _connect(self) -> Any:
        self._check_silence()
        return self._noting_silence(super()._connect)

    def execute_sql(self, *arguments: Any, **named: Any) -> Any:
        """As peewee does, unless the database has just not answered somebody else."""
        self._check_silence()
        return self._noting_silence(super().execute_sql, *arguments, **named)

    def _check_silence(self) -> None:
        if time.monotonic() < self._silent_until_s:
            raise peewee.OperationalError("the database did not answer a moment ago")

    def _noting_silence(self, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        began_s = time.monotonic()
        try:
            return act(*arguments, **named)
        except (peewee.OperationalError, psycopg.OperationalError) as error:
            if time.monotonic() - began_s > _SILENCE_S and not _is_slow_alone(error):
                self._silent_until_s = time.monotonic() + _SILENCE_S
            raise


def _is_slow_alone(error: Exception) -> bool:
    """Whether the database has answered that one statement took too long, which says nothing about others."""
    return any(isinstance(one, psycopg.errors.QueryCanceled) for one in (error, error.__cause__, error.__context__))


def open_database(url: str, connections: int, answer_within_s: float | None = None) -> Any:
    """A database whose connections are kept and shared by the threads of this process.

    ``answer_within_s`` is how long PostgreSQL may take to answer; without it, it is waited for.

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
                # What was answered survives a power cut.
                "synchronous": "full",
                "journal_size_limit": _LARGEST_JOURNAL_BYTES,
                "foreign_keys": 1,
                "busy_timeout": _BUSY_TIMEOUT_MS,
            },
            lock_type="IMMEDIATE",
            # The pool hands a connection to one thread at a time.
            check_same_thread=False,
            max_connections=connections,
            timeout=_POOL_WAIT_S,
        )
    made: Any = _PatientDatabase(  # type: ignore[no-untyped-call]
        parts.path.removeprefix("/"),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname,
        port=parts.port,
        **dict(parse_qsl(parts.query)),
        prefer_psycopg3=True,
        connect_timeout=_CONNECT_TIMEOUT_S,
        # Compiling a plan takes longer than any of our questions; a search waited for a quarter of a second.
        options=f"-c timezone=UTC -c jit=off -c statement_timeout={round(1000 * (answer_within_s or 0))}",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=_TCP_TIMEOUT_MS,
        max_connections=connections,
        timeout=_POOL_WAIT_S,
        stale_timeout=_IDLE_S,
    )
    made._adapter = _Psycopg(answer_within_s)
    return made


def database_now() -> datetime:
    """This moment by the clock of the database, which is one for all workers; SQLite has that of the machine."""
    if not is_postgresql():
        return clock.now()
    (moment,) = database.execute_sql("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()
    return cast(datetime, moment.replace(tzinfo=UTC))


def is_postgresql() -> bool:
    """Whether the database is PostgreSQL."""
    return isinstance(database.obj, peewee.PostgresqlDatabase)


@contextmanager
def connected() -> Iterator[None]:
    """Borrow a connection for a while; one that has broken is thrown away.

    Raises:
        UnavailableError: the database cannot be reached, or is none.
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
    except peewee.DatabaseError as error:
        # Of its own class are a damaged file and one that is no database; its kinds are errors of whoever asks.
        if type(error) is not peewee.DatabaseError:
            raise
        database.manual_close()
        raise unreachable(error) from error
    finally:
        if not database.is_closed():
            database.close()


def unreachable(error: Exception) -> UnavailableError:
    """What is said when the database cannot be used; the reason goes to the log."""
    logger.warning("The database cannot be used: %s", error)
    return UnavailableError("The database cannot be reached at the moment; try again in a minute.")


def write_many(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Execute a statement once for each row of values, each of which takes the place of a ``?``, quickly."""
    if rows:
        with closing(database.cursor()) as cursor:
            cursor.executemany(statement.replace("?", database.param), rows)


def has_text(column: Any, text: str) -> Any:
    """The condition that a column has a text in it, letter for letter; signs of patterns are letters too."""
    return (peewee.fn.STRPOS(column, text) if is_postgresql() else peewee.fn.INSTR(column, text)) > 0


def written_out(text: str, *values: Any) -> tuple[str, list[Any]]:
    """SQL with ``?`` for each value, or list of values, as this database takes it, and the values.

    For what is asked with nearly every request: putting it together from parts takes longer than asking it.
    """
    lists = [value if isinstance(value, list) else [value] for value in values]
    groups = [_places(value) for value in values]
    written = "".join(piece + group for piece, group in zip(text.split("?"), [*groups, ""], strict=True))
    return written, [_as_stored(one) for many in lists for one in many]


def subquery(text: str, *values: Any) -> Any:
    """A query for the condition of another one, written as for :func:`written_out`."""
    written, stored = written_out(text, *values)
    return peewee.SQL(f"({written})", stored)


def _places(value: Any) -> str:
    return f"({', '.join([database.param] * len(value))})" if isinstance(value, list) else str(database.param)


def _as_stored(value: Any) -> Any:
    return peewee.UUIDField().db_value(value) if isinstance(value, UUID) else value


def delete_rows(model: Any, *conditions: Any) -> int:
    """Delete the rows for which all conditions hold; returns how many."""
    return int(model.delete().where(*conditions).execute())


def hold_rows(column: Any, *conditions: Any) -> int:
    """Let nobody else change the rows for which all conditions hold until the transaction ends; returns how many.

    ``column`` is any of their table's but a key: it is written as it is, which locks on every database.
    """
    return int(column.model.update({column: column}).where(*conditions).execute())


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction: all changes in it count, or none."""
    with database.atomic():
        yield


@contextmanager
def rehearsal() -> Iterator[None]:
    """One transaction that is undone at its end: what is refused in it would be refused."""
    with database.atomic() as attempt:
        yield
        attempt.rollback()


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
