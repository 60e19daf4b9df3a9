"""Processes for heavy work: what is called there comes back, whatever happens to them."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipflow.core import computing
from clipflow.core.computing import MOST_OF_ONE_OWNER, ComputingByWorkload, ComputingProcesses, Workload, as_json
from clipflow.core.db import database, open_database
from clipflow.core.errors import InvalidInputError, TooManyRequestsError, UnavailableError


def begin(folder: str) -> None:
    database.initialize(open_database(f"sqlite:///{folder}/clipflow.db", connections=2))


def add(first: int, *, second: int) -> int:
    return first + second


def refuse() -> None:
    raise InvalidInputError("It is wrong.", {"field": "Wrong."}, {"Retry-After": "1"})


def wait_for(file: str) -> str:
    while not Path(file).exists():
        time.sleep(0.01)
    return "done"


def die_once(file: str) -> str:
    """Ends its process, unless it has done so before."""
    if not Path(file).exists():
        Path(file).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComputingProcesses]:
    made = ComputingProcesses(MOST_OF_ONE_OWNER + 2, 30.0, begin, str(tmp_path_factory.mktemp("computing")))
    yield made
    made.stop()


def test_it_gives_back_what_a_function_returns(processes: ComputingProcesses) -> None:
    assert processes.run("alice", add, 1, second=2) == 3
    assert processes.run("alice", as_json, add, 1, second=2) == b"3"


def test_a_refusal_keeps_its_details_and_headers(processes: ComputingProcesses) -> None:
    with pytest.raises(InvalidInputError, match="It is wrong") as caught:
        processes.run("alice", refuse)
    assert (caught.value.details, caught.value.headers) == ({"field": "Wrong."}, {"Retry-After": "1"})


def test_a_call_whose_process_is_killed_is_made_again(processes: ComputingProcesses, tmp_path: Path) -> None:
    assert processes.run("alice", die_once, str(tmp_path / "died")) == "alive"


def test_a_call_that_kills_every_process_is_given_up(processes: ComputingProcesses) -> None:
    with pytest.raises(UnavailableError):
        processes.run("alice", die)
    assert processes.run("alice", add, 1, second=2) == 3


def processes_of_this() -> list[int]:
    found = [int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()]
    return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the processes")
def test_processes_that_are_killed_while_they_have_nothing_to_do_are_replaced(processes: ComputingProcesses) -> None:
    for _ in range(2):
        assert processes.run("alice", add, 1, second=2) == 3
        for pid in processes_of_this():
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
    assert processes.run("alice", add, 1, second=2) == 3


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the processes")
def test_processes_that_hang_are_replaced(processes: ComputingProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "_BEGINS_WITHIN_S", 5.0)
    monkeypatch.setattr(computing, "_STARTS_WITHIN_S", 0.0)
    assert processes.run("alice", add, 1, second=2) == 3
    for pid in processes_of_this():
        os.kill(pid, signal.SIGSTOP)
    assert processes.run("alice", add, 1, second=2) == 3


def test_a_call_that_takes_too_long_is_ended(
    processes: ComputingProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "_LONGEST_S", 0.3)
    with pytest.raises(UnavailableError, match="took too long"):
        processes.run("alice", wait_for, str(tmp_path / "never"))
    monkeypatch.undo()
    assert processes.run("alice", add, 1, second=2) == 3


def test_nobody_takes_all_there_is_and_all_together_leave_threads_free(
    processes: ComputingProcesses, tmp_path: Path
) -> None:
    signal_file = tmp_path / "go"

    def call(owner: str) -> threading.Thread:
        thread = threading.Thread(target=processes.run, args=(owner, wait_for, str(signal_file)))
        thread.start()
        return thread

    def is_refused(owner: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            processes.run(owner, add, 1, second=2)

    threads = [call("alice") for _ in range(MOST_OF_ONE_OWNER)]
    time.sleep(0.2)
    is_refused("alice", TooManyRequestsError)
    threads += [call("bob"), call("bob")]
    time.sleep(0.2)
    is_refused("charlie", UnavailableError)
    signal_file.touch()
    for thread in threads:
        thread.join(20)
    assert processes.run("charlie", add, 1, second=2) == 3


def test_there_is_a_process_left_for_others_whatever_one_person_asks_for(
    processes: ComputingProcesses, tmp_path: Path
) -> None:
    signal_file = tmp_path / "go"
    threads = [
        threading.Thread(target=processes.run, args=("alice", wait_for, str(signal_file)))
        for _ in range(MOST_OF_ONE_OWNER)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    assert processes.run("bob", add, 1, second=2) == 3
    assert not signal_file.exists()
    signal_file.touch()
    for thread in threads:
        thread.join(20)


def test_what_is_short_never_waits_behind_what_is_long(processes: ComputingProcesses, tmp_path: Path) -> None:
    signal_file = tmp_path / "go"
    short = ComputingProcesses(2, 30.0, begin, str(tmp_path))
    both = ComputingByWorkload(short=short, make_long=lambda: processes)
    threads = [
        threading.Thread(target=both.run, args=(Workload.LONG, owner, wait_for, str(signal_file)))
        for owner in ("alice", "bob", "charlie")
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    try:
        assert both.run(Workload.SHORT, "alice", add, 1, second=2) == 3
    finally:
        signal_file.touch()
        for thread in threads:
            thread.join(20)
        short.stop()


def test_whoever_waits_for_too_long_hears_so(tmp_path: Path) -> None:
    processes = ComputingProcesses(4, 2.0, begin, str(tmp_path))
    signal_file = tmp_path / "go"
    refusals: list[UnavailableError] = []

    def wait() -> None:
        try:
            processes.run("alice", wait_for, str(signal_file))
        except UnavailableError as error:
            refusals.append(error)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(15)
        assert len(refusals) == 2
    finally:
        signal_file.touch()
        processes.stop()
