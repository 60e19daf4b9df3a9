"""A real object storage for tests: SeaweedFS on this machine, with a bucket of its own for whoever asks."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clipflow.core.storage.s3 import Bucket
from scripts.running import free_port

ACCESS_KEY, SECRET_KEY = "tests", "secret-of-the-tests"
_BUCKET = "recordings-of-tests"
_READY_WITHIN_S = 30


@dataclass(frozen=True)
class ObjectStorage:
    """Where the storage is, and its administrator's client."""

    endpoint_url: str
    client: Any

    def new_bucket(self) -> Bucket:
        """A part of a bucket that nobody else uses, which browsers of any page may write to."""
        rule = {
            "AllowedOrigins": ["*"], "AllowedMethods": ["GET", "PUT", "HEAD"], "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
        }  # fmt: skip
        self.client.put_bucket_cors(Bucket=_BUCKET, CORSConfiguration={"CORSRules": [rule]})
        # Each bucket would take some of the few volumes that the storage has here.
        return Bucket(
            name=_BUCKET, access_key=ACCESS_KEY, secret_key=SECRET_KEY, endpoint_url=self.endpoint_url,
            prefix=f"{uuid4().hex[:12]}/",
        )  # fmt: skip

    def keys_in(self, bucket: Bucket) -> list[str]:
        """All that the bucket holds, by the storage's own word."""
        found = self.client.list_objects_v2(Bucket=bucket.name, Prefix=bucket.prefix)
        return [one["Key"] for one in found.get("Contents", ())]

    def uploads_in(self, bucket: Bucket) -> list[str]:
        """All uploads in parts that are not finished."""
        found = self.client.list_multipart_uploads(Bucket=bucket.name, Prefix=bucket.prefix)
        return [one["Key"] for one in found.get("Uploads", ())]


def is_installed() -> bool:
    """Whether there is a SeaweedFS to start."""
    return _program() is not None


@contextmanager
def object_storage(volumes: int = 20) -> Iterator[ObjectStorage]:
    """A storage that is gone afterwards, with all that is in it; a volume holds 256 MB."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, port = Path(name), _port_with_room()
        (folder / "s3.json").write_text(json.dumps(_identities()))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                _command(folder, port, volumes), stdout=log, stderr=subprocess.STDOUT, cwd=folder
            )
        try:
            yield ObjectStorage(f"http://127.0.0.1:{port}", _client_when_ready(process, port, folder / "log"))
        finally:
            # It takes its time to end when it is asked to.
            process.kill()
            process.wait()


def _command(folder: Path, port: int, volumes: int) -> list[str]:
    ports = {name: _port_with_room() for name in ("master", "volume", "filer")}
    return [
        str(_program()), "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-master.telemetry=false", *(f"-{name}.port={number}" for name, number in ports.items()),
        f"-volume.max={volumes}", "-volume.preStopSeconds=0", "-master.volumeSizeLimitMB=256", "-filer",
        f"-filer.localSocket={folder}/f.sock",
        "-s3", f"-s3.port={port}", f"-s3.config={folder}/s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0",
        f"-s3.localSocket={folder}/s3.sock",
    ]  # fmt: skip


def _program() -> str | None:
    """Where it is: beside the interpreter that runs the tests, or anywhere else."""
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


def _identities() -> dict[str, Any]:
    credentials = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": "tests", "credentials": [credentials], "actions": actions}]}


def _port_with_room() -> int:
    """A port whose neighbour ten thousand further is there too: the storage listens on both."""
    while True:
        port = free_port()
        if port < 55_000:
            return port


def _client_when_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> Any:
    client = boto3.session.Session().client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY, config=Config(
            signature_version="s3v4", retries={"total_max_attempts": 1}, s3={"addressing_style": "path"},
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
        ),
    )  # fmt: skip
    deadline = time.monotonic() + _READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            client.create_bucket(Bucket=_BUCKET)
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
        else:
            return client
    raise AssertionError(f"the object storage did not start:\n{log.read_text(errors='replace')[-2000:]}")
