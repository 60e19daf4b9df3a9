"""The service under load, beside bare Flask routes on the same waitress in the same run."""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

from benchmarks.inputs import ROOT, SAMPLE, cache_folder
from benchmarks.load import Load
from benchmarks.table import Row
from scripts.running import descendants

CONNECTIONS = 32
SECONDS = 3.0
THREADS = 8
PROJECTS = 20
UPLOAD_MB = 500
HALF_OPEN = 200
# As long as those of browsers and curl: how long looking for it takes depends on that.
BOUNDARY = "----ClipFlowBenchmark7MA4YWxkTrZu0gW"
GENEROUS = dict.fromkeys(
    ("RATE_LIMIT_REQUESTS", "RATE_LIMIT_USER_REQUESTS", "RATE_LIMIT_POLLING", "RATE_LIMIT_UPLOADS"), "1000000000"
)


@dataclass(frozen=True)
class Server:
    """A server process and the port it listens on."""

    port: int
    pid: int

    def memory_mb(self) -> float:
        """Resident memory of the process."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        except OSError:
            # It has just ended.
            return 0.0
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def memory_with_children_mb(self) -> float:
        """Resident memory of the process and of those that it has started."""
        return sum(Server(0, pid).memory_mb() for pid in (self.pid, *descendants(self.pid)))


class Running(NamedTuple):
    """The service and the bare server beside it."""

    web: Server
    bare: Server
    worker: Server


class Caller:
    """A signed-in person."""

    def __init__(self, server: Server, email: str = "bench@example.org") -> None:
        self._server = server
        self.token = ""
        body = {"email": email, "password": "Correct-Horse-7"}
        self.token = str(self.call("POST", "/auth/register", body)["access_token"])

    def call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self._server.port}/api/v1{path}", data, headers, method=method)
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            return dict(json.load(answer))

    def request(self, path: str) -> str:
        """The text of a GET request."""
        return f"GET /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n\r\n"

    def upload(self, project_id: str, file: Path) -> tuple[str, float]:
        """Upload a file as a form; its id and the seconds that took."""
        part = f'Content-Disposition: form-data; name="file"; filename="{file.name}"'
        headers = (
            f"POST /api/v1/projects/{project_id}/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        )
        before, after = f"--{BOUNDARY}\r\n{part}\r\n\r\n".encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
        answer, seconds = send_file(self._server.port, headers, before, file, after)
        return str(answer["media_file"]["id"]), seconds  # type: ignore[index]


def send_file(port: int, headers: str, before: bytes, file: Path, after: bytes) -> tuple[dict[str, object], float]:
    """Send a file over a bare connection; the answer and the seconds until it came."""
    length = len(before) + file.stat().st_size + len(after)
    began_s = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=120) as line, file.open("rb") as source:
        line.sendall(f"{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n".encode() + before)
        line.sendfile(source)
        line.sendall(after)
        answer = b""
        while piece := line.recv(65_536):
            answer += piece
    seconds = time.perf_counter() - began_s
    status, _, body = answer.partition(b"\r\n\r\n")
    assert status.split()[1][:1] == b"2", answer[:500]
    return dict(json.loads(body)), seconds


def put_load(
    port: int, request: str, connections: int = CONNECTIONS, seconds: float = SECONDS, pause_s: float = 0.0
) -> Load:
    """Load a server from another process."""
    given = {"port": port, "request": request, "connections": connections, "seconds": seconds, "pause_s": pause_s}
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True, cwd=ROOT)
    return Load(**json.loads(done.stdout))


@contextmanager
def running(folder: Path, threads: int = THREADS, more: Mapping[str, str] | None = None) -> Iterator[Running]:
    """The service (web and worker, everything at its defaults but the budgets and ``more``) and the bare server."""
    environment = {
        **os.environ, **GENEROUS, "DATA_DIR": str(folder / "data"), "PORT": "0", "MAX_FILE_SIZE_MB": "600",
        "BCRYPT_COST": "4", "WEB_THREADS": str(threads), **(more or {}),
    }  # fmt: skip
    log = (folder / "log").open("w+", encoding="utf-8")
    web, worker = (
        subprocess.Popen([sys.executable, ROOT / "run.py", command], env=environment, stderr=log, cwd=folder)
        for command in ("web", "worker")
    )
    command = [sys.executable, "-m", "benchmarks.bare_server", str(folder), str(threads)]
    bare = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert bare.stdout is not None
        bare_port = int(bare.stdout.readline())
        yield Running(Server(_port_in(Path(log.name)), web.pid), Server(bare_port, bare.pid), Server(0, worker.pid))
    finally:
        for process in (web, worker, bare):
            process.terminate()
            process.wait()
        log.close()


def _port_in(log: Path) -> int:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        found = re.search(r"ready at http://localhost:(\d+)", log.read_text(encoding="utf-8"))
        if found:
            return int(found[1])
        time.sleep(0.1)
    raise RuntimeError("the service did not start")


def measure_service(rounds: int, hour: Path) -> Iterator[tuple[str, list[Row]]]:
    """Throughput, latency beside an analysis, uploads, memory."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as (service, bare, _):
        caller = Caller(service)
        project_id, *_ = [str(_project(caller, number)) for number in range(PROJECTS)]
        media_id, _ = caller.upload(project_id, SAMPLE)
        analysis_id = _analyse(caller, media_id)
        _wait(caller, analysis_id)
        put_load(service.port, caller.request(f"/analysis/{analysis_id}/status"), seconds=1.0)
        before_mb = service.memory_mb()
        yield "Requests at 32 connections", list(_throughput(service, bare, caller, analysis_id, rounds))
        yield "Half-open uploads of nobody", list(_half_open(service))
        hour_id, _ = caller.upload(project_id, hour)
        yield "Status polling while an hour is analysed", list(_latency(service, caller, hour_id))
        yield f"Upload of {UPLOAD_MB} MB", list(_uploads(bare, caller, project_id, rounds))
        grown_mb = service.memory_mb() - before_mb
        rows = [
            Row("web process before, MB", f"{before_mb:.0f}"),
            Row.at_most("growth over all of the above, MB", grown_mb, 30, 0),
        ]
        yield "Memory of the web process", rows


def _project(caller: Caller, number: int) -> object:
    return caller.call("POST", "/projects", {"name": f"Project {number}"})["project"]["id"]  # type: ignore[index]


def _analyse(caller: Caller, media_id: str) -> str:
    return str(caller.call("POST", f"/media/{media_id}/analyze", {})["analysis_id"])


def _wait(caller: Caller, analysis_id: str) -> None:
    while caller.call("GET", f"/analysis/{analysis_id}/status")["status"] != "completed":
        time.sleep(0.2)


def _throughput(service: Server, bare: Server, caller: Caller, analysis_id: str, rounds: int) -> Iterator[Row]:
    requests = {
        "bare Flask route": (bare.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        "status": (service.port, caller.request(f"/analysis/{analysis_id}/status")),
        f"list of {PROJECTS} projects": (service.port, caller.request("/projects")),
    }
    figures: dict[str, list[float]] = {name: [] for name in requests}
    slow_ms: list[float] = []
    for _ in range(rounds):
        for name, (port, request) in requests.items():
            load = put_load(port, request)
            assert set(load.statuses) == {"200"}, load.statuses
            figures[name].append(load.per_second)
            if name == "status":
                slow_ms.append(percentile_95(load.latencies_ms))
    for name, values in figures.items():
        title = f"{name}, requests a second"
        if name == "status":
            yield Row.at_least(title, statistics.median(values), 300, 0)
        else:
            yield Row(title, f"{statistics.median(values):,.0f}")
    yield Row.at_most("status, 95th percentile, ms", statistics.median(slow_ms), 100, 1)
    for name in list(requests)[1:]:
        ratios = [ours / bare for ours, bare in zip(figures[name], figures["bare Flask route"], strict=True)]
        yield Row(f"{name} over the bare route, median of ratios", f"{statistics.median(ratios):.2f}")


def _latency(service: Server, caller: Caller, media_id: str) -> Iterator[Row]:
    analysis_id = _analyse(caller, media_id)
    request = caller.request(f"/analysis/{analysis_id}/status")
    load = put_load(service.port, request, connections=CONNECTIONS, seconds=6.0, pause_s=0.1)
    status = caller.call("GET", f"/analysis/{analysis_id}/status")
    _wait(caller, analysis_id)
    latencies_ms = sorted(load.latencies_ms)
    yield Row("requests", f"{len(latencies_ms)}")
    yield Row("the analysis at the end of the polling", f"{status['progress_percent']} %")
    yield Row("median, ms", f"{statistics.median(latencies_ms):.1f}")
    yield Row.at_most("95th percentile, ms", percentile_95(latencies_ms), 100, 1)


def percentile_95(latencies_ms: list[float]) -> float:
    """The value that nineteen of twenty stay below."""
    return sorted(latencies_ms)[int(len(latencies_ms) * 0.95)]


def _half_open(service: Server) -> Iterator[Row]:
    """Large uploads without a token, of which only the beginning comes."""
    head = (
        "POST /api/v1/projects/00000000-0000-4000-8000-000000000000/upload HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 40000000\r\n\r\n"
    )
    lines = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(HALF_OPEN)]
    for line in lines:
        line.sendall(head.encode() + b"x" * 10_000)
    time.sleep(1)
    files = Path(f"/proc/{service.pid}/fd").iterdir()
    spooled = [one for one in files if one.is_file() and "incoming" in str(one.readlink())]
    yield Row.at_most(f"bytes kept of {HALF_OPEN}", sum(one.stat().st_size for one in spooled), 0, 0)
    for line in lines:
        line.close()


def _uploads(bare: Server, caller: Caller, project_id: str, rounds: int) -> Iterator[Row]:
    file = large_recording(UPLOAD_MB)
    megabytes = file.stat().st_size / 1e6
    seconds: dict[str, list[float]] = {"bare": [], "synced": [], "ours": []}
    for _ in range(min(rounds, 3)):
        for name, path in (("bare", "/upload"), ("synced", "/upload?sync")):
            _, took_s = send_file(bare.port, f"PUT {path} HTTP/1.1\r\nHost: x\r\n", b"", file, b"")
            seconds[name].append(took_s)
        media_id, took_s = caller.upload(project_id, file)
        seconds["ours"].append(took_s)
        _wait_for_pictures(caller, media_id)
    titles = {
        "bare": "bare waitress app, MB/s", "synced": "bare waitress app that syncs its file, MB/s",
        "ours": "service, checked and synced to disk, MB/s",
    }  # fmt: skip
    for name, title in titles.items():
        yield Row(title, f"{megabytes / statistics.median(seconds[name]):.0f}")
    over_bare, over_synced = (
        statistics.median(theirs / ours for theirs, ours in zip(seconds[name], seconds["ours"], strict=True))
        for name in ("bare", "synced")
    )
    yield Row.at_least("service over bare, median of ratios", over_bare, 0.4)
    yield Row("service over bare that syncs, median of ratios", f"{over_synced:.2f}")


def _wait_for_pictures(caller: Caller, media_id: str) -> None:
    """Until a worker has made what is made of a recording, so that the next upload is measured alone."""
    while any(one["status"] in ("pending", "processing") for one in _renditions(caller, media_id)):
        time.sleep(0.2)


def _renditions(caller: Caller, media_id: str) -> list[dict[str, str]]:
    return caller.call("GET", f"/media/{media_id}/renditions")["renditions"]  # type: ignore[return-value]


def large_recording(size_mb: int) -> Path:
    """A recording of sound of about that many MiB, made once."""
    target = cache_folder() / f"large-{size_mb}mb.wav"
    if not target.exists():
        part = target.with_suffix(".part.wav")
        seconds = size_mb * 1024**2 // (48_000 * 4) - 1
        tones = ["-f", "lavfi", "-i", f"aevalsrc=0.1*sin(440*2*PI*t)|0.1*sin(330*2*PI*t):s=48000:d={seconds}"]
        subprocess.run(["ffmpeg", "-y", "-v", "error", *tones, "-c:a", "pcm_s16le", str(part)], check=True)
        part.replace(target)
    return target
