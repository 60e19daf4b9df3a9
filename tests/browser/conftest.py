"""A browser, a server with a worker, and people with pages open.

Alice owns, Charlie is a stranger. Every page is watched: an error in its console or a request to another host fails
the test.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from clipflow.tuning.schemas import OPTION_NAMES
from scripts.browser import opened_browser
from scripts.fake_openai import FakeOpenAI
from tests.conftest import ROOT
from tests.service.conftest import PASSWORD, environment_of
from tests.service.processes import Caller, Installation, installed

IS_REQUIRED = os.environ.get("CLIPFLOW_TEST_REQUIRE_BROWSER", "") not in ("", "0")
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with opened_browser() as browser:
        if browser is None:
            message = "there is no Chromium to show pages in; install it, or name it in CLIPFLOW_TEST_BROWSER"
            pytest.fail(message) if IS_REQUIRED else pytest.skip(message)
        yield browser


@pytest.fixture(scope="session")
def fake_openai() -> Iterator[FakeOpenAI]:
    """A stand-in of a transcription service."""
    with FakeOpenAI() as running:
        yield running


@pytest.fixture(scope="session")
def installation(
    chromium: Browser, fake_openai: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    values = {
        **environment_of("embedded", tmp_path_factory.mktemp("browser"), None),
        "DELETED_KEPT_DAYS": "7",
        "AI_FEATURES_ENABLED": "true",
        "WHISPER_API_ENABLED": "true",
        "OPENAI_API_KEY": "a-key",
        "OPENAI_BASE_URL": fake_openai.base_url,
    }
    with installed(values) as started:
        yield started


@pytest.fixture(scope="session")
def address(installation: Installation) -> str:
    return installation.serve()


@dataclass
class Watched:
    """What a page has done that no page should."""

    address: str
    faults: list[str] = field(default_factory=list)
    # What a test brings about itself, such as an answer 401.
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda request: self._see(request.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text} at {message.location.get('url')}")

    def _see(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.faults.append(f"request to {url}")

    def check(self) -> None:
        left = [fault for fault in self.faults if not any(text in fault for text in self.expected)]
        assert left == []


@dataclass
class Visitor:
    """Someone with a browser of their own."""

    context: BrowserContext
    page: Page
    address: str
    watched: Watched
    email: str = ""

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def open_tab(self) -> Page:
        page = self.context.new_page()
        self.watched.watch(page)
        return page

    def sign_in(self) -> None:
        body = {"email": self.email, "password": PASSWORD}
        assert self.context.request.post(f"{self.address}/api/v1/auth/login", data=body).ok

    def expect_fault(self, text: str) -> None:
        self.watched.expected.append(text)


MakeVisitor = Callable[..., Visitor]


DESK = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def desks(chromium: Browser) -> Iterator[list[BrowserContext]]:
    """Browsers as on a desk, kept for the next test with their cache and nothing else."""
    kept: list[BrowserContext] = []
    yield kept
    for context in kept:
        context.close()


def tidy(context: BrowserContext, address: str) -> None:
    """Forget everything but the cache."""
    context.set_offline(False)
    for page in context.pages:
        page.close()
    # By the browser itself: a page may be on its way to another one, and run nothing.
    page = context.new_page()
    stored = {"origin": address, "storageTypes": "local_storage"}
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
    page.close()
    context.clear_cookies()


def new_context(chromium: Browser, options: dict[str, Any]) -> BrowserContext:
    """A browser as on a desk, but for these options."""
    context = chromium.new_context(**{**DESK, **options})
    context.set_default_timeout(PATIENCE_MS)
    return context


def visit(context: BrowserContext, address: str, email: str) -> Visitor:
    """Somebody with a browser, whose page is watched."""
    page, watched = context.new_page(), Watched(address)
    watched.watch(page)
    return Visitor(context, page, address, watched, email)


@pytest.fixture
def make_visitor(chromium: Browser, address: str, desks: list[BrowserContext]) -> Iterator[MakeVisitor]:
    """Opens a browser of its own for someone; options are those of the browser's context."""
    visitors: list[Visitor] = []
    free = list(desks)
    own: list[BrowserContext] = []

    def context_with(options: dict[str, Any]) -> BrowserContext:
        if not options and free:
            return free.pop()
        context = new_context(chromium, options)
        (own if options else desks).append(context)
        return context

    def make(email: str = "", **options: Any) -> Visitor:
        visitor = visit(context_with(options), address, email)
        visitors.append(visitor)
        if email:
            visitor.sign_in()
        return visitor

    yield make
    for context in own:
        context.close()
    for context in desks:
        tidy(context, address)
    for visitor in visitors:
        visitor.watched.check()


@pytest.fixture
def visitor(make_visitor: MakeVisitor) -> Visitor:
    """Someone who is not signed in."""
    return make_visitor()


@pytest.fixture
def new_email() -> str:
    return f"{secrets.token_hex(6)}@example.org"


@pytest.fixture
def newcomer(make_visitor: MakeVisitor, address: str, new_email: str) -> Visitor:
    """Someone who has just registered."""
    Caller(address, new_email)
    return make_visitor(new_email)


@dataclass
class Sample:
    """Alice's project with the analysed sample."""

    caller: Caller
    project_id: str
    media_id: str
    analysis_id: str
    options: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/analysis/{self.analysis_id}"

    def result(self) -> Any:
        return self.caller.get(self.path)["analysis_result"]

    def decisions(self) -> list[tuple[int, int, str]]:
        return [(one["start_ms"], one["end_ms"], one["action"]) for one in self.result()["decisions"]]

    def decide(self, start_ms: int, end_ms: int, action: str) -> None:
        change = {"start_ms": start_ms, "end_ms": end_ms, "action": action}
        body = {"version": self.result()["version"], "changes": [change]}
        assert self.caller.call("PATCH", f"{self.path}/segments", json=body).ok

    def reset(self) -> None:
        """As it was after the analysis."""
        self.decide(0, self.result()["summary"]["duration_ms"], "auto")
        assert self.caller.call("POST", f"{self.path}/retune?save=true", json=self.options).ok


def try_sample(page: Page) -> None:
    """Try the sample on the page of projects, and go on to its project once its review has opened."""
    page.get_by_role("button", name="Try it with a sample recording").click()
    page.wait_for_url("**/review/*", timeout=60_000)
    expect(page.locator("#review")).to_have_attribute("data-ready", "all")
    page.get_by_role("link", name="Sample", exact=True).click()
    expect(page.get_by_role("link", name="Review Sample talk")).to_be_visible()


def open_more(page: Page, title: str) -> None:
    """Open what else can be done with a recording, where it is closed."""
    details = page.locator("li.recording", has=page.get_by_role("heading", name=title, exact=True)).locator("details")
    if details.get_attribute("open") is None:
        details.locator("summary").click()


def choose_keys(caller: Caller, name: str, own: dict[str, list[str]] | None = None) -> None:
    settings = {"review_keys": {"map": name, "own": own or {}}}
    assert caller.call("PATCH", "/auth/me", json={"settings": settings}).ok


@pytest.fixture(scope="session")
def analysed_sample(address: str) -> Sample:
    caller = Caller(address, "alice@example.org")
    choose_keys(caller, "clipflow")
    project_id = caller.make_project()
    media_id = caller.call("POST", f"/projects/{project_id}/sample").json()["media_file"]["id"]
    analysis_id = caller.analyze(media_id)
    caller.wait_for_status(analysis_id, "completed")
    options = caller.get(f"/analysis/{analysis_id}")["analysis_result"]["options"]
    tuned = {name: options[name] for name in OPTION_NAMES}
    return Sample(caller, project_id, media_id, analysis_id, tuned)


@pytest.fixture
def sample(analysed_sample: Sample) -> Sample:
    analysed_sample.reset()
    return analysed_sample


@pytest.fixture
def alice(make_visitor: MakeVisitor, sample: Sample) -> Visitor:
    return make_visitor("alice@example.org")


@pytest.fixture
def charlie(make_visitor: MakeVisitor, address: str) -> Visitor:
    Caller(address, "charlie@example.org")
    return make_visitor("charlie@example.org")


def open_review(page: Page, address: str, sample: Sample) -> Page:
    """The review of the sample, with everything loaded."""
    page.goto(f"{address}/review/{sample.analysis_id}")
    page.wait_for_selector("#review[data-ready=all]")
    return page


@pytest.fixture
def review(alice: Visitor, sample: Sample) -> Page:
    return open_review(alice.page, alice.address, sample)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    return tmp_path


def violations_of(page: Page) -> list[str]:
    """What axe finds that keeps anybody out."""
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]
