"""A database whose line is dead without a word: nobody waits for long, and the process says that it lives."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

from tests.service.conftest import DATABASE_URL, Servers, environment_of
from tests.service.processes import Caller, Installation, installed


@dataclass
class Line:
    """A line to a server that can be cut so that neither end hears of it."""

    target: tuple[str, int]
    is_dead: threading.Event = field(default_factory=threading.Event)
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                far = socket.create_connection(self.target)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError), source:
            while data := source.recv(65_536):
                while self.is_dead.is_set():
                    time.sleep(0.1)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def line() -> Iterator[Line]:
    parts = urlsplit(DATABASE_URL)
    made = Line((parts.hostname or "127.0.0.1", parts.port or 5432))
    threading.Thread(target=made.serve, daemon=True).start()
    yield made
    made.is_dead.clear()
    made.listening.close()


@pytest.fixture
def own_installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(environment_of("embedded", tmp_path / "data", None)) as started:
        yield started


@pytest.mark.skipif(not DATABASE_URL, reason="CLIPFLOW_TEST_DATABASE_URL names no PostgreSQL to test on")
def test_a_dead_line_to_the_database_stops_nobody_for_long(
    line: Line, servers: Servers, own_installation: Installation
) -> None:
    port = line.listening.getsockname()[1]
    parts = urlsplit(servers.database_url)
    netloc = f"{parts.username}@127.0.0.1:{port}"
    own_installation.environment["DATABASE_URL"] = urlunsplit(parts._replace(netloc=netloc))
    _, address = own_installation.start_web()
    alice = Caller(address, "dead-line@example.org")
    line.is_dead.set()
    began_s = time.monotonic()
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(alice.call("GET", "/projects").status_code)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    headers = {"Authorization": f"Bearer {alice.token}"}
    for _ in range(5):
        asked_s = time.monotonic()
        assert requests.get(f"{address}/api/v1/health", headers=headers, timeout=10).status_code == 200
        assert time.monotonic() - asked_s < 1
    for thread in threads:
        thread.join()
    assert statuses == [503] * 6
    assert time.monotonic() - began_s < 10
    line.is_dead.clear()
    time.sleep(2.5)
    assert alice.call("GET", "/projects").status_code == 200
