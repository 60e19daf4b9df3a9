"""A real ClamAV daemon for tests, with signatures of our own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clipflow.core.clamd import TEST_FILE, Scanner, ScannerError
from scripts.running import free_port

# What the signatures of these tests take for malicious, wherever it is in a file.
MARKER = b"clipflow-tests-take-this-for-malicious"
_READY_WITHIN_S = 30
_CONFIGURATION = """
Foreground yes
DatabaseDirectory {folder}/signatures
TCPAddr 127.0.0.1
TCPSocket {port}
StreamMaxLength {most_mb}M
MaxFileSize 2000M
MaxScanSize 2000M
AlertExceedsMax yes
SelfCheck 0
"""


@dataclass
class Daemon:
    """Where the daemon is, and its process."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("wb") as log:
            command = [str(_program()), "--config-file", str(self.folder / "clamd.conf")]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            try:
                Scanner(self.address).version()
            except ScannerError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"the scanner did not start:\n{(self.folder / 'log').read_text(errors='replace')}")

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def is_installed() -> bool:
    """Whether there is a ClamAV daemon to start."""
    return _program() is not None


@contextmanager
def scanner_daemon(most_mb: int = 2000) -> Iterator[Daemon]:
    """A daemon that takes files of up to so many MiB, and is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        daemon = Daemon(Path(name), free_port())
        signatures = daemon.folder / "signatures"
        signatures.mkdir()
        found = {"Clipflow.Test.Marker": MARKER, "Eicar-Test-Signature": TEST_FILE}
        (signatures / "own.ndb").write_text("".join(f"{one}:0:*:{text.hex()}\n" for one, text in found.items()))
        configuration = _CONFIGURATION.format(folder=daemon.folder, port=daemon.port, most_mb=most_mb)
        (daemon.folder / "clamd.conf").write_text(configuration)
        daemon.start()
        try:
            yield daemon
        finally:
            daemon.kill()


def _program() -> str | None:
    return shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
