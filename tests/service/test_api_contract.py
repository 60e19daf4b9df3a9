"""The API keeps its contract: every route described, every error in the one shape, the server as described."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marshmallow import RAISE, Schema
from werkzeug.test import TestResponse

from clipflow.analysis.schemas import StatusSchema
from clipflow.http.responses import ERROR_CODES
from clipflow.media.schemas import WaveformSchema
from clipflow.review import schemas as review
from clipflow.transcripts import schemas as transcripts
from tests.conftest import ROOT, SAMPLE
from tests.service.conftest import Analysed, Person, Service, environment_of
from tests.service.processes import Caller, Process, installed
from tests.service.test_authorisation import GUARDED, ROUTES

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def description(service: Service) -> dict[str, Any]:
    return dict(service.anonymous().get("/api/openapi.json").json)


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method in METHODS & item.keys():
            yield method.upper(), path, item[method]


def as_path(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def test_every_route_is_described(description: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _ in operations(description)}
    assert described == {(method, as_path(rule)) for method, rule in ROUTES}
    assert description["openapi"].startswith("3.1")


def test_every_operation_says_what_it_does_and_answers(description: dict[str, Any]) -> None:
    guarded = {(method, as_path(rule)) for method, rule in GUARDED}
    for method, path, operation in operations(description):
        where = f"{method} {path}"
        assert operation["summary"].endswith("."), where
        statuses = set(operation["responses"])
        assert any(status.startswith("2") for status in statuses) or "302" in statuses, where
        assert {"429", "500", "503"} <= statuses, where
        assert ("401" in statuses) or (method, path) not in guarded, where
        assert bool(operation.get("security")) is ((method, path) in guarded), where
        assert ("{" not in path) or "404" in statuses, where
        if "requestBody" in operation:
            assert {"400", "413"} <= statuses, where


def test_every_error_is_described_in_the_one_shape(description: dict[str, Any]) -> None:
    shape = {"$ref": "#/components/schemas/Error"}
    for name, response in description["components"]["responses"].items():
        content = response["content"]["application/json"]
        assert content["schema"] == shape, name
        assert set(content["example"]["error"]) == {"code", "message"}
        assert content["example"]["error"]["code"] in ERROR_CODES
        assert len(response["description"]) > 10


def test_every_operation_shows_a_real_answer(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json")
            if status.startswith("2") and content is not None:
                assert content["example"], (method, path)


def test_every_schema_says_of_what_kind_its_fields_are(description: dict[str, Any]) -> None:
    kinds = {"type", "$ref", "allOf", "anyOf", "oneOf"}
    schemas = description["components"]["schemas"]
    assert len(schemas) > 25
    for name, schema in schemas.items():
        assert schema["properties"], name
        vague = [field for field, said in schema["properties"].items() if not kinds & said.keys()]
        assert vague == [], name


def test_every_refusal_of_every_route_has_the_one_shape(service: Service, alice: Person) -> None:
    for method, rule in ROUTES:
        path = re.sub(r"<[^>]+>", "00000000-0000-4000-8000-000000000000", rule)
        for answer in (
            service.anonymous().open(path, method=method),
            service.anonymous().open(path, method="TRACE"),
            alice.call(method, path.removeprefix("/api/v1"), data=b"{", headers={"Content-Type": "application/json"}),
            alice.call(method, path.removeprefix("/api/v1"), data=b"x", headers={"Content-Type": "text/plain"}),
        ):
            if answer.status_code < 400 or rule.endswith("/ready"):
                continue
            error = answer.json["error"]
            assert set(error) <= {"code", "message", "details"}, (method, rule)
            assert error["code"] in ERROR_CODES
            assert error["message"].endswith("."), error
            assert len(answer.headers["X-Request-ID"]) == 16


def test_answers_that_pass_by_their_schema_keep_to_it(alice: Person, analysed: Analysed) -> None:
    analysis, media = f"/analysis/{analysed.analysis_id}", f"/media/{analysed.media_id}"
    captions = {"file": (io.BytesIO(b"1\n00:00:01,500 --> 00:00:05,310\n[SPEAKER_00]: Good morning\n"), "a.srt")}
    assert alice.post(f"{media}/transcript", data=captions).status_code == 200
    keep = {"start_ms": 0, "end_ms": 100, "action": "keep", "note": "clap"}
    asked: list[tuple[type[Schema], TestResponse]] = [
        (review.DecidedSchema, alice.patch(f"{analysis}/segments", json={"version": 2, "changes": [keep]})),
        (review.AnalysisAnswerSchema, alice.get(analysis)),
        (review.AnalysisAnswerSchema, alice.get(f"{analysis}?decisions=false")),
        (review.SegmentsSchema, alice.get(f"{analysis}/segments")),
        (review.TunedSchema, alice.post(f"{analysis}/retune", json={"min_silence_duration_ms": 900})),
        (StatusSchema, alice.get(f"{analysis}/status")),
        (transcripts.TranscriptSchema, alice.get(f"{analysis}/transcript")),
        (transcripts.MatchesSchema, alice.get(f"{analysis}/transcript/search?text=good")),
        (
            transcripts.CorrectedSchema,
            alice.patch(f"{analysis}/transcript", json={"version": 3, "changes": [{"index": 0, "text": "Bad"}]}),
        ),
        (
            transcripts.CorrectedSchema,
            alice.patch(
                f"{analysis}/transcript/speakers",
                json={"version": 4, "changes": [{"speaker": "SPEAKER_00", "name": "Eva"}]},
            ),
        ),
        (WaveformSchema, alice.get(f"{media}/waveform?points=50")),
    ]
    for schema, answer in asked:
        assert answer.status_code == 200, answer.text
        assert schema(unknown=RAISE).validate(answer.json) == {}, schema.__name__


def test_a_wrong_method_is_told_the_right_ones(alice: Person) -> None:
    answer = alice.call("PUT", "/projects")
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_an_unknown_address_has_the_one_shape(service: Service) -> None:
    for path in ("/nowhere", "/api/v1/nowhere", "/api/v1/projects/", "/api/v2/projects"):
        answer = service.anonymous().get(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def test_something_unforeseen_shows_no_traceback(service: Service, alice: Person) -> None:
    def explode() -> None:
        raise ZeroDivisionError("secret detail")

    view = service.app.view_functions["projects.ProjectListViews"]
    service.app.view_functions["projects.ProjectListViews"] = lambda **arguments: explode()
    try:
        answer = alice.get("/projects")
    finally:
        service.app.view_functions["projects.ProjectListViews"] = view
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert "secret detail" not in answer.text
    assert answer.json["error"]["details"]["request_id"] == answer.headers["X-Request-ID"]


def test_what_it_answers_is_what_it_describes(alice: Person, analysed: Analysed, description: dict[str, Any]) -> None:
    """Fields of answers that are not made by a schema at run time, because they are large or asked for often."""
    schemas = description["components"]["schemas"]

    def fields(name: str) -> set[str]:
        return set(schemas[name]["properties"])

    analysis = alice.get(f"/analysis/{analysed.analysis_id}").json["analysis_result"]
    assert set(analysis) == fields("AnalysisWithSegments")
    assert set(analysis["summary"]) == fields("Summary")
    assert set(analysis["segments"][0]) == set(schemas["Segment"]["required"])
    assert set(alice.get(f"/analysis/{analysed.analysis_id}/status").json) == fields("Status")
    assert set(alice.get(f"/analysis/{analysed.analysis_id}/segments").json) == fields("Segments")
    assert set(alice.post(f"/analysis/{analysed.analysis_id}/retune", json={}).json) == fields("Tuned")
    assert set(alice.get(f"/media/{analysed.media_id}/waveform").json) == fields("Waveform")
    assert set(alice.get("/auth/me").json["user"]) == fields("User")


def fuzzing_settings(caller: Caller, worker: Process, folder: Path) -> Path:
    """Real ids for the fuzzer, so that it gets past "not found"; what it deletes is nobody else's."""

    def make(analyse: bool) -> dict[str, str]:
        project_id = caller.make_project()
        media_id = caller.upload(project_id, SAMPLE)
        ids = {"project_id": project_id, "media_id": media_id, "file_id": media_id, "upload_id": media_id}
        if analyse:
            ids["analysis_id"] = caller.analyze(media_id)
            caller.wait_for_status(ids["analysis_id"], "completed")
        return ids

    def lines(ids: dict[str, str]) -> str:
        return "\n".join(f'"path.{name}" = "{value}"' for name, value in ids.items())

    file = folder / "schemathesis.toml"
    file.write_text(
        f"[parameters]\n{lines(make(analyse=True))}\n\n"
        f'[[operations]]\ninclude-method = "DELETE"\n[operations.parameters]\n{lines(make(analyse=False))}\n'
    )
    return file


@pytest.mark.timeout(280)
@pytest.mark.exhaustive
@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_the_running_server_keeps_what_it_describes(tmp_path: Path, backend: str) -> None:
    """A thousand and more generated requests: no 5xx, no undescribed status, no wrong content type."""
    with installed({**environment_of(backend, tmp_path / "data", None), "RATE_LIMIT_POLLING": "1000000"}) as started:
        _, address = started.start_web()
        caller = Caller(address)
        settings = fuzzing_settings(caller, started.start_worker(), tmp_path)
        command = [
            Path(sys.executable).parent / "schemathesis", "--config-file", settings,
            "run", f"{address}/api/openapi.json",
            "--header", f"Authorization: Bearer {caller.token}",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                        "response_schema_conformance,response_headers_conformance,unsupported_method",
            "--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--seed", "7",
            "--generation-database", "none",
            # It would end the session under the other requests.
            "--exclude-path", "/api/v1/auth/logout", "--no-color",
        ]  # fmt: skip
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=260
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-1000:]
    cases = re.search(r"(\d[\d,]*) generated", done.stdout)
    assert cases is not None
    assert int(cases[1].replace(",", "")) >= 1000


def test_the_description_is_the_same_in_every_process(service: Service, description: dict[str, Any]) -> None:
    code = (
        "import json; from clipflow.app import create_app; from clipflow.config import load_settings;"
        "app = create_app(load_settings(env_file=None));"
        "print(json.dumps(app.test_client().get('/api/openapi.json').json))"
    )
    environment = {"DATA_DIR": str(service.settings.data_dir), "PATH": "/usr/bin:/bin", "APP_ENV": "test"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout)["paths"] == description["paths"]
