"""Asks a ClamAV daemon whether a file is malicious.

Source of the protocol: the manual page clamd(8), section COMMANDS, ``INSTREAM``: pieces of a file, each
after its length as four bytes, and a length of zero at the end; one answer ends in a zero byte.
"""

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

# At and beyond 2 GiB - 2 the daemon stops without a word.
MOST_BYTES = 2 * 1024**3 - 3
_CONNECT_S = 5.0
_SEND_S = 30.0
_ANSWER_S = 120.0
_SCANNED_BYTES_PER_S = 10_000_000
_POLL_S = 1.0
_PIECE_BYTES = 1024**2
_LONGEST_ANSWER_BYTES = 10_000
_LEAST_BYTES = 64 * 1024
_NEAR_ENOUGH_BYTES = 1024**2
_LIMITS = "Heuristics.Limits."
_TOO_MUCH = "INSTREAM size limit exceeded"
# The file that every scanner takes for malicious on purpose; in two pieces, so that none takes this one for it.
TEST_FILE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ScannerError(Exception):
    """The daemon has not answered, or says that it could not look; it may another time."""


class StoppedScanError(Exception):
    """Whoever asked does not want to know any more."""


class _UnreadableError(Exception):
    """The file itself cannot be read, which says nothing of the scanner."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Finding(Enum):
    """What a scan has found."""

    CLEAN = auto()
    MALICIOUS = auto()
    # Larger, or made of more, than the daemon looks at; nothing was found in what it looked at.
    TOO_LARGE = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scan has found; ``signature`` is what the daemon calls it where it is malicious."""

    finding: Finding
    signature: str = ""


def _never() -> bool:
    return False


class Scanner:
    """A ClamAV daemon."""

    def __init__(self, address: str, most_bytes: int = MOST_BYTES) -> None:
        """``address`` is a host with a port, or the path of a socket; at most ``most_bytes`` of a file are sent."""
        self._address = address
        # What it has taken, and what was too much; between them is its StreamMaxLength, which it does not tell.
        self._taken_bytes = 0
        self._limit_bytes = min(most_bytes, MOST_BYTES)
        self._refused_bytes = self._limit_bytes + 1

    def scan(self, file: BinaryIO, size_bytes: int, should_stop: Callable[[], bool] = _never) -> Verdict:
        """Have a file looked at, or its beginning where it is larger than the daemon takes.

        Raises:
            ScannerError: the daemon is away, takes too long or could not look.
            StoppedScanError: ``should_stop`` said so.
        """
        sent_bytes = self._bytes_to_send(size_bytes)
        while (answer := self._ask(file, sent_bytes, should_stop)).startswith(_TOO_MUCH):
            # Then nothing was looked at; its StreamMaxLength is smaller than it was said to be.
            self._refused_bytes = min(self._refused_bytes, sent_bytes)
            self._taken_bytes = min(self._taken_bytes, self._refused_bytes // 2)
            sent_bytes = self._bytes_to_send(size_bytes)
            if sent_bytes < min(_LEAST_BYTES, size_bytes):
                raise ScannerError("The scanner takes no files; look at its StreamMaxLength.")
            file.seek(0)
        self._taken_bytes = max(self._taken_bytes, sent_bytes)
        verdict = _verdict(answer)
        if verdict.finding is Finding.CLEAN and sent_bytes < size_bytes:
            return Verdict(Finding.TOO_LARGE)
        return verdict

    def _bytes_to_send(self, size_bytes: int) -> int:
        """All of a file that may be taken; of a larger one as much as may, each time nearer to the limit."""
        if size_bytes < self._refused_bytes:
            return size_bytes
        if self._refused_bytes == self._limit_bytes + 1:
            return self._limit_bytes
        if self._refused_bytes - self._taken_bytes <= _NEAR_ENOUGH_BYTES:
            return self._taken_bytes
        return (self._taken_bytes + self._refused_bytes) // 2

    def _ask(self, file: BinaryIO, sent_bytes: int, should_stop: Callable[[], bool]) -> str:
        try:
            with self._connection() as connection:
                _send(connection, file, sent_bytes, should_stop)
                return _answer(connection, _ANSWER_S + sent_bytes / _SCANNED_BYTES_PER_S, should_stop)
        except _UnreadableError as error:
            raise error.reason from None
        except OSError as error:
            raise ScannerError(f"The scanner cannot be asked ({error}).") from error

    def scan_file(self, path: Path, should_stop: Callable[[], bool] = _never) -> Verdict:
        """The same with a file of this machine."""
        with path.open("rb") as file:
            return self.scan(file, path.stat().st_size, should_stop)

    def version(self) -> str:
        """What the daemon calls itself and its signatures; raises ScannerError."""
        try:
            with self._connection() as connection:
                connection.sendall(b"zVERSION\0")
                return _answer(connection, _CONNECT_S, _never)
        except OSError as error:
            raise ScannerError(f"The scanner cannot be asked ({error}).") from error

    def check(self) -> None:
        """Raise ScannerError unless the daemon finds the test file of all scanners."""
        if self.scan(BytesIO(TEST_FILE), len(TEST_FILE)).finding is not Finding.MALICIOUS:
            raise ScannerError("The scanner takes the test file for harmless, so it has no signatures.")

    def _connection(self) -> socket.socket:
        if self._address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.settimeout(_CONNECT_S)
                connection.connect(self._address)
            except BaseException:
                connection.close()
                raise
            return connection
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S)


def _send(connection: socket.socket, file: BinaryIO, size_bytes: int, should_stop: Callable[[], bool]) -> None:
    connection.settimeout(_SEND_S)
    left = size_bytes
    try:
        connection.sendall(b"zINSTREAM\0")
        while left and (piece := _read(file, min(_PIECE_BYTES, left))):
            if should_stop():
                raise StoppedScanError
            connection.sendall(struct.pack("!I", len(piece)) + piece)
            left -= len(piece)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # Where it has had enough, the daemon answers, and does not listen any more.
        return
    if left:
        raise ScannerError("The file ended too early while it was sent to the scanner.")


def _read(file: BinaryIO, count: int) -> bytes:
    try:
        return file.read(count)
    except OSError as error:
        raise _UnreadableError(error) from None


def _answer(connection: socket.socket, patience_s: float, should_stop: Callable[[], bool]) -> str:
    connection.settimeout(min(_POLL_S, patience_s))
    deadline_s = time.monotonic() + patience_s
    answer = b""
    while b"\0" not in answer:
        if should_stop():
            raise StoppedScanError
        if time.monotonic() > deadline_s or len(answer) > _LONGEST_ANSWER_BYTES:
            raise ScannerError("The scanner does not answer in time.")
        try:
            piece = connection.recv(4096)
        except TimeoutError:
            continue
        if not piece:
            raise ScannerError("The scanner has hung up.")
        answer += piece
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict(Finding.CLEAN)
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        signature = answer.removeprefix("stream: ").removesuffix(" FOUND")
        return Verdict(Finding.TOO_LARGE if signature.startswith(_LIMITS) else Finding.MALICIOUS, signature)
    raise ScannerError(f"The scanner could not look ({answer[:200]}).")
