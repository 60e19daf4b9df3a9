"""What a browser gets before any script runs: who may see a page, what it may load, how long it keeps it."""

import gzip
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.conftest import PASSWORD, Analysed, Person, Service

FOR_ANYBODY = ("sign-in", "register", "forgot-password", "reset-password", "help", "api/docs", "api/redoc")
FOR_MEMBERS = ("projects", "account")


@pytest.fixture
def browser(service: Service) -> Callable[[str], FlaskClient]:
    """A browser with the cookies of someone who has signed in."""

    def sign_in(name: str) -> FlaskClient:
        service.person(name)
        client = service.app.test_client()
        body = {"email": f"{name.lower()}@example.org", "password": PASSWORD}
        assert client.post("/api/v1/auth/login", json=body).status_code == 200
        return client

    return sign_in


def addresses_in(page: TestResponse) -> list[str]:
    return [one for one in re.findall(r'(?:src|href)="([^"]+)"', page.text) if not one.startswith("#")]


@pytest.mark.parametrize("page", FOR_ANYBODY)
def test_a_page_needs_no_other_host(service: Service, page: str) -> None:
    client = service.anonymous()
    answer = client.get(f"/{page}")
    assert answer.status_code == 200
    addresses = addresses_in(answer)
    assert len(addresses) >= 2
    for address in addresses:
        assert address.startswith("/")
        with client.get(address) as found:
            assert found.status_code == 200, address
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http" not in policy


@pytest.mark.parametrize("page", [*FOR_ANYBODY[:5], *FOR_MEMBERS])
def test_a_page_runs_nothing_that_is_written_into_it(browser: Callable[[str], FlaskClient], page: str) -> None:
    answer = browser("Alice").get(f"/{page}", follow_redirects=True)
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* src=)| on\w+=| style=|<style", answer.text)


def test_static_files_are_kept_for_good_under_an_address_of_their_content(service: Service) -> None:
    client = service.anonymous()
    [style] = [one for one in addresses_in(client.get("/sign-in")) if one.endswith("app.css")]
    found = client.get(style)
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert found.headers["Content-Type"] == "text/css; charset=utf-8"
    packed = client.get(style, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == found.data


@pytest.mark.parametrize("name", ["css/nothing.css", "../clipflow/config.py", "..%2fclipflow%2fconfig.py", ""])
def test_there_is_nothing_beside_the_static_files(service: Service, name: str) -> None:
    client = service.anonymous()
    [style] = [one for one in addresses_in(client.get("/sign-in")) if one.endswith("app.css")]
    assert client.get(style.replace("css/app.css", name)).status_code == 404


def test_static_files_of_another_version_are_not_mixed_in(service: Service) -> None:
    assert service.anonymous().get("/assets/000000000000/css/app.css").status_code == 404


@pytest.mark.parametrize("page", FOR_MEMBERS)
def test_who_is_not_signed_in_is_asked_to_and_comes_back(service: Service, page: str) -> None:
    answer = service.anonymous().get(f"/{page}?tab=1")
    assert (answer.status_code, answer.location) == (302, f"/sign-in?next=/{page}%3Ftab%3D1")


def test_who_was_signed_in_is_signed_in_again_by_script(browser: Callable[[str], FlaskClient]) -> None:
    client = browser("Alice")
    client.delete_cookie("clipflow_access")
    answer = client.get("/projects")
    assert answer.status_code == 200
    assert "js/pages/resume.js" in answer.text


@pytest.mark.parametrize("page", ["sign-in", "register", ""])
def test_who_is_signed_in_goes_to_the_projects(browser: Callable[[str], FlaskClient], page: str) -> None:
    assert browser("Alice").get(f"/{page}").location == "/projects"


def test_the_owner_sees_project_and_review(browser: Callable[[str], FlaskClient], analysed: Analysed) -> None:
    client = browser("Alice")
    assert "Interview" in client.get(f"/projects/{analysed.project_id}").text
    assert "talk.mp4" in client.get(f"/review/{analysed.analysis_id}").text


def test_a_stranger_is_told_that_there_is_no_such_thing(
    browser: Callable[[str], FlaskClient], analysed: Analysed
) -> None:
    client = browser("Charlie")
    for address in (f"/projects/{analysed.project_id}", f"/review/{analysed.analysis_id}"):
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert "Interview" not in answer.text
        assert "talk.mp4" not in answer.text


def test_a_review_that_is_not_ready_says_so(
    browser: Callable[[str], FlaskClient], alice: Person, uploaded: tuple[str, str]
) -> None:
    analysis_id = alice.post(f"/media/{uploaded[1]}/analyze", json={}).json["analysis_id"]
    answer = browser("Alice").get(f"/review/{analysis_id}")
    assert (answer.status_code, answer.mimetype) == (409, "text/html")


def test_a_name_cannot_write_into_a_page(browser: Callable[[str], FlaskClient], alice: Person) -> None:
    project_id = alice.make_project("<script>alert(1)</script>")
    assert "<script>alert" not in browser("Alice").get(f"/projects/{project_id}").text


def test_the_choice_of_a_theme_is_there_from_the_first_paint(
    browser: Callable[[str], FlaskClient], alice: Person
) -> None:
    assert alice.patch("/auth/me", json={"settings": {"theme": "dark"}}).status_code == 200
    assert 'data-theme="dark"' in browser("Alice").get("/projects").text


def test_a_mistyped_address_is_a_page_for_people_and_an_error_for_programs(service: Service) -> None:
    client = service.anonymous()
    page = client.get("/project", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is nothing at this address" in page.text
    for path, accept in (("/project", "*/*"), ("/api/v1/project", "text/html")):
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND")


def test_long_answers_are_packed_for_who_can_unpack_them(alice: Person, analysed: Analysed) -> None:
    path = f"/media/{analysed.media_id}/waveform?points=5000"
    plain = alice.get(path)
    packed = alice.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data


def test_a_waveform_that_a_browser_has_is_not_sent_again(alice: Person, analysed: Analysed) -> None:
    path = f"/media/{analysed.media_id}/waveform.dat"
    first = alice.get(path)
    again = alice.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert alice.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
