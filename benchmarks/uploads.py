"""Uploads in parts beside one form upload, a bare waitress app, and boto3's own transfer manager, in one run."""

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from boto3.s3.transfer import TransferConfig

from benchmarks.inputs import cache_folder
from benchmarks.service import Caller, Server, large_recording, running, send_file
from benchmarks.table import Row
from scripts.running import ADDRESS, Process
from tests.object_storage import ObjectStorage, is_installed, object_storage

LOCAL_MB = 2000
BUCKET_MB = 300
ROUNDS = 3
RANGES = 200
_RANGE_BYTES = 65_536
_TARGET_FIRST_BYTE_MS = 30
_MOST_GROWTH_MB = 150
# Of memory that is flat, from the first upload to the last.
_MOST_DRIFT_MB = 30


def measure_uploads() -> Iterator[tuple[str, list[Row]]]:
    """The figures of a disk, and of a bucket where there is one to measure on."""
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        yield f"Uploads of {LOCAL_MB} MiB to the disk of this machine", list(_on_disk(Path(folder)))
    if not is_installed():
        print("No SeaweedFS: uploads to a bucket are left out.")
        return
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder, object_storage() as store:
        yield f"Uploads of {BUCKET_MB} MiB to a bucket", list(_in_bucket(Path(folder), store))


def _on_disk(folder: Path) -> Iterator[Row]:
    file = large_recording(LOCAL_MB)
    with running(folder, more={"MAX_FILE_SIZE_MB": "3000", "DELETED_KEPT_DAYS": "0"}) as (web, bare, worker):
        caller = Caller(web)
        project_id = _new_project(caller)
        seconds: dict[str, list[float]] = {"bare": [], "form": [], "parts": []}
        peaks_mb = []
        for number in range(ROUNDS):
            seconds["bare"].append(send_file(bare.port, "PUT /upload HTTP/1.1\r\nHost: x\r\n", b"", file, b"")[1])
            media_id, taken_s = caller.upload(project_id, file)
            seconds["form"].append(taken_s)
            caller.call("DELETE", f"/media/{media_id}")
            with _highest(web.memory_mb) as highest:
                media_id, taken_s = send_in_parts(caller, web, project_id, file)
            peaks_mb.append(highest())
            seconds["parts"].append(taken_s)
            if number < ROUNDS - 1:
                caller.call("DELETE", f"/media/{media_id}")
        for name, title in (("bare", "bare waitress app"), ("form", "one form"), ("parts", "in parts")):
            yield Row(f"{title}, MB/s", f"{file.stat().st_size / 1e6 / statistics.median(seconds[name]):.0f}")
        yield Row.at_least("in parts over one form, median of ratios", _ratio(seconds["form"], seconds["parts"]), 0.8)
        yield Row("in parts over bare, median of ratios", f"{_ratio(seconds['bare'], seconds['parts']):.2f}")
        yield Row("memory of the web server during an upload, MiB", f"{max(peaks_mb):.0f}")
        drift_mb = peaks_mb[-1] - peaks_mb[0]
        yield Row.at_most("the same, from the first upload to the last", drift_mb, _MOST_DRIFT_MB, 0)
        before_mb = worker.memory_with_children_mb()
        with _highest(worker.memory_with_children_mb) as analysing_mb:
            hours = _analysed_hours(caller, media_id)
        yield Row(
            f"memory of the worker and of what it starts while it analyses them, {hours:.1f} hours of sound, MiB more",
            f"{analysing_mb() - before_mb:.0f}",
        )
        first_ms = [one * 1000 for one in _first_bytes(caller, web, media_id, file.stat().st_size)]
        yield Row.at_most("first byte of a range, median ms", statistics.median(first_ms), _TARGET_FIRST_BYTE_MS)
        slowest = statistics.quantiles(first_ms, n=20)[-1]
        yield Row.at_most("first byte of a range, 95th percentile ms", slowest, _TARGET_FIRST_BYTE_MS)


def _in_bucket(folder: Path, store: ObjectStorage) -> Iterator[Row]:
    file, bucket = large_recording(BUCKET_MB), store.new_bucket()
    environment = {
        "DATA_DIR": str(folder), "PORT": "0", "BCRYPT_COST": "4", "STORAGE_TYPE": "s3", "S3_BUCKET_NAME": bucket.name,
        "S3_ACCESS_KEY": bucket.access_key, "S3_SECRET_KEY": bucket.secret_key, "S3_PREFIX": bucket.prefix,
        "S3_ENDPOINT_URL": bucket.endpoint_url, "DELETED_KEPT_DAYS": "0",
    }  # fmt: skip
    web = Process("web", environment=environment)
    worker = Process("worker", environment=environment)
    try:
        server = Server(int(web.wait_for(ADDRESS.pattern)[1].rpartition(":")[2]), web.pid)
        worker.wait_for("The worker is ready")
        caller = Caller(server)
        project_id = _new_project(caller)
        ours_s, theirs_s = [], []
        before = server.memory_mb(), Server(0, worker.pid).memory_mb()
        growth = [0.0, 0.0]
        for _ in range(ROUNDS):
            theirs_s.append(_by_transfer_manager(store, bucket.name, f"{bucket.prefix}bench-{uuid4()}", file))
            with _highest(server.memory_mb) as web_mb, _highest(Server(0, worker.pid).memory_mb) as worker_mb:
                media_id, taken_s = send_in_parts(caller, server, project_id, file)
                ours_s.append(taken_s)
                _wait_until_ready(caller, media_id)
            growth = [max(growth[0], web_mb() - before[0]), max(growth[1], worker_mb() - before[1])]
            caller.call("DELETE", f"/media/{media_id}")
    finally:
        web.stop()
        worker.stop()
    megabytes = file.stat().st_size / 1e6
    yield Row("boto3's transfer manager, MB/s", f"{megabytes / statistics.median(theirs_s):.0f}")
    yield Row("in parts, confirmed, MB/s", f"{megabytes / statistics.median(ours_s):.0f}")
    yield Row.at_least("in parts over the transfer manager, median of ratios", _ratio(theirs_s, ours_s), 0.8)
    yield Row.at_most("memory of the web server, growth in MiB", growth[0], _MOST_GROWTH_MB, 0)
    yield Row.at_most(
        "memory of the worker, which takes a copy and looks at it, growth in MiB", growth[1], _MOST_GROWTH_MB, 0
    )


def send_in_parts(caller: Caller, server: Server, project_id: str, file: Path) -> tuple[str, float]:
    """Send a file as the page does, several parts at once; its id and the seconds until it was confirmed."""
    size = file.stat().st_size
    began_s = time.perf_counter()
    body = {"project_id": project_id, "filename": file.name, "content_type": "audio/wav", "file_size": size}
    announced: Any = caller.call("POST", "/upload/presigned", body)
    path, part_size = f"/upload/{announced['file_id']}/parts", announced["part_size"]
    numbers = range(1, announced["part_count"] + 1)
    addresses: list[Any] = []
    for start in range(0, len(numbers), 100):
        asked = {"part_numbers": list(numbers[start : start + 100])}
        addresses += cast(list[Any], caller.call("POST", path, asked)["parts"])
    lines = threading.local()

    def put(part: Any) -> None:
        url = urlsplit(part["url"])
        if not hasattr(lines, "connection"):
            lines.connection = http.client.HTTPConnection("127.0.0.1", url.port or server.port, timeout=120)
        with file.open("rb") as stream:
            stream.seek((part["part_number"] - 1) * part_size)
            data = stream.read(part["size"])
        lines.connection.request("PUT", f"{url.path}?{url.query}", data, {"Host": url.netloc, **part["headers"]})
        answer = lines.connection.getresponse()
        answer.read()
        assert answer.status in (200, 204), answer.status

    with ThreadPoolExecutor(announced["parallel"]) as pool:
        list(pool.map(put, addresses))
    caller.call("POST", f"/upload/confirm/{announced['file_id']}", {})
    return str(announced["file_id"]), time.perf_counter() - began_s


def _by_transfer_manager(store: ObjectStorage, bucket: str, key: str, file: Path) -> float:
    began_s = time.perf_counter()
    store.client.upload_file(str(file), bucket, key, Config=TransferConfig())
    taken_s = time.perf_counter() - began_s
    store.client.delete_object(Bucket=bucket, Key=key)
    return taken_s


def _first_bytes(caller: Caller, server: Server, media_id: str, size: int) -> Iterator[float]:
    """Seconds from asking for a range until its first byte, at places all over the file."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for number in range(RANGES):
        start = (number * 7919 * _RANGE_BYTES) % (size - _RANGE_BYTES)
        wanted = {"Authorization": f"Bearer {caller.token}", "Range": f"bytes={start}-{start + _RANGE_BYTES - 1}"}
        began_s = time.perf_counter()
        connection.request("GET", f"/api/v1/media/{media_id}/file", headers=wanted)
        answer = connection.getresponse()
        answer.read(1)
        yield time.perf_counter() - began_s
        answer.read()
    connection.close()


@contextmanager
def _highest(measure: Callable[[], float]) -> Iterator[Callable[[], float]]:
    """The highest value that is seen meanwhile."""
    seen, is_over = [measure()], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.05):
            seen.append(measure())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: max(seen)
    finally:
        is_over.set()
        thread.join()


def _analysed_hours(caller: Caller, media_id: str) -> float:
    """Analyse a recording; how long it is."""
    started: Any = caller.call("POST", f"/media/{media_id}/analyze", {})
    path = f"/analysis/{started['analysis_id']}"
    while True:
        found: Any = caller.call("GET", f"{path}/status")
        if found["status"] not in ("pending", "processing"):
            assert found["status"] == "completed", found
            recording: Any = caller.call("GET", f"/media/{media_id}")
            return float(recording["media_file"]["duration_seconds"]) / 3600
        time.sleep(0.5)


def _wait_until_ready(caller: Caller, media_id: str) -> None:
    while caller.call("GET", f"/media/{media_id}")["media_file"]["state"] == "checking":  # type: ignore[index]
        time.sleep(0.1)


def _new_project(caller: Caller) -> str:
    return str(caller.call("POST", "/projects", {"name": "Bench"})["project"]["id"])  # type: ignore[index]


def _ratio(theirs_s: list[float], ours_s: list[float]) -> float:
    return statistics.median(theirs / ours for theirs, ours in zip(theirs_s, ours_s, strict=True))
