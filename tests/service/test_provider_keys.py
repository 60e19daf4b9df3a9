"""Keys of services outside: kept encrypted, used in their order, shown to nobody, and sent to no address of ours."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore2
import pytest

from clipflow import encrypted
from clipflow.core.crypto import KeyRing
from clipflow.core.db import connected
from clipflow.operations import service as operations
from clipflow.provider_keys import service as provider_keys
from clipflow.provider_keys.models import ProviderKey
from clipflow.transcription.outgoing import ForbiddenAddressError, checked_address, guarded_client
from scripts.fake_openai import FakeOpenAI
from tests.conftest import ROOT
from tests.service.conftest import Person, Service, environment_of
from tests.service.test_second_factor import forget_who_it_is

KEY = "sk-abcdefgh1234"


@pytest.fixture
def allowed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transcription is allowed, and the server has no key; services of the own network may be named."""
    for name in ("ai_features_enabled", "whisper_api_enabled", "allow_private_services"):
        monkeypatch.setitem(vars(service.settings), name, True)


@pytest.fixture(scope="module")
def fake_openai() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running


def keep(person: Person, path: str = "/auth/keys/transcription", key: str = KEY, **more: Any) -> Any:
    return person.call("PUT", path, json={"key": key, **more})


def test_it_is_kept_encrypted_and_shown_by_its_last_four_characters(service: Service, alice: Person) -> None:
    kept = keep(alice, base_url="https://speech.example.org/v1").json["key"]
    assert (kept["last_four"], kept["base_url"]) == ("1234", "https://speech.example.org/v1")
    listed = alice.get("/auth/keys")
    assert listed.json == {"keys": [kept]}
    assert alice.get("/auth/keys/transcription").json == {"key": kept}
    assert alice.get("/auth/keys/language_model").status_code == 404
    assert KEY not in listed.text
    with connected():
        row = ProviderKey.get()
        assert KEY not in str(row.__data__)
        assert service.resources.keys.decrypt(row.encrypted, provider_keys.place_of(row.id)) == KEY


def test_another_takes_its_place_and_it_can_be_forgotten(alice: Person) -> None:
    keep(alice)
    keep(alice, key="sk-another-5678")
    assert [one["last_four"] for one in alice.get("/auth/keys").json["keys"]] == ["5678"]
    assert [alice.delete("/auth/keys/transcription").status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(
    "body",
    [
        {"key": "short"},
        {"key": "with a blank in it"},
        {"key": "ümlaut-in-the-key"},
        {"key": KEY, "base_url": "ftp://speech.example.org"},
        {"key": KEY, "base_url": "https://user:pass@speech.example.org"},
        {"key": KEY, "base_url": "https://speech.example.org:port"},
    ],
)
def test_it_refuses_what_is_no_key_or_address(alice: Person, body: dict[str, str]) -> None:
    assert alice.call("PUT", "/auth/keys/transcription", json=body).status_code == 400
    assert alice.call("PUT", "/auth/keys/something", json={"key": KEY}).status_code == 404


def test_the_teams_key_comes_before_the_persons_and_that_before_the_servers(
    service: Service, alice: Person, allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]

    def used() -> str | None:
        with connected():
            access = provider_keys.transcription_access(service.resources, team_id, alice.user["id"])
        return None if access is None else access.api_key

    assert used() is None
    monkeypatch.setitem(vars(service.settings), "openai_api_key", "the-servers")
    assert used() == "the-servers"
    keep(alice)
    assert used() == KEY
    keep(alice, f"/teams/{team_id}/keys/transcription", "the-teams-key")
    assert used() == "the-teams-key"
    monkeypatch.setitem(vars(service.settings), "whisper_api_enabled", False)
    assert used() is None


def test_with_an_own_key_a_recording_is_transcribed(
    service: Service, alice: Person, uploaded: tuple[str, str], allowed: None, fake_openai: FakeOpenAI
) -> None:
    _, media_id = uploaded
    refused = alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper"})
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "AI_FEATURES_DISABLED")
    assert alice.get("/config/features").json["whisper_available"] is False
    keep(alice, base_url=fake_openai.base_url)
    assert alice.get("/config/features").json["whisper_available"] is True
    assert service.anonymous().get("/api/v1/config/features").json["whisper_available"] is False
    assert alice.get(f"/media/{media_id}/transcript/estimate").json["service"] == "127.0.0.1"
    started = alice.post(f"/media/{media_id}/analyze", json={"processing_mode": "whisper"}).json
    service.run_jobs()
    assert alice.get(f"/analysis/{started['analysis_id']}/status").json["status"] == "completed"


def test_a_key_that_is_taken_away_meanwhile_says_so(
    service: Service, alice: Person, uploaded: tuple[str, str], allowed: None, fake_openai: FakeOpenAI
) -> None:
    keep(alice, base_url=fake_openai.base_url)
    started = alice.post(f"/media/{uploaded[1]}/analyze", json={"processing_mode": "whisper"}).json
    alice.delete("/auth/keys/transcription")
    service.run_jobs()
    status = alice.get(f"/analysis/{started['analysis_id']}/status").json
    assert (status["status"], "key" in status["error_message"]) == ("failed", True)


def test_it_can_be_tried(alice: Person, allowed: None, fake_openai: FakeOpenAI) -> None:
    assert alice.post("/auth/keys/transcription/test").status_code == 404
    keep(alice, base_url=fake_openai.base_url)
    assert alice.post("/auth/keys/transcription/test").json["works"] is True
    keep(alice, base_url="http://127.0.0.1:1/v1")
    tried = alice.post("/auth/keys/transcription/test").json
    assert (tried["works"], "cannot be reached" in tried["message"]) == (False, True)


@pytest.fixture
def outside() -> Iterator[tuple[str, dict[str, Any]]]:
    """A service of somebody else that answers what a test puts there: its address, and the status and the pieces."""
    answer: dict[str, Any] = {"status": 200, "pieces": []}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer["status"])
            self.end_headers()
            with suppress(OSError):
                for piece in answer["pieces"]:
                    self.wfile.write(piece)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1", answer
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (200, b"<html>", "no service of this kind"),
        (200, b"[1]", "no service of this kind"),
        (401, b'{"error": {"message": "secret"}}', "does not take the key"),
        (500, b"secret", "status 500"),
        (302, b"", "status 302"),
        (200, b"[" * 2_000_000, "no service of this kind"),
    ],
)
@pytest.mark.usefixtures("allowed")
def test_of_what_a_service_answers_no_word_is_passed_on(
    alice: Person, outside: tuple[str, dict[str, Any]], status: int, content: bytes, said: str
) -> None:
    address, answer = outside
    answer |= {"status": status, "pieces": [content]}
    keep(alice, base_url=address)
    tried = alice.post("/auth/keys/transcription/test").json
    assert (tried["works"], said in tried["message"], "secret" in tried["message"]) == (False, True, False)


@pytest.mark.usefixtures("allowed")
def test_a_service_that_answers_without_end_is_left_alone(
    alice: Person, outside: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            time.sleep(0.1)
            yield b" "

    monkeypatch.setattr("clipflow.transcription.checking._DEADLINE_S", 0.5)
    address, answer = outside
    answer["pieces"] = endless()
    keep(alice, base_url=address)
    tried = alice.post("/auth/keys/transcription/test").json
    assert (tried["works"], "did not answer" in tried["message"]) == (False, True)


@pytest.mark.usefixtures("allowed")
def test_a_few_keys_are_tried_at_once_and_the_others_wait(service: Service, alice: Person) -> None:
    keep(alice, base_url="http://127.0.0.1:1/v1")
    with service.resources.key_test_slots, service.resources.key_test_slots:
        assert alice.post("/auth/keys/transcription/test").status_code == 429


@pytest.mark.parametrize(
    "base_url",
    [
        "http://a b/", "http://ex\nample/", "http://ex\x00ample/", "http://0177.0.0.1/", "http://\u2460.0.0.1/",
        "http://[fe80::1%25eth0]/", "http://a@example.org/", "http://example.org/?a", "ftp://example.org/",
    ],
)  # fmt: skip
def test_an_address_is_one_that_all_programs_read_alike(alice: Person, base_url: str) -> None:
    body = {"key": KEY, "base_url": base_url}
    assert alice.call("PUT", "/auth/keys/transcription", json=body).status_code == 400


def test_two_keys_at_once_leave_one(alice: Person) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda _: alice.call("PUT", "/auth/keys/transcription", json={"key": KEY}).status_code, range(6))
        )
    assert set(answers) <= {200, 409}
    assert len(alice.get("/auth/keys").json["keys"]) == 1


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1",
        "192.88.99.1", "192.0.0.8", "2001:0:4136:e378:8000:63bf:80ff:fffe", "ff02::1", "100.64.0.1",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_by_a_detour_is_inside(address: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        checked_address(address, 443)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700:4700::1111", "64:ff9b::5db8:d70e"])
def test_an_address_outside_is_let_through(address: str) -> None:
    assert checked_address(address, 443) == address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_it_is_sent_to_no_address_of_the_servers_own_network(alice: Person, host: str) -> None:
    keep(alice, base_url=f"http://{host}:80/v1")
    tried = alice.post("/auth/keys/transcription/test").json
    assert (tried["works"], "own network" in tried["message"]) == (False, True)


def test_the_address_that_was_checked_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    monkeypatch.setattr(
        "clipflow.transcription.outgoing.socket.getaddrinfo",
        lambda host, port, **_: [(2, 1, 6, "", (one, port)) for one in answers.pop(0)],
    )
    connected_to: list[str] = []

    def connect(self: Any, host: str, *arguments: Any, **named: Any) -> Any:
        connected_to.append(host)
        raise httpcore2.ConnectError("far away")

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    with guarded_client(1.0) as client, pytest.raises(Exception, match="far away"):
        client.get("http://changing.example.org/v1/models")
    assert connected_to == ["93.184.215.14"]
    with pytest.raises(ForbiddenAddressError):
        checked_address("changing.example.org", 80)


def test_a_name_with_one_address_of_ours_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("93.184.215.14", 80)), (2, 1, 6, "", ("10.0.0.7", 80))]
    monkeypatch.setattr("clipflow.transcription.outgoing.socket.getaddrinfo", lambda *_, **__: both)
    with pytest.raises(ForbiddenAddressError):
        checked_address("both.example.org", 80)


def test_a_teams_keys_are_its_owners(service: Service, alice: Person, charlie: Person) -> None:
    team_id = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    invitation = alice.post("/invitations", json={"team_id": team_id, "team_role": "editor"}).json
    charlie.post("/invitations/accept", json={"token": invitation["url"].partition("#")[2]})
    path = f"/teams/{team_id}/keys"
    assert [charlie.get(path).status_code, keep(charlie, f"{path}/transcription").status_code] == [403, 403]
    assert keep(alice, f"{path}/transcription").status_code == 200


def test_keeping_one_asks_again_who_it_is(alice: Person) -> None:
    forget_who_it_is(alice)
    assert keep(alice).json["error"]["code"] == "REAUTHENTICATION_REQUIRED"


def test_every_secret_is_encrypted_anew_with_the_newest_key(service: Service, alice: Person) -> None:
    keep(alice)
    alice.post("/auth/2fa/totp")
    [old] = service.settings.encryption_keys
    ring = KeyRing(["a new secret of many characters, as it should be", old])
    with connected():
        assert encrypted.count_by_key() == {service.resources.keys.newest: 2}
        assert encrypted.rotate(ring) == (2, 0)
        assert encrypted.rotate(ring) == (0, 0)
        assert encrypted.count_by_key() == {ring.newest: 2}
        assert encrypted.rotate(KeyRing(["a stranger's secret of many characters"])) == (0, 2)
    [finding] = [one for one in operations.examine(service.resources) if one.subject == "keys"]
    assert (finding.is_well, ring.newest in finding.fact) == (False, True)


def test_keys_are_rotated_from_the_shell(service: Service, backend: str, request: pytest.FixtureRequest) -> None:
    servers = request.getfixturevalue("servers") if backend == "servers" else None
    values = environment_of(backend, service.settings.data_dir, servers)
    command = [sys.executable, str(ROOT / "run.py"), "rotate-keys"]
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin", **values}, capture_output=True, text=True, check=False)
    assert (done.returncode, "encrypted with the newest key" in done.stdout) == (0, True), done.stderr
