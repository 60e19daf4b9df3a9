"""Recordings: what is taken and what is refused, playing, waveforms, deleting."""

import io
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from clipflow import engine
from clipflow.core.db import connected
from clipflow.core.errors import UnavailableError
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.protocol import RESERVED_BYTES, Capacity
from clipflow.media import checking, models
from clipflow.media.filetypes import has_content_of, sanitised_name
from clipflow.media.models import MediaFile, PendingUpload, known_keys
from clipflow.media.uploads import receive_upload
from clipflow.projects.models import Project
from clipflow.resources import Resources
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import Analysed, Person, Service

FORMATS: dict[str, tuple[str, ...]] = {
    "mp4": ("-c", "copy"),
    "mov": ("-c", "copy"),
    "mkv": ("-c", "copy"),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    "avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
    "mp3": ("-vn",),
    "wav": ("-vn",),
    "m4a": ("-vn", "-c:a", "copy"),
}


def post_bytes(
    person: Person, project_id: str, content: bytes, name: str, mime_type: str = "video/mp4"
) -> TestResponse:
    return person.post(f"/projects/{project_id}/upload", data={"file": (io.BytesIO(content), name, mime_type)})


def assert_refused(service: Service, answer: TestResponse, status: int, code: str) -> None:
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.text
    assert service.stored_files() == []
    with connected():
        assert MediaFile.select().count() == 0


@pytest.mark.parametrize("extension", FORMATS)
def test_it_takes_every_kind(service: Service, alice: Person, make_media: MakeMedia, extension: str) -> None:
    file = make_media(f"kind.{extension}", "-i", SAMPLE, "-t", "3", *FORMATS[extension])
    answer = alice.upload(alice.make_project(), file, f"Talk.{extension.upper()}")
    assert answer.status_code == 201, answer.text
    media = answer.json["media_file"]
    assert media["original_filename"] == f"Talk.{extension.upper()}"
    assert media["file_size"] == file.stat().st_size
    assert media["duration_seconds"] == pytest.approx(3, abs=0.35)
    assert alice.get(media["download_url"].removeprefix("/api/v1")).data == file.read_bytes()


def test_it_takes_bare_mp3_frames(alice: Person, make_media: MakeMedia) -> None:
    bare = ("-vn", "-ar", "22050", "-id3v2_version", "0", "-write_xing", "0")
    file = make_media("bare.mp3", "-i", SAMPLE, "-t", "3", *bare)
    assert alice.upload(alice.make_project(), file).status_code == 201


def test_it_describes_the_recording(alice: Person, uploaded: tuple[str, str]) -> None:
    media = alice.get(f"/media/{uploaded[1]}").json["media_file"]
    assert media["media_info"]["video"]["frame_rate"] == "25/1"
    assert media["media_info"]["video"]["start_timecode"] == "01:00:00:00"
    assert media["media_info"]["audio_streams"][0]["codec"] == "aac"
    assert media["mime_type"] == "video/mp4"


def test_paths_never_leave_the_server(service: Service, alice: Person, analysed: Analysed) -> None:
    texts = [alice.get(path).text for path in (
        f"/media/{analysed.media_id}", f"/projects/{analysed.project_id}", f"/analysis/{analysed.analysis_id}"
    )]  # fmt: skip
    for text in texts:
        assert str(service.settings.data_dir) not in text
        assert "storage_key" not in text
        assert "tracks" not in text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("C:\\Users\\me\\talk.mp4", "talk.mp4"),
        ("a\0b\x1b[31m.mp4", "ab[31m.mp4"),
        ("\u202egnp.mp4", "gnp.mp4"),
        ("مقابلة.mp4", "مقابلة.mp4"),
        ("👩‍👩‍👧 talk.mp4", "👩‍👩‍👧 talk.mp4"),
        (".mp4", "mp4"),
        ("", "recording"),
        ("x" * 10_000 + ".mp4", "x" * 251 + ".mp4"),
        ("x" * 10_000, "x" * 255),
        ("a.b.c.mp4", "a.b.c.mp4"),
        ("talk.mp4. . ", "talk.mp4"),
    ],
)
def test_names_are_kept_for_display_only(given: str, shown: str) -> None:
    assert sanitised_name(given) == shown


def test_a_hostile_name_is_stored_harmlessly(service: Service, alice: Person, clip: Path) -> None:
    answer = alice.upload(alice.make_project(), clip, "../../../../tmp/evil\u202e.mp4")
    assert answer.json["media_file"]["original_filename"] == "evil.mp4"
    [stored] = service.stored_files()
    assert stored.startswith("media/")


def test_it_refuses_an_extension_that_is_not_taken(service: Service, alice: Person, clip: Path) -> None:
    assert_refused(service, alice.upload(alice.make_project(), clip, "talk.exe"), 415, "UNSUPPORTED_FORMAT")
    assert_refused(service, alice.upload(alice.make_project(), clip, "talk"), 415, "UNSUPPORTED_FORMAT")


def test_it_refuses_a_media_type_that_is_none(service: Service, alice: Person, clip: Path) -> None:
    answer = alice.upload(alice.make_project(), clip, "talk.mp4", "text/html")
    assert_refused(service, answer, 415, "UNSUPPORTED_FORMAT")


@pytest.mark.parametrize("name", ["talk.mp3", "talk.wav", "talk.avi", "talk.mkv"])
def test_it_refuses_content_that_does_not_agree_with_the_ending(
    service: Service, alice: Person, clip: Path, name: str
) -> None:
    assert_refused(service, alice.upload(alice.make_project(), clip, name), 415, "UNSUPPORTED_FORMAT")


@pytest.mark.parametrize(
    "content",
    [b"hello", b"\0" * 5000, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"\x89PNG\r\n\x1a\n" + b"\0" * 100],
)
def test_it_refuses_what_is_no_recording(service: Service, alice: Person, content: bytes) -> None:
    assert_refused(service, post_bytes(alice, alice.make_project(), content, "a.mp4"), 415, "UNSUPPORTED_FORMAT")


def test_it_refuses_a_damaged_recording(service: Service, alice: Person) -> None:
    head = SAMPLE.read_bytes()[:2000]
    answer = post_bytes(alice, alice.make_project(), head, "cut.mp4")
    assert_refused(service, answer, 415, "UNSUPPORTED_FORMAT")
    assert ".part" not in answer.text


def test_it_refuses_a_recording_without_sound(service: Service, alice: Person, make_media: MakeMedia) -> None:
    mute = make_media("mute.mp4", "-t", "2", "-i", SAMPLE, "-an", "-c", "copy")
    answer = alice.upload(alice.make_project(), mute, "mute.mp4")
    assert_refused(service, answer, 415, "UNSUPPORTED_FORMAT")
    assert "“mute.mp4”" in answer.json["error"]["message"] or "sound" in answer.json["error"]["message"]


def test_it_refuses_an_empty_file(service: Service, alice: Person) -> None:
    assert_refused(service, post_bytes(alice, alice.make_project(), b"", "a.mp4"), 400, "VALIDATION_ERROR")


def test_it_refuses_a_form_without_a_file(service: Service, alice: Person) -> None:
    path = f"/projects/{alice.make_project()}/upload"
    assert_refused(service, alice.post(path, data={"other": (io.BytesIO(b""), "")}), 400, "VALIDATION_ERROR")
    wrong_field = {"recording": (io.BytesIO(b"x"), "a.mp4")}
    assert_refused(service, alice.post(path, data=wrong_field), 400, "VALIDATION_ERROR")
    two = {"file": [(io.BytesIO(b"x"), "a.mp4"), (io.BytesIO(b"x"), "b.mp4")]}
    assert_refused(service, alice.post(path, data=two), 400, "VALIDATION_ERROR")


def test_it_refuses_a_body_that_is_no_form(service: Service, alice: Person) -> None:
    path = f"/projects/{alice.make_project()}/upload"
    assert_refused(service, alice.post(path, json={}), 415, "UNSUPPORTED_FORMAT")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert_refused(service, alice.post(path, data=b"--x\r\nnonsense", headers=headers), 400, "VALIDATION_ERROR")


def test_a_stranger_cannot_upload(service: Service, alice: Person, charlie: Person, clip: Path) -> None:
    assert_refused(service, charlie.upload(alice.make_project(), clip), 404, "NOT_FOUND")


def test_content_is_recognised_by_its_first_bytes() -> None:
    assert has_content_of("mp4", SAMPLE.read_bytes()[:100])
    assert has_content_of("mov", b"\0\0\0\x08wide\0\0\0\x08mdat")
    assert not has_content_of("mp3", b"\xff\xff\xff\xff")
    assert not has_content_of("wav", b"")


# Playing


def test_it_plays_byte_ranges(alice: Person, uploaded: tuple[str, str], clip: Path) -> None:
    whole = clip.read_bytes()
    path = f"/media/{uploaded[1]}/file"
    end_of_file = len(whole)
    wanted = {
        "bytes=0-9": (0, 10),
        "bytes=100-": (100, end_of_file),
        "bytes=-7": (end_of_file - 7, end_of_file),
        "bytes=5-99999999": (5, end_of_file),
        "bytes=-99999999": (0, end_of_file),
    }
    for header, (start, end) in wanted.items():
        answer = alice.get(path, headers={"Range": header})
        assert answer.status_code == 206
        assert answer.data == whole[start:end]
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"


def test_a_range_outside_the_file_is_refused(alice: Person, uploaded: tuple[str, str], clip: Path) -> None:
    answer = alice.get(f"/media/{uploaded[1]}/file", headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{clip.stat().st_size}"


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "lines=0-1", "bytes=x", "bytes=5-1", ""])
def test_other_ranges_get_the_whole(alice: Person, uploaded: tuple[str, str], clip: Path, header: str) -> None:
    answer = alice.get(f"/media/{uploaded[1]}/file", headers={"Range": header})
    assert (answer.status_code, len(answer.data)) == (200, clip.stat().st_size)


def test_a_viewer_who_has_it_is_told_so(alice: Person, uploaded: tuple[str, str]) -> None:
    path = f"/media/{uploaded[1]}/file"
    etag = alice.get(path).headers["ETag"]
    assert alice.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert alice.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert alice.get(path, headers={"If-Range": '"other"', "Range": "bytes=0-1"}).status_code == 200


def test_a_range_counts_only_for_exactly_this_file(alice: Person, uploaded: tuple[str, str]) -> None:
    path = f"/media/{uploaded[1]}/file"
    headers = alice.get(path).headers

    def status_with(condition: str) -> int:
        return alice.get(path, headers={"If-Range": condition, "Range": "bytes=0-1"}).status_code

    assert status_with(headers["ETag"]) == 206
    assert status_with(headers["Last-Modified"]) == 206
    for other in ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2065 07:28:00 GMT", f"W/{headers['ETag']}", "nonsense"):
        assert status_with(other) == 200


def test_head_tells_the_size_alone(alice: Person, uploaded: tuple[str, str], clip: Path) -> None:
    answer = alice.call("HEAD", f"/media/{uploaded[1]}/file")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == clip.stat().st_size


def test_a_recording_cannot_run_as_a_page(alice: Person, uploaded: tuple[str, str]) -> None:
    headers = alice.get(f"/media/{uploaded[1]}/file").headers
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


# Waveforms


def test_there_is_no_waveform_before_an_analysis(alice: Person, uploaded: tuple[str, str]) -> None:
    for ending in ("waveform", "waveform.dat"):
        answer = alice.get(f"/media/{uploaded[1]}/{ending}")
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "CONFLICT")


def test_it_shows_the_waveform_in_as_many_points_as_wanted(alice: Person, analysed: Analysed) -> None:
    fine = alice.get(f"/media/{analysed.media_id}/waveform?points=100000").json
    assert len(fine["peaks"]) == 1200
    assert (fine["duration"], fine["sample_rate"], fine["samples_per_peak"]) == (12.0, 16_000, 160)
    coarse = alice.get(f"/media/{analysed.media_id}/waveform?points=10").json
    assert len(coarse["peaks"]) == 10
    assert coarse["peaks"][0] == [
        min(low for low, _ in fine["peaks"][:120]),
        max(high for _, high in fine["peaks"][:120]),
    ]
    assert all(-1 <= low <= high <= 1 for low, high in fine["peaks"])


@pytest.mark.parametrize("points", ["0", "-1", "100001", "x"])
def test_it_refuses_other_numbers_of_points(alice: Person, analysed: Analysed, points: str) -> None:
    assert alice.get(f"/media/{analysed.media_id}/waveform?points={points}").status_code == 400


def test_it_gives_the_waveform_as_a_file(alice: Person, analysed: Analysed) -> None:
    content = alice.get(f"/media/{analysed.media_id}/waveform.dat").data
    version, flags, rate, per_pixel, length, channels = struct.unpack_from("<iIiiIi", content)
    assert (version, flags, rate, per_pixel, length, channels) == (2, 1, 16_000, 160, 1200, 1)
    assert len(content) == 24 + 2 * length


# Deleting


def test_deleting_removes_row_and_files(service: Service, alice: Person, analysed: Analysed) -> None:
    assert alice.delete(f"/media/{analysed.media_id}").status_code == 200
    assert alice.get(f"/media/{analysed.media_id}").status_code == 404
    assert alice.get(f"/analysis/{analysed.analysis_id}").status_code == 404
    assert alice.get(f"/projects/{analysed.project_id}").json["project"]["media_files"] == []
    service.run_jobs()
    assert service.stored_files() == []
    assert alice.get(f"/projects/{analysed.project_id}").json["project"]["status"] == "created"


# Announced uploads


def announce(person: Person, project_id: str, size: int, name: str = "talk.mp4") -> TestResponse:
    body = {"project_id": project_id, "filename": name, "content_type": "video/mp4", "file_size": size}
    return person.post("/upload/presigned", json=body)


def send(service: Service, url: str, content: bytes) -> TestResponse:
    return service.anonymous().put(url, data=content, headers={"Content-Type": "video/mp4"})


def test_an_announced_upload_is_sent_and_confirmed(service: Service, alice: Person, clip: Path) -> None:
    content = clip.read_bytes()
    announced = announce(alice, alice.make_project(), len(content))
    assert announced.status_code == 201
    assert announced.json["method"] == "PUT"
    assert send(service, announced.json["upload_url"], content).status_code == 200
    confirmed = alice.post(f"/upload/confirm/{announced.json['file_id']}")
    assert confirmed.status_code == 200
    assert confirmed.json["media_file"]["id"] == announced.json["file_id"]
    assert alice.get(f"/media/{announced.json['file_id']}/file").data == content
    assert len(service.stored_files()) == 1


def test_it_may_be_sent_again_before_it_is_confirmed(service: Service, alice: Person, clip: Path) -> None:
    content = clip.read_bytes()
    announced = announce(alice, alice.make_project(), len(content)).json
    assert send(service, announced["upload_url"], b"x" * len(content)).status_code == 200
    assert send(service, announced["upload_url"], content).status_code == 200
    assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 200


def test_a_refused_one_is_deleted(service: Service, alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 5000).json
    send(service, announced["upload_url"], b"x" * 5000)
    answer = alice.post(f"/upload/confirm/{announced['file_id']}")
    assert_refused(service, answer, 415, "UNSUPPORTED_FORMAT")
    assert send(service, announced["upload_url"], b"x" * 5000).status_code == 404


def test_confirming_again_gives_the_same_answer(service: Service, alice: Person, clip: Path) -> None:
    content = clip.read_bytes()
    announced = announce(alice, alice.make_project(), len(content)).json
    send(service, announced["upload_url"], content)
    answers = [alice.post(f"/upload/confirm/{announced['file_id']}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json


def test_confirming_a_refused_one_again_hears_the_same(service: Service, alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 5000).json
    send(service, announced["upload_url"], b"x" * 5000)
    answers = [alice.post(f"/upload/confirm/{announced['file_id']}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [415, 415]
    assert answers[0].json == answers[1].json


def test_a_confirmation_that_is_killed_anywhere_can_be_made_again(
    service: Service, alice: Person, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def die(*arguments: object, **named: object) -> None:
        raise KilledError

    content = clip.read_bytes()
    announced = announce(alice, alice.make_project(), len(content)).json
    send(service, announced["upload_url"], content)
    for place, name in ((checking, "check_content"), (models, "take_upload"), (MediaFile, "create")):
        with monkeypatch.context() as fatal:
            fatal.setattr(place, name, die)
            with pytest.raises(KilledError):
                alice.post(f"/upload/confirm/{announced['file_id']}")
        with connected():
            assert known_keys() == set(service.stored_files())
    assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 200
    assert alice.get(f"/media/{announced['file_id']}/file").data == content


@pytest.fixture
def every_probe_taken(service: Service) -> Iterator[None]:
    """As while as many recordings are looked at as may be at once."""
    slots, taken = service.resources.probe_slots, 0
    while slots.acquire(blocking=False):
        taken += 1
    yield
    slots.release(taken)


@pytest.mark.usefixtures("every_probe_taken")
def test_what_cannot_be_looked_at_at_once_is_left_to_a_worker(service: Service, alice: Person, clip: Path) -> None:
    media = alice.upload(alice.make_project(), clip).json["media_file"]
    assert (media["state"], media["media_info"], media["duration_seconds"]) == ("checking", None, None)
    assert alice.post(f"/media/{media['id']}/analyze").status_code == 409
    assert service.run_jobs() == 1
    media = alice.get(f"/media/{media['id']}").json["media_file"]
    assert (media["state"], media["refusal"]) == ("ready", None)
    assert len(media["media_info"]["audio_streams"]) == 1
    assert alice.post(f"/media/{media['id']}/analyze").status_code == 202


@pytest.mark.usefixtures("every_probe_taken")
def test_a_worker_that_refuses_a_recording_says_why_and_deletes_it(
    service: Service, alice: Person, make_media: MakeMedia
) -> None:
    silent = make_media("silent.mp4", "-f", "lavfi", "-i", "testsrc2=d=1:s=64x64", "-an")
    media = alice.upload(alice.make_project(), silent, "My talk.mp4").json["media_file"]
    service.run_jobs()
    media = alice.get(f"/media/{media['id']}").json["media_file"]
    assert (media["state"], media["refusal"]) == (
        "refused", "“My talk.mp4” has no sound; choose a recording with an audio track.",
    )  # fmt: skip
    assert service.stored_files() == []


def test_a_file_that_demands_too_much_is_left_to_a_worker(
    service: Service, alice: Person, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_WHILE_WAITING", engine.MediaLimits(probe_wall_s=0.01))
    media = alice.upload(alice.make_project(), clip).json["media_file"]
    assert media["state"] == "checking"
    monkeypatch.setattr(checking, "_IN_WORKER", engine.MediaLimits(probe_wall_s=0.01))
    service.run_jobs()
    media = alice.get(f"/media/{media['id']}").json["media_file"]
    assert media["state"] == "refused"
    assert "takes more time or memory to read than any genuine recording" in media["refusal"]


def test_confirming_before_sending_is_a_conflict(alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 5000).json
    assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 409


@pytest.mark.parametrize(
    ("old", "new"),
    [("signature=", "signature=0"), ("size=", "size=1"), ("expires=", "expires=9"), ("/upload/", "/upload/x")],
)
def test_an_address_that_was_tampered_with_is_refused(service: Service, alice: Person, old: str, new: str) -> None:
    announced = announce(alice, alice.make_project(), 5000).json
    url = announced["upload_url"].replace(old, new, 1)
    assert send(service, url, b"x" * 5000).status_code in (400, 403, 404)
    assert service.stored_files() == []


def test_an_address_expires(service: Service, alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 5).json
    # A body on a slow line may have begun while it was good.
    past = int(time.time()) - 7 * 3600
    signature = service.resources.signer.sign(announced["file_id"], "0" * 32, 5, past)
    url = f"/api/v1/upload/{announced['file_id']}?owner={'0' * 32}&size=5&expires={past}&signature={signature}"
    assert send(service, url, b"12345").status_code == 403


def test_another_length_than_announced_is_refused(service: Service, alice: Person) -> None:
    announced = announce(alice, alice.make_project(), 10).json
    assert send(service, announced["upload_url"], b"1234").status_code == 400
    assert send(service, announced["upload_url"], b"1" * 11).status_code == 413
    assert service.stored_files() == []


def test_what_can_be_told_before_is_refused_before(service: Service, alice: Person, charlie: Person) -> None:
    project_id = alice.make_project()
    assert announce(alice, project_id, 10, "a.exe").status_code == 415
    assert announce(alice, project_id, 10**12).status_code == 413
    assert announce(alice, project_id, 0).status_code == 400
    assert announce(charlie, project_id, 10).status_code == 404
    with connected():
        assert PendingUpload.select().count() == 0


def test_a_stranger_cannot_confirm(service: Service, alice: Person, charlie: Person) -> None:
    announced = announce(alice, alice.make_project(), 5).json
    send(service, announced["upload_url"], b"12345")
    assert charlie.post(f"/upload/confirm/{announced['file_id']}").status_code == 404


def test_what_is_sent_again_during_the_check_is_not_what_is_kept(
    service: Service, alice: Person, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = clip.read_bytes()
    announced = announce(alice, alice.make_project(), len(content)).json
    send(service, announced["upload_url"], content)
    check = checking.check_content

    def send_meanwhile(resources: Resources, key: str, name: str) -> object:
        info = check(resources, key, name)
        assert send(service, announced["upload_url"], b"<html>".ljust(len(content))).status_code == 200
        return info

    with monkeypatch.context() as slow:
        slow.setattr(checking, "check_content", send_meanwhile)
        assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 409
    assert_refused(service, alice.post(f"/upload/confirm/{announced['file_id']}"), 415, "UNSUPPORTED_FORMAT")


def test_an_upload_that_could_not_be_looked_at_can_be_confirmed_again(
    service: Service, alice: Person, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = clip.read_bytes()
    announced = announce(alice, alice.make_project(), len(content)).json
    send(service, announced["upload_url"], content)
    with monkeypatch.context() as without_tools:
        without_tools.setenv("PATH", "/nowhere")
        answer = alice.post(f"/upload/confirm/{announced['file_id']}")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert alice.post(f"/upload/confirm/{announced['file_id']}").status_code == 200


def test_a_project_that_goes_during_the_check_takes_the_upload_along(
    service: Service, alice: Person, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_id = alice.make_project()
    check = checking.check_content

    def delete_meanwhile(resources: Resources, key: str, name: str) -> object:
        with connected():
            Project.delete().execute()
        return check(resources, key, name)

    monkeypatch.setattr(checking, "check_content", delete_meanwhile)
    assert_refused(service, alice.upload(project_id, clip), 404, "NOT_FOUND")


def test_a_deleted_project_takes_its_announced_uploads_along(service: Service, alice: Person) -> None:
    project_id = alice.make_project()
    announced = announce(alice, project_id, 5).json
    send(service, announced["upload_url"], b"12345")
    alice.delete(f"/projects/{project_id}")
    service.run_jobs()
    assert service.stored_files() == []


def test_the_last_room_on_the_disk_is_not_taken(
    service: Service, alice: Person, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(free_bytes: int) -> None:
        monkeypatch.setattr(LocalStorage, "capacity", lambda storage: Capacity(10**12, free_bytes))

    leave(RESERVED_BYTES + clip.stat().st_size - 1)
    answer = alice.upload(alice.make_project(), clip)
    assert_refused(service, answer, 503, "SERVICE_UNAVAILABLE")
    leave(RESERVED_BYTES + 10**9)
    with receive_upload(service.resources, "talk.mp4", None) as writer:
        writer.write(b"x" * 5_000_000)
        leave(RESERVED_BYTES - 1)
        with pytest.raises(UnavailableError):
            writer.write(b"x" * 5_000_000)
    assert service.stored_files() == []
