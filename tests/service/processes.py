"""Real processes for the tests: started as a person starts them, killed as nobody should."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from clipflow.core.storage.local import OWNER_FILE
from scripts.running import ADDRESS, Process, wait_until
from tests.service.conftest import PASSWORD

__all__ = ["ADDRESS", "Caller", "Installation", "Process", "installed", "wait_until"]


@dataclass
class Installation:
    """Settings and the processes that were started with them."""

    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    lines: list[socket.socket] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return Path(self.environment["DATA_DIR"])

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None, **options: Any) -> Process:
        process = Process(*arguments, environment={**self.environment, **(environment or {})}, **options)
        self.processes.append(process)
        return process

    def start_web(self, environment: Mapping[str, str] | None = None, **options: Any) -> tuple[Process, str]:
        """A web server and its address."""
        process = self.start("web", environment=environment, **options)
        return process, process.wait_for(ADDRESS.pattern)[1]

    def serve(self) -> str:
        """A web server and a worker side by side, both ready; their address."""
        process = self.start("serve")
        address = process.wait_for(ADDRESS.pattern)[1]
        process.wait_for("The worker is ready")
        return address

    def start_worker(self, environment: Mapping[str, str] | None = None) -> Process:
        process = self.start("worker", environment=environment)
        process.wait_for("The worker is ready")
        return process

    def connect(self, address: str) -> socket.socket:
        """A bare connection to a server of this installation."""
        parts = urlsplit(address)
        self.lines.append(socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20))
        return self.lines[-1]

    def files(self, folder: str = "media") -> list[str]:
        root = self.folder / folder
        found = (path for path in root.rglob("*") if path.is_file() and path.name != OWNER_FILE)
        return sorted(str(path.relative_to(root)) for path in found)


@contextmanager
def installed(environment: dict[str, str]) -> Iterator[Installation]:
    """An installation whose processes are gone afterwards."""
    installation = Installation({**environment, "PORT": "0", "LOG_LEVEL": "INFO", "WORKER_LOST_AFTER_S": "3"})
    try:
        yield installation
    finally:
        for line in installation.lines:
            line.close()
        for process in installation.processes:
            process.stop()


class Caller:
    """A signed-in person who talks to a real server."""

    def __init__(self, address: str, email: str = "alice@example.org") -> None:
        self.address = f"{address}/api/v1"
        body = {"email": email, "password": PASSWORD}
        answer = requests.post(f"{self.address}/auth/register", json=body, timeout=20)
        if answer.status_code == 409:
            answer = requests.post(f"{self.address}/auth/login", json=body, timeout=20)
        self.token = answer.json()["access_token"]

    def move_to(self, address: str) -> None:
        """Talk to another server of the same installation."""
        self.address = f"{address}/api/v1"

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return requests.request(method, f"{self.address}{path}", timeout=30, headers=headers, **arguments)

    def get(self, path: str, **arguments: Any) -> Any:
        return self.call("GET", path, **arguments).json()

    def make_project(self) -> str:
        return str(self.call("POST", "/projects", json={"name": "Interview"}).json()["project"]["id"])

    def upload(self, project_id: str, file: Path) -> str:
        with file.open("rb") as stream:
            answer = self.call("POST", f"/projects/{project_id}/upload", files={"file": (file.name, stream)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["media_file"]["id"])

    def analyze(self, media_id: str) -> str:
        answer = self.call("POST", f"/media/{media_id}/analyze", json={})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["analysis_id"])

    def status(self, analysis_id: str) -> Any:
        return self.get(f"/analysis/{analysis_id}/status")

    def wait_for_status(self, analysis_id: str, status: str, seconds: float = 60) -> Any:
        return wait_until(lambda: found if (found := self.status(analysis_id))["status"] == status else None, seconds)
