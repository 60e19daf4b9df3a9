"""Makes renditions in the background: beside the recording, looked at, and published in one step."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from clipflow import engine
from clipflow.core.db import connected, transaction
from clipflow.core.queue import Lane
from clipflow.core.storage.keys import key_for
from clipflow.core.storage.writing import StorageWriter
from clipflow.engine.renditions.encoders import HardwareEncoding
from clipflow.engine.renditions.pictures import Picture, make_poster, make_thumbnail
from clipflow.engine.renditions.playback import Work, playback_work
from clipflow.engine.renditions.proxy import Original, Proxy, ProxyOptions, make_proxy
from clipflow.engine.renditions.storyboard import make_storyboard
from clipflow.jobs import service as jobs
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, JobResult, PeriodicWork, RetryableError
from clipflow.media import service as media
from clipflow.media.borrowing import borrowed_recording
from clipflow.renditions import service
from clipflow.renditions.models import RenditionKind
from clipflow.resources import Resources

# Of each clock hour, so that recordings of an earlier version have their pictures soon after an update.
_HOUR = "%Y-%m-%dT%H"

Made = dict[str, Any]


def handlers(resources: Resources) -> list[JobHandler]:
    """How renditions are planned and made."""
    makers: dict[RenditionKind, Callable[[Resources, JobInput, JobProgress, Path, engine.MediaInfo], Made]] = {
        RenditionKind.THUMBNAIL: _make_thumbnail,
        RenditionKind.POSTER: _make_poster,
        RenditionKind.STORYBOARD: _make_storyboard,
        RenditionKind.PROXY: _make_proxy,
    }
    planner = JobHandler(media.RENDITIONS_JOB, Lane.QUICK, partial(_plan, resources))
    all_planner = JobHandler(service.PLANNING_JOB, Lane.QUICK, partial(_plan_all, resources))
    return [planner, all_planner] + [
        JobHandler(
            *service.JOBS[kind],
            partial(_make, resources, maker),
            on_started=service.begin,
            on_succeeded=partial(service.complete, resources),
            on_failed=service.fail,
        )
        for kind, maker in makers.items()
    ]


def periodic_works(resources: Resources) -> list[PeriodicWork]:
    """What was made by another recipe, or not at all, is looked for once an hour, by a job of its own."""

    def run(now: datetime) -> None:
        with connected(), transaction():
            jobs.submit(resources.queue, service.PLANNING_JOB, Lane.QUICK, uuid4())

    return [PeriodicWork("plan_renditions", lambda now: now.strftime(_HOUR), run)]


def _plan(resources: Resources, given: JobInput, progress: JobProgress) -> JobResult:
    with connected():
        service.plan(resources, UUID(given["subject_id"]))
    return None


def _plan_all(resources: Resources, given: JobInput, progress: JobProgress) -> JobResult:
    with connected():
        service.plan_all(resources)
    return None


def _make(
    resources: Resources,
    maker: Callable[[Resources, JobInput, JobProgress, Path, engine.MediaInfo], Made],
    given: JobInput,
    progress: JobProgress,
) -> Made:
    with borrowed_recording(resources, given, progress) as path, _room_errors():
        info = engine.probe(path, should_stop=progress.should_stop)
        made = maker(resources, given, progress, path, info)
    return {"width": None, "height": None, "size_bytes": None, "meta": {}, **made, "job_id": str(progress.job_id)}


def _make_thumbnail(
    resources: Resources, given: JobInput, progress: JobProgress, path: Path, info: engine.MediaInfo
) -> Made:
    return _stored_picture(resources, progress, make_thumbnail(path, info, progress.stop_check("taking a picture")))


def _make_poster(
    resources: Resources, given: JobInput, progress: JobProgress, path: Path, info: engine.MediaInfo
) -> Made:
    poster = make_poster(path, info, given["at_ms"], progress.stop_check("choosing a picture"))
    return _stored_picture(resources, progress, poster)


def _make_storyboard(
    resources: Resources, given: JobInput, progress: JobProgress, path: Path, info: engine.MediaInfo
) -> Made:
    board = make_storyboard(path, info, progress.stop_check("taking pictures"))
    sizes = [len(sheet) for sheet in board.sheets]
    key = _store_bytes(resources, progress, b"".join(board.sheets), ".jpgs")
    meta = {
        "sheet_bytes": sizes, "tile_width": board.tile_width, "tile_height": board.tile_height,
        "tile_count": board.tile_count, "step_s": board.step_s, "duration_s": info.duration_s,
    }  # fmt: skip
    return {"storage_key": key, "size_bytes": sum(sizes), "meta": meta}


def _make_proxy(
    resources: Resources, given: JobInput, progress: JobProgress, path: Path, info: engine.MediaInfo
) -> Made:
    settings = resources.settings
    work = playback_work(info, is_webm=given["is_webm"])
    if settings.proxy_mode == "always" or (work == Work.NONE and given["must_be_made"]):
        work = Work.FULL
    if work == Work.NONE:
        return {"storage_key": None}
    hardware = HardwareEncoding(settings.proxy_hwaccel)
    options = ProxyOptions(settings.proxy_height, settings.proxy_preset, settings.proxy_crf, hardware)

    def on_progress(share: float) -> None:
        progress.report(int(share * 100), "making a copy that browsers play")

    on_progress(0.0)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "proxy"
        proxy = make_proxy(Original(path, info), work, target, options, on_progress, progress.should_stop)
        key = key_for("renditions", str(progress.job_id), f".{proxy.box}")
        with target.open("rb") as file, StorageWriter(resources.storage, key, target.stat().st_size) as writer:
            writer.write_all(file, partial(progress.continue_in, "storing the copy"))
            writer.complete()
        return {"storage_key": key, **_facts_of(proxy, target.stat().st_size)}


def _facts_of(proxy: Proxy, size_bytes: int) -> Made:
    video = proxy.info.video
    warnings = [{"code": one.code, "message": one.message} for one in proxy.warnings]
    return {
        "width": video.width if video else None, "height": video.height if video else None, "size_bytes": size_bytes,
        "meta": {"work": str(proxy.work), "box": str(proxy.box), "encoder": proxy.encoder, "warnings": warnings},
    }  # fmt: skip


def _stored_picture(resources: Resources, progress: JobProgress, picture: Picture) -> Made:
    key = _store_bytes(resources, progress, picture.jpeg, ".jpg")
    return {
        "storage_key": key, "width": picture.width, "height": picture.height, "size_bytes": len(picture.jpeg),
        "meta": {"at_ms": picture.at_ms},
    }  # fmt: skip


def _store_bytes(resources: Resources, progress: JobProgress, data: bytes, ending: str) -> str:
    # The same each time that the job runs, so that a second run takes the place of the first.
    key = key_for("renditions", str(progress.job_id), ending)
    resources.storage.put(key, data)
    return key


@contextmanager
def _room_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        free_mb = shutil.disk_usage(tempfile.gettempdir()).free // 1024**2
        raise RetryableError(
            "SERVICE_UNAVAILABLE", f"A copy could not be written ({error.strerror}, {free_mb} MiB are free)."
        ) from error
