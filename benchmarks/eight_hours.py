"""A review of eight hours on the server: a decision, and reading the segments with the decisions laid over them."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from benchmarks.inputs import SAMPLE
from benchmarks.table import Row
from clipflow import registry
from clipflow.analysis import models
from clipflow.analysis.models import AnalysisResult
from clipflow.analysis.segments import summary_of
from clipflow.analysis.serialization import stored_segments
from clipflow.app import create_app
from clipflow.app_context import resources_of
from clipflow.config import load_settings
from clipflow.core.db import connected, database, migrate, transaction
from clipflow.engine import Action, ReasonCode, Segment, SegmentType
from clipflow.jobs.models import Job
from clipflow.jobs.runner import JobRunner
from clipflow.operations.ownership import bind_storage

HOURS = 8
SEGMENTS = 16_000
# One every half minute, which is a thorough review.
DECISIONS = 1_000
GENEROUS = dict.fromkeys(("RATE_LIMIT_REQUESTS", "RATE_LIMIT_USER_REQUESTS", "RATE_LIMIT_POLLING"), "1000000000")


@dataclass
class Review:
    """A signed-in person with an analysis of eight hours."""

    client: FlaskClient
    headers: dict[str, str]
    path: str
    version: int = 1

    def decide(self, number: int, count: int = 1) -> None:
        changes = [
            {"start_ms": one * 25_000, "end_ms": one * 25_000 + 500, "action": "remove"}
            for one in range(number, number + count)
        ]
        body = {"version": self.version, "changes": changes}
        answer = self.client.patch(f"{self.path}/segments?segments=false", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        self.version += 1

    def read(self) -> None:
        assert self.client.get(f"{self.path}/segments", headers=self.headers).status_code == 200


def measure_eight_hours(rounds: int) -> Iterator[Row]:
    """Medians in milliseconds, without the network."""
    with tempfile.TemporaryDirectory() as folder:
        review = _prepare(Path(folder))
        review.decide(0, DECISIONS)
        yield Row.at_most("a decision, ms", _median_ms(lambda number: review.decide(DECISIONS + number), rounds), 50, 1)
        yield Row.at_most("reading all segments, ms", _median_ms(lambda number: review.read(), rounds), 150, 1)
        database.close_all()


def _median_ms(act: Callable[[int], None], rounds: int) -> float:
    act(0)
    taken_ms = []
    for number in range(1, 2 * rounds + 2):
        began_s = time.perf_counter()
        act(number)
        taken_ms.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(taken_ms)


def _prepare(folder: Path) -> Review:
    settings = load_settings(
        {"APP_ENV": "test", "DATA_DIR": str(folder), "BCRYPT_COST": "4", **GENEROUS}, env_file=None
    )
    app = create_app(settings)
    resources = resources_of(app)
    migrate(settings.data_dir)
    with connected():
        bind_storage(resources, registry.known_keys)
    client = app.test_client(use_cookies=False)
    person = {"email": "bench@example.org", "password": "Correct-Horse-7"}
    headers = {"Authorization": f"Bearer {_post(client, {}, '/auth/register', json=person)['access_token']}"}
    project_id = _post(client, headers, "/projects", json={"name": "Eight hours"})["project"]["id"]
    with SAMPLE.open("rb") as file:
        uploaded = _post(client, headers, f"/projects/{project_id}/upload", data={"file": (file, "talk.mp4")})
    started = _post(client, headers, f"/media/{uploaded['media_file']['id']}/analyze", json={})
    runner = JobRunner(resources.queue, registry.job_handlers(resources), 60, lambda: False)
    with connected():
        job_ids = [job.id for job in Job.select()]
    for job_id in job_ids:
        runner.run_job(job_id)
    _make_long(UUID(started["analysis_id"]))
    return Review(client, headers, f"/api/v1/analysis/{started['analysis_id']}")


def _post(client: FlaskClient, headers: dict[str, str], path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1{path}", headers=headers, **body)
    assert answer.status_code in (201, 202), answer.text
    return dict(answer.json)  # type: ignore[arg-type]


def _make_long(analysis_id: UUID) -> None:
    """Put speech and silence in turn in the place of what the sample has."""
    length_ms = HOURS * 3_600_000 // SEGMENTS
    speech = (SegmentType.SPEECH, 0.9321, -23.4, Action.KEEP, "speech", ReasonCode.SPEECH, None)
    silence = (SegmentType.SILENCE, 0.9876, -61.2, Action.REMOVE, "silence", ReasonCode.SILENCE, None)
    segments = [
        Segment(number * length_ms, (number + 1) * length_ms, *(speech if number % 2 else silence))
        for number in range(SEGMENTS)
    ]
    with connected(), transaction():
        models.store_segments(analysis_id, stored_segments(segments))
        AnalysisResult.update(summary=summary_of(segments, [])).where(AnalysisResult.id == analysis_id).execute()
