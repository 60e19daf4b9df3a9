"""Whether everybody else is answered while one account attacks: health and status under each attack, beside quiet."""

import random
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.inputs import SAMPLE, make_once
from benchmarks.service import Caller, Server, percentile_95, put_load, running
from benchmarks.table import Row

AT_ONCE = 8
_SECONDS = 5.0
_PAUSE_S = 0.02
_LONGEST_GOAL_MS = 200
_ALWAYS_QUICK = ("/health", "status")
_WORDS = 40_000
_HOUR_S = 3600
_EDITS = 22 * 1024**2 // 12
_READERS = 900
_TIMEOUT_S = 120.0


@dataclass
class Target:
    """The service, whoever attacks it, what there is to attack, and somebody else who reviews meanwhile."""

    server: Server
    caller: Caller
    project_id: str
    media_id: str
    analysis_id: str
    other: Caller
    other_analysis_id: str
    statuses: dict[str, int] = field(default_factory=dict)

    def send(self, method: str, path: str, body: bytes, content_type: str) -> None:
        """One request of an attack; whatever is answered, the end of the time included."""
        line = HTTPConnection("127.0.0.1", self.server.port, timeout=_TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self.caller.token}", "Content-Type": content_type}
        with suppress(OSError, HTTPException):
            line.request(method, f"/api/v1{path}", body, headers)
            status = str(line.getresponse().status)
            self.statuses[status] = self.statuses.get(status, 0) + 1
        line.close()

    def send_file(self, path: str, name: str, content: bytes) -> None:
        """A file in a form."""
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        self.send("POST", path, head + content + b"\r\n--b--\r\n", "multipart/form-data; boundary=b")


Attack = Callable[[], None]


def measure_attacks() -> Iterator[Row]:
    """Quiet figures first, then those under each attack, eight at a time again and again."""
    with tempfile.TemporaryDirectory() as name, running(Path(name), threads=24) as (service, _, _):
        target = _prepare(service)
        memory_mb = service.memory_mb()
        yield from _measured(target, "quiet", None)
        for title, attack in _attacks(target).items():
            yield from _measured(target, title, attack)
        with _unread_answers(service):
            yield from _measured(target, f"{_READERS} readers that never read", None)
        grown_mb = service.memory_mb() - memory_mb
        yield Row.at_most("growth of the web process over all of them, MB", grown_mb, 300, 0)


def _prepare(service: Server) -> Target:
    caller = Caller(service)
    project_id = str(caller.call("POST", "/projects", {"name": "Attacked"})["project"]["id"])  # type: ignore[index]
    media_id, _ = caller.upload(project_id, _an_hour_of_nothing())
    other = Caller(service, "reviews@example.org")
    other_analysis_id = _analysed_sample(other)
    target = Target(service, caller, project_id, media_id, "", other, other_analysis_id)
    target.send_file(f"/media/{media_id}/transcript", "words.srt", _captions(_WORDS))
    found = caller.call("GET", f"/projects/{project_id}")["project"]["media_files"]  # type: ignore[index]
    target.analysis_id = found[0]["analysis_results"][0]["id"]
    _wait_for(caller, target.analysis_id)
    target.statuses.clear()
    return target


def _analysed_sample(caller: Caller) -> str:
    project_id = caller.call("POST", "/projects", {"name": "Reviewed"})["project"]["id"]  # type: ignore[index]
    media_id = caller.call("POST", f"/projects/{project_id}/sample")["media_file"]["id"]  # type: ignore[index]
    analysis_id = str(caller.call("POST", f"/media/{media_id}/analyze", {})["analysis_id"])
    _wait_for(caller, analysis_id)
    return analysis_id


def _wait_for(caller: Caller, analysis_id: str) -> None:
    while caller.call("GET", f"/analysis/{analysis_id}/status")["status"] not in ("completed", "failed"):
        time.sleep(0.3)


def _attacks(target: Target) -> dict[str, Attack]:
    empty_objects = b'{"version": 1, "changes": [' + b"{}, " * 250_000 + b"{}]}"
    transcript = f"/media/{target.media_id}/transcript"
    captions = _captions(250_000)
    picture, edits = _large_picture().read_bytes(), _long_edit_list()
    upload = f"/projects/{target.project_id}/upload"
    analysis = f"/analysis/{target.analysis_id}"
    json_type = "application/json"
    return {
        "a megabyte of {}": lambda: target.send("PATCH", f"{analysis}/segments", empty_objects, json_type),
        f"imports of {len(captions) / 1e6:.0f} MB": lambda: target.send_file(transcript, "words.srt", captions),
        f"formats of {_WORDS} words": lambda: target.send("GET", f"{analysis}/export/formats", b"", json_type),
        f"retunes of {_WORDS} words": lambda: target.send(
            "POST", f"{analysis}/retune", f'{{"vad_aggressiveness": {random.randint(1, 3)}}}'.encode(), json_type
        ),
        "pictures of 16000 × 16000": lambda: target.send_file(upload, "picture.mp3", picture),
        "edit lists of 22 MiB": lambda: target.send_file(upload, "edits.mp4", edits),
    }


def _measured(target: Target, title: str, attack: Attack | None) -> Iterator[Row]:
    is_over = threading.Event()
    target.statuses.clear()

    def attack_on() -> None:
        while attack is not None and not is_over.is_set():
            attack()

    with ThreadPoolExecutor(AT_ONCE) as attackers:
        for _ in range(AT_ONCE):
            attackers.submit(attack_on)
        time.sleep(1.0)
        try:
            for name, request in (
                ("/health", "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"),
                ("status", target.caller.request(f"/analysis/{target.analysis_id}/status")),
                ("another's review", target.other.request(f"/analysis/{target.other_analysis_id}")),
            ):
                load = put_load(target.server.port, request, connections=2, seconds=_SECONDS, pause_s=_PAUSE_S)
                assert set(load.statuses) == {"200"}, load.statuses
                figure = f"{percentile_95(load.latencies_ms):.0f} ({len(load.latencies_ms)} requests)"
                yield Row(f"{title}: {name}, 95th percentile, ms", figure)
                longest_ms = max(load.latencies_ms)
                if name in _ALWAYS_QUICK:
                    yield Row.at_most(f"{title}: {name}, longest, ms", longest_ms, _LONGEST_GOAL_MS, 0)
                else:
                    yield Row(f"{title}: {name}, longest, ms", f"{longest_ms:.0f}")
        finally:
            is_over.set()
    if target.statuses:
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(target.statuses.items()))
        yield Row(f"{title}: the attack was answered", answers)


def _captions(words: int) -> bytes:
    """SubRip with one caption a word, over an hour."""
    step_ms = _HOUR_S * 1000 / words
    lines = []
    for number in range(words):
        start_ms, end_ms = int(number * step_ms), int((number + 1) * step_ms)
        lines.append(f"{number + 1}\n{_clock(start_ms)} --> {_clock(end_ms)}\nword\n")
    return "\n".join(lines).encode()


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def _an_hour_of_nothing() -> Path:
    return make_once("hour.mp3", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", str(_HOUR_S), "-b:a", "8k")


def _large_picture() -> Path:
    """Sound with a cover whose 750 kB become a gigabyte when somebody looks at it."""
    cover = make_once("cover.png", "-f", "lavfi", "-i", "color=red:s=16000x16000", "-frames:v", "1")
    return make_once(
        "picture.mp3", "-i", str(SAMPLE), "-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:v", "copy",
        "-c:a", "libmp3lame", "-id3v2_version", "3",
    )  # fmt: skip


def _long_edit_list() -> bytes:
    """The sample with an edit list of millions of entries; its index stands behind the sound, so nothing else moves."""
    file = make_once("index-last.mp4", "-i", str(SAMPLE), "-c", "copy", "-t", "10").read_bytes()
    at = file.index(b"elst") - 4
    old_length = struct.unpack_from(">I", file, at)[0]
    entries = struct.pack(">Iii", 10, 0, 0x10000) * _EDITS
    box = struct.pack(">I4sII", 16 + len(entries), b"elst", 0, _EDITS) + entries
    longer = bytearray(file[:at] + box + file[at + old_length :])
    for parent in (b"edts", b"trak", b"moov"):
        start = file.rindex(parent, 0, at) - 4
        struct.pack_into(">I", longer, start, struct.unpack_from(">I", file, start)[0] + len(box) - old_length)
    return bytes(longer)


@contextmanager
def _unread_answers(service: Server) -> Iterator[None]:
    """Readers that ask for much and take nothing."""
    lines: list[socket.socket] = []
    try:
        for _ in range(_READERS):
            line = socket.socket()
            lines.append(line)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", service.port))
            line.sendall(b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
        # They hold their connections for minutes; the first second, in which all of them ask, is none of those.
        time.sleep(3)
        yield
    finally:
        for line in lines:
            line.close()
