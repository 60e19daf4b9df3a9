"""A database whose line is dead without a word: nobody waits for long, and the process says that it lives."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scripts.lines import Line
from tests.service.conftest import DATABASE_URL, Servers, environment_of
from tests.service.processes import Caller, Installation, installed


@pytest.fixture
def line(servers: Servers) -> Iterator[Line]:
    made = Line(servers.database_url, 5432)
    yield made
    made.close()


@pytest.fixture
def own_installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(environment_of("embedded", tmp_path / "data", None)) as started:
        yield started


@pytest.mark.skipif(not DATABASE_URL, reason="CLIPFLOW_TEST_DATABASE_URL names no PostgreSQL to test on")
def test_a_dead_line_to_the_database_stops_nobody_for_long(line: Line, own_installation: Installation) -> None:
    own_installation.environment["DATABASE_URL"] = line.url
    _, address = own_installation.start_web()
    alice = Caller(address, "dead-line@example.org")
    line.go_dead()
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
    line.mend()
    time.sleep(2.5)
    assert alice.call("GET", "/projects").status_code == 200
