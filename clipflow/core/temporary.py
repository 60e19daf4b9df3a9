"""Temporary files of the service: in the data folder, and gone with the process that made them."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from clipflow.core.errors import UnavailableError


def use_own_temporary_folder(data_dir: Path) -> IO[str]:
    """Have this process keep temporary files in a folder of its own, and clear those of processes that are gone.

    What people have said must not be left where everybody keeps temporary files. The returned file is to be kept
    open: the system lets go of its lock when the process ends, however it ends.

    Raises:
        UnavailableError: there can be no such folder.
    """
    try:
        return _own_folder(data_dir.absolute() / "temporary")
    except OSError as error:
        raise UnavailableError(
            f"Temporary files cannot be kept in {data_dir / 'temporary'} ({error.strerror}); make it a folder that "
            "this user may write."
        ) from None


def is_used_by_process(data_dir: Path) -> bool:
    """Whether a web server or a worker of this machine keeps temporary files in a data folder at the moment."""
    return any(_is_locked(folder) for folder in (data_dir.absolute() / "temporary").glob("*/"))


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / "lock").open(encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        # It has just been cleared.
        return False
    return False


def _own_folder(root: Path) -> IO[str]:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with root.with_suffix(".lock").open("w", encoding="ascii") as making:
        # One process at a time, so that none clears a folder that another is just making.
        fcntl.flock(making, fcntl.LOCK_EX)
        _clear_what_is_left(root)
        own = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=root))
        lock = (own / "lock").open("w", encoding="ascii")
        fcntl.flock(lock, fcntl.LOCK_EX)
    tempfile.tempdir = str(own)
    return lock


def _clear_what_is_left(root: Path) -> None:
    for folder in root.iterdir():
        try:
            with (folder / "lock").open("a", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # Somebody is at work in it.
            continue
