"""Uploads in parts: in any order, again, later and side by side, and nothing that is not the file that was sent."""

import time
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from werkzeug.test import TestResponse

from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.core.storage import signing
from clipflow.media import models, parts
from clipflow.media.models import PendingUpload
from clipflow.operations import service as operations
from clipflow.registry import known_keys
from tests.service.conftest import Person, Service

MIB = 1024**2


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of one MiB, so that a few seconds of sound have several."""
    monkeypatch.setattr(parts, "SMALLEST_PART_BYTES", MIB)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording of three parts, the last of which is short."""
    path = tmp_path_factory.mktemp("parts") / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((b"\x01\x00\xff\xff" * (MIB // 4)) * 2 + b"\x05\x00" * 5000)
    return path.read_bytes()


@pytest.fixture
def announced(alice: Person, content: bytes) -> Any:
    return announce(alice, alice.make_project(), len(content))


def announce(person: Person, project_id: str, size: int) -> Any:
    body = {"project_id": project_id, "filename": "talk.wav", "content_type": "audio/wav", "file_size": size}
    return person.post("/upload/presigned", json=body).json


def piece(content: bytes, number: int) -> bytes:
    return content[(number - 1) * MIB : number * MIB]


def addresses(person: Person, file_id: str, *numbers: int) -> Any:
    return person.post(f"/upload/{file_id}/parts", json={"part_numbers": list(numbers)}).json["parts"]


def put(service: Service, url: str, data: bytes) -> TestResponse:
    return service.anonymous().put(url, data=data)


@pytest.fixture
def send(service: Service, alice: Person, content: bytes) -> Callable[..., list[TestResponse]]:
    """Sends parts of the recording."""

    def send_parts(file_id: str, *numbers: int) -> list[TestResponse]:
        found = {one["part_number"]: one["url"] for one in addresses(alice, file_id, *numbers)}
        return [put(service, found[number], piece(content, number)) for number in numbers]

    return send_parts


def confirm(person: Person, file_id: str, **body: Any) -> Any:
    return person.post(f"/upload/confirm/{file_id}", **({"json": body} if body else {}))


Send = Callable[..., list[TestResponse]]


@pytest.mark.parametrize(
    ("file_size", "part_size", "part_count"),
    [(1, 16, 1), (16 * MIB, 16, 1), (16 * MIB + 1, 16, 2), (16_000 * MIB, 16, 1000), (16_000 * MIB + 1, 17, 942)],
)
def test_a_file_has_a_thousand_parts_at_most(
    monkeypatch: pytest.MonkeyPatch, file_size: int, part_size: int, part_count: int
) -> None:
    monkeypatch.setattr(parts, "SMALLEST_PART_BYTES", 16 * MIB)
    upload = PendingUpload(file_size=file_size, part_size=parts.part_size_of(file_size))
    assert (parts.size_of(upload), parts.count_of(upload)) == (part_size * MIB, part_count)


def test_it_is_sent_in_parts_and_confirmed(alice: Person, announced: Any, content: bytes, send: Send) -> None:
    assert (announced["part_size"], announced["part_count"], announced["parallel"]) == (MIB, 3, 4)
    assert "upload_url" not in announced
    answers = send(announced["file_id"], 3, 1, 2)
    assert [one.json["etag"] for one in answers] == [sha256(piece(content, n)).hexdigest() for n in (3, 1, 2)]
    assert confirm(alice, announced["file_id"]).status_code == 200
    assert alice.get(f"/media/{announced['file_id']}/file").data == content
    again = confirm(alice, announced["file_id"])
    assert (again.status_code, again.json["media_file"]["id"]) == (200, announced["file_id"])


def test_addresses_are_for_parts_that_there_are(alice: Person, announced: Any) -> None:
    for numbers in ([], [0], [4], [1, 4], [1001], ["one"], list(range(101))):
        answer = alice.post(f"/upload/{announced['file_id']}/parts", json={"part_numbers": numbers})
        assert answer.status_code == 400, numbers


def test_what_has_arrived_is_listed(alice: Person, announced: Any, content: bytes, send: Send) -> None:
    path = f"/upload/{announced['file_id']}/parts"
    assert alice.get(path).json == {"parts": []}
    send(announced["file_id"], 2)
    assert alice.get(path).json == {
        "parts": [{"part_number": 2, "size": MIB, "etag": sha256(piece(content, 2)).hexdigest()}]
    }


def test_what_is_missing_is_said_by_number(alice: Person, announced: Any, send: Send) -> None:
    send(announced["file_id"], 2)
    refused = confirm(alice, announced["file_id"])
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "PARTS_MISSING")
    assert refused.json["error"]["details"] == {"part_numbers": [1, 3]}
    send(announced["file_id"], 1, 3)
    assert confirm(alice, announced["file_id"]).status_code == 200


def test_a_part_that_is_not_the_one_that_was_sent_is_missing(
    service: Service, alice: Person, announced: Any, content: bytes, send: Send
) -> None:
    [damaged] = addresses(alice, announced["file_id"], 1)
    put(service, damaged["url"], b"?" + piece(content, 1)[1:])
    send(announced["file_id"], 2, 3)
    claimed = [{"part_number": 1, "etag": sha256(piece(content, 1)).hexdigest()}]
    refused = confirm(alice, announced["file_id"], parts=claimed)
    assert refused.json["error"]["details"] == {"part_numbers": [1]}
    send(announced["file_id"], 1)
    assert confirm(alice, announced["file_id"], parts=claimed).status_code == 200
    assert alice.get(f"/media/{announced['file_id']}/file").data == content


def test_nothing_sent_is_no_file(alice: Person, announced: Any) -> None:
    assert confirm(alice, announced["file_id"]).status_code == 409


@pytest.mark.parametrize(
    "change", [(b"/parts/1", b"/parts/2"), (b"size=1048576", b"size=1048577"), (b"owner=", b"owner=0")]
)
def test_an_address_is_for_one_part_of_one_size(
    service: Service, alice: Person, announced: Any, content: bytes, change: tuple[bytes, bytes]
) -> None:
    [address] = addresses(alice, announced["file_id"], 1)
    wrong = address["url"].encode().replace(*change).decode()
    assert put(service, wrong, piece(content, 1)).status_code in (400, 403)
    for data in (b"", b"short", piece(content, 1) + b"x"):
        assert put(service, address["url"], data).status_code in (400, 413)
    assert alice.get(f"/upload/{announced['file_id']}/parts").json == {"parts": []}


def test_an_address_ends_however_slow_the_line_is(
    service: Service, alice: Person, announced: Any, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    [address] = addresses(alice, announced["file_id"], 1)
    now = clock.now()
    monkeypatch.setattr("clipflow.core.storage.signing.time.time", (now + timedelta(hours=7)).timestamp)
    assert put(service, address["url"], piece(content, 1)).status_code == 403


def test_a_part_that_comes_after_the_end_changes_nothing(
    service: Service, alice: Person, announced: Any, content: bytes, send: Send
) -> None:
    [late] = addresses(alice, announced["file_id"], 1)
    send(announced["file_id"], 1, 2, 3)
    confirm(alice, announced["file_id"])
    assert put(service, late["url"], b"?" * MIB).status_code == 404
    assert alice.get(f"/media/{announced['file_id']}/file").data == content
    assert alice.post(f"/upload/{announced['file_id']}/parts", json={"part_numbers": [1]}).status_code == 404


def test_parts_come_side_by_side_and_again(
    service: Service, alice: Person, announced: Any, content: bytes, send: Send
) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: send(announced["file_id"], number), [1, 2, 3, 1, 2, 3]))
        answers = list(pool.map(lambda _: confirm(alice, announced["file_id"]), range(4)))
    # Where several look at once, a worker has to.
    assert [one.text for one in answers if one.status_code not in (200, 202)] == []
    service.run_jobs()
    assert alice.get(f"/media/{announced['file_id']}/file").data == content


def test_who_comes_back_finds_what_was_not_finished(alice: Person, bob: Person, announced: Any, send: Send) -> None:
    send(announced["file_id"], 1)
    [found] = alice.get("/uploads").json["uploads"]
    assert (found["file_id"], found["filename"], found["part_count"]) == (announced["file_id"], "talk.wav", 3)
    assert bob.get("/uploads").json == {"uploads": []}
    send(announced["file_id"], 2, 3)
    confirm(alice, announced["file_id"])
    assert alice.get("/uploads").json == {"uploads": []}


def test_an_upload_that_goes_on_is_kept_for_another_day(alice: Person, announced: Any, send: Send) -> None:
    with connected():
        PendingUpload.update(expires_at=clock.now() + timedelta(minutes=1)).execute()
    send(announced["file_id"], 1)
    with connected():
        assert PendingUpload.get().expires_at > clock.now() + timedelta(hours=23)


def test_what_is_given_up_leaves_nothing(service: Service, alice: Person, announced: Any, send: Send) -> None:
    send(announced["file_id"], 1, 2)
    assert [alice.delete(f"/upload/{announced['file_id']}").status_code for _ in range(2)] == [204, 204]
    assert service.stored_files() == []
    assert alice.get(f"/upload/{announced['file_id']}/parts").status_code == 404


def test_what_is_never_finished_is_removed_and_what_goes_on_is_not(
    service: Service, alice: Person, announced: Any, send: Send
) -> None:
    send(announced["file_id"], 1)
    with connected():
        operations.clean_up(service.resources, known_keys, clock.now() + timedelta(hours=12), is_dry_run=False)
    assert len(alice.get("/uploads").json["uploads"]) == 1
    assert service.stored_files() != []
    with connected():
        operations.clean_up(service.resources, known_keys, clock.now() + timedelta(hours=25), is_dry_run=False)
    assert service.stored_files() == []
    assert alice.get("/uploads").json == {"uploads": []}


def test_strangers_neither_send_nor_look_nor_give_up(
    service: Service, alice: Person, charlie: Person, announced: Any, send: Send
) -> None:
    send(announced["file_id"], 1)
    path = f"/upload/{announced['file_id']}"
    assert charlie.get(f"{path}/parts").status_code == 404
    assert charlie.post(f"{path}/parts", json={"part_numbers": [1]}).status_code == 404
    assert charlie.delete(path).status_code == 204
    assert len(alice.get(f"{path}/parts").json["parts"]) == 1


def test_a_confirmation_that_is_killed_after_the_file_was_made_can_be_made_again(
    service: Service, alice: Person, announced: Any, content: bytes, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(announced["file_id"], 1, 2, 3)

    class KilledError(BaseException):
        pass

    def die(*arguments: Any) -> bool:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(models, "note_received", die)
        with pytest.raises(KilledError):
            confirm(alice, announced["file_id"])
    assert confirm(alice, announced["file_id"]).status_code == 200
    assert alice.get(f"/media/{announced['file_id']}/file").data == content


def test_whoever_has_sent_others_hears_that_their_file_is_not_there(
    alice: Person, announced: Any, content: bytes, send: Send
) -> None:
    send(announced["file_id"], 1, 2, 3)
    path = f"/upload/{announced['file_id']}/parts"
    mine = [{"part_number": one["part_number"], "etag": one["etag"]} for one in alice.get(path).json["parts"]]
    theirs = [{**one, "etag": "0" * 64} for one in mine]
    confirmation = f"/upload/confirm/{announced['file_id']}"
    assert alice.post(confirmation, json={"parts": theirs}).json["error"]["code"] == "PARTS_MISSING"
    assert [alice.post(confirmation, json={"parts": mine}).status_code for _ in range(2)] == [200, 200]
    refused = alice.post(confirmation, json={"parts": theirs})
    assert (refused.status_code, "Another file was sent" in refused.json["error"]["message"]) == (409, True)
    assert alice.post(confirmation).status_code == 200


def test_the_address_of_a_small_part_ends_when_it_says(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"project_id": alice.make_project(), "filename": "a.wav", "content_type": "audio/wav", "file_size": 1000}
    upload_id = alice.post("/upload/presigned", json=body).json["file_id"]
    [address] = alice.post(f"/upload/{upload_id}/parts", json={"part_numbers": [1]}).json["parts"]
    path = address["url"].partition("/api/v1")[2]
    late = time.time() + 16 * 60
    monkeypatch.setattr(signing.time, "time", lambda: late)
    assert service.anonymous().put(f"/api/v1{path}", data=bytes(1000)).status_code == 403


def test_what_is_no_recording_is_refused_and_deleted(service: Service, alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 2 * MIB)
    for address in addresses(alice, announced["file_id"], 1, 2):
        put(service, address["url"], b"x" * MIB)
    assert confirm(alice, announced["file_id"]).status_code == 415
    assert service.stored_files() == []
    assert alice.get("/uploads").json == {"uploads": []}


def test_one_part_may_be_sent_as_a_whole_or_as_a_part(
    service: Service, alice: Person, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SMALLEST_PART_BYTES", 4 * MIB)
    project_id = alice.make_project()
    whole, part = (announce(alice, project_id, len(content)) for _ in range(2))
    assert put(service, whole["upload_url"], content).status_code == 200
    [address] = addresses(alice, part["file_id"], 1)
    assert put(service, address["url"], content).status_code == 200
    assert [confirm(alice, one["file_id"]).status_code for one in (whole, part)] == [200, 200]
    assert len(service.stored_files()) == 2


def test_what_is_given_up_while_it_becomes_a_recording_keeps_its_file(
    alice: Person, announced: Any, content: bytes, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(announced["file_id"], 1, 2, 3)
    path = f"/upload/{announced['file_id']}"
    find = models.find_pending_upload

    def find_and_be_confirmed(*arguments: Any) -> Any:
        found = find(*arguments)
        monkeypatch.setattr(models, "find_pending_upload", find)
        assert confirm(alice, announced["file_id"]).status_code == 200
        return found

    monkeypatch.setattr(models, "find_pending_upload", find_and_be_confirmed)
    assert alice.delete(path).status_code == 204
    assert alice.get(f"/media/{announced['file_id']}/file").data == content


def test_the_clean_up_leaves_an_upload_that_goes_on_at_that_moment(
    service: Service, alice: Person, announced: Any, content: bytes, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(announced["file_id"], 1, 2, 3)
    expired = models.expired_uploads

    def list_and_be_confirmed(*arguments: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(models, "expired_uploads", expired)
            PendingUpload.update(expires_at=clock.now() - timedelta(seconds=1)).execute()
            found = expired(*arguments)
            PendingUpload.update(expires_at=clock.now() + timedelta(hours=1)).execute()
        return found

    monkeypatch.setattr(models, "expired_uploads", list_and_be_confirmed)
    with connected():
        operations.clean_up(service.resources, known_keys, clock.now(), is_dry_run=False)
    assert confirm(alice, announced["file_id"]).status_code == 200
    assert alice.get(f"/media/{announced['file_id']}/file").data == content


def test_it_is_counted_for_who_has_announced_it(
    service: Service, alice: Person, charlie: Person, content: bytes, send: Send
) -> None:
    project_id = alice.make_project()
    alice.post(f"/projects/{project_id}/shares", json={"user_id": charlie.user["id"], "role": "editor"})
    announced = announce(alice, project_id, len(content))
    send(announced["file_id"], 1, 2, 3)
    assert confirm(charlie, announced["file_id"]).status_code == 200
    used = [one.get("/auth/usage").json["storage"]["used_bytes"] for one in (alice, charlie)]
    assert used == [len(content), 0]
