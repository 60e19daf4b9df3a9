"""What administrators do with accounts: somebody always runs the server, and every team is always owned."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.service.conftest import PASSWORD, Person, Service
from tests.service.test_lockouts import guess, try_password
from tests.service.test_second_factor import forget_who_it_is


def change(bob: Person, person: Person, **changes: Any) -> Any:
    return bob.patch(f"/admin/users/{person.user['id']}", json=changes)


def emails(bob: Person, query: str = "") -> list[str]:
    return [one["email"].partition("@")[0] for one in bob.get(f"/admin/users{query}").json["users"]]


def test_people_are_listed_searched_and_sorted(alice: Person, bob: Person, charlie: Person) -> None:
    charlie.patch("/auth/me", json={"full_name": "Zoë 100%"})
    assert emails(bob) == ["alice", "bob", "charlie"]
    assert emails(bob, "?sort=-email&limit=2") == ["charlie", "bob"]
    assert emails(bob, "?query=ALICE") == ["alice"]
    assert emails(bob, "?query=0%25") == ["charlie"]
    assert emails(bob, "?query=%25") == ["charlie"]
    assert emails(bob, "?role=admin") == ["bob"]
    change(bob, charlie, is_active=False)
    assert emails(bob, "?status=off") == ["charlie"]


def test_nothing_secret_is_shown(alice: Person, bob: Person) -> None:
    shown = bob.get(f"/admin/users/{alice.user['id']}").json["user"]
    assert not any("hash" in name or "secret" in name or "password" in name for name in shown)


def test_somebody_switched_off_is_out_at_once(alice: Person, bob: Person) -> None:
    assert change(bob, alice, is_active=False).json["user"]["is_active"] is False
    assert alice.get("/projects").status_code == 401
    assert change(bob, alice, is_active=True).status_code == 200
    assert alice.get("/projects").status_code == 401


def test_another_administrator_is_made_and_unmade(alice: Person, bob: Person) -> None:
    assert change(bob, alice, role="admin").json["user"]["role"] == "admin"
    assert alice.get("/admin/users").status_code == 200
    assert change(alice, bob, role="user").status_code == 200
    assert bob.get("/admin/users").status_code == 403


def test_the_last_administrator_stays(bob: Person) -> None:
    for changes in ({"role": "user"}, {"is_active": False}):
        answer = change(bob, bob, **changes)
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "LAST_ADMIN")


def test_two_administrators_who_step_down_together_leave_one(alice: Person, bob: Person) -> None:
    change(bob, alice, role="admin")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: change(one, one, role="user").status_code, (alice, bob)))
    assert sorted(answers) == [200, 409]


def test_whoever_owns_a_team_alone_is_not_switched_off(alice: Person, bob: Person) -> None:
    alice.post("/teams", json={"name": "Desk"})
    answer = change(bob, alice, is_active=False)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "SOLE_OWNER")
    assert "Desk" in answer.json["error"]["message"]


def test_somebody_is_signed_out_everywhere(alice: Person, bob: Person) -> None:
    assert bob.post(f"/admin/users/{alice.user['id']}/sign-out").status_code == 204
    assert alice.get("/auth/me").status_code == 401


def test_a_closed_account_is_opened_again(service: Service, alice: Person, bob: Person) -> None:
    guess(service, 5)
    assert try_password(service, PASSWORD).status_code == 429
    assert bob.post(f"/admin/users/{alice.user['id']}/unlock").status_code == 204
    assert try_password(service, PASSWORD).status_code == 200


def test_a_lost_second_factor_is_switched_off(service: Service, alice: Person, bob: Person) -> None:
    alice.post("/auth/2fa/totp")
    assert bob.delete(f"/admin/users/{alice.user['id']}/2fa").status_code == 204
    assert alice.get("/auth/me").status_code == 401
    assert "access_token" in try_password(service, PASSWORD).json


def test_a_password_reset_is_mailed(service: Service, alice: Person, bob: Person) -> None:
    outbox = service.settings.data_dir / "outbox"
    before = set(outbox.glob("*.eml"))
    assert bob.post(f"/admin/users/{alice.user['id']}/password-reset").status_code == 202
    service.run_jobs()
    [mail] = set(outbox.glob("*.eml")) - before
    assert "alice@example.org" in mail.read_text()
    mail.unlink()


def test_what_administrators_do_is_asked_about_again_and_written_down(alice: Person, bob: Person) -> None:
    forget_who_it_is(bob)
    assert change(bob, alice, is_active=False).json["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    assert bob.post("/auth/reauthenticate", json={"password": PASSWORD}).status_code == 200
    assert change(bob, alice, is_active=False).status_code == 200
    [event] = bob.get("/admin/audit?action=account.switched_off").json["events"]
    assert (event["actor_id"], event["target_id"]) == (bob.user["id"], alice.user["id"])


def test_an_unknown_person_is_not_there(bob: Person) -> None:
    path = f"/admin/users/{'0' * 8}-0000-4000-8000-000000000000"
    assert bob.get(path).status_code == bob.post(f"{path}/unlock").status_code == 404


def test_the_server_is_told_in_numbers(alice: Person, bob: Person, uploaded: tuple[str, str]) -> None:
    found = bob.get("/admin/stats").json
    assert (found["users"], found["active_users_30_days"], found["recordings"], found["teams"]) == (2, 2, 1, 0)
    assert found["recorded_hours"] == 0.0
    assert found["stored_bytes"] > 100_000
    assert found["disk_total_bytes"] >= found["disk_free_bytes"] > 0


def test_a_role_is_given_by_its_own_address_too(alice: Person, bob: Person) -> None:
    path = f"/admin/users/{alice.user['id']}/roles"
    assert bob.call("PUT", path, json={"role": "admin"}).json["user"]["role"] == "admin"
    assert bob.call("PUT", path, json={"role": "king"}).status_code == 400
    assert alice.call("PUT", f"/admin/users/{bob.user['id']}/roles", json={"role": "user"}).status_code == 200
    assert bob.call("PUT", path, json={"role": "user"}).status_code == 403


def test_what_somebody_is_called_is_known_and_the_address_is_not(service: Service, alice: Person, bob: Person) -> None:
    path = f"/users/{alice.user['id']}"
    shown = bob.get(path)
    assert (shown.json["user"]["name"], "alice@" in shown.text) == ("Alice", False)
    assert service.anonymous().get(f"/api/v1{path}").status_code == 401
    assert bob.get("/users/00000000-0000-4000-8000-000000000000").status_code == 404
    bob.delete(f"/admin/users/{alice.user['id']}", json={"delete_data": True})
    assert bob.get(path).json["user"]["name"] == "Deleted user"


def test_preferences_are_the_same_in_both_places(alice: Person) -> None:
    assert alice.patch("/settings", json={"settings": {"theme": "dark"}}).json["settings"]["theme"] == "dark"
    assert alice.get("/auth/me").json["user"]["settings"]["theme"] == "dark"
    assert alice.get("/settings").json["settings"] == alice.get("/auth/me").json["user"]["settings"]


def test_the_last_twelve_weeks_are_told_one_by_one(alice: Person, bob: Person, uploaded: tuple[str, str]) -> None:
    weeks = bob.get("/admin/stats").json["weeks"]
    assert len(weeks) == 12
    assert weeks == sorted(weeks, key=lambda one: one["begins_at"])
    assert [one["recordings"] for one in weeks] == [*[0] * 11, 1]
    assert weeks[-1]["new_users"] == 2
