"""The web server looks at a request before it receives the body; on a real server, over real connections."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import SAMPLE
from tests.service.conftest import environment_of
from tests.service.processes import Caller, Installation, installed, wait_until

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    environment = environment_of("embedded", tmp_path_factory.mktemp("reception") / "data", None)
    with installed({**environment, "MAX_FILE_SIZE_MB": "2", "WEB_THREADS": "2"}) as started:
        yield started


@pytest.fixture(autouse=True)
def hang_up(installation: Installation) -> Iterator[None]:
    """Close what a test has opened: one address may have so many connections only."""
    yield
    while installation.lines:
        installation.lines.pop().close()


@pytest.fixture(scope="module")
def address(installation: Installation) -> str:
    return installation.start_web()[1]


@pytest.fixture(scope="module")
def alice(address: str) -> Caller:
    return Caller(address)


@pytest.fixture
def project_id(alice: Caller) -> str:
    return alice.make_project()


def ask(installation: Installation, address: str, head: str, body: bytes = b"") -> tuple[int, dict[str, str], Any]:
    """Send the head of a request and perhaps a little of its body; status, headers and JSON of the answer."""
    line = installation.connect(address)
    line.sendall(head.replace("\n", "\r\n").encode("utf-8") + b"\r\n\r\n")
    if body:
        line.sendall(body)
    return read_answer(line)


def read_answer(line: socket.socket) -> tuple[int, dict[str, str], Any]:
    data = b""
    while b"\r\n\r\n" not in data or len(data.split(b"\r\n\r\n", 1)[1]) < content_length(data):
        piece = line.recv(65_536)
        if not piece:
            break
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines[1:])}
    return int(lines[0].split()[1]), headers, json.loads(body)


def content_length(data: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", data.lower())
    return int(found[1]) if found else 0


def upload_head(project_id: str, length: int, token: str = "", more: str = "") -> str:
    authorisation = f"\nAuthorization: Bearer {token}" if token else ""
    return (
        f"POST /api/v1/projects/{project_id}/upload HTTP/1.1\nHost: x{authorisation}\n"
        f"Content-Type: multipart/form-data; boundary=b\nContent-Length: {length}{more}"
    )


def test_a_large_body_of_nobody_is_turned_away_before_it_comes(installation: Installation, address: str) -> None:
    status, headers, body = ask(installation, address, upload_head(NOWHERE, 600 * 1024**2))
    assert (status, body["error"]["code"]) == (401, "UNAUTHORIZED")
    assert len(headers["x-request-id"]) == 16
    assert headers["connection"] == "close"
    assert installation.files() == []


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/nowhere", "/api/v1/projects"])
def test_a_large_body_elsewhere_is_turned_away_from_everybody(
    installation: Installation, address: str, alice: Caller, path: str
) -> None:
    for authorisation in ("", f"\nAuthorization: Bearer {alice.token}"):
        head = f"POST {path} HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 1048577{authorisation}"
        status, _, body = ask(installation, address, head)
        assert (status, body["error"]["code"]) == (413, "FILE_TOO_LARGE")


def test_a_token_of_somebody_else_counts_as_nobody(installation: Installation, address: str, alice: Caller) -> None:
    for token in ("nonsense", alice.token[:-3] + "abc"):
        status, _, _ = ask(installation, address, upload_head(NOWHERE, 2_000_000, token))
        assert status == 401


def test_a_file_over_the_limit_is_turned_away_before_it_comes(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    status, _, body = ask(installation, address, upload_head(project_id, 600 * 1024**2, alice.token))
    assert (status, body["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert "2 MiB" in body["error"]["message"]


def test_nobody_is_asked_to_continue_with_a_refused_body(
    installation: Installation, address: str, alice: Caller
) -> None:
    status, _, _ = ask(installation, address, upload_head(NOWHERE, 10**9, more="\nExpect: 100-continue"))
    assert status == 401


def test_an_upload_of_an_ended_session_or_to_a_strangers_project_leaves_nothing(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    charlie = Caller(address, "charlie@example.org")
    before, file = installation.files(), {"file": ("a.mp4", b"x" * 1_500_000)}
    for wanted in (project_id, NOWHERE):
        assert charlie.call("POST", f"/projects/{wanted}/upload", files=file).status_code == 404
    charlie.call("POST", "/auth/logout")
    assert charlie.call("POST", f"/projects/{project_id}/upload", files=file).status_code == 401
    assert installation.files() == before


def test_a_large_body_that_is_no_form_is_turned_away_before_it_comes(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    head = upload_head(project_id, 1_900_000, alice.token).replace("multipart/form-data; boundary=b", "text/plain")
    assert ask(installation, address, head)[0] == 415


@pytest.mark.parametrize("length", [500_000, 1_900_000])
def test_a_client_that_asks_first_is_told_to_go_on(
    installation: Installation, address: str, alice: Caller, project_id: str, length: int
) -> None:
    before = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    after = b"\r\n--b--\r\n"
    content = SAMPLE.read_bytes() + b"\0" * length
    content = content[: length - len(before) - len(after)]
    line = installation.connect(address)
    head = upload_head(project_id, length, alice.token, more="\nExpect: 100-continue").replace("\n", "\r\n")
    line.sendall(head.encode() + b"\r\n\r\n")
    assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.sendall(before + content + after)
    status, _, body = read_answer(line)
    assert status == 201, body


def test_a_second_request_on_the_same_connection_is_answered(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    content = SAMPLE.read_bytes() + b"\0" * 1_200_000
    before = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    body = before + content + b"\r\n--b--\r\n"
    head = upload_head(project_id, len(body), alice.token).replace("\n", "\r\n").encode() + b"\r\n\r\n"
    line = installation.connect(address)
    for _ in range(2):
        line.sendall(head + body)
        assert read_answer(line)[0] == 201
    line.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read_answer(line)[2] == {"status": "ok"}


def largest_asset(address: str) -> str:
    page = requests.get(f"{address}/api/docs", timeout=10).text
    [path] = re.findall(r'src="([^"]*swagger-ui-bundle[^"]*)"', page)
    plain = {"Accept-Encoding": "identity"}
    assert len(requests.get(f"{address}{path}", headers=plain, timeout=10).content) > 10**6
    return str(path)


def test_nobody_holds_the_threads_by_asking_and_not_reading(installation: Installation, address: str) -> None:
    request = f"GET {largest_asset(address)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(8):
        line = installation.connect(address)
        line.setblocking(False)
        with suppress(BlockingIOError):
            line.sendall(request * 2500)
    for _ in range(3):
        time.sleep(0.5)
        began = time.monotonic()
        assert requests.get(f"{address}/api/v1/health", timeout=10).status_code == 200
        assert time.monotonic() - began < 3


def test_of_requests_that_come_in_one_piece_the_first_is_answered(installation: Installation, address: str) -> None:
    line = installation.connect(address)
    line.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    status, headers, body = read_answer(line)
    assert (status, headers["connection"], body) == (200, "close", {"status": "ok"})
    assert line.recv(1) == b""


def test_many_who_ask_first_are_all_told_to_go_on(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    length = 1_900_000
    before = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    after = b"\r\n--b--\r\n"
    content = (SAMPLE.read_bytes() + b"\0" * length)[: length - len(before) - len(after)]
    head = upload_head(project_id, length, alice.token, more="\nExpect: 100-continue").replace("\n", "\r\n")
    results: list[int] = []

    def upload() -> None:
        line = installation.connect(address)
        line.sendall(head.encode() + b"\r\n\r\n")
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(before + content + after)
        results.append(read_answer(line)[0])

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [201] * 8
    assert "Traceback" not in installation.processes[0].log


def test_what_comes_while_a_sender_is_looked_at_keeps_its_order(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    content = SAMPLE.read_bytes() + bytes(number % 251 for number in range(1_200_000))
    body += content + b"\r\n--b--\r\n"
    for _ in range(5):
        line = installation.connect(address)
        line.sendall(upload_head(project_id, len(body), alice.token).replace("\n", "\r\n").encode() + b"\r\n\r\n")
        for start in range(0, len(body), 100_000):
            line.sendall(body[start : start + 100_000])
        status, _, answer = read_answer(line)
        assert status == 201
        assert alice.call("GET", answer["media_file"]["download_url"].removeprefix("/api/v1")).content == content


def test_odd_cookies_cost_nothing(installation: Installation, address: str) -> None:
    began = time.monotonic()
    cookie = 'clipflow_access="' + "\\" * 30_000 + '"'
    status, _, _ = ask(installation, address, upload_head(NOWHERE, 5, more=f"\nCookie: {cookie}"), b"12345")
    assert status == 401
    assert time.monotonic() - began < 2


def test_deeply_nested_json_is_refused(installation: Installation, address: str) -> None:
    answer = requests.post(
        f"{address}/api/v1/auth/login", data=b"[" * 200_000, headers={"Content-Type": "application/json"}, timeout=10
    )
    assert answer.status_code == 400


def test_a_chunked_body_stops_at_its_limit(installation: Installation, address: str, alice: Caller) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    head = "POST /api/v1/auth/login HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked"
    status, _, body = ask(installation, address, head, chunk * 2)
    assert (status, body["error"]["code"]) == (413, "FILE_TOO_LARGE")


def test_a_chunked_upload_is_taken(address: str, alice: Caller, project_id: str) -> None:
    content = SAMPLE.read_bytes()

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        yield from (content[start : start + 50_000] for start in range(0, len(content), 50_000))
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = alice.call("POST", f"/projects/{project_id}/upload", data=pieces(), headers=headers)
    assert answer.status_code == 201, answer.text
    assert alice.call("GET", f"/media/{answer.json()['media_file']['id']}/file").content == content


def test_an_upload_is_the_same_byte_for_byte(installation: Installation, alice: Caller, project_id: str) -> None:
    media_id = alice.upload(project_id, SAMPLE)
    assert alice.call("GET", f"/media/{media_id}/file").content == SAMPLE.read_bytes()
    assert [name for name in installation.files() if name.startswith("incoming/")] == []


FORMS = {
    "no file": b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
    "wrong field": b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.mp4"\r\n\r\nx\r\n--b--\r\n',
    "two files": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nx\r\n' * 2
    + b"--b--\r\n",
    "no name": b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n',
    "no end": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nx\r\n',
    "no disposition": b"--b\r\nContent-Type: video/mp4\r\n\r\nx\r\n--b--\r\n",
    "noise": b"x" * 2_000,
    "endless head": b"--b\r\n" + b"X: y\r\n" * 300_000,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_malformed_form_is_refused_and_leaves_nothing(
    installation: Installation, address: str, alice: Caller, project_id: str, form: str
) -> None:
    before = installation.files()
    status, _, body = ask(installation, address, upload_head(project_id, len(FORMS[form]), alice.token), FORMS[form])
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR"), body
    assert installation.files() == before


def test_a_form_without_a_boundary_is_refused(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    for wrong in ("", "; boundary*=utf-8''%E2%82%AC", "; boundary="):
        head = upload_head(project_id, 100, alice.token).replace("; boundary=b", wrong)
        assert ask(installation, address, head, b"x" * 100)[0] == 400
    assert [name for name in installation.files() if name.startswith("incoming/")] == []


def test_an_announced_upload_is_received_without_a_token(alice: Caller, project_id: str) -> None:
    content = SAMPLE.read_bytes()
    announcement = {
        "project_id": project_id, "filename": "a.mp4", "content_type": "video/mp4", "file_size": len(content)
    }  # fmt: skip
    announced = alice.call("POST", "/upload/presigned", json=announcement).json()
    assert requests.put(announced["upload_url"], data=content, timeout=20).status_code == 200
    longer = requests.put(announced["upload_url"], data=content + b"x" * 10**6, timeout=20)
    assert longer.status_code == 413
    confirmed = alice.call("POST", f"/upload/confirm/{announced['file_id']}")
    assert confirmed.status_code == 200
    assert alice.call("GET", confirmed.json()["media_file"]["download_url"].removeprefix("/api/v1")).content == content


def test_an_announced_upload_may_come_in_chunks(alice: Caller, project_id: str) -> None:
    content = SAMPLE.read_bytes()
    announcement = {
        "project_id": project_id, "filename": "a.mp4", "content_type": "video/mp4", "file_size": len(content)
    }  # fmt: skip
    announced = alice.call("POST", "/upload/presigned", json=announcement).json()
    pieces = (content[start : start + 50_000] for start in range(0, len(content), 50_000))
    assert requests.put(announced["upload_url"], data=pieces, timeout=20).status_code == 200


def test_an_address_that_cannot_be_read_is_refused(installation: Installation, address: str) -> None:
    assert ask(installation, address, "GET http://[::1 HTTP/1.1\nHost: x")[0] == 400


def test_a_signature_of_odd_characters_is_refused(installation: Installation, address: str) -> None:
    head = (
        f"PUT /api/v1/upload/{NOWHERE}?size=5&expires=99999999999&signature=%C3%A9 HTTP/1.1\nHost: x\nContent-Length: 1"
    )
    assert ask(installation, address, head, b"x")[0] == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /api/v1/nowhere HTTP/9.9\nHost: x", 400),
        ("GET\n", 400),
        ("GET /api/v1/health HTTP/1.1\nHost: x\nContent-Length: -5", 400),
        ("POST /api/v1/auth/login HTTP/1.1\nHost: x\nTransfer-Encoding: gzip", 501),
        ("GET /api/v1/health HTTP/1.1\nHost: x\nX: " + "y" * 300_000, 431),
    ],
)
def test_what_is_no_http_gets_the_one_shape(installation: Installation, address: str, head: str, status: int) -> None:
    got, _, body = ask(installation, address, head)
    assert got in (status, 404)
    assert set(body["error"]) >= {"code", "message"}


def test_two_hundred_half_open_uploads_of_nobody_hold_nothing(
    installation: Installation, address: str, alice: Caller
) -> None:
    lines = [installation.connect(address) for _ in range(200)]
    for line in lines:
        line.sendall((upload_head(NOWHERE, 40 * 1024**2).replace("\n", "\r\n") + "\r\n\r\n").encode() + b"x" * 10_000)
    began = time.monotonic()
    assert requests.get(f"{address}/api/v1/health", timeout=10).status_code == 200
    assert time.monotonic() - began < 5
    assert [read_answer(line)[0] for line in lines] == [401] * 200
    assert [name for name in installation.files() if name.startswith("incoming/")] == []


def test_slow_viewers_do_not_hold_the_threads(
    installation: Installation, address: str, alice: Caller, project_id: str
) -> None:
    media_id = alice.upload(project_id, SAMPLE)
    for _ in range(20):
        line = installation.connect(address)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(
            f"GET /api/v1/media/{media_id}/file HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\n"
            f"Authorization: Bearer {alice.token}\r\n\r\n".encode()
        )
    time.sleep(0.5)
    began = time.monotonic()
    assert alice.call("GET", f"/media/{media_id}").status_code == 200
    assert time.monotonic() - began < 2


def test_every_answer_of_the_server_carries_a_request_id_that_is_in_the_log(
    installation: Installation, address: str
) -> None:
    answer = requests.get(f"{address}/api/v1/nowhere", timeout=10)
    request_id = answer.headers["X-Request-ID"]
    log = installation.processes[0]
    line = wait_until(lambda: next((one for one in log.log.splitlines() if request_id in one), None))
    assert json.loads(line)["status"] == 404


def test_no_secret_is_in_the_log(installation: Installation, address: str, alice: Caller) -> None:
    log = installation.processes[0].log
    assert alice.token not in log
    assert "Correct-Horse-7" not in log
    assert "signature=" not in log
    for file in Path(installation.folder).glob("*key.txt"):
        assert file.read_text().strip() not in log
        assert file.stat().st_mode & 0o777 == 0o600


# Behind a proxy


def addresses_in_log(log: str, path: str) -> set[str]:
    entries = [json.loads(line) for line in log.splitlines() if path in line]
    return {entry["address"] for entry in entries if entry.get("path") == path}


@pytest.mark.parametrize("forwarded", ["::ffff:198.51.100.7", '"[::ffff:198.51.100.7]"', "::ffff:c633:6407"])
def test_an_ipv4_address_that_comes_as_ipv6_is_that_address(tmp_path: Path, forwarded: str) -> None:
    environment = {**environment_of("embedded", tmp_path / "data", None), "TRUSTED_PROXY": "127.0.0.1"}
    with installed({**environment, "RATE_LIMIT_REQUESTS": "1"}) as installation:
        _, address = installation.start_web()
        statuses = [
            requests.get(f"{address}/api/v1/config/features", headers={"X-Forwarded-For": one}, timeout=10).status_code
            for one in (forwarded, "::ffff:198.51.100.8", "198.51.100.7")
        ]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("path", ["//projects", "/api/v1//projects", "//evil.example/projects", "/projects//"])
def test_a_doubled_slash_leads_nowhere_else(address: str, path: str) -> None:
    headers = {"Host": "evil.example"}
    answer = requests.get(f"{address}{path}", headers=headers, timeout=10, allow_redirects=False)
    assert "evil.example" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("trusted", "expected"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.7"), ("10.9.9.9", "127.0.0.1")]
)
def test_only_a_trusted_proxy_is_believed(tmp_path: Path, trusted: str, expected: str) -> None:
    environment = {**environment_of("embedded", tmp_path / "data", None), "TRUSTED_PROXY": trusted}
    environment |= {"RATE_LIMIT_REQUESTS": "3"}
    with installed(environment) as installation:
        web, address = installation.start_web()
        statuses = []
        for number in range(5):
            forged = "203.0.113.7" if number < 4 else "203.0.113.8"
            headers = {"X-Forwarded-For": forged, "X-Real-IP": "9.9.9.9", "Forwarded": "for=8.8.8.8"}
            statuses.append(requests.get(f"{address}/api/v1/config/features", headers=headers, timeout=10).status_code)
        assert statuses == [200, 200, 200, 429, 200 if expected == "203.0.113.7" else 429]
        wait_until(lambda: expected in addresses_in_log(web.log, "/api/v1/config/features"))
