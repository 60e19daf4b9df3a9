"""Takes a picture of every page and state, light and dark: on a desk, a small laptop, a tablet and a phone.

    python scripts/make_screenshots.py [FOLDER]

Starts a service of its own with the bundled sample. The two that the README shows are also put into docs/images.
"""

import shutil
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.browser import opened_browser  # noqa: E402
from scripts.fake_openai import FakeOpenAI  # noqa: E402
from scripts.running import running, wait_until  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# Name of the picture, and what the README calls it.
FOR_README = {
    "review-light-desktop": "review", "review-transcript-light-desktop": "transcript",
    "project-dark-desktop": "project",
}  # fmt: skip
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "laptop": {"viewport": {"width": 1366, "height": 768}},
    "tablet": {"viewport": {"width": 820, "height": 1180}, "has_touch": True},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
OPEN_PAGES = {
    "sign-in": "/sign-in", "register": "/register", "forgot-password": "/forgot-password",
    "reset-password": "/reset-password", "invitation": "/invitation#x", "verify-email": "/verify-email#x",
    "unlock": "/unlock#x", "shared": "/shared#x",
}  # fmt: skip
OWN_PAGES = {
    "projects": "/projects", "account": "/account", "help": "/help", "teams": "/teams",
    "administration": "/administration",
}  # fmt: skip
LOOKS = [(scheme, device) for scheme in ("light", "dark") for device in DEVICES]
# The page of a review with a command that opens something on it.
REVIEW_DIALOGS = {"tuning": "tune", "note": "note", "keys": "showKeys"}
ENVIRONMENT = {
    "BCRYPT_COST": "4", "RATE_LIMIT_SIGN_IN": "1000", "RATE_LIMIT_REQUESTS": "100000",
    "AI_FEATURES_ENABLED": "true", "WHISPER_API_ENABLED": "true",
}  # fmt: skip
CREDENTIALS = {"email": "ada@example.org", "password": "Correct-Horse-7"}


def main(folder: Path) -> None:
    """Write all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        opened_browser() as browser,
        tempfile.TemporaryDirectory() as data,
        FakeOpenAI() as service,
        running(Path(data), environment={**ENVIRONMENT, "OPENAI_BASE_URL": service.base_url}) as address,
    ):
        if browser is None:
            sys.exit("There is no Chromium; install it and run this again.")

        def target(name: str, scheme: str, device: str) -> Path:
            return folder / f"{name}-{scheme}-{device}.png"

        token_file = Path(data) / "data" / "setup_token.txt"
        wait_until(token_file.exists)
        token = token_file.read_text().strip()
        # The page is no more once somebody runs the server.
        for look in LOOKS:
            with closing(context_of(browser, *look)) as context:
                take(context.new_page(), f"{address}/setup#{token}", target("set-up", *look))
        shown = prepare(browser, address, token)
        for look in LOOKS:
            with closing(context_of(browser, *look)) as context:
                photograph(context, address, shown, lambda name, look=look: target(name, *look))
            with closing(context_of(browser, *look)) as context:
                photograph_guest(context, shown.link, lambda name, look=look: target(name, *look))
    IMAGES.mkdir(parents=True, exist_ok=True)
    for picture, name in FOR_README.items():
        shutil.copyfile(folder / f"{picture}.png", IMAGES / f"{name}.png")
    print(f"wrote {len(list(folder.glob('*.png')))} pictures to {folder}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to see: ids, and the address of a review link."""

    project: str
    analysis: str
    team: str
    link: str


def context_of(browser: Browser, scheme: str, device: str) -> BrowserContext:
    """A browser that looks like this."""
    return browser.new_context(color_scheme=scheme, **DEVICES[device])  # type: ignore[arg-type]


def photograph_guest(context: BrowserContext, link: str, target: Any) -> None:
    """Take the pictures of a client who has opened a review link."""
    page = context.new_page()
    page.goto(link)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("link", name="Sample talk").wait_for()
    page.screenshot(path=target("guest"), full_page=True)
    page.get_by_role("link", name="Sample talk").click()
    page.wait_for_selector("#review[data-ready=all]")
    page.wait_for_timeout(400)
    page.screenshot(path=target("guest-review"))


def photograph(context: BrowserContext, address: str, shown: Shown, target: Any) -> None:
    """Take all pictures on one device in one scheme."""
    page = context.new_page()
    for name, path in OPEN_PAGES.items():
        take(page, address + path, target(name))
    sign_in(context, address)
    for name, path in OWN_PAGES.items():
        take(page, address + path, target(name))
    take(page, f"{address}/teams/{shown.team}", target("team"))
    take(page, f"{address}/projects/{shown.project}", target("project"))
    page.locator("label[title=List]").click()
    page.locator("#recordings input[type=checkbox]").first.check()
    page.wait_for_timeout(200)
    page.screenshot(path=target("project-list"))
    page.locator("label[title=Cards]").click()
    page.get_by_role("button", name="Share", exact=True).click()
    page.wait_for_timeout(300)
    page.screenshot(path=target("share"))
    page.keyboard.press("Escape")
    take(page, f"{address}/projects/{shown.analysis}", target("error"))
    page.goto(f"{address}/review/{shown.analysis}")
    page.wait_for_selector("#review[data-ready=all]")
    page.wait_for_timeout(400)
    if page.locator("#tab-cards").is_visible():
        page.screenshot(path=target("review-cards"))
        page.locator("#tab-segments").click()
    page.screenshot(path=target("review"))
    for name, command in REVIEW_DIALOGS.items():
        if page.locator(f"[data-command={command}]").first.is_visible():
            page.locator(f"[data-command={command}]").first.click()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(300)
            page.screenshot(path=target(f"review-{name}"))
            page.keyboard.press("Escape")
    page.locator("[data-command=export]").click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    page.screenshot(path=target("review-export"))
    page.keyboard.press("Escape")
    page.locator("#tab-transcript").click()
    page.locator("[data-index='20']").click()
    page.wait_for_timeout(400)
    page.screenshot(path=target("review-transcript"))
    page.close()


def take(page: Page, address: str, target: Path) -> None:
    """The whole of a page, once everything has come."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(200)
    page.screenshot(path=target, full_page=True)


def prepare(browser: Browser, address: str, set_up_token: str) -> Shown:
    """An administrator with a team, a project of the sample, analysed, and a link to it."""
    context = browser.new_context()
    api = context.request
    assert api.post(f"{address}/api/v1/setup", data={**CREDENTIALS, "setup_token": set_up_token}).ok
    token = api.post(f"{address}/api/v1/auth/login", data=CREDENTIALS).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    def post(path: str, data: Any = None) -> Any:
        return api.post(f"{address}/api/v1{path}", headers=headers, data=data or {}).json()

    assert api.patch(f"{address}/api/v1/auth/me", headers=headers, data={"full_name": "Ada Archer"}).ok
    team = post("/teams", {"name": "Documentaries"})["team"]["id"]
    for email, role in (("ben@example.org", "editor"), ("cleo@example.org", "viewer")):
        post("/invitations", {"email": email, "team_id": team, "team_role": role})
    wanted = {"name": "Interviews", "description": "Two guests, one microphone.", "team_id": team}
    project = post("/projects", wanted)["project"]["id"]
    media = post(f"/projects/{project}/sample")["media_file"]["id"]
    analysis = post(f"/media/{media}/analyze", {"processing_mode": "whisper"})["analysis_id"]
    while api.get(f"{address}/api/v1/analysis/{analysis}/status", headers=headers).json()["status"] != "completed":
        time.sleep(0.3)
    change = {"start_ms": 43_890, "end_ms": 47_060, "action": "remove", "note": "the air conditioning"}
    decided = api.patch(
        f"{address}/api/v1/analysis/{analysis}/segments", headers=headers, data={"version": 1, "changes": [change]}
    )
    assert decided.ok, decided.text()
    url = post(f"/projects/{project}/links", {"permission": "decide"})["url"]
    context.close()
    # The server does not know the port that it was given.
    return Shown(project, analysis, team, f"{address}/shared#{url.partition('#')[2]}")


def sign_in(context: BrowserContext, address: str) -> None:
    """Give a browser the cookies of the account."""
    assert context.request.post(f"{address}/api/v1/auth/login", data=CREDENTIALS).ok


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots")
