"""Copies of the whole database in one file: made while it is used, looked at, and put back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from clipflow.core.db import back_up, connected, database, is_postgresql

_IS_ABOUT_POSTGRESQL = ".dump"
_IS_ABOUT_SQLITE = ".sqlite"
_WITHIN_S = 6 * 3600


class DumpError(Exception):
    """The database could not be copied or put back; the message says what to do."""


def ending() -> str:
    """How the name of a copy of this kind of database ends."""
    return _IS_ABOUT_POSTGRESQL if is_postgresql() else _IS_ABOUT_SQLITE


def dump(url: str, target: Path) -> None:
    """Copy the database, as it is at one moment, to a file that is not there yet; raises DumpError."""
    # Made before anything is in it, so that nobody else on this machine ever reads it.
    target.touch(mode=0o600, exist_ok=False)
    try:
        if is_postgresql():
            wanted = ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
            _run("pg_dump", [*wanted, f"--dbname={_without_password(url)}"], url)
        else:
            back_up(target)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise DumpError(f"The database could not be copied ({error}); choose another place.") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    with target.open("rb") as file:
        os.fsync(file.fileno())


def check_dump(path: Path) -> None:
    """Raise DumpError where a copy cannot be read."""
    if path.suffix == _IS_ABOUT_POSTGRESQL:
        _run("pg_restore", ["--list", str(path)], None)
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            (answer,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise DumpError(f"The copy of the database cannot be read ({error}).") from None
    if answer != "ok":
        raise DumpError(f"The copy of the database is damaged ({answer}).")


def is_empty() -> bool:
    """Whether nobody has an account in the database, or it has no tables at all."""
    if not has_tables():
        return True
    with connected():
        (has_people,) = database.execute_sql("SELECT EXISTS (SELECT 1 FROM users)").fetchone()
    return not has_people


def has_tables() -> bool:
    """Whether the database was ever used."""
    if not is_postgresql() and not Path(database.database).exists():
        return False
    with connected():
        return "users" in database.get_tables()


def restore(url: str, path: Path) -> None:
    """Put a copy in the place of an empty database, wholly or not at all; raises DumpError."""
    if path.suffix != ending():
        kinds = {_IS_ABOUT_POSTGRESQL: "PostgreSQL", _IS_ABOUT_SQLITE: "SQLite"}
        raise DumpError(
            f"The copy is of {kinds.get(path.suffix, 'something else')}; set DATABASE_URL to such a database."
        )
    if is_postgresql():
        # A newer version may have made tables that the copy does not know.
        with connected():
            for table in database.get_tables():
                database.execute_sql(f'DROP TABLE IF EXISTS "{table}" CASCADE')
        database.close_all()
        wanted = ["--no-owner", "--no-privileges", "--clean", "--if-exists", "--exit-on-error", "--single-transaction"]
        _run("pg_restore", [*wanted, f"--dbname={_without_password(url)}", str(path)], url)
        return
    database.close_all()
    target = Path(database.database)
    draft = target.with_name(f"{target.name}.restoring")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    shutil.copyfile(path, draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    for rest in ("-wal", "-shm"):
        target.with_name(target.name + rest).unlink(missing_ok=True)
    draft.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _run(tool: str, arguments: list[str], url: str | None) -> None:
    password = unquote(urlsplit(url).password or "") if url else ""
    # Where other users of this machine do not see it.
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    try:
        done = subprocess.run(
            [tool, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=_WITHIN_S
        )
    except FileNotFoundError:
        raise DumpError(f"{tool} is not installed; install it with: apt install postgresql-client") from None
    except subprocess.TimeoutExpired:
        raise DumpError(f"{tool} did not end within {_WITHIN_S // 3600} hours; look at the database.") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[:500]
        raise DumpError(f"{tool} failed: {said}")


def _without_password(url: str) -> str:
    """The address of a database as the tools of PostgreSQL take it, with all of its parameters."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}"))
