"""A real service for the tests: on SQLite, and on PostgreSQL and Redis where their addresses are given.

Alice owns, Bob is an administrator, Charlie is a stranger.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from clipflow import registry
from clipflow.accounts import service as accounts
from clipflow.accounts.models import User
from clipflow.app import ClipFlow, create_app
from clipflow.app_context import resources_of
from clipflow.audit import models as audit_models
from clipflow.config import Settings, load_settings
from clipflow.core import clock
from clipflow.core.db import connected, database, migrate, transaction
from clipflow.core.storage.local import OWNER_FILE
from clipflow.jobs import models as job_models
from clipflow.jobs.runner import JobRunner
from clipflow.operations.ownership import claim_storage
from clipflow.resources import Resources
from scripts.databases import own_database
from tests.conftest import SAMPLE, MakeMedia

DATABASE_URL = os.environ.get("CLIPFLOW_TEST_DATABASE_URL", "")
QUEUE_URL = os.environ.get("CLIPFLOW_TEST_QUEUE_URL", "")
PASSWORD = "Correct-Horse-7"
GENEROUS = {
    # What a test deletes is gone, unless it is about the bin.
    "DELETED_KEPT_DAYS": "0",
    "RATE_LIMIT_REQUESTS": "1000000",
    "RATE_LIMIT_USER_REQUESTS": "1000000",
    "RATE_LIMIT_SIGN_IN": "1000000",
    "RATE_LIMIT_ANALYSES": "1000000",
    "RATE_LIMIT_UPLOADS": "1000000",
}
BACKENDS = ("embedded", "servers")
# Where database and queue matter, the servers are for the thorough run; elsewhere for the exhaustive one.
ON_BOTH_BACKENDS = {
    "test_access", "test_accounts", "test_administration", "test_analysis", "test_jobs", "test_limits",
    "test_migrations", "test_operations", "test_projects", "test_audit", "test_lockouts",
    "test_second_factor", "test_teams", "test_account_mails", "test_configuration", "test_deletion",
    "test_first_administrator", "test_invitations", "test_notes",
    "test_library", "test_links", "test_oidc", "test_provider_keys", "test_quotas", "test_together", "test_tokens",
    "test_transcription_processes", "test_upload_parts",
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        chosen = getattr(item, "callspec", None)
        if chosen is None or chosen.params.get("backend") != "servers":
            continue
        item.add_marker(pytest.mark.thorough if item.path.stem in ON_BOTH_BACKENDS else pytest.mark.exhaustive)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database and queue that a test runs on."""
    name: str = request.param
    if name == "servers" and not (DATABASE_URL and QUEUE_URL):
        pytest.skip("CLIPFLOW_TEST_DATABASE_URL and CLIPFLOW_TEST_QUEUE_URL name no PostgreSQL and Redis to test on")
    return name


@dataclass
class Servers:
    """A PostgreSQL database and a Redis database of this test process alone."""

    database_url: str
    queue_url: str


@pytest.fixture(scope="session")
def servers(worker_id: str) -> Iterator[Servers]:
    number = int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 9
    with own_database(DATABASE_URL) as url:
        yield Servers(url, urlunsplit(urlsplit(QUEUE_URL)._replace(path=f"/{number + 1}")))


@dataclass
class Service:
    """An application with its resources, its database and a way to run its jobs."""

    settings: Settings
    app: ClipFlow
    resources: Resources
    database: Any
    runner: JobRunner
    is_leaving: bool = False
    people: dict[str, "Person"] = field(default_factory=dict)

    def anonymous(self) -> FlaskClient:
        """Someone who is not signed in."""
        return self.app.test_client(use_cookies=False)

    def person(self, name: str) -> "Person":
        """Someone who has an account and is signed in."""
        if name not in self.people:
            self.people[name] = sign_up(self, name)
        return self.people[name]

    def run_jobs(self) -> int:
        """Run everything that is due, and what follows from it; returns how many jobs ran."""
        count = 0
        while due := self._due():
            for job_id in due:
                self.runner.run_job(job_id)
                count += 1
        return count

    def _due(self) -> list[Any]:
        with connected():
            return [job.id for job in job_models.due_jobs(clock.now())]

    def stored_files(self) -> list[str]:
        """Everything in the storage, half-received files too."""
        folder = self.settings.storage_folder
        found = (path for path in folder.rglob("*") if path.is_file() and path.name != OWNER_FILE)
        return sorted(str(path.relative_to(folder)) for path in found)


@dataclass
class Person:
    """A signed-in person with a client of the API."""

    client: FlaskClient
    user: dict[str, Any]
    access_token: str
    refresh_token: str

    def call(self, method: str, path: str, **arguments: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.access_token}", **arguments.pop("headers", {})}
        if "json" in arguments:
            # By the standard library, which also writes what the application's own JSON refuses.
            arguments["data"] = json.dumps(arguments.pop("json"))
            headers.setdefault("Content-Type", "application/json")
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **arguments)

    def get(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("POST", path, **arguments)

    def patch(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("PATCH", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("DELETE", path, **arguments)

    def make_project(self, name: str = "Interview") -> str:
        return str(self.post("/projects", json={"name": name}).json["project"]["id"])

    def upload(self, project_id: str, file: Path, name: str | None = None, mime_type: str = "") -> TestResponse:
        with file.open("rb") as stream:
            upload = (stream, name or file.name, mime_type) if mime_type else (stream, name or file.name)
            return self.post(f"/projects/{project_id}/upload", data={"file": upload})


def sign_up(service: Service, name: str) -> Person:
    """Register someone with an address made of the name."""
    client = service.anonymous()
    answer = client.post(
        "/api/v1/auth/register",
        json={"email": f"{name.lower()}@example.org", "password": PASSWORD, "full_name": name},
    )
    assert answer.status_code == 201, answer.text
    return Person(client, answer.json["user"], answer.json["access_token"], answer.json["refresh_token"])


@dataclass
class GuestOfLink:
    """Somebody with a review link, in a browser of their own."""

    client: FlaskClient
    answer: TestResponse

    def call(self, method: str, path: str, **arguments: Any) -> TestResponse:
        csrf = self.client.get_cookie("clipflow_guest_csrf")
        headers = {"X-CSRF-TOKEN": csrf.value if csrf else "", **arguments.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **arguments)


def open_link(service: Service, url: str, name: str = "Ann", **more: Any) -> GuestOfLink:
    """Open a review link under a name."""
    client = service.app.test_client()
    body = {"token": url.partition("#")[2], "name": name, **more}
    answer = client.post("/api/v1/review/open", json=body)
    return GuestOfLink(client, answer)


@pytest.fixture(scope="session")
def built_services() -> dict[str, Service]:
    return {}


def environment_of(backend: str, folder: Path, servers: Servers | None) -> dict[str, str]:
    """The settings of a service for tests, as environment variables."""
    values = {
        "APP_ENV": "test", "DATA_DIR": str(folder), "BCRYPT_COST": "4", "LOG_LEVEL": "ERROR", **GENEROUS,
        # What is made of recordings is switched on where it is tried.
        "MAKE_PICTURES": "false", "PROXY_MODE": "off",
    }  # fmt: skip
    if backend == "servers":
        assert servers is not None
        values |= {"DATABASE_URL": servers.database_url, "QUEUE_URL": servers.queue_url}
    return values


def build_service(values: dict[str, str]) -> Service:
    """A service with its tables, on whatever the settings say."""
    settings = load_settings(values, env_file=None)
    app = create_app(settings)
    resources = resources_of(app)
    migrate(settings.data_dir)
    with connected():
        # Several services of the tests share a database, each with a folder of its own.
        claim_storage(resources)
    service = Service(settings, app, resources, database.obj, None)  # type: ignore[arg-type]
    service.runner = JobRunner(resources.queue, registry.job_handlers(resources), 60, lambda: service.is_leaving)
    return service


@pytest.fixture
def service(
    backend: str,
    built_services: dict[str, Service],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """An empty service; built once for each backend, emptied for each test."""
    if backend not in built_services:
        given = request.getfixturevalue("servers") if backend == "servers" else None
        built_services[backend] = build_service(environment_of(backend, tmp_path_factory.mktemp(backend), given))
    built = built_services[backend]
    database.initialize(built.database)
    empty(built)
    yield built
    assert database.is_closed(), "a connection was left open"


def empty(service: Service) -> None:
    """Remove all rows, bells and files."""
    with connected():
        # The audit log goes as its retention lets it, and no other way.
        audit_models.delete_before(clock.now() + timedelta(days=1))
        audit_models.AuditHorizon.update(before=datetime(1970, 1, 1, tzinfo=UTC)).execute()
        for model in reversed(registry.models()):
            if model is not audit_models.AuditHorizon:
                model.delete().execute()
    service.resources.queue.clear()
    for name in service.stored_files():
        (service.settings.storage_folder / name).unlink()
    for mail in (service.settings.data_dir / "outbox").glob("*.eml"):
        mail.unlink()
    with connected():
        claim_storage(service.resources)
    service.people.clear()
    service.is_leaving = False


@pytest.fixture
def alice(service: Service) -> Person:
    return service.person("Alice")


@pytest.fixture
def charlie(service: Service) -> Person:
    return service.person("Charlie")


@pytest.fixture
def bob(service: Service) -> Person:
    person = service.person("Bob")
    with connected():
        User.update(is_admin=True).where(User.email == "bob@example.org").execute()
    return person


@pytest.fixture(scope="session")
def clip(make_media: MakeMedia) -> Path:
    """The first seconds of the sample, as mp4."""
    return make_media("clip.mp4", "-i", SAMPLE, "-t", "12", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


@dataclass
class Analysed:
    """A project of Alice's with one analysed recording."""

    project_id: str
    media_id: str
    analysis_id: str


# Who asks is somebody else each time, and what was done before is not what a test is about.
_NOT_COPIED = ("accounts", "audit", "configuration")


@dataclass
class Snapshot:
    """Rows and files of a moment, to be put into an emptied service again."""

    owner_id: str
    rows: list[tuple[type[Any], list[dict[str, Any]]]]
    files: dict[str, bytes]

    @classmethod
    def of(cls, service: Service, owner: Person) -> Self:
        with connected():
            tables = [model for model in registry.models() if model.__module__.split(".")[1] not in _NOT_COPIED]
            rows = [(model, list(model.select().dicts())) for model in tables]
        folder = service.settings.storage_folder
        return cls(owner.user["id"], rows, {name: (folder / name).read_bytes() for name in service.stored_files()})

    def restore(self, service: Service, owner: Person) -> None:
        with connected(), transaction():
            for model, rows in self.rows:
                for row in rows:
                    # Whoever has made it has another id this time.
                    mine = {name: owner.user["id"] for name, value in row.items() if str(value) == self.owner_id}
                    model.insert(**{**row, **mine}).execute()
        for name, content in self.files.items():
            service.resources.storage.put(name, content)


@pytest.fixture(scope="session")
def snapshots() -> dict[tuple[str, str], tuple[Snapshot, Any]]:
    """What is expensive to make, made once for each backend."""
    return {}


@pytest.fixture
def uploaded(
    service: Service, alice: Person, clip: Path, snapshots: dict[tuple[str, str], tuple[Snapshot, Any]]
) -> tuple[str, str]:
    """A project and a recording of Alice's."""
    key = (str(service.settings.database), "uploaded")
    if key not in snapshots:
        project_id = alice.make_project()
        made = project_id, alice.upload(project_id, clip, "talk.mp4").json["media_file"]["id"]
        snapshots[key] = Snapshot.of(service, alice), made
    else:
        snapshots[key][0].restore(service, alice)
    return snapshots[key][1]  # type: ignore[no-any-return]


@pytest.fixture
def analysed(
    service: Service, alice: Person, clip: Path, snapshots: dict[tuple[str, str], tuple[Snapshot, Any]]
) -> Analysed:
    """A recording of Alice's with a finished analysis."""
    key = (str(service.settings.database), "analysed")
    if key not in snapshots:
        project_id = alice.make_project()
        media_id = alice.upload(project_id, clip, "talk.mp4").json["media_file"]["id"]
        started = alice.post(f"/media/{media_id}/analyze", json={})
        assert started.status_code == 202, started.text
        assert service.run_jobs() == 1
        made = Analysed(project_id, media_id, started.json["analysis_id"])
        snapshots[key] = Snapshot.of(service, alice), made
    else:
        snapshots[key][0].restore(service, alice)
    return snapshots[key][1]  # type: ignore[no-any-return]


def deactivate(service: Service, email: str) -> None:
    """Switch an account off."""
    with connected(), transaction():
        accounts.switch_account(User.get(User.email == email), None, is_active=False)


Deactivate = Callable[[Service, str], None]
