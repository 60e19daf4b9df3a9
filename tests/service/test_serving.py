"""How the web server treats connections and shares requests among its threads; on real connections."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from clipflow.app import create_app
from clipflow.config import load_settings
from clipflow.core.db import database
from clipflow.core.logs import say_proxies_once
from clipflow.server import parser, web
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


def test_a_proxy_that_the_settings_do_not_know_is_said_once(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    say_proxies_once()
    line = connect(saying(b"answer"))
    for _ in range(3):
        line.sendall(GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"))
        read_until(line, b"answer")
    assert len([record for record in caplog.records if "set TRUSTED_PROXY" in record.getMessage()]) == 1


def test_an_idle_connection_that_its_client_closes_is_closed(connect: Connect) -> None:
    line = connect(saying(b"answer"))
    line.sendall(GET)
    read_until(line, b"answer")
    line.shutdown(socket.SHUT_WR)
    assert read_until_closed(line) == b""


def test_requests_on_one_connection_are_answered_one_after_another(connect: Connect) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return saying(environ["PATH_INFO"].encode())(environ, start_response)

    line = connect(application)
    for number in range(5):
        line.sendall(GET.replace(b"/ ", b"/%d " % number))
        read_until(line, b"\r\n\r\n")
        assert line.recv(2) == b"/%d" % number


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


def test_an_answer_that_breaks_off_closes_the_connection(connect: Connect) -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        yield b"some"
        raise RuntimeError("unforeseen")

    line = connect(application)
    line.sendall(GET)
    assert read_until_closed(line).endswith(b"some")


def test_who_closes_their_side_while_a_long_answer_is_on_its_way_gets_all_of_it(connect: Connect) -> None:
    line = connect(saying(b"x" * 30_000_000))
    line.sendall(GET)
    time.sleep(0.3)
    line.shutdown(socket.SHUT_WR)
    time.sleep(0.3)
    assert len(read_until_closed(line).partition(b"\r\n\r\n")[2]) == 30_000_000


def test_what_went_wrong_is_logged_with_the_id_of_its_request(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    line = connect(saying(b"answer"))
    line.sendall(GET)
    read_until(line, b"answer")
    with caplog.at_level("INFO"):
        line.sendall(b"BAD\r\n\r\n")
        head = read_until_closed(line).decode()
    [record] = [one for one in caplog.records if one.message.startswith("refused by its headers")]
    assert f"x-request-id: {vars(record)['request_id']}" in head.lower()


def test_who_takes_nothing_for_a_while_is_let_go(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_NO_PROGRESS_CLOSES", [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)])
    text = b"x" * 40_000_000
    line = connect(saying(text))
    line.sendall(GET)
    time.sleep(6)
    received = 0
    with suppress(ConnectionResetError):
        while piece := line.recv(1_000_000):
            received += len(piece)
    assert received < len(text)


def test_who_reads_slowly_gets_everything(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_NO_PROGRESS_CLOSES", [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)])
    text = b"x" * 12_000_000
    line = connect(saying(text))
    line.sendall(GET)
    read_until(line, b"\r\n\r\n")
    received = 0
    while received < len(text):
        time.sleep(0.3)
        received += len(line.recv(1_000_000))
    assert received == len(text)


def test_the_oldest_idle_connections_make_room(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_MOST_CONNECTIONS", 20)
    monkeypatch.setattr(web, "_ROOM_FOR_OTHERS", 5)
    first = connect(saying(b"answer"))
    address = first.getpeername()
    idle = [socket.create_connection(address, timeout=10) for _ in range(40)]
    with socket.create_connection(address, timeout=10) as newest:
        newest.sendall(GET)
        read_until(newest, b"answer")
    assert read_until_closed(first) == b""
    for line in idle:
        line.close()


def test_small_bodies_that_only_drip_make_room(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_MOST_CONNECTIONS", 20)
    monkeypatch.setattr(web, "_ROOM_FOR_OTHERS", 5)
    monkeypatch.setattr(parser, "_SMALL_BODY_WITHIN_S", 0.5)
    first = connect(saying(b"answer"))
    address = first.getpeername()
    dripping = [socket.create_connection(address, timeout=10) for _ in range(40)]
    for line in dripping:
        with suppress(OSError):
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    time.sleep(1.5)
    with socket.create_connection(address, timeout=10) as newest:
        newest.sendall(GET)
        read_until(newest, b"answer")
    for line in dripping:
        line.close()


@pytest.mark.parametrize(
    "order", [("Content-Length: 5", "Transfer-Encoding: chunked"), ("transfer-encoding: chunked", "content-length: 5")]
)
def test_a_body_with_a_length_and_an_encoding_is_refused_and_the_connection_closed(
    connect: Connect, order: tuple[str, str]
) -> None:
    line = connect(saying(b"answer"))
    line.sendall("\r\n".join(("POST / HTTP/1.1", "Host: x", *order, "", "")).encode() + b"0\r\n\r\n" + GET)
    answer = read_until_closed(line)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert answer.count(b"HTTP/1.1") == 1
