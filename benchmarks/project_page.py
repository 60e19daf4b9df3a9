"""The page of a project: two hundred recordings that wait, and sixty files that are dropped at once."""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FilePayload, Page, Request

from benchmarks.table import Row
from scripts.browser import opened_browser
from scripts.running import running

CREDENTIALS = {"email": "bench@example.org", "password": "Correct-Horse-7"}
RUNNING, DROPPED = 200, 60
LOOKED_AT_S = 10
WAITED_FOR_S = 300
# Limits as a server has them, but for the many recordings that are put there without the page.
LIMITLESS = {"RATE_LIMIT_UPLOADS": "1000000", "RATE_LIMIT_ANALYSES": "1000000", "BCRYPT_COST": "4"}
AS_INSTALLED = {"BCRYPT_COST": "4"}
_DROP = """(number) => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob(window.recording), (one) => one.charCodeAt(0));
  for (let index = 0; index < number; index += 1)
    files.items.add(new File([bytes], `take ${index + 1}.wav`, { type: "audio/wav" }));
  for (const name of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(name, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def measure_project_page() -> dict[str, list[Row]]:
    """Figures of the project page with their goals, by the title of their table."""
    with opened_browser() as browser, tempfile.TemporaryDirectory() as folder:
        if browser is None:
            return {"The page of a project": [Row("left out", "there is no Chromium")]}
        recording = short_recording(Path(folder))
        with running(Path(folder) / "waiting", "web", environment=LIMITLESS) as address:
            waiting = measure_waiting(browser, address, recording)
        with running(Path(folder) / "dropped", environment=AS_INSTALLED) as address:
            dropped = measure_drop(browser, address, recording)
    return {
        f"The page of a project with {RUNNING} analyses that wait": waiting,
        f"{DROPPED} files dropped at once, limits as they come": dropped,
    }


def measure_waiting(browser: Browser, address: str, recording: Path) -> list[Row]:
    """Requests a second while nothing is done but looking; there is no worker, so nothing ends."""
    page, project_id = signed_in(browser, address)
    for _ in range(RUNNING):
        media_id = upload(page, address, project_id, recording)
        assert post(page, f"{address}/api/v1/media/{media_id}/analyze").ok
    page.goto(f"{address}/projects/{project_id}")
    page.wait_for_function("(number) => document.querySelectorAll('#recordings > li').length === number", arg=RUNNING)
    page.wait_for_load_state("networkidle")
    calls: list[str] = []
    page.on("request", lambda one: calls.append(one.url) if "/api/" in one.url else None)
    page.wait_for_timeout(LOOKED_AT_S * 1000)
    page.context.close()
    return [
        Row.at_most("requests a second", len(calls) / LOOKED_AT_S, 2, 1),
        Row("addresses that were asked", str(len(set(calls)))),
    ]


def measure_drop(browser: Browser, address: str, recording: Path) -> list[Row]:
    """How many files are analysed in the end, without a click after the drop."""
    page, project_id = signed_in(browser, address)
    page.goto(f"{address}/projects/{project_id}")
    page.wait_for_load_state("networkidle")
    refused: list[str] = []
    page.on("response", lambda one: refused.append(one.url) if one.status == 429 else None)
    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one) if one.url.endswith("/analyze") else None)
    page.evaluate("(text) => { window.recording = text; }", encoded(recording))
    began = time.monotonic()
    page.evaluate(_DROP, DROPPED)
    done = wait_for_reviews(page)
    took_s = time.monotonic() - began
    page.context.close()
    return [
        Row.at_least("analysed without a further click", done, DROPPED, 0),
        Row("until the last was, s", f"{took_s:.0f}"),
        Row("analyses asked for", str(len(sent))),
        Row("answers 429", str(len(refused))),
    ]


def wait_for_reviews(page: Page) -> int:
    """How many recordings can be reviewed, once all can or after the time that is waited for."""
    links = page.locator("#recordings a[href*='/review/']:visible", has_text="Review")
    deadline = time.monotonic() + WAITED_FOR_S
    while links.count() < DROPPED and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    return links.count()


def signed_in(browser: Browser, address: str) -> tuple[Page, str]:
    """A page of a new account, and its project."""
    page = browser.new_context().new_page()
    assert page.request.post(f"{address}/api/v1/auth/register", data=CREDENTIALS).ok
    assert page.request.post(f"{address}/api/v1/auth/login", data=CREDENTIALS).ok
    project = post(page, f"{address}/api/v1/projects", {"name": "Takes"}).json()["project"]
    return page, project["id"]


def post(page: Page, url: str, body: dict[str, Any] | None = None) -> Any:
    return page.request.post(url, headers=csrf(page), data=body or {})


def upload(page: Page, address: str, project_id: str, file: Path) -> str:
    content: FilePayload = {"name": file.name, "mimeType": "audio/wav", "buffer": file.read_bytes()}
    answer = page.request.post(
        f"{address}/api/v1/projects/{project_id}/upload", headers=csrf(page), multipart={"file": content}
    )
    assert answer.ok, answer.text()
    return str(answer.json()["media_file"]["id"])


def csrf(page: Page) -> dict[str, str]:
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    return {"X-CSRF-TOKEN": cookies["csrf_access_token"]}


def encoded(file: Path) -> str:
    return subprocess.run(["base64", "-w0", file], check=True, capture_output=True, text=True).stdout


def short_recording(folder: Path) -> Path:
    """Two seconds of tone."""
    target = folder / "take.wav"
    tone = ["-f", "lavfi", "-i", "sine=440:r=16000", "-t", "2", "-c:a", "pcm_s16le"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *tone, str(target)], check=True)
    return target
