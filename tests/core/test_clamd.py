"""The scanner's client, against a real daemon and against one that does not do what it should."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest

from clipflow.core import clamd
from clipflow.core.clamd import Finding, Scanner, ScannerError, StoppedScanError
from tests import scanner
from tests.scanner import MARKER

MIB = 1024**2


def scan(address: str, content: bytes, **options: int) -> Finding:
    return Scanner(address, **options).scan(BytesIO(content), len(content)).finding


def test_what_is_harmless_is_clean(clamd: scanner.Daemon) -> None:
    assert scan(clamd.address, b"a talk" * MIB) is Finding.CLEAN


def test_what_a_signature_knows_is_malicious_by_its_name(clamd: scanner.Daemon) -> None:
    verdict = Scanner(clamd.address).scan(BytesIO(MARKER), len(MARKER))
    assert (verdict.finding, verdict.signature.removesuffix(".UNOFFICIAL")) == (
        Finding.MALICIOUS, "Clipflow.Test.Marker",
    )  # fmt: skip


def test_the_end_of_a_large_file_is_looked_at_too(clamd: scanner.Daemon) -> None:
    class Large:
        """600 MiB that are made as they are read, and the marker at their end."""

        left = 600 * MIB

        def read(self, count: int) -> bytes:
            piece = bytes(min(count, self.left))
            self.left -= len(piece)
            return piece or MARKER

    found = Scanner(clamd.address).scan(Large(), 600 * MIB + len(MARKER))  # type: ignore[arg-type]
    assert found.finding is Finding.MALICIOUS


def test_of_what_is_larger_than_it_may_be_sent_the_beginning_is_looked_at(clamd: scanner.Daemon) -> None:
    assert scan(clamd.address, bytes(3 * MIB), most_bytes=2 * MIB) is Finding.TOO_LARGE
    assert scan(clamd.address, MARKER + bytes(3 * MIB), most_bytes=2 * MIB) is Finding.MALICIOUS


def test_a_daemon_that_takes_less_than_was_said_finds_a_file_too_large(scanner_installed: None) -> None:
    with scanner.scanner_daemon(most_mb=2) as small:
        assert scan(small.address, bytes(40 * MIB)) is Finding.TOO_LARGE


def test_one_large_file_does_not_shorten_the_scans_of_others(scanner_installed: None) -> None:
    with scanner.scanner_daemon(most_mb=4) as small:
        one = Scanner(small.address)
        infected = bytes(3 * MIB) + MARKER
        assert one.scan(BytesIO(bytes(5 * MIB)), 5 * MIB).finding is Finding.TOO_LARGE
        assert one.scan(BytesIO(infected), len(infected)).finding is Finding.MALICIOUS
        assert one.scan(BytesIO(bytes(3 * MIB)), 3 * MIB).finding is Finding.CLEAN
        for _ in range(5):
            assert one.scan(BytesIO(bytes(40 * MIB)), 40 * MIB).finding is Finding.TOO_LARGE
        # Of a large one as much is looked at as it takes, but for a MiB.
        hidden = (bytes(int(2.9 * MIB)) + MARKER).ljust(40 * MIB, b"\0")
        assert one.scan(BytesIO(hidden), 40 * MIB).finding is Finding.MALICIOUS


def test_a_daemon_that_is_away_is_an_error(clamd: scanner.Daemon) -> None:
    clamd.kill()
    with pytest.raises(ScannerError, match="cannot be asked"):
        scan(clamd.address, b"a talk")


def test_one_that_is_killed_while_it_scans_is_an_error(clamd: scanner.Daemon) -> None:
    class Large:
        """So much that nobody has looked at all of it by the time half of it was read."""

        read_bytes = 0

        def read(self, count: int) -> bytes:
            self.read_bytes += count
            if self.read_bytes > 300 * MIB:
                clamd.kill()
            return bytes(count)

    with pytest.raises(ScannerError):
        Scanner(clamd.address).scan(Large(), 600 * MIB)  # type: ignore[arg-type]


def test_it_says_its_version_and_that_it_finds_the_test_file(clamd: scanner.Daemon) -> None:
    assert Scanner(clamd.address).version().startswith("ClamAV ")
    Scanner(clamd.address).check()


def test_a_daemon_without_signatures_does_not_pass(clamd: scanner.Daemon) -> None:
    clamd.kill()
    (clamd.folder / "signatures" / "own.ndb").write_text(f"Clipflow.Test.Marker:0:*:{MARKER.hex()}\n")
    clamd.start()
    with pytest.raises(ScannerError, match="no signatures"):
        Scanner(clamd.address).check()


@contextmanager
def odd_daemon(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Something that takes one connection and does with it what a daemon does not; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def read_all(connection: socket.socket) -> None:
    while not connection.recv(65_536).endswith(bytes(4)):
        pass


@pytest.mark.parametrize(
    ("said", "sentence"),
    [(b"", "hung up"), (b"stream: Can't allocate memory ERROR\0", "could not look"), (b"?\0", "could not look"),
     (b"x" * 20_000, "in time|hung up"), (b"stream: OK", "hung up")],
)  # fmt: skip
def test_what_is_no_verdict_is_an_error(said: bytes, sentence: str) -> None:
    def answer(connection: socket.socket) -> None:
        read_all(connection)
        connection.sendall(said)

    with odd_daemon(answer) as address, pytest.raises(ScannerError, match=sentence):
        scan(address, b"a talk")


def test_one_that_hangs_up_in_the_middle_is_an_error() -> None:
    with odd_daemon(lambda connection: None) as address, pytest.raises(ScannerError):
        scan(address, bytes(20 * MIB))


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "_ANSWER_S", 0.3)
    over = threading.Event()
    with odd_daemon(lambda connection: (read_all(connection), over.wait(20))[0]) as address:
        with pytest.raises(ScannerError, match="in time"):
            scan(address, b"a talk")
        over.set()


def test_one_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamd, "_SEND_S", 0.3)
    over = threading.Event()
    with odd_daemon(lambda connection: over.wait(20) and None) as address:
        with pytest.raises(ScannerError, match="cannot be asked"):
            scan(address, bytes(40 * MIB))
        over.set()


def test_whoever_does_not_want_to_know_any_more_is_not_kept_waiting() -> None:
    over = threading.Event()
    with odd_daemon(lambda connection: (read_all(connection), over.wait(20))[0]) as address:
        asked = iter([False, False, True])
        with pytest.raises(StoppedScanError):
            Scanner(address).scan(BytesIO(b"a talk"), 6, lambda: next(asked))
        over.set()


def test_it_speaks_over_a_socket_of_this_machine_too(clamd: scanner.Daemon) -> None:
    clamd.kill()
    path = clamd.folder / "clamd.sock"
    configuration = clamd.folder / "clamd.conf"
    configuration.write_text(configuration.read_text() + f"LocalSocket {path}\n")
    clamd.start()
    assert scan(str(path), MARKER) is Finding.MALICIOUS
