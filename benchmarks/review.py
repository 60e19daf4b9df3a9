"""The review page on six hours with 5,000 segments, in a real browser: how long everything takes until it is seen."""

import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.inputs import ROOT, cache_folder
from benchmarks.page_timing import WINDOW, memory_mb, percentile
from benchmarks.service import GENEROUS
from benchmarks.table import Row
from benchmarks.wavesurfer import measure_wavesurfer
from clipflow import engine, registry
from clipflow.accounts import registration
from clipflow.analysis import service as analyses
from clipflow.analysis.running import result_of
from clipflow.app import create_app
from clipflow.app_context import resources_of
from clipflow.config import load_settings
from clipflow.core.db import connected, database, migrate, transaction
from clipflow.core.principal import Principal
from clipflow.engine import Tracks
from clipflow.engine.tracks import BIN_MS, PROBABILITY_STEPS
from clipflow.media import uploads
from clipflow.operations.ownership import bind_storage
from clipflow.projects import service as projects
from clipflow.resources import Resources
from scripts.browser import opened_browser
from scripts.running import running

EMAIL, PASSWORD = "bench@example.org", "Correct-Horse-7"
HOURS, SEGMENTS = 6, 5_000
# Of these 1,454 are suggestions, as of two hours in a restless room.
TWO_HOURS_SEGMENTS = 7_190
# As dense as talk is.
HOUR_SEGMENTS = 1_600
STEPS = 60
ENVIRONMENT = {**GENEROUS, "RATE_LIMIT_SIGN_IN": "1000000", "BCRYPT_COST": "4", "MAX_FILE_SIZE_MB": "2000"}

_TOOLS = (ROOT / "benchmarks" / "page_timing.js").read_text(encoding="utf-8")
_PRESS = """window.press = (key) => {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
};"""
_SCROLL_WAVEFORM = """() => frames(240, () => document.getElementById("waveform-canvas").dispatchEvent(
  new WheelEvent("wheel", { deltaX: 40, bubbles: true, cancelable: true })))"""
_SCROLL_LIST = """() => frames(240, () => { document.getElementById("segments").scrollTop += 120; })"""
_RETUNE = """(value) => new Promise((done) => {
  const slider = document.getElementById("tuning-min_silence_duration_ms");
  const sum = document.getElementById("sum-cuts");
  const began = performance.now();
  const observer = new MutationObserver(async () => {
    observer.disconnect();
    await painted();
    done(performance.now() - began);
  });
  observer.observe(sum, { childList: true, characterData: true, subtree: true });
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})"""


@dataclass(frozen=True)
class Prepared:
    """Analyses that a script has made."""

    six_hours: UUID
    one_hour: UUID
    two_hours: UUID
    two_hours_by_hand: UUID


def measure_review() -> dict[str, list[Row]]:
    """Figures of the review page with their goals, beside those of wavesurfer.js; by the title of their table."""
    with opened_browser() as browser, tempfile.TemporaryDirectory() as folder:
        if browser is None:
            return {"The review page": [Row("left out", "there is no Chromium")]}
        prepared = prepare(Path(folder))
        with running(Path(folder), "web", environment=ENVIRONMENT) as address:
            return {
                "The review page on six hours": measure_six_hours(browser, address, prepared.six_hours),
                "wavesurfer.js on the same six hours, its waveform alone": measure_wavesurfer(browser),
                "Tuning one hour": measure_retune(browser, address, prepared.one_hour),
                "Two hours with suggestions by the hundred": measure_keys(browser, address, prepared),
            }


def measure_six_hours(browser: Browser, address: str, analysis_id: UUID) -> list[Row]:
    """Loading, zooming, scrolling, deciding, memory."""
    ready_ms = []
    for _ in range(5):
        # A browser that has been here never before.
        page = open_review(browser, address, analysis_id)
        ready_ms.append(page.evaluate("performance.getEntriesByName('review-ready')[0].startTime"))
        if len(ready_ms) < 5:
            page.context.close()
    page.evaluate(_TOOLS + _PRESS)
    shown = int(page.locator("#segments-space").get_attribute("data-rows") or 0)
    page.evaluate("() => { press('ArrowDown'); press('ArrowDown'); }")
    zoom_ms = [page.evaluate("async () => await timed(() => press('f')) + await timed(() => press('z'))")
               for _ in range(STEPS)]  # fmt: skip
    scroll_ms = page.evaluate(_SCROLL_WAVEFORM)
    page.evaluate("() => press('f')")
    scroll_whole_ms = page.evaluate(_SCROLL_WAVEFORM)
    list_ms = page.evaluate(_SCROLL_LIST)
    decision_ms = [page.evaluate("async () => await timed(() => press('v'))") for _ in range(STEPS)]
    page.wait_for_selector("#save-state[data-state=saved]")
    used, held = memory_mb(page)
    page.context.close()
    return [
        Row("hours, segments", f"{HOURS}, {shown:,.0f}"),
        Row.at_most("page ready, first visit, ms", statistics.median(ready_ms), 2000, 0),
        Row("zoom to fit and back, median, ms", f"{statistics.median(zoom_ms):.1f}"),
        Row.at_most("zoom to fit and back, 95th percentile, ms", percentile(zoom_ms), 150, 1),
        Row.at_most("a frame while scrolling the waveform, 95th percentile, ms", percentile(scroll_ms), 25, 1),
        Row.at_most(
            "a frame with the whole recording in view, 95th percentile, ms", percentile(scroll_whole_ms), 25, 1
        ),
        Row.at_most("a frame while scrolling the list, 95th percentile, ms", percentile(list_ms), 25, 1),
        Row.at_most("one decision on screen, median, ms", statistics.median(decision_ms), 50, 1),
        Row.at_most("one decision on screen, 95th percentile, ms", percentile(decision_ms), 50, 1),
        Row.at_most("JavaScript heap, MB", used, 60, 1),
        Row("the waveform and other buffers, MB", f"{held:.1f}"),
    ]


def measure_retune(browser: Browser, address: str, analysis_id: UUID) -> list[Row]:
    """From a slider to the new picture."""
    page = open_review(browser, address, analysis_id)
    page.evaluate(_TOOLS + _PRESS)
    page.evaluate("() => press('d')")
    values = [300 + 40 * number for number in range(1, 26)]
    took_ms = [page.evaluate(_RETUNE, str(value)) for value in values]
    shown = int(page.locator("#segments-space").get_attribute("data-rows") or 0)
    page.context.close()
    return [
        Row("segments of one hour at the end", f"{shown:,.0f}"),
        Row.at_most("from slider to new picture on one hour, median, ms", statistics.median(took_ms), 100, 1),
        Row.at_most("from slider to new picture on one hour, 95th percentile, ms", percentile(took_ms), 150, 1),
    ]


def measure_keys(browser: Browser, address: str, prepared: Prepared) -> list[Row]:
    """How many keys decide on everything that waits, and whether the cut is the one that is made by hand."""
    page = open_review(browser, address, prepared.two_hours)
    waiting = page.locator("#sum-suggestions").inner_text()
    kinds = page.locator("#group-list > li")
    pressed = ["g"]
    page.keyboard.press("g")
    while title := page.evaluate("document.querySelector('#group-list > li')?.textContent ?? ''"):
        # What sounds like music stays; everything else goes.
        key = "v" if "Music" in title else "x"
        number = kinds.count()
        page.keyboard.press(key)
        page.wait_for_function("(number) => document.querySelectorAll('#group-list > li').length < number", arg=number)
        pressed.append(key)
    page.wait_for_selector("#save-state[data-state=saved]")
    by_keys = cut_of(page, address, prepared.two_hours)
    decide_one_by_one(page, address, prepared.two_hours_by_hand)
    by_hand = cut_of(page, address, prepared.two_hours_by_hand)
    page.context.close()
    differing = sum(one != other for one, other in zip(by_keys, by_hand, strict=True))
    return [
        Row("suggestions", waiting.removesuffix(" left")),
        Row.at_most("keys pressed until none is left", len(pressed), 20, 0),
        Row.at_most("segments that differ from a cut made one by one", differing, 0, 0),
    ]


def cut_of(page: Page, address: str, analysis_id: UUID) -> list[tuple[int, int, str]]:
    """What becomes of each stretch."""
    found = page.request.get(f"{address}/api/v1/analysis/{analysis_id}/segments").json()["segments"]
    return [(one["start_ms"], one["end_ms"], one["action"]) for one in found]


def decide_one_by_one(page: Page, address: str, analysis_id: UUID) -> None:
    """As a person does who goes from suggestion to suggestion."""
    path = f"{address}/api/v1/analysis/{analysis_id}/segments"
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    headers = {"X-CSRF-TOKEN": cookies["csrf_access_token"]}
    found = page.request.get(path).json()
    version = found["version"]
    for one in found["segments"]:
        if one["action"] != "suggest_remove":
            continue
        action = "keep" if one["reason_code"] == "music_like" else "remove"
        change = {"start_ms": one["start_ms"], "end_ms": one["end_ms"], "action": action}
        answer = page.request.patch(
            f"{path}?segments=false", headers=headers, data={"version": version, "changes": [change]}
        )
        version = answer.json()["version"]


def open_review(browser: Browser, address: str, analysis_id: UUID) -> Page:
    """The page in a browser of its own, ready."""
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    body = {"email": EMAIL, "password": PASSWORD}
    assert context.request.post(f"{address}/api/v1/auth/login", data=body).ok
    page = context.new_page()
    page.goto(f"{address}/review/{analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    return page


def prepare(folder: Path) -> Prepared:
    """An account with two recordings whose tracks a script has made, in the database of a folder."""
    settings = load_settings({**ENVIRONMENT, "DATA_DIR": str(folder / "data")}, env_file=None)
    resources = resources_of(create_app(settings))
    migrate(settings.data_dir)
    with connected():
        bind_storage(resources, registry.known_keys)
    with connected():
        signed_in = registration.register(resources, registration.Newcomer(email=EMAIL, password=PASSWORD))
        assert signed_in is not None
        principal = Principal.person(signed_in.user.id, signed_in.session_id, EMAIL, is_administrator=False)
        project = projects.create_project(principal, name="Long talks")
        prepared = Prepared(
            six_hours=add_recording(resources, principal, project.id, HOURS, SEGMENTS),
            one_hour=add_recording(resources, principal, project.id, 1, HOUR_SEGMENTS),
            two_hours=add_recording(resources, principal, project.id, 2, TWO_HOURS_SEGMENTS, loud_every=2),
            two_hours_by_hand=add_recording(resources, principal, project.id, 2, TWO_HOURS_SEGMENTS, loud_every=2),
        )
    database.close_all()
    return prepared


def add_recording(
    resources: Resources, principal: Principal, project_id: UUID, hours: int, segments: int, loud_every: int = 7
) -> UUID:
    """A recording of noise with an analysis of so many segments."""
    file = sound_of(hours)
    with uploads.receive_upload(resources, file.name, file.stat().st_size) as writer:
        writer.write(file.read_bytes())
        recording = uploads.add_media(resources, principal, project_id, writer, file.name, "audio/mp4")
    analysis = analyses.start_analysis(resources, principal, recording.id, {})
    tracks = tracks_with(segments, hours, loud_every)
    options = engine.AnalysisOptions()
    found = tuple(engine.segment(tracks, options))
    assert abs(len(found) - segments) <= segments // 100, len(found)
    info = engine.restore_media_info(recording.media_info)
    made = engine.Analysis(info, options, tracks, found, 0, engine.loudness_of(tracks))
    result = result_of(resources, {"analysis_id": str(analysis.id)}, made, found, time.monotonic())
    with transaction():
        analyses.complete(analysis.id, result)
    return UUID(str(analysis.id))


def tracks_with(segments: int, hours: int, loud_every: int = 7) -> Tracks:
    """Tracks of speech and silence in turn, of uneven length; every so manieth silence is loud, so only suggested."""
    random = np.random.default_rng(hours)
    bins = hours * 3_600_000 // BIN_MS
    inner = np.sort(random.choice(bins // 100 - 2, size=segments - 1, replace=False) + 1) * 100
    number = np.searchsorted(inner, np.arange(bins), side="right")
    is_speech = number % 2 == 1
    is_loud = is_speech | (number % (2 * loud_every) == 0)
    height = np.where(is_loud, random.integers(40, 127, bins), random.integers(0, 3, bins)).astype(np.int8)
    return Tracks(
        duration_ms=bins * BIN_MS,
        speech_codes=np.where(is_speech, PROBABILITY_STEPS - 1, 0).astype(np.uint16),
        level_codes=np.where(is_loud, 30, 140).astype(np.uint8),
        peaks=np.stack((-height, height), axis=1),
    )


def sound_of(hours: int) -> Path:
    """A file of this many hours for the player, made once."""
    target = cache_folder() / f"noise-{hours}h.m4a"
    if not target.exists():
        part = target.with_suffix(".part.m4a")
        noise = ["-f", "lavfi", "-i", "anoisesrc=r=16000:a=0.1", "-t", str(hours * 3600)]
        command = ["ffmpeg", "-v", "error", "-y", *noise, "-c:a", "aac", "-b:a", "24k", str(part)]
        subprocess.run(command, check=True)
        part.replace(target)
    return target
