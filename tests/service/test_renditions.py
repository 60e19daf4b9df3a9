"""Pictures and copies of recordings: made by themselves, seen, made again, and gone with their recording."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from clipflow import registry
from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.engine.errors import CorruptMediaError, MediaToolError
from clipflow.engine.renditions import encoding
from clipflow.jobs.models import Job, JobStatus
from clipflow.jobs.protocol import JobProgress
from clipflow.media.models import MediaFile
from clipflow.operations import service as operations
from clipflow.renditions import service as renditions
from clipflow.renditions import tasks
from clipflow.renditions.models import Rendition
from clipflow.renditions.service import overall
from tests.conftest import SAMPLE, MakeMedia
from tests.service.conftest import Person, Service, Snapshot

PICTURES = ["poster", "storyboard", "thumbnail"]
# Larger forms are put into files, which the test client forgets to close.
SMALL = ("-vf", "scale=160:90")
JPEG = b"\xff\xd8\xff"


@pytest.fixture
def switched_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what is made of recordings."""

    def switch(**settings: Any) -> None:
        for name, value in {"make_pictures": True, "proxy_mode": "needed", **settings}.items():
            monkeypatch.setitem(vars(service.settings), name, value)

    switch()
    return switch


@pytest.fixture
def prores(make_media: MakeMedia) -> Path:
    """What no browser plays."""
    return make_media(
        "talk.mov", "-i", SAMPLE, "-t", "1", *SMALL, "-c:v", "prores_ks", "-profile:v", "0", "-c:a", "pcm_s16le"
    )


@pytest.fixture
def media_id(
    service: Service,
    switched_on: Any,
    alice: Person,
    clip: Path,
    snapshots: dict[tuple[str, str], tuple[Snapshot, Any]],
) -> str:
    """A recording that every browser plays, with its pictures."""
    key = (str(service.settings.database), "with pictures")
    if key in snapshots:
        snapshots[key][0].restore(service, alice)
    else:
        made = alice.upload(alice.make_project(), clip).json["media_file"]["id"]
        service.run_jobs()
        snapshots[key] = Snapshot.of(service, alice), made
    return str(snapshots[key][1])


def listed(person: Person, media_id: str) -> dict[str, Any]:
    return {one["kind"]: one for one in person.get(f"/media/{media_id}/renditions").json["renditions"]}


def status_of(person: Person, media_id: str) -> str:
    return str(person.get(f"/media/{media_id}").json["media_file"]["processing_status"])


def test_an_upload_has_its_pictures_by_itself(alice: Person, media_id: str) -> None:
    found = listed(alice, media_id)
    assert {kind: one["status"] for kind, one in found.items()} == dict.fromkeys(PICTURES, "done")
    assert (found["thumbnail"]["width"], found["poster"]["width"]) == (320, 640)
    assert status_of(alice, media_id) == "done"
    for kind in ("thumbnail", "poster"):
        answer = alice.get(f"/media/{media_id}/{kind}")
        assert (answer.status_code, answer.mimetype, answer.data[:3]) == (200, "image/jpeg", JPEG)


def test_a_browser_that_has_a_picture_does_not_get_it_again(alice: Person, media_id: str) -> None:
    etag = alice.get(f"/media/{media_id}/thumbnail").headers["ETag"]
    assert listed(alice, media_id)["thumbnail"]["recipe"] in etag
    again = alice.call("GET", f"/media/{media_id}/thumbnail", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_storyboard_says_where_each_picture_is(alice: Person, media_id: str) -> None:
    answer = alice.get(f"/media/{media_id}/storyboard.vtt")
    assert answer.mimetype == "text/vtt"
    cues = answer.text.split("\n\n")
    assert cues[0] == "WEBVTT"
    assert cues[2] == "00:00:02.000 --> 00:00:04.000\nstoryboard/0.jpg#xywh=160,0,160,90"
    assert alice.get(f"/media/{media_id}/storyboard/0.jpg").data[:3] == JPEG
    assert alice.get(f"/media/{media_id}/storyboard/1.jpg").status_code == 404


def test_sound_alone_has_a_picture_and_no_storyboard(
    service: Service, switched_on: Any, alice: Person, make_media: MakeMedia
) -> None:
    sound = make_media("talk.mp3", "-i", SAMPLE, "-t", "3", "-vn", "-c:a", "libmp3lame")
    media_id = alice.upload(alice.make_project(), sound, "talk.mp3").json["media_file"]["id"]
    service.run_jobs()
    assert sorted(listed(alice, media_id)) == ["poster", "thumbnail"]
    assert alice.get(f"/media/{media_id}/storyboard.vtt").status_code == 404
    assert alice.post(f"/media/{media_id}/renditions/storyboard").status_code == 409


def test_what_no_browser_plays_is_played_as_a_copy(
    service: Service, switched_on: Any, alice: Person, prores: Path
) -> None:
    media_id = alice.upload(alice.make_project(), prores, "talk.mov").json["media_file"]["id"]
    path = f"/media/{media_id}/file"
    with connected():
        renditions.plan(service.resources, UUID(media_id))
    waiting = alice.get(f"{path}?rendition=auto")
    assert (waiting.status_code, waiting.json["error"]["code"]) == (409, "NOT_READY")
    assert int(waiting.headers["Retry-After"]) > 0
    assert alice.get(path).data == prores.read_bytes()
    service.run_jobs()
    proxy = listed(alice, media_id)["proxy"]
    assert (proxy["status"], proxy["work"], proxy["progress_percent"]) == ("done", "full", 100)
    played = alice.get(f"{path}?rendition=auto")
    assert (played.status_code, played.mimetype) == (200, "video/mp4")
    assert played.data[4:8] == b"ftyp"
    assert played.data == alice.get(f"{path}?rendition=proxy").data
    part = alice.call("GET", f"{path}?rendition=proxy", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, b"ftyp")
    assert alice.get(f"{path}?rendition=original").data == prores.read_bytes()


def test_what_every_browser_plays_is_played_as_it_is(alice: Person, media_id: str, clip: Path) -> None:
    assert alice.get(f"/media/{media_id}/file?rendition=auto").data == clip.read_bytes()
    assert alice.get(f"/media/{media_id}/file?rendition=proxy").status_code == 404


def test_the_server_may_make_a_copy_of_everything_or_of_nothing(
    service: Service, switched_on: Callable[..., None], alice: Person, clip: Path, prores: Path
) -> None:
    switched_on(proxy_mode="always", make_pictures=False)
    project_id = alice.make_project()
    plain = alice.upload(project_id, clip).json["media_file"]["id"]
    service.run_jobs()
    assert {kind: one["work"] for kind, one in listed(alice, plain).items()} == {"proxy": "full"}
    switched_on(proxy_mode="off", make_pictures=False)
    other = alice.upload(project_id, prores, "talk.mov").json["media_file"]["id"]
    service.run_jobs()
    assert listed(alice, other) == {}


def test_a_moment_can_be_chosen_for_the_poster(service: Service, alice: Person, media_id: str) -> None:
    before = alice.get(f"/media/{media_id}/poster")
    assert alice.patch(f"/media/{media_id}", json={"poster_at_ms": 6000}).json["media_file"]["poster_at_ms"] == 6000
    assert alice.get(f"/media/{media_id}/poster").data == before.data
    service.run_jobs()
    after = alice.get(f"/media/{media_id}/poster")
    assert after.headers["ETag"] != before.headers["ETag"]
    with connected():
        assert Rendition.get(Rendition.kind == "poster").meta["at_ms"] == 6000
    assert alice.patch(f"/media/{media_id}", json={"poster_at_ms": 3_600_000}).status_code == 400
    # Nothing else was made anew.
    assert len([name for name in service.stored_files() if name.startswith("renditions/")]) == 3


def test_one_is_made_again_and_deleted_by_who_may_edit(
    service: Service, alice: Person, charlie: Person, media_id: str
) -> None:
    path = f"/media/{media_id}/renditions/proxy"
    assert charlie.post(path).status_code == 404
    started = alice.post(path)
    assert (started.status_code, started.json["rendition"]["status"]) == (202, "pending")
    assert alice.post(path).json["rendition"]["recipe"] == started.json["rendition"]["recipe"]
    service.run_jobs()
    assert alice.get(f"/media/{media_id}/file?rendition=proxy").status_code == 200
    assert charlie.delete(path).status_code == 404
    assert [alice.delete(path).status_code for _ in range(2)] == [204, 204]
    with connected():
        renditions.plan_all(service.resources)
    assert sorted(listed(alice, media_id)) == PICTURES
    assert alice.get(f"/media/{media_id}/file?rendition=proxy").status_code == 404
    assert [name for name in service.stored_files() if name.endswith(".mp4") and name.startswith("renditions")] == []
    assert alice.post(f"/media/{media_id}/renditions/gif").status_code == 404


def test_strangers_see_nothing_of_it(charlie: Person, media_id: str) -> None:
    paths = ("thumbnail", "poster", "storyboard.vtt", "storyboard/0.jpg", "renditions", "file?rendition=auto")
    assert {charlie.get(f"/media/{media_id}/{path}").status_code for path in paths} == {404}


def test_it_goes_with_its_recording(service: Service, alice: Person, media_id: str) -> None:
    assert alice.delete(f"/media/{media_id}?for_good=true").status_code == 200
    service.run_jobs()
    assert service.stored_files() == []
    with connected():
        assert Rendition.select().count() == 0


def test_the_overview_of_a_project_says_what_there_is(alice: Person, media_id: str) -> None:
    project_id = alice.get(f"/media/{media_id}").json["media_file"]["project_id"]
    [recording] = alice.get(f"/projects/{project_id}").json["project"]["media_files"]
    assert [one["kind"] for one in recording["renditions"]] == PICTURES


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Iterator[None]:
    def fail(*arguments: Any) -> Any:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "make_proxy", fail)
        yield


def ordered(service: Service, alice: Person, prores: Path) -> str:
    """A recording whose copy is to be made."""
    media_id: str = alice.upload(alice.make_project(), prores, "talk.mov").json["media_file"]["id"]
    with connected():
        renditions.plan(service.resources, UUID(media_id))
    return media_id


def make_due() -> None:
    with connected():
        Job.update(due_at=Job.created_at).execute()


@pytest.mark.parametrize("error", [CorruptMediaError("It is damaged."), MediaToolError("It takes too long.")])
def test_a_failure_is_said_and_it_can_be_tried_again(
    service: Service, switched_on: Any, alice: Person, prores: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    media_id = ordered(service, alice, prores)
    with failing(monkeypatch, error):
        service.run_jobs()
    proxy = listed(alice, media_id)["proxy"]
    assert (proxy["status"], proxy["error_message"], proxy["is_there"]) == ("failed", str(error), False)
    assert status_of(alice, media_id) == "failed"
    assert alice.get(f"/media/{media_id}/file?rendition=auto").data == prores.read_bytes()
    assert alice.post(f"/media/{media_id}/analyze").status_code == 202
    alice.post(f"/media/{media_id}/renditions/proxy")
    service.run_jobs()
    assert listed(alice, media_id)["proxy"]["status"] == "done"
    assert status_of(alice, media_id) == "done"


def test_an_older_order_that_fails_leaves_the_newer_one_alone(
    service: Service, switched_on: Any, alice: Person, prores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = ordered(service, alice, prores)
    make, orders = tasks.make_proxy, 0

    def order_again(*arguments: Any) -> Any:
        nonlocal orders
        orders += 1
        if orders == 1:
            assert alice.delete(f"/media/{media_id}/renditions/proxy").status_code == 204
            assert alice.post(f"/media/{media_id}/renditions/proxy").status_code == 202
            raise CorruptMediaError("It is damaged.")
        return make(*arguments)

    monkeypatch.setattr(tasks, "make_proxy", order_again)
    service.run_jobs()
    assert orders == 2
    assert listed(alice, media_id)["proxy"]["status"] == "done"


def test_a_full_disk_is_tried_again_and_nothing_half_is_shown(
    service: Service, switched_on: Any, alice: Person, prores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = ordered(service, alice, prores)
    with failing(monkeypatch, OSError(errno.ENOSPC, "No space left on device")):
        service.run_jobs()
    assert listed(alice, media_id)["proxy"]["status"] == "processing"
    assert alice.get(f"/media/{media_id}/file?rendition=auto").status_code == 409
    make_due()
    service.run_jobs()
    assert listed(alice, media_id)["proxy"]["status"] == "done"


def test_a_worker_that_is_killed_in_the_middle_begins_anew(
    service: Service, switched_on: Any, alice: Person, prores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    media_id = ordered(service, alice, prores)
    with failing(monkeypatch, KilledError()), pytest.raises(KilledError):
        service.run_jobs()
    assert alice.get(f"/media/{media_id}/file?rendition=proxy").status_code == 409
    with connected():
        Job.update(heartbeat_at=Job.created_at).where(Job.status == JobStatus.RUNNING).execute()
        service.runner.reap(clock.now().replace(year=clock.now().year + 1))
    make_due()
    service.run_jobs()
    assert {kind: one["status"] for kind, one in listed(alice, media_id).items()} == dict.fromkeys(
        [*PICTURES, "proxy"], "done"
    )


def test_it_stops_when_it_is_cancelled_while_it_is_made(
    service: Service, switched_on: Any, alice: Person, prores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media_id = ordered(service, alice, prores)
    report = JobProgress.report

    def cancel_then_report(self: JobProgress, percent: int, stage: str) -> None:
        if stage == "making a copy that browsers play":
            assert alice.delete(f"/media/{media_id}/renditions/proxy").status_code == 204
            self._last = None
        report(self, percent, stage)

    monkeypatch.setattr(JobProgress, "report", cancel_then_report)
    service.run_jobs()
    assert sorted(listed(alice, media_id)) == PICTURES
    with connected():
        assert Job.get(Job.kind == "make_proxy").status == JobStatus.CANCELLED
    assert [name for name in service.stored_files() if name.startswith("renditions") and name.endswith(".mp4")] == []


def test_a_recording_that_is_deleted_meanwhile_gets_nothing(
    service: Service, switched_on: Any, alice: Person, prores: Path
) -> None:
    media_id = ordered(service, alice, prores)
    alice.delete(f"/media/{media_id}?for_good=true")
    service.run_jobs()
    assert service.stored_files() == []


def test_what_was_made_by_another_recipe_is_made_anew_and_shown_until_then(
    service: Service, switched_on: Any, alice: Person, media_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = alice.get(f"/media/{media_id}/thumbnail")
    monkeypatch.setitem(renditions._VERSIONS, renditions.RenditionKind.THUMBNAIL, 2)
    with connected():
        assert renditions.plan_all(service.resources) == 1
    assert alice.get(f"/media/{media_id}/thumbnail").headers["ETag"] == before.headers["ETag"]
    assert status_of(alice, media_id) == "processing"
    service.run_jobs()
    assert alice.get(f"/media/{media_id}/thumbnail").headers["ETag"] != before.headers["ETag"]
    assert len([name for name in service.stored_files() if name.startswith("renditions/")]) == 3


@pytest.mark.parametrize(
    "setting",
    [{"proxy_crf": 30}, {"proxy_height": 480}, {"proxy_preset": "fast"}, {"proxy_hwaccel": "nvenc"}],
    ids=lambda setting: next(iter(setting)),
)
def test_a_copy_is_made_anew_when_a_setting_decides_another(
    service: Service, switched_on: Callable[..., None], alice: Person, prores: Path, setting: dict[str, Any]
) -> None:
    media_id = ordered(service, alice, prores)
    service.run_jobs()
    switched_on(**setting)
    with connected():
        assert renditions.plan_all(service.resources) == 1
    assert status_of(alice, media_id) == "processing"


def test_recordings_of_an_earlier_version_have_theirs_soon(
    service: Service, switched_on: Callable[..., None], alice: Person, clip: Path
) -> None:
    switched_on(make_pictures=False, proxy_mode="off")
    media_id = alice.upload(alice.make_project(), clip).json["media_file"]["id"]
    with connected():
        media = MediaFile.get_by_id(media_id)
        media.media_info["video"].pop("pixel_format")
        media.save()
    service.run_jobs()
    switched_on()
    [work] = [work for work in registry.periodic_works(service.resources) if work.name == "plan_renditions"]
    work.run(clock.now())
    service.run_jobs()
    # Whether it needs a copy was not known before it was looked at: it needs none.
    assert sorted(listed(alice, media_id)) == PICTURES
    assert alice.get(f"/media/{media_id}/file?rendition=auto").data == clip.read_bytes()


def test_the_clean_up_leaves_what_rows_speak_of(service: Service, media_id: str) -> None:
    before = service.stored_files()
    with connected():
        operations.clean_up(service.resources, registry.known_keys, clock.now().replace(year=2100), is_dry_run=False)
    assert service.stored_files() == before


def test_ffmpeg_that_finds_no_room_says_so_as_the_disk_does(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        encoding.raise_for_room("av_interleaved_write_frame(): No space left on device\n")
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "done"), (["pending", "pending"], "pending"), (["pending", "done"], "processing"),
        (["processing", "failed"], "processing"), (["done", "failed"], "failed"), (["done", "done"], "done"),
        (["failed", "pending"], "pending"),
    ],
)  # fmt: skip
def test_a_recording_is_as_far_as_the_least_of_what_is_made_of_it(statuses: list[str], expected: str) -> None:
    assert overall(statuses) == expected
