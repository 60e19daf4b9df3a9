"""Every page but the review: accounts, projects, uploads; and what holds for all of them."""

import re
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import MakeVisitor, Sample, Visitor, open_more, open_review, violations_of
from tests.browser.test_administration import make_administrator
from tests.conftest import SAMPLE, MakeMedia, text_of_mail
from tests.service.conftest import PASSWORD
from tests.service.processes import Caller, Installation, wait_until

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
OPEN_PAGES = (
    "/invitation", "/sign-in", "/register", "/forgot-password", "/reset-password", "/verify-email#x",
    "/unlock#x", "/shared#x", "/help",
)  # fmt: skip
OWN_PAGES = ("/teams", "/teams/{team}", "/projects", "/account", "/projects/{project}", "/review/{analysis}")


def fill_in(path: str, sample: Sample) -> str:
    team = sample.caller.get("/teams")["teams"][-1]["id"]
    return path.format(project=sample.project_id, analysis=sample.analysis_id, team=team)


def wait_until_quiet(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    if page.locator("#review").count():
        page.wait_for_selector("#review[data-ready=all]")
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)


# Accounts


def test_a_wrong_password_is_said_below_the_fields(visitor: Visitor) -> None:
    visitor.expect_fault("401")
    page = visitor.go("/sign-in")
    page.get_by_label("E-mail address").fill("alice@example.org")
    page.get_by_label("Password").fill("Wrong-Horse-7")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("E-mail address, user name or password is wrong; check them.")).to_be_visible()


def test_what_is_wrong_stands_beside_its_field(visitor: Visitor) -> None:
    visitor.expect_fault("400")
    page = visitor.go("/register")
    page.get_by_label("E-mail address").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator("#email-error")).to_have_text("Not a valid email address.")
    expect(page.locator("#email")).to_be_focused()
    expect(page.locator("#email")).to_have_attribute("aria-invalid", "true")


def test_signing_in_leads_back_to_where_one_wanted_to_go(visitor: Visitor, sample: Sample) -> None:
    page = visitor.go(f"/projects/{sample.project_id}")
    page.get_by_label("E-mail address").fill("alice@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/projects/{sample.project_id}")


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com/", "javascript:alert(1)", "/\\example.com"])
def test_signing_in_never_leads_to_another_site(newcomer: Visitor, target: str) -> None:
    newcomer.context.clear_cookies()
    page = newcomer.page
    page.goto(f"{newcomer.address}/sign-in?next={target}")
    page.get_by_label("E-mail address").fill(newcomer.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    assert page.url.startswith(newcomer.address)


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(newcomer: Visitor, installation: Installation) -> None:
    newcomer.context.clear_cookies()
    page = newcomer.go("/forgot-password")
    page.get_by_label("E-mail address").fill(newcomer.email)
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("[data-outcome]")).to_contain_text("in the folder outbox of the data folder")
    link = wait_until(lambda: link_in_mail_to(newcomer.email, installation.folder / "outbox"))
    page.goto(newcomer.address + re.sub(r"^https?://[^/]+", "", link))
    page.get_by_label("New password").fill("Brand-New-Horse-8")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("The password has been changed")).to_be_visible()
    page.get_by_role("link", name="To sign-in").click()
    page.get_by_label("E-mail address").fill(newcomer.email)
    page.get_by_label("Password").fill("Brand-New-Horse-8")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")


def link_in_mail_to(email: str, outbox: Path) -> str | None:
    for file in outbox.glob("*.eml"):
        mail = message_from_bytes(file.read_bytes())
        if mail["To"] == email:
            found = re.search(r"https?://\S+/reset-password\?token=\S+", text_of_mail(file.read_bytes()))
            return found[0] if found else None
    return None


def test_the_account_page_changes_name_theme_and_settings(newcomer: Visitor) -> None:
    page = newcomer.go("/account")
    page.get_by_label("Your name").fill("Ada Archer")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_text("The name is saved.")).to_be_visible()
    page.get_by_label("Dark").check()
    page.get_by_label("Pause that is kept").fill("120")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("new projects begin with them")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Ada Archer")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_label("Pause that is kept")).to_have_value("120")


def test_other_devices_are_signed_out(newcomer: Visitor) -> None:
    other = Caller(newcomer.address, newcomer.email)
    page = newcomer.go("/account")
    expect(page.get_by_text("Chrome on Linux (this one)")).to_be_visible()
    page.get_by_role("button", name=re.compile("Sign out python-requests")).first.click()
    wait_until(lambda: other.call("GET", "/auth/me").status_code == 401 or None)


def test_the_password_is_changed(newcomer: Visitor) -> None:
    newcomer.expect_fault("400")
    page = newcomer.go("/account")
    page.get_by_label("Current password").fill("Wrong-Horse-7")
    page.get_by_label("New password").fill("Brand-New-Horse-8")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The current password is wrong")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed, and all other devices are signed out")).to_be_visible()


def test_signing_out_shuts_the_pages(newcomer: Visitor) -> None:
    page = newcomer.go("/projects")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    newcomer.go("/projects")
    assert "/sign-in" in page.url


# Projects and uploads


def test_a_project_is_made_renamed_and_deleted(newcomer: Visitor) -> None:
    page = newcomer.go("/projects")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Talk <b>1</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Talk <b>1</b>")).to_be_visible()
    expect(page.locator("#upload-rules")).to_contain_text("mp4")
    page.get_by_role("button", name="Add the sample recording").click()
    expect(page.get_by_role("heading", name="Sample talk")).to_be_visible()
    newcomer.go("/projects")
    page.get_by_role("button", name="Rename Talk").click()
    page.get_by_label("Name", exact=True).fill("Talk 2")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Delete Talk 2").click()
    dialog = page.locator("#confirm-dialog")
    expect(dialog).to_contain_text("Its 1 recording with all analyses")
    expect(dialog).to_contain_text("Sample talk")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("link", name="Talk 2")).to_be_visible()
    page.get_by_role("button", name="Delete Talk 2").click()
    dialog.get_by_role("button", name="Delete the project").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


@pytest.fixture
def project_page(newcomer: Visitor) -> Page:
    page = newcomer.go("/projects")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("Uploads")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/projects/*-*")
    expect(page.locator("#upload-rules")).to_contain_text("mp4")
    return page


def test_several_files_are_uploaded_and_analysed_by_themselves(project_page: Page, make_media: MakeMedia) -> None:
    files = [make_media(f"take-{number}.m4a", "-i", SAMPLE, "-vn", "-t", "8", "-c:a", "copy") for number in (1, 2, 3)]
    project_page.locator("#files").set_input_files(files)
    for file in files:
        expect(project_page.get_by_role("link", name=f"Review {file.stem}")).to_be_visible(timeout=60_000)
    expect(project_page.locator("#uploads > li")).to_have_count(0)
    expect(project_page.locator(".recording canvas").first).to_be_visible()


def test_refused_files_say_why(project_page: Page, newcomer: Visitor, tmp_path: Path) -> None:
    newcomer.expect_fault("415")
    for name, content in (("notes.txt", b"hello"), ("fake.mp4", b"no video at all" * 100), ("empty.mp4", b"")):
        (tmp_path / name).write_bytes(content)
    project_page.locator("#files").set_input_files([tmp_path / name for name in ("notes.txt", "fake.mp4", "empty.mp4")])
    rows = project_page.locator("#uploads > li")
    expect(rows.filter(has_text="notes.txt")).to_contain_text("Files like this are not taken; send one of mp4")
    expect(rows.filter(has_text="fake.mp4")).to_contain_text("The content of the file is not that of a .mp4 file")
    expect(rows.filter(has_text="empty.mp4")).to_contain_text("The file is empty")
    rows.filter(has_text="fake.mp4").get_by_role("button").click()
    expect(rows).to_have_count(2)


def test_an_upload_that_the_server_has_no_room_for_yet_is_sent_again_by_itself(
    project_page: Page, newcomer: Visitor, make_media: MakeMedia
) -> None:
    newcomer.expect_fault("429")
    answers = iter(["later"])

    def put_off_once(route: Route) -> None:
        if next(answers, None):
            error = {"code": "RATE_LIMITED", "message": "Too many requests; wait a moment.", "details": {}}
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": error})
        else:
            route.continue_()

    project_page.route("**/upload/presigned", put_off_once)
    file = make_media("later.m4a", "-i", SAMPLE, "-vn", "-t", "8", "-c:a", "copy")
    project_page.locator("#files").set_input_files(file)
    expect(project_page.locator("#uploads > li")).to_contain_text("tried again in")
    expect(project_page.locator("#uploads-waiting")).to_have_text("1 file waiting; they start by themselves.")
    expect(project_page.get_by_role("link", name=f"Review {file.stem}")).to_be_visible(timeout=60_000)
    expect(project_page.locator("#uploads > li")).to_have_count(0)


def test_an_upload_is_cancelled(project_page: Page, newcomer: Visitor, tmp_path: Path) -> None:
    newcomer.expect_fault("ERR_")
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(200 * 1024**2)
    session = newcomer.context.new_cdp_session(project_page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4 * 1024**2}
    session.send("Network.emulateNetworkConditions", slow)
    project_page.locator("#files").set_input_files(large)
    row = project_page.locator("#uploads > li")
    expect(row).to_contain_text(re.compile(r"MiB/s, \d+:\d\d left"))
    row.get_by_role("button", name="Cancel the upload").click()
    expect(row).to_have_count(0)
    session.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    project_page.reload()
    expect(project_page.get_by_text("There is no recording yet")).to_be_visible()


def test_files_are_dropped_anywhere(project_page: Page) -> None:
    project_page.evaluate("""() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["hello"], "notes.txt"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }""")
    expect(project_page.locator("#uploads > li")).to_contain_text("Files like this are not taken")


def test_a_failed_analysis_is_tried_again(project_page: Page, make_media: MakeMedia, newcomer: Visitor) -> None:
    file = make_media("take.mp3", "-i", SAMPLE, "-vn", "-t", "8", "-c:a", "libmp3lame")
    project_page.locator("#files").set_input_files(file)
    expect(project_page.get_by_role("link", name=f"Review {file.stem}")).to_be_visible(timeout=60_000)

    # What a worker says that has given up; everything else is real.
    def fail(route: Route) -> None:
        project = route.fetch().json()
        for recording in project["project"]["media_files"]:
            recording["analysis_results"][-1] |= {"status": "failed", "error_message": "The worker was lost."}
        route.fulfill(json=project)

    project_page.route("**/api/v1/projects/*", fail)
    project_page.reload()
    expect(project_page.get_by_text("The worker was lost.")).to_be_visible()
    project_page.unroute("**/api/v1/projects/*")
    project_page.get_by_role("button", name=f"Try again: {file.stem}").click()
    expect(project_page.get_by_role("link", name=f"Review {file.stem}")).to_be_visible(timeout=60_000)


def test_the_audio_track_is_chosen(project_page: Page, make_media: MakeMedia) -> None:
    tracks = ["-f", "lavfi", "-i", "anullsrc=r=48000", "-i", SAMPLE, "-map", "0:a", "-map", "1:a", "-t", "8"]
    file = make_media("tracks.m4a", *tracks, "-c:a", "aac")
    project_page.locator("#files").set_input_files(file)
    expect(project_page.get_by_role("link", name=f"Review {file.stem}")).to_be_visible(timeout=60_000)
    # The first track is silent, so that the other one has been taken.
    expect(project_page.locator("[data-facts]")).not_to_contain_text("100 % silence")
    open_more(project_page, file.stem)
    project_page.get_by_label("Audio track").select_option("0")
    project_page.get_by_role("button", name=f"Analyse again: {file.stem}").click()
    expect(project_page.locator("[data-facts]")).to_contain_text("100 % silence", timeout=60_000)
    expect(project_page.get_by_role("link", name=f"Review {file.stem}")).to_be_visible(timeout=60_000)


def test_settings_of_a_project_are_kept(project_page: Page) -> None:
    project_page.get_by_role("button", name="Settings of this project").click()
    project_page.get_by_label("Pause that is kept").fill("80")
    project_page.get_by_role("button", name="Save", exact=True).click()
    expect(project_page.get_by_text("The settings are saved")).to_be_visible()
    project_page.reload()
    project_page.get_by_role("button", name="Settings of this project").click()
    expect(project_page.get_by_label("Pause that is kept")).to_have_value("80")


# All pages


# What a browser makes of a zoom of 200 % on a small laptop.
ZOOMED = {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2}
DEVICES: dict[str, dict[str, Any]] = {"desk": {}, "phone": PHONE, "zoomed": ZOOMED}
LOOKS = [(scheme, device) for scheme in ("light", "dark") for device in DEVICES]


@pytest.fixture(
    params=[pytest.param(look, marks=() if look == LOOKS[0] else pytest.mark.exhaustive) for look in LOOKS],
    ids="-".join,
)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    scheme, device = request.param
    # The tool that looks at a page is put into it by script, which the pages' own policy rightly refuses.
    return {"color_scheme": scheme, "bypass_csp": True, **DEVICES[device]}


def test_no_page_keeps_anybody_out(make_visitor: MakeVisitor, sample: Sample, look: dict[str, Any]) -> None:
    anybody, alice = make_visitor(**look), make_visitor("alice@example.org", **look)
    alice.expect_fault("404")
    found: dict[str, list[str]] = {}
    for visitor, paths in ((anybody, OPEN_PAGES), (alice, (*OWN_PAGES, f"/projects/{sample.media_id}"))):
        for path in paths:
            page = visitor.go(fill_in(path, sample))
            wait_until_quiet(page)
            found[path] = violations_of(page)
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_the_pages_of_administrators_keep_nobody_out(
    make_visitor: MakeVisitor, installation: Installation, look: dict[str, Any]
) -> None:
    make_administrator(installation)
    root = make_visitor("root@example.org", **look)
    page = root.go("/administration")
    wait_until_quiet(page)
    assert violations_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.exhaustive
def test_no_dialog_keeps_anybody_out(make_visitor: MakeVisitor, sample: Sample, look: dict[str, Any]) -> None:
    alice = make_visitor("alice@example.org", **look)
    page = open_review(alice.page, alice.address, sample)
    found: dict[str, list[str]] = {}
    for key in ("t", "n", "?", "e"):
        page.keyboard.press(key)
        if key == "e":
            expect(page.locator("#first-format > li")).to_be_visible()
        found[key] = violations_of(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    alice.expect_fault("401")
    page.evaluate("document.getElementById('sign-in-dialog').showModal()")
    found["sign-in"] = violations_of(page)
    page.goto(f"{alice.address}/projects")
    page.get_by_role("button", name="New project").click()
    found["project"] = violations_of(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Delete")).first.click()
    expect(page.locator("#confirm-dialog")).to_be_visible()
    found["confirm"] = violations_of(page)
    page.goto(f"{alice.address}/projects/{sample.project_id}")
    wait_until_quiet(page)
    page.get_by_role("button", name="Settings of this project").click()
    expect(page.locator("#settings-dialog")).to_be_visible()
    found["settings"] = violations_of(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_the_chosen_theme_keeps_nobody_out(make_visitor: MakeVisitor, sample: Sample) -> None:
    sample.caller.call("PATCH", "/auth/me", json={"settings": {"theme": "dark"}})
    try:
        alice = make_visitor("alice@example.org", color_scheme="light", bypass_csp=True)
        page = open_review(alice.page, alice.address, sample)
        assert violations_of(page) == []
    finally:
        sample.caller.call("PATCH", "/auth/me", json={"settings": {"theme": None}})


def test_two_fingers_zoom(make_visitor: MakeVisitor, sample: Sample) -> None:
    alice = make_visitor("alice@example.org", **PHONE)
    page = open_review(alice.page, alice.address, sample)
    page.get_by_role("tab", name="Segments").click()
    # Clear of what stands at the thumb.
    page.locator("#waveform-canvas").evaluate("(canvas) => canvas.scrollIntoView({ block: 'center' })")
    box = page.locator("#waveform-canvas").bounding_box()
    assert box is not None
    session = alice.context.new_cdp_session(page)

    def touch(kind: str, *xs: float) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + 80, "id": number} for number, x in enumerate(xs)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 150)
    touch("touchStart", 150, 200)
    touch("touchMove", 100, 250)
    touch("touchMove", 50, 300)
    touch("touchEnd")
    # Five times as far apart, so a fifth of the recording is seen.
    # Asked from here, because the policy of the page lets nothing ask again and again within it.
    wait_until(lambda: page.evaluate("parseFloat(document.getElementById('overview-window').style.width) < 25"))


def test_every_page_fits_a_phone(make_visitor: MakeVisitor, sample: Sample) -> None:
    anybody, alice = make_visitor(**PHONE), make_visitor("alice@example.org", **PHONE)
    for visitor, paths in ((anybody, OPEN_PAGES), (alice, OWN_PAGES)):
        for path in paths:
            page = visitor.go(fill_in(path, sample))
            wait_until_quiet(page)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["viewport"]["width"], path  # type: ignore[index]


def test_static_files_are_kept_for_good(alice: Visitor, sample: Sample) -> None:
    headers: dict[str, dict[str, str]] = {}
    alice.page.on("response", lambda response: headers.update({response.url: response.headers}))
    open_review(alice.page, alice.address, sample)
    static = {url: found for url, found in headers.items() if "/assets/" in url}
    assert len(static) > 20
    for path in ("/projects", "/account", "/api/docs", "/api/redoc"):
        alice.page.goto(alice.address + path)
        alice.page.wait_for_load_state("networkidle")
    scripts_and_styles = {url for url, found in headers.items() if "text/javascript" in found.get("content-type", "")
                          or "text/css" in found.get("content-type", "")}  # fmt: skip
    static = {url: headers[url] for url in {*static, *scripts_and_styles}}
    assert {found["cache-control"] for found in static.values()} == {"public, max-age=31536000, immutable"}
    assert all(re.search(r"/assets/[0-9a-f]{12}/", url) for url in static)


def test_the_keyboard_alone_reaches_everything(alice: Visitor, sample: Sample) -> None:
    page = open_review(alice.page, alice.address, sample)
    reached: set[str] = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.dataset.command || ''"))
    assert reached >= {"undo", "open-tuning", "play", "rate", "volume", "segments", "keep", "waveform", "export"} - {
        "undo"
    }
