"""Input of one account that means harm costs little and is answered in a few words."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from marshmallow import Schema, fields

from clipflow.http.fields import MOST_DETAILS
from tests.service.conftest import Analysed, Person, Service


def input_schemas(service: Service) -> Iterator[tuple[str, Schema]]:
    """Every schema that reads a JSON body, by its route."""
    for blueprint in service.app.blueprints.values():
        for endpoint, methods in getattr(blueprint, "_docs", {}).items():
            for method, doc in methods.items():
                for given in (doc.get("arguments") or {}).get("parameters", []) if isinstance(doc, dict) else []:
                    if given.get("in") == "json":
                        yield f"{method} {endpoint}", given["schema"]


def fields_within(schema: Schema) -> Iterator[tuple[str, Any]]:
    for name, one in schema.load_fields.items():
        yield name, one
        inner = getattr(one, "inner", one)
        if isinstance(inner, fields.Nested):
            yield from fields_within(inner.schema)


def test_every_list_and_boolean_that_comes_in_is_bounded_and_strict(service: Service) -> None:
    found = list(input_schemas(service))
    assert len(found) >= 15
    for route, schema in found:
        for name, one in fields_within(schema):
            assert type(one) not in (fields.List, fields.Boolean, fields.Dict, fields.Raw), (route, name)


def refused(answer: Any) -> dict[str, str]:
    """The details of a refusal that is short."""
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert len(answer.data) < 8000
    details: dict[str, str] = answer.json["error"]["details"]
    assert len(details) <= MOST_DETAILS
    return details


@pytest.mark.parametrize("element", [{}, [], None, 1, "x", {"start_ms": 1}])
def test_a_megabyte_of_small_changes_is_refused_by_its_number(alice: Person, analysed: Analysed, element: Any) -> None:
    many = [element] * 50_000
    for path, body in (
        ("segments", {"version": 1, "changes": many}),
        ("transcript", {"version": 1, "changes": many}),
        ("transcript/speakers", {"version": 1, "changes": many}),
    ):
        began_s = time.process_time()
        details = refused(alice.patch(f"/analysis/{analysed.analysis_id}/{path}", json=body))
        assert "more than 10000 elements" in " ".join(details.values())
        # Seconds of processor, of which others that run here take none: reading alone is some hundredths.
        assert time.process_time() - began_s < 1


def test_of_many_wrong_elements_some_are_named(alice: Person, analysed: Analysed) -> None:
    body = {"version": 1, "changes": [{}] * 9_999}
    details = refused(alice.patch(f"/analysis/{analysed.analysis_id}/segments", json=body))
    assert len(details) == MOST_DETAILS
    assert details["changes.0.start_ms"] == "Missing data for required field."


def test_a_list_longer_than_its_field_takes_is_refused_before_its_elements(alice: Person) -> None:
    body = {"custom_filler_words": [{}] * 201}
    details = refused(alice.post("/projects", json={"name": "Talk", "settings": body}))
    assert details == {"settings.custom_filler_words": "Longer than maximum length 200."}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({f"name {number}": 1 for number in range(5000)}, "more than 200 elements"),
        ({"x" * 900_000: 1}, "Unknown field."),
        (orjson.loads(b'{"full_name":' + b"[" * 60 + b"]" * 60 + b"}"), "Nested deeper"),
    ],
)
def test_objects_of_no_sensible_shape_are_refused(alice: Person, body: Any, sentence: str) -> None:
    assert sentence in " ".join(refused(alice.patch("/auth/me", json=body)).values())


def test_settings_nested_deeply_are_refused_and_lock_nobody_out(alice: Person) -> None:
    deep: Any = 1
    for _ in range(252):
        deep = {"a": deep}
    assert refused(alice.patch("/auth/me", json={"settings": {"theme": "dark", "deep": deep}}))
    assert alice.get("/auth/me").status_code == 200


@pytest.mark.parametrize("value", [0, 1, "true", "yes", None, []])
def test_a_boolean_is_true_or_false(alice: Person, value: object) -> None:
    answer = alice.post("/projects", json={"name": "Talk", "settings": {"detect_filler_words": value}})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/auth/me", "/projects/{project_id}"])
def test_a_change_without_a_body_is_refused(alice: Person, path: str) -> None:
    answer = alice.patch(path.format(project_id=alice.make_project()))
    assert (answer.status_code, answer.json["error"]["message"]) == (
        400, "Send what is to be changed as a JSON body."
    )  # fmt: skip


def test_many_lists_that_are_each_short_enough_are_too_many_together(alice: Person) -> None:
    answer = alice.post("/projects", json={"name": [[0] * 9000] * 30})
    assert answer.status_code == 400
    assert "100000 values in all" in answer.text
