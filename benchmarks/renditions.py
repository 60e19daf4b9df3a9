"""Pictures and copies of an hour of 1080p beside decoding it, beside copying bytes, and beside plain ffmpeg."""

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.inputs import cache_folder
from benchmarks.service import Caller, running
from benchmarks.table import Row
from clipflow import engine
from clipflow.engine.renditions.pictures import make_poster, make_thumbnail
from clipflow.engine.renditions.playback import Work
from clipflow.engine.renditions.proxy import Original, ProxyOptions, make_proxy
from clipflow.engine.renditions.storyboard import make_storyboard

_MINUTES = 60
_COPIED_MINUTES = 2
_ROUNDS = 3
_COPIES = 3
_POLL_S = 0.02


def measure_renditions() -> Iterator[Row]:
    """An hour to its pictures; the same in another box; two minutes encoded anew."""
    hour = _recording(_MINUTES)
    info = engine.probe(hour)
    decoding_s = _taken_s(lambda: _run("-i", str(hour), "-map", "0:v", "-f", "null", "-"))

    def take_pictures() -> None:
        make_thumbnail(hour, info, _never)
        make_poster(hour, info, None, _never)
        make_storyboard(hour, info, _never)

    pictures_s = statistics.median(_taken_s(take_pictures) for _ in range(_ROUNDS))
    yield Row("decoding an hour of 1080p, s", f"{decoding_s:.1f}")
    yield Row("its thumbnail, poster and storyboard, s", f"{pictures_s:.1f}")
    yield Row.at_most("pictures over decoding", pictures_s / decoding_s, 0.1)
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        yield from _remuxing(hour, Path(folder))
        yield from _encoding(Path(folder))


def _remuxing(hour: Path, folder: Path) -> Iterator[Row]:
    box, target = folder / "hour.mkv", folder / "proxy"
    _run("-i", str(hour), "-c", "copy", str(box))
    original = Original(box, engine.probe(box))
    copied_s, made_s = [], []
    for _ in range(_ROUNDS):
        copied_s.append(_taken_s(lambda: shutil.copyfile(box, target)))
        made_s.append(_taken_s(lambda: make_proxy(original, Work.REMUX, target, ProxyOptions(), _ignore, _never)))
    yield Row("another box, MB/s", f"{box.stat().st_size / 1e6 / statistics.median(made_s):.0f}")
    yield Row("copying its bytes, MB/s", f"{box.stat().st_size / 1e6 / statistics.median(copied_s):.0f}")


def _encoding(folder: Path) -> Iterator[Row]:
    source, target = _recording(_COPIED_MINUTES), folder / "encoded.mp4"
    original, options = Original(source, engine.probe(source)), ProxyOptions()
    plain = [
        "-i", str(source), "-c:v", "libx264", "-preset", options.preset, "-crf", str(options.crf), "-profile:v", "high",
        "-pix_fmt", "yuv420p", "-force_key_frames", "expr:gte(t,n_forced)", "-c:a", "aac", "-b:a", "160k", "-ac", "2",
        "-movflags", "+faststart", str(target),
    ]  # fmt: skip
    ratios, ours_s = [], []
    for _ in range(_ROUNDS):
        plain_s = _taken_s(lambda: _run(*plain))
        ours_s.append(_taken_s(lambda: make_proxy(original, Work.FULL, target, options, _ignore, _never)))
        ratios.append(ours_s[-1] / plain_s)
    yield Row(f"{_COPIED_MINUTES} minutes of 1080p encoded anew, s", f"{statistics.median(ours_s):.1f}")
    yield Row.at_most("over plain ffmpeg with the same settings, median of ratios", statistics.median(ratios), 1.1)


def measure_lanes(hour: Path) -> Iterator[Row]:
    """How long an analysis of an hour waits and takes: alone, and while copies of three recordings are encoded."""
    with tempfile.TemporaryDirectory() as name, running(Path(name), more={"PROXY_MODE": "always"}) as (web, _, _):
        caller = Caller(web)
        project = str(caller.call("POST", "/projects", {"name": "Lanes"})["project"]["id"])  # type: ignore[index]
        hour_id, _ = caller.upload(project, hour)
        alone = [_analysed(caller, hour_id) for _ in range(_ROUNDS)]
        copied = [caller.upload(project, _recording(_COPIED_MINUTES))[0] for _ in range(_COPIES)]
        while "processing" not in [_copy_status(caller, one) for one in copied]:
            time.sleep(_POLL_S)
        beside = [_analysed(caller, hour_id) for _ in range(_ROUNDS)]
        is_still_copied = "processing" in [_copy_status(caller, one) for one in copied]
    waits_s, takes_s = (statistics.median(column) for column in zip(*alone, strict=True))
    yield Row("an analysis of an hour alone waits, s", f"{waits_s:.2f}")
    yield Row("and takes, s", f"{takes_s:.1f}")
    waits_s, takes_s = (statistics.median(column) for column in zip(*beside, strict=True))
    yield Row.at_most(f"beside copies of {_COPIES} recordings it waits, s", waits_s, 1)
    yield Row("and takes, s", f"{takes_s:.1f}")
    yield Row("a copy is being made before and after", "yes" if is_still_copied else "no")


def _analysed(caller: Caller, media_id: str) -> tuple[float, float]:
    """Seconds until an analysis begins, and those that it then takes."""
    began_s = time.perf_counter()
    path = f"/analysis/{caller.call('POST', f'/media/{media_id}/analyze', {})['analysis_id']}/status"
    started_s = 0.0
    while (found := caller.call("GET", path))["status"] != "completed":
        assert found["status"] in ("pending", "processing"), found
        if not started_s and found["status"] == "processing":
            started_s = time.perf_counter()
        time.sleep(_POLL_S)
    return started_s - began_s, time.perf_counter() - started_s


def _copy_status(caller: Caller, media_id: str) -> str:
    found: Any = caller.call("GET", f"/media/{media_id}/renditions")["renditions"]
    return next((str(one["status"]) for one in found if one["kind"] == "proxy"), "")


def _recording(minutes: int) -> Path:
    """A talking picture of 1080p with noise and a key frame every two seconds, as cameras have it; made once."""
    target = cache_folder() / f"pictured-{minutes}min.mp4"
    if not target.exists():
        minute, part = cache_folder() / "pictured-minute.mp4", target.with_suffix(".part.mp4")
        if not minute.exists():
            picture = "testsrc2=size=1920x1080:rate=25:duration=60,noise=alls=8:allf=t"
            sound = "sine=frequency=220:duration=60:sample_rate=48000"
            coding = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "6M", "-g", "50", "-c:a", "aac")
            _run("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *coding, str(minute))
        _run("-stream_loop", str(minutes - 1), "-i", str(minute), "-c", "copy", str(part))
        part.replace(target)
    return target


def _run(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


def _taken_s(act: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    act()
    return time.perf_counter() - began_s


def _never() -> bool:
    return False


def _ignore(share: float) -> None:
    pass
