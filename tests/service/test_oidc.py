"""Signing in with a provider of OpenID Connect: a real one in this process, and what it may and may not prove."""

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from clipflow.accounts.models import User
from clipflow.config import OidcProvider, SettingsError, load_settings
from clipflow.core import clock
from clipflow.core.db import connected
from clipflow.oidc import service as oidc
from clipflow.oidc.models import OidcAttempt, OidcIdentity
from clipflow.oidc.provider import ProviderClient
from tests.service.conftest import PASSWORD, Person, Service, deactivate
from tests.service.test_second_factor import forget_who_it_is

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock  # type: ignore[import-untyped]

# The provider's own package is told off by another of its packages.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

START = "/api/v1/auth/oidc/company/start"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider; the claims of its people are set by :func:`people`."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def provider(service: Service, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = OidcProvider("company", "The Company", issuer, "clipflow", "secret")
    monkeypatch.setitem(vars(service.settings), "oidc_providers", (known,))
    service.resources.oidc_clients.clear()
    for subject, claims in {
        "dora": {"email": "dora@example.org", "email_verified": True, "name": "Dora"},
        "mallory": {"email": "alice@example.org", "email_verified": False},
        "alice": {"email": "alice@example.org", "email_verified": True},
        "nobody": {},
    }.items():
        requests.put(f"{issuer}/users/{subject}", json=claims, timeout=5)


def go(browser: FlaskClient, path: str = START, subject: str = "dora") -> Any:
    """Go to the provider and sign in there; returns the address that it sends the browser back to."""
    sent = browser.get(path)
    assert sent.status_code == 302, sent.text
    return return_from(sent.headers["Location"], subject)


def return_from(url: str, subject: str) -> str:
    back = requests.post(url, data={"sub": subject}, allow_redirects=False, timeout=5)
    assert back.status_code in (302, 303), back.text
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def sign_in(service: Service, subject: str = "dora", path: str = START) -> tuple[FlaskClient, Any]:
    browser = service.app.test_client()
    return browser, browser.get(go(browser, path, subject))


def me(browser: FlaskClient) -> Any:
    return browser.get("/api/v1/auth/me").json


def refusal(answer: Any) -> str:
    """What the sign-in page says."""
    found = re.fullmatch(r"/sign-in#error=(.*)", answer.headers["Location"])
    assert found is not None, answer.headers["Location"]
    return requests.utils.unquote(found[1])  # type: ignore[attr-defined, no-any-return]


def test_somebody_new_gets_an_account_and_a_session(service: Service) -> None:
    browser, answer = sign_in(service, path=f"{START}?next=/teams?a=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/teams?a=1")
    user = me(browser)["user"]
    assert (user["email"], user["full_name"], user["is_verified"]) == ("dora@example.org", "Dora", True)
    assert browser.get_cookie("clipflow_oidc", path="/api/v1/auth/oidc") is None
    again, _ = sign_in(service)
    assert me(again)["user"]["id"] == user["id"]
    with connected():
        assert OidcIdentity.select().count() == 1


def test_it_asks_for_a_code_with_pkce_and_a_nonce(service: Service) -> None:
    sent = service.app.test_client().get(START)
    query = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert (query["response_type"], query["code_challenge_method"]) == (["code"], ["S256"])
    assert {"state", "nonce", "code_challenge"} <= set(query)
    assert query["redirect_uri"][0].startswith(service.settings.address)


def test_who_somebody_is_stays_when_the_address_changes(service: Service, issuer: str) -> None:
    first, _ = sign_in(service)
    claims = {"email": "dora@elsewhere.example.org", "email_verified": True}
    requests.put(f"{issuer}/users/dora", json=claims, timeout=5)
    second, _ = sign_in(service)
    assert me(second)["user"]["id"] == me(first)["user"]["id"]
    assert me(second)["user"]["email"] == "dora@example.org"


@pytest.mark.parametrize("subject", ["mallory", "nobody"])
def test_an_address_that_is_not_made_sure_of_opens_nothing(service: Service, alice: Person, subject: str) -> None:
    browser, answer = sign_in(service, subject)
    assert "has made sure of your e-mail address" in refusal(answer)
    assert browser.get("/api/v1/auth/me").status_code == 401


def test_an_account_with_the_address_is_taken_from_who_never_proved_it(service: Service, alice: Person) -> None:
    token = alice.post("/auth/tokens", json={"name": "Backdoor", "scopes": ["projects:read"]}).json["secret"]
    browser, _ = sign_in(service, "alice")
    assert me(browser)["user"]["id"] == alice.user["id"]
    assert alice.get("/auth/me").status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert service.anonymous().get("/api/v1/projects", headers=headers).status_code == 401
    body = {"email": "alice@example.org", "password": PASSWORD}
    assert service.anonymous().post("/api/v1/auth/login", json=body).status_code == 401


def test_who_has_proved_it_keeps_password_and_sessions(service: Service, alice: Person) -> None:
    with connected():
        User.update(is_verified=True).execute()
    browser, _ = sign_in(service, "alice")
    assert me(browser)["user"]["id"] == alice.user["id"]
    assert alice.get("/auth/me").status_code == 200


def test_a_state_is_good_once_and_in_the_browser_that_began(service: Service) -> None:
    browser = service.app.test_client()
    back = go(browser)
    assert "another browser" in refusal(service.app.test_client().get(back))
    assert browser.get(back).headers["Location"] == "/projects"
    other = service.app.test_client()
    go(other)
    assert "another browser" in refusal(other.get(back))


def test_it_takes_ten_minutes_at_most(service: Service) -> None:
    browser = service.app.test_client()
    back = go(browser)
    with connected():
        OidcAttempt.update(expires_at=clock.now()).execute()
    assert "took too long" in refusal(browser.get(back))


def test_who_gives_it_up_is_told_so(service: Service) -> None:
    browser = service.app.test_client()
    state = parse_qs(urlsplit(browser.get(START).headers["Location"]).query)["state"][0]
    path = f"/api/v1/auth/oidc/company/callback?state={state}&error=access_denied"
    assert "given up" in refusal(browser.get(path))


def test_an_id_token_of_another_sign_in_or_for_somebody_else_is_no_proof(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = service.app.test_client()
    back = go(browser)
    with connected():
        OidcAttempt.update(nonce="another").execute()
    assert "did not prove who you are" in refusal(browser.get(back))
    back = go(browser)
    known = service.resources.oidc_clients["company"]
    monkeypatch.setattr(
        known, "_provider", OidcProvider("company", "", known._provider.issuer, "somebody-else", "secret")
    )
    assert "did not prove who you are" in refusal(browser.get(back))


def test_an_unsigned_id_token_is_no_proof(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = service.app.test_client()
    back = go(browser)
    client: ProviderClient = service.resources.oidc_clients["company"]
    real = client._json

    def unsigned(method: str, url: str, **given: Any) -> dict[str, Any]:
        answer = real(method, url, **given)
        if "id_token" in answer:
            _, payload, _ = answer["id_token"].split(".")
            answer["id_token"] = f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."
        return answer

    monkeypatch.setattr(client, "_json", unsigned)
    assert "did not prove who you are" in refusal(browser.get(back))


def test_a_second_factor_is_asked_for_on_this_way_too(service: Service) -> None:
    sign_in(service)
    with connected():
        User.update(totp_since=clock.now(), totp_secret="v1.x.y.z").execute()
    other, answer = sign_in(service)
    assert answer.headers["Location"].startswith("/sign-in?next=/projects#mfa=")
    assert other.get("/api/v1/auth/me").status_code == 401


def test_who_is_switched_off_is_not_let_in(service: Service) -> None:
    sign_in(service)
    deactivate(service, "dora@example.org")
    browser, answer = sign_in(service)
    assert "switched off" in refusal(answer)
    assert browser.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_a_server_that_lets_nobody_in_lets_nobody_in_this_way(
    service: Service, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setitem(vars(service.settings), "registration_mode", mode)
    _, answer = sign_in(service)
    assert "takes" in refusal(answer)
    with connected():
        assert User.select().count() == 0


def connect(service: Service, person: Person, subject: str) -> Any:
    browser = service.app.test_client()
    headers = {"Authorization": f"Bearer {person.access_token}"}
    answer = browser.post("/api/v1/auth/oidc/company/connect", json={}, headers=headers)
    if answer.status_code != 200:
        return answer
    return browser.get(return_from(answer.json["url"], subject))


def test_an_account_is_connected_and_disconnected(service: Service, alice: Person) -> None:
    assert connect(service, alice, "nobody").headers["Location"] == "/account"
    [shown] = alice.get("/auth/oidc").json["providers"]
    assert shown == {"name": "company", "title": "The Company", "is_connected": True}
    browser, _ = sign_in(service, "nobody")
    assert me(browser)["user"]["id"] == alice.user["id"]
    assert [alice.delete("/auth/oidc/company").status_code for _ in range(2)] == [204, 404]
    assert "made sure of" in refusal(sign_in(service, "nobody")[1])


def test_an_identity_is_one_persons(service: Service, alice: Person, charlie: Person) -> None:
    connect(service, alice, "nobody")
    assert "another account" in refusal(connect(service, charlie, "nobody"))


def test_connecting_asks_again_who_it_is(service: Service, alice: Person) -> None:
    forget_who_it_is(alice)
    assert connect(service, alice, "nobody").json["error"]["code"] == "REAUTHENTICATION_REQUIRED"


def invite(alice: Person, **wanted: Any) -> str:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    made = alice.post("/invitations", json={"team_id": team_id, "team_role": "viewer", **wanted})
    return str(made.json["url"].partition("#")[2])


def come_in(service: Service, invitation: str) -> tuple[FlaskClient, Any]:
    browser = service.app.test_client()
    begun = browser.post(START, json={"invitation": invitation})
    return browser, browser.get(return_from(begun.json["url"], "dora"))


def test_who_is_invited_comes_in_with_a_provider(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(service.settings), "registration_mode", "invitation")
    invitation = invite(alice, email="dora@example.org")
    assert "by invitation only" in refusal(sign_in(service)[1])
    browser, _ = come_in(service, invitation)
    assert me(browser)["user"]["email"] == "dora@example.org"
    assert [one["name"] for one in browser.get("/api/v1/teams").json["teams"]] == ["Personal", "Desk"]
    assert alice.post("/invitations/validate", json={"token": invitation}).status_code == 404


@pytest.mark.parametrize("wanted", [None, {"email": "somebody@example.org"}])
def test_an_invitation_of_somebody_else_or_none_lets_nobody_in(
    service: Service, alice: Person, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, str] | None
) -> None:
    monkeypatch.setitem(vars(service.settings), "registration_mode", "invitation")
    refusal(come_in(service, "x" * 43 if wanted is None else invite(alice, **wanted))[1])
    with connected():
        assert User.get_or_none(User.email == "dora@example.org") is None
        assert OidcIdentity.select().count() == 0


def test_the_only_way_in_stays(service: Service) -> None:
    browser, _ = sign_in(service)
    csrf = browser.get_cookie("csrf_access_token")
    assert csrf is not None
    answer = browser.delete("/api/v1/auth/oidc/company", headers={"X-CSRF-TOKEN": csrf.value})
    assert (answer.status_code, "Set a password first" in answer.json["error"]["message"]) == (409, True)


@pytest.mark.parametrize(
    "wanted", ["https://evil.example.org", "//evil.example.org", "/\\evil.example.org", "javascript:x", "", "/" * 1001]
)
def test_it_leads_to_no_other_site(wanted: str) -> None:
    assert oidc.local_path(wanted) == "/projects"


def test_a_provider_that_is_away_or_unknown_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.anonymous().get("/api/v1/auth/oidc/unknown/start").status_code == 404
    away = OidcProvider("company", "The Company", "http://localhost:1", "clipflow", "secret")
    monkeypatch.setitem(vars(service.settings), "oidc_providers", (away,))
    service.resources.oidc_clients.clear()
    answer = service.anonymous().get(START)
    assert "try again later" in refusal(answer)


@pytest.mark.parametrize(
    "providers",
    [
        "no json",
        [{"name": "google", "title": "G", "issuer": "https://a.example.org", "client_id": "x"}],
        [{"name": "Big", "title": "B", "issuer": "https://a.example.org", "client_id": "x"}],
        [{"name": "plain", "title": "P", "issuer": "http://a.example.org", "client_id": "x"}],
        [{"name": "lacks", "title": "L", "issuer": "https://a.example.org"}],
        [{"name": "twice", "title": "T", "issuer": "https://a.example.org", "client_id": "x"}] * 2,
    ],
)
def test_a_provider_is_named_as_it_must_be(providers: Any) -> None:
    text = providers if isinstance(providers, str) else json.dumps(providers)
    with pytest.raises(SettingsError, match="OIDC_PROVIDERS"):
        load_settings({"APP_ENV": "test", "OIDC_PROVIDERS": text}, env_file=None)


def test_google_is_known_by_its_two_settings() -> None:
    values = {"APP_ENV": "test", "GOOGLE_CLIENT_ID": "x", "DATA_DIR": "/tmp/clipflow-url-map"}
    settings = load_settings(values, env_file=None)
    assert [(one.name, one.issuer) for one in settings.oidc_providers_known] == [
        ("google", "https://accounts.google.com")
    ]
