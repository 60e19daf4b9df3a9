"""How the web server treats connections and shares requests among its threads; on real connections."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clipflow.app import create_app
from clipflow.config import load_settings
from clipflow.core.db import database
from clipflow.server.dispatcher import CalmDispatcher
from clipflow.server.web import WebServer
from tests.service.conftest import environment_of

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Connect = Callable[[Application], socket.socket]
THREADS = 4
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Serves an application and connects to it."""
    was, running, lines = database.obj, list[tuple[WebServer, threading.Thread]](), list[socket.socket]()

    def start(application: Application) -> socket.socket:
        values = environment_of("embedded", tmp_path / "data", None)
        settings = load_settings({**values, "PORT": "0", "WEB_THREADS": str(THREADS)}, env_file=None)
        app = create_app(settings)
        app.wsgi_app = application  # type: ignore[method-assign,assignment]
        server = WebServer(app, settings)
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        lines.append(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        return lines[-1]

    yield start
    for line in lines:
        line.close()
    for server, thread in running:
        server.stop()
        thread.join()
    database.initialize(was)


def read_until_closed(line: socket.socket) -> bytes:
    data = b""
    while piece := line.recv(65_536):
        data += piece
    return data


def read_until(line: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        piece = line.recv(1)
        assert piece, data
        data += piece
    return data


def saying(text: bytes) -> Application:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(len(text)))])
        return [text]

    return application


def test_who_closes_their_side_early_still_gets_the_answer(connect: Connect) -> None:
    may_answer = threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert may_answer.wait(10)
        return saying(b"answer")(environ, start_response)

    line = connect(application)
    line.sendall(GET)
    time.sleep(0.1)
    line.shutdown(socket.SHUT_WR)
    time.sleep(0.1)
    may_answer.set()
    assert read_until_closed(line).endswith(b"\r\n\r\nanswer")


def test_an_idle_connection_that_its_client_closes_is_closed(connect: Connect) -> None:
    line = connect(saying(b"answer"))
    line.sendall(GET)
    read_until(line, b"answer")
    line.shutdown(socket.SHUT_WR)
    assert read_until_closed(line) == b""


def test_requests_that_come_while_one_is_answered_are_answered_in_turn(connect: Connect) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        time.sleep(0.05)
        return saying(environ["PATH_INFO"].encode())(environ, start_response)

    line = connect(application)
    for number in range(5):
        line.sendall(GET.replace(b"/ ", b"/%d " % number))
        time.sleep(0.02)
    bodies = [read_until(line, b"\r\n\r\n") and line.recv(2) for _ in range(5)]
    assert bodies == [b"/0", b"/1", b"/2", b"/3", b"/4"]


def test_each_piece_of_an_answer_leaves_when_it_is_made(connect: Connect) -> None:
    may_go_on = threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        assert may_go_on.wait(10)
        yield b"second"

    line = connect(application)
    line.sendall(GET)
    read_until(line, b"first\r\n")
    may_go_on.set()
    assert b"second" in read_until_closed(line)


def test_a_long_answer_waits_for_a_slow_reader(connect: Connect) -> None:
    line = connect(saying(b"x" * 5_000_000))
    line.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    time.sleep(0.3)
    assert len(read_until_closed(line).partition(b"\r\n\r\n")[2]) == 5_000_000


def test_an_error_around_the_application_is_answered_in_the_one_shape(connect: Connect) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("unforeseen")

    line = connect(application)
    line.sendall(GET)
    head, _, body = read_until_closed(line).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 ")
    assert json.loads(body)["error"]["code"] == "INTERNAL_ERROR"


def test_an_answer_that_breaks_off_closes_the_connection(connect: Connect) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        yield b"some"
        raise RuntimeError("unforeseen")

    line = connect(application)
    line.sendall(GET)
    assert read_until_closed(line).endswith(b"some")


class Task:
    """A request that takes a while and notes which thread answered it."""

    def __init__(self, seconds: float, answered: list[str]) -> None:
        self._seconds = seconds
        self._answered = answered
        self.is_done = threading.Event()

    def service(self) -> None:
        time.sleep(self._seconds)
        self._answered.append(threading.current_thread().name)
        self.is_done.set()

    def cancel(self) -> None:
        """Nothing to undo."""


@pytest.fixture
def dispatcher() -> Iterator[CalmDispatcher]:
    dispatcher = CalmDispatcher()
    dispatcher.set_thread_count(THREADS)
    yield dispatcher
    dispatcher.shutdown()


def turn_until_done(dispatcher: CalmDispatcher, tasks: list[Task]) -> None:
    """What the main loop does."""
    deadline_s = time.monotonic() + 10
    while not all(task.is_done.is_set() for task in tasks):
        assert time.monotonic() < deadline_s
        time.sleep(dispatcher.relieve() or 0.01)


def test_a_request_that_takes_long_does_not_hold_up_the_others(dispatcher: CalmDispatcher) -> None:
    answered: list[str] = []
    slow, quick = Task(2.0, answered), [Task(0.0, answered) for _ in range(5)]
    began_s = time.monotonic()
    for task in (slow, *quick):
        dispatcher.add_task(task)
    turn_until_done(dispatcher, quick)
    assert time.monotonic() - began_s < 1.5
    assert not slow.is_done.is_set()


def test_as_many_long_requests_as_there_are_threads_go_on_side_by_side(dispatcher: CalmDispatcher) -> None:
    answered: list[str] = []
    tasks = [Task(0.5, answered) for _ in range(THREADS)]
    for task in tasks:
        dispatcher.add_task(task)
    turn_until_done(dispatcher, tasks)
    assert len(set(answered)) == THREADS


def test_short_requests_are_answered_by_one_thread_after_another(dispatcher: CalmDispatcher) -> None:
    at_once: list[int] = []
    busy = [0]

    class Short(Task):
        def service(self) -> None:
            busy[0] += 1
            at_once.append(busy[0])
            super().service()
            busy[0] -= 1

    tasks: list[Task] = [Short(0.001, []) for _ in range(200)]
    for task in tasks:
        dispatcher.add_task(task)
    turn_until_done(dispatcher, tasks)
    # A thread that the system holds up for longer than the patience lets a second one in.
    assert sum(count > 1 for count in at_once) < 20


def test_all_requests_are_answered_once(dispatcher: CalmDispatcher) -> None:
    answered: list[str] = []
    tasks = [Task(0.03 if number % 7 == 0 else 0.0, answered) for number in range(100)]
    for task in tasks:
        dispatcher.add_task(task)
    turn_until_done(dispatcher, tasks)
    assert len(answered) == 100


def test_who_closes_their_side_while_a_long_answer_is_on_its_way_gets_all_of_it(connect: Connect) -> None:
    line = connect(saying(b"x" * 30_000_000))
    line.sendall(GET)
    time.sleep(0.3)
    line.shutdown(socket.SHUT_WR)
    time.sleep(0.3)
    assert len(read_until_closed(line).partition(b"\r\n\r\n")[2]) == 30_000_000


def test_line_breaks_before_a_request_cost_nothing(connect: Connect) -> None:
    line = connect(saying(b"answer"))
    began_s = time.process_time()
    for _ in range(20):
        line.sendall(b"\r\n" * 50_000)
    line.sendall(GET)
    read_until(line, b"answer")
    assert time.process_time() - began_s < 2.0


def test_a_request_without_a_body_is_answered_though_it_expects_to_be_asked_for_one(connect: Connect) -> None:
    line = connect(saying(b"answer"))
    line.sendall(GET.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert read_until(line, b"answer").startswith(b"HTTP/1.1 200 ")


def test_a_body_in_tiny_chunks_is_turned_away(connect: Connect) -> None:
    line = connect(saying(b"answer"))
    line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000)
    head, _, body = read_until_closed(line).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["message"] == "The chunks of the body are too small; send larger ones."


def test_what_went_wrong_is_logged_with_the_id_of_its_request(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    line = connect(saying(b"answer"))
    line.sendall(GET)
    read_until(line, b"answer")
    with caplog.at_level("INFO"):
        line.sendall(b"BAD\r\n\r\n")
        head = read_until_closed(line).decode()
    [record] = [one for one in caplog.records if one.message == "turned away"]
    assert f"x-request-id: {vars(record)['request_id']}" in head.lower()


def test_requests_that_wait_for_something_go_on_side_by_side(dispatcher: CalmDispatcher) -> None:
    answered: list[str] = []
    tasks = [Task(0.025, answered) for _ in range(80)]
    began_s = time.monotonic()
    for task in tasks:
        dispatcher.add_task(task)
    turn_until_done(dispatcher, tasks)
    # One after another they would take two seconds, with all four threads half of one.
    assert time.monotonic() - began_s < 1.2
