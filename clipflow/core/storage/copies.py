"""Copies of stored files on this machine, for tools that read files only; gone whatever becomes of who made them."""

import errno
import fcntl
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from clipflow.core.errors import StorageUnavailableError
from clipflow.core.storage.protocol import RESERVED_BYTES

logger = logging.getLogger(__name__)


class LocalCopies:
    """A folder of copies, each locked by whoever uses it; what nobody holds a killed process has left behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def new(self, size_bytes: int, ending: str) -> Iterator[tuple[Path, BinaryIO]]:
        """A path with the open file of a new copy; it is removed afterwards.

        Raises:
            StorageUnavailableError: there is no room for that many bytes, or no way to write.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.remove_left_behind()
            free_bytes = shutil.disk_usage(self._folder).free
            if free_bytes < size_bytes + RESERVED_BYTES:
                raise OSError(errno.ENOSPC, f"{free_bytes} bytes are free, and {size_bytes} are needed")
            path, target = self._locked(ending)
        except OSError as error:
            logger.error("A copy cannot be made: %s", error)
            raise StorageUnavailableError("The recording cannot be copied at the moment; try again later.") from None
        try:
            yield path, target
        finally:
            path.unlink(missing_ok=True)
            target.close()

    def _locked(self, ending: str) -> tuple[Path, BinaryIO]:
        while True:
            path = self._folder / f"{secrets.token_hex(16)}{ending}"
            target = path.open("x+b")
            fcntl.flock(target, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):
                # Somebody who clears up may have been faster than the lock.
                if os.path.samestat(os.fstat(target.fileno()), path.stat()):
                    return path, target
            target.close()

    def remove_left_behind(self) -> list[str]:
        """Remove the copies that nobody uses any more; returns their names."""
        removed = []
        for path in self._folder.glob("*"):
            try:
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                        path.unlink()
                        removed.append(path.name)
            except OSError:
                # Somebody uses it, or has just removed it.
                continue
        return removed
