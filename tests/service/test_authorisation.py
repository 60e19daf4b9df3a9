"""Who may do what: every route of the URL map for everybody who is not its owner."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from flask_jwt_extended import create_access_token, create_refresh_token

from clipflow.app import create_app
from clipflow.config import load_settings
from clipflow.core import clock
from clipflow.core.db import connected, database
from clipflow.core.principal import Permission, Principal, Scope
from clipflow.core.storage.keys import key_for
from clipflow.links.models import ReviewLink
from clipflow.media.models import MediaFile
from clipflow.renditions.models import Rendition
from tests.service.conftest import Analysed, Person, Service, deactivate, open_link

OPEN = {
    ("POST", "/api/v1/auth/register"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/login/mfa"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/forgot-password"),
    ("POST", "/api/v1/auth/reset-password"),
    ("POST", "/api/v1/auth/verify-email"),
    ("POST", "/api/v1/auth/verify-email/resend"),
    ("POST", "/api/v1/auth/unlock"),
    ("POST", "/api/v1/setup"),
    ("GET", "/api/v1/auth/oidc"),
    ("GET", "/api/v1/auth/oidc/<string:provider>/start"),
    ("POST", "/api/v1/auth/oidc/<string:provider>/start"),
    ("GET", "/api/v1/auth/oidc/<string:provider>/callback"),
    ("GET", "/api/v1/config/features"),
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/health/ready"),
    # Whoever has the secret of an invitation may see what it is to.
    ("POST", "/api/v1/invitations/validate"),
    ("GET", "/api/v1/invitations/validate/<string:token>"),
    # And whoever has the secret of a review link comes in as its guest.
    ("POST", "/api/v1/review/open"),
    # Signed instead: the address itself is the right to use it.
    ("PUT", "/api/v1/upload/<uuid:upload_id>"),
    ("PUT", "/api/v1/upload/<uuid:upload_id>/parts/<int:number>"),
}
NOT_OF_THE_API = ("/api/docs", "/api/redoc", "/api/openapi.json")
# Revoking what is not there (any more) is fine, so that nothing can be told from the answer.
ANSWERED_WHATEVER_IS_THERE = {
    "/api/v1/auth/tokens/<uuid:token_id>",
    # What people are called, everybody with an account may know.
    "/api/v1/users/<uuid:user_id>",
    # A video is everybody's; what others have written about it nobody hears.
    "/api/v1/video-refs/<string:youtube_id>/notes",
    # These name a kind of service and nothing of anybody's.
    "/api/v1/auth/keys/<string:provider>",
    "/api/v1/auth/keys/<string:provider>/test",
    "/api/v1/auth/oidc/<string:provider>",
    "/api/v1/auth/oidc/<string:provider>/connect",
}


def routes() -> list[tuple[str, str]]:
    """Method and rule of every route, from the URL map of a real application."""
    was = database.obj
    app = create_app(load_settings({"APP_ENV": "test", "DATA_DIR": "/tmp/clipflow-url-map"}, env_file=None))
    database.initialize(was)
    found = [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule.startswith("/api/") and not rule.rule.startswith(NOT_OF_THE_API)
    ]
    return sorted(found)


ROUTES = routes()
GUARDED = [route for route in ROUTES if route not in OPEN]
FOR_ADMINISTRATORS = [route for route in GUARDED if route[1].startswith("/api/v1/admin/")]
ABOUT_SOMETHING = [route for route in GUARDED if "<" in route[1] and route not in FOR_ADMINISTRATORS]


@pytest.fixture
def path_for(service: Service, alice: Person, analysed: Analysed) -> Callable[[str], str]:
    """Fills the ids of Alice's things into a rule."""
    [session] = alice.get("/auth/sessions").json["sessions"]
    captions = io.BytesIO(b"1\n00:00:01,500 --> 00:00:05,310\nGood morning\n")
    assert alice.post(f"/media/{analysed.media_id}/transcript", data={"file": (captions, "a.srt")}).status_code == 200

    team_id = alice.get("/teams").json["teams"][0]["id"]
    shared = alice.post("/teams", json={"name": "Desk"}).json["team"]["id"]
    body = {"team_id": shared, "team_role": "viewer"}
    invitation = alice.post("/invitations", json=body).json["invitation"]["id"]
    dora = service.person("Dora").user["id"]
    link = alice.post(f"/projects/{analysed.project_id}/links", json={}).json["link"]["id"]
    token = alice.post("/auth/tokens", json={"name": "Backup", "scopes": ["exports:read"]}).json["token"]["id"]
    for keys in ("/auth/keys", f"/teams/{shared}/keys"):
        assert alice.call("PUT", f"{keys}/transcription", json={"key": "sk-12345678"}).status_code == 200
    share = {"user_id": dora, "role": "viewer"}
    assert alice.post(f"/projects/{analysed.project_id}/shares", json=share).status_code == 201

    put_pictures(service, analysed.media_id)
    category = alice.post("/categories", json={"name": "News", "team_id": shared}).json["category"]["id"]

    body = {"name": "Fast", "team_id": shared, "analysis": {}}
    preset = alice.post("/presets", json=body).json["preset"]["id"]

    video = alice.post("/video-refs", json={"url": "dQw4w9WgXcQ"}).json["video_ref"]["youtube_id"]
    note = alice.post(f"/media/{analysed.media_id}/notes", json={"at_ms": 0}).json["note"]["id"]

    def fill(rule: str) -> str:
        path = rule.removeprefix("/api/v1")
        path = path.replace("<string:youtube_id>", video).replace("<uuid:note_id>", note)
        if path.endswith("/restore"):
            path = path.replace("<uuid:media_id>", put_into_bin(analysed.project_id))
        path = path.replace("<uuid:team_id>", shared if "/teams/" in rule else team_id)
        path = path.replace("<string:provider>", "transcription").replace("<uuid:category_id>", category)
        path = path.replace("<uuid:preset_id>", preset)
        path = path.replace("<int:number>", "0").replace("<string:kind>", "poster")
        path = path.replace("<uuid:invitation_id>", invitation).replace("<string:token>", "unknown")
        path = path.replace("<uuid:user_id>", dora if "/shares/" in rule else alice.user["id"])
        path = path.replace("<uuid:project_id>", analysed.project_id).replace("<uuid:media_id>", analysed.media_id)
        path = path.replace("<uuid:link_id>", link).replace("<uuid:token_id>", token)
        path = path.replace("<uuid:analysis_id>", analysed.analysis_id).replace("<uuid:session_id>", session["id"])
        if "<uuid:upload_id>" in path:
            path = path.replace("<uuid:upload_id>", announce_upload(alice, analysed.project_id))
        return path.replace("<uuid:file_id>", analysed.media_id)

    return fill


def put_pictures(service: Service, media_id: str) -> None:
    """What is made of a recording, as far as who may see it goes."""
    board = {
        "sheet_bytes": [3], "tile_width": 1, "tile_height": 1, "tile_count": 1, "step_s": 2.0, "duration_s": 2.0,
    }  # fmt: skip
    with connected():
        for kind in ("thumbnail", "poster", "storyboard"):
            key = key_for("renditions", str(uuid4()), ".jpg")
            service.resources.storage.put(key, b"abc")
            Rendition.create(
                media_file=media_id, kind=kind, status="done", recipe="a", made_by_recipe="a", storage_key=key,
                size_bytes=3, meta=board,
            )  # fmt: skip


# By method and the end of the rule: a body or query that is right where one is needed, so that nothing but the
# person is wrong.
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("PATCH", "/segments"): {"json": {"version": 1, "changes": [{"start_ms": 0, "end_ms": 10, "action": "keep"}]}},
    ("PATCH", "/transcript"): {"json": {"version": 2, "changes": [{"index": 0, "text": "Good"}]}},
    ("PATCH", "/speakers"): {"json": {"version": 2, "changes": [{"speaker": "Anna", "name": "Berta"}]}},
    ("POST", "/notes"): {"json": {"at_ms": 0}},
    ("POST", "/video-refs"): {"json": {"url": "dQw4w9WgXcQ"}},
    ("PATCH", "/notes/<uuid:note_id>"): {"json": {"version": 1, "text": "Other"}},
    ("GET", "/search"): {"query_string": {"text": "good"}},
    ("GET", "/export"): {"query_string": {"format": "edl"}},
    ("GET", "/export/report"): {"query_string": {"format": "edl"}},
    ("POST", "/upload"): {},
    ("POST", "/parts"): {"json": {"part_numbers": [1]}},
    ("PUT", ":provider>"): {"json": {"key": "sk-12345678"}},
    ("PATCH", "/categories/<uuid:category_id>"): {"json": {"name": "Other"}},
    ("POST", "/categories"): {"json": {"name": "Sports", "team_id": "<uuid:team_id>"}},
    ("PATCH", "/presets/<uuid:preset_id>"): {"json": {"name": "Other"}},
    ("POST", "/presets"): {"json": {"name": "Slow", "team_id": "<uuid:team_id>", "analysis": {}}},
    ("PATCH", "/media/<uuid:media_id>"): {"json": {"title": "Another"}},
    ("PUT", "/project"): {"json": {"project_id": "<uuid:project_id>"}},
    ("PATCH", "/teams/<uuid:team_id>"): {"json": {"name": "Desk"}},
    ("DELETE", "/teams/<uuid:team_id>"): {"json": {"confirm_name": "Desk"}},
    ("PATCH", "/members/<uuid:user_id>"): {"json": {"role": "owner"}},
    ("PATCH", "/shares/<uuid:user_id>"): {"json": {"role": "viewer"}},
    ("POST", "/shares"): {"json": {"email": "bob@example.org", "role": "viewer"}},
    ("POST", "/move"): {"json": {"team_id": "<uuid:team_id>"}},
    ("POST", "/library/export"): {"json": {"media_ids": ["<uuid:media_id>"], "format": "edl"}},
    ("POST", "/projects/<uuid:project_id>/export"): {"json": {"media_ids": ["<uuid:media_id>"], "format": "edl"}},
}


def body_for(method: str, rule: str, fill: Callable[[str], str]) -> dict[str, object]:
    for (wanted_method, end), body in BODIES.items():
        if method == wanted_method and rule.endswith(end):
            filled: dict[str, object] = json.loads(fill(json.dumps(body)))
            return filled
    return {"json": {}} if method in ("POST", "PATCH", "PUT") else {}


def test_the_map_holds_every_route_of_the_contract() -> None:
    assert len(ROUTES) == 174
    assert set(ROUTES) >= OPEN


def broken_tokens(service: Service, alice: Person) -> dict[str, str]:
    """Authorisation headers that must not open anything."""
    with service.app.app_context():
        user_id = alice.user["id"]
        claims = {"sid": user_id, "ver": 0}
        expired = create_access_token(user_id, additional_claims=claims, expires_delta=timedelta(seconds=-1))
        as_refresh = create_refresh_token(user_id, additional_claims=claims)
        no_claims = create_access_token(user_id)
        other_session = create_access_token(user_id, additional_claims=claims)
        odd_subject = create_access_token("1", additional_claims=claims)
    head, payload, _ = alice.access_token.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    return {
        "anonymous": "",
        "expired": f"Bearer {expired}",
        "refresh token": f"Bearer {alice.refresh_token}",
        "refresh JWT": f"Bearer {as_refresh}",
        "no session": f"Bearer {no_claims}",
        "unknown session": f"Bearer {other_session}",
        "odd subject": f"Bearer {odd_subject}",
        "bad signature": f"Bearer {head}.{payload}.AAAA",
        "unsigned": f"Bearer {unsigned}.{payload}.",
        "no scheme": alice.access_token,
        "wrong scheme": f"Basic {alice.access_token}",
        "nothing": "Bearer ",
        "noise": "Bearer é",
    }


def test_no_route_opens_to_a_token_that_does_not_count(
    service: Service, alice: Person, path_for: Callable[[str], str]
) -> None:
    client = service.anonymous()
    for (method, rule), (name, header) in product(GUARDED, broken_tokens(service, alice).items()):
        headers = {"Authorization": header.encode("utf-8").decode("latin-1")} if header else {}
        path = f"/api/v1{path_for(rule)}"
        answer = client.open(path, method=method, headers=headers, **body_for(method, rule, path_for))
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED"), (method, rule, name)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_stranger_and_an_administrator_find_nothing(
    charlie: Person, bob: Person, path_for: Callable[[str], str]
) -> None:
    for (method, rule), person in product(ABOUT_SOMETHING, (charlie, bob)):
        if rule in ANSWERED_WHATEVER_IS_THERE:
            continue
        if person is bob and "/invitations/" in rule:
            # Administrators see to who comes in.
            continue
        answer = person.call(method, path_for(rule), **body_for(method, rule, path_for))
        if (method, rule) == ("DELETE", "/api/v1/upload/<uuid:upload_id>"):
            # Given up is given up: 204 also where there is none, and for who may not see it nothing happens.
            assert answer.status_code == 204
            continue
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND"), (method, rule)


def test_a_deactivated_person_and_a_signed_out_one_find_every_door_shut(
    service: Service, alice: Person, charlie: Person, path_for: Callable[[str], str]
) -> None:
    paths = [(method, rule, path_for(rule)) for method, rule in GUARDED]
    charlie.post("/auth/logout")
    deactivate(service, "alice@example.org")
    for person in (alice, charlie):
        for method, rule, path in paths:
            assert person.call(method, path, **body_for(method, rule, path_for)).status_code == 401, (method, rule)


def test_what_is_for_administrators_is_for_nobody_else(
    alice: Person, bob: Person, path_for: Callable[[str], str]
) -> None:
    for method, rule in FOR_ADMINISTRATORS:
        answer = alice.call(method, path_for(rule), **body_for(method, rule, path_for))
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "FORBIDDEN"), (method, rule)
        if method == "GET":
            assert bob.call(method, path_for(rule)).status_code == 200, rule


def test_the_owner_gets_in(alice: Person, path_for: Callable[[str], str]) -> None:
    # What removes something comes last, and of that what others are in or hang on.
    last = (
        "/renditions/<",
        "/keys/<",
        "/shares/<",
        "/links/<",
        "/media/<",
        "/projects/<",
        "/members/<",
        "/teams/<",
        "/sessions/<",
    )
    routes = sorted(
        (route for route in ABOUT_SOMETHING if not any(name in route[1] for name in ("confirm", "estimate", "/oidc/"))),
        key=lambda route: (route[0] == "DELETE", next((n for n, name in enumerate(last, 1) if name in route[1]), 0)),
    )
    for method, rule in routes:
        answer = alice.call(method, path_for(rule), **body_for(method, rule, path_for))
        assert answer.status_code not in (401, 403, 404), (method, rule, answer.text)


def declared(service: Service, method: str, rule: str) -> Permission | None:
    """What a route says next to ``signed_in`` that it needs."""
    return described(service, method, rule).get("permission")  # type: ignore[no-any-return]


def described(service: Service, method: str, rule: str) -> dict[str, Any]:
    """All that a route says of itself."""
    adapter = service.app.url_map.bind("localhost")
    path = re.sub(r"<[^>]+>", "00000000-0000-4000-8000-000000000000", rule.replace("<int:number>", "0"))
    endpoint, _ = adapter.match(path, method=method)
    view = service.app.view_functions[endpoint]
    return getattr(view.view_class, method.lower())._apidoc  # type: ignore[attr-defined, no-any-return]


def replace_credentials(person: Person, secret: str) -> Person:
    """The same person, acting by a token."""
    return replace(person, access_token=secret)


def put_into_bin(project_id: str) -> str:
    """A recording of a project that was deleted and can be restored."""
    with connected():
        deleted = MediaFile.create(
            project=project_id, original_filename="a.mp4", title="a", storage_key="", file_size=0,
            mime_type="video/mp4", media_info=None, created_at=clock.now(), deleted_at=clock.now(),
        )  # fmt: skip
    return str(deleted.id)


def announce_upload(person: Person, project_id: str) -> str:
    body = {"project_id": project_id, "filename": "a.mp4", "content_type": "video/mp4", "file_size": 4}
    return str(person.post("/upload/presigned", json=body).json["file_id"])


def limit_people_to(monkeypatch: pytest.MonkeyPatch, *ceiling: Permission) -> None:
    """From now on nobody may do more than this."""
    whole = Principal.person

    def limited(*arguments: Any, **named: Any) -> Principal:
        return replace(whole(*arguments, **named), ceiling=frozenset(ceiling))

    monkeypatch.setattr(Principal, "person", limited)


def test_an_upload_is_confirmed_by_who_may_edit_alone(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = announce_upload(alice, alice.make_project())
    limit_people_to(monkeypatch, Permission.VIEW)
    assert alice.post(f"/upload/confirm/{file_id}").status_code == 403


def test_every_route_about_a_project_says_what_it_needs(service: Service) -> None:
    silent = {route for route in ABOUT_SOMETHING if declared(service, *route) is None}
    assert silent == {
        ("DELETE", "/api/v1/auth/sessions/<uuid:session_id>"),
        ("DELETE", "/api/v1/auth/tokens/<uuid:token_id>"),
        ("GET", "/api/v1/users/<uuid:user_id>"),
        ("DELETE", "/api/v1/auth/oidc/<string:provider>"),
        ("POST", "/api/v1/auth/oidc/<string:provider>/connect"),
        ("GET", "/api/v1/auth/keys/<string:provider>"),
        ("PUT", "/api/v1/auth/keys/<string:provider>"),
        ("DELETE", "/api/v1/auth/keys/<string:provider>"),
        ("POST", "/api/v1/auth/keys/<string:provider>/test"),
        ("DELETE", "/api/v1/invitations/<uuid:invitation_id>"),
        # Of a team, or of the whole server: the service asks, see test_library.
        ("PATCH", "/api/v1/categories/<uuid:category_id>"),
        ("DELETE", "/api/v1/categories/<uuid:category_id>"),
        # Of who has written it, or who knows the video: the service asks, see test_notes.
        ("PATCH", "/api/v1/notes/<uuid:note_id>"),
        ("DELETE", "/api/v1/notes/<uuid:note_id>"),
        ("GET", "/api/v1/video-refs/<string:youtube_id>/notes"),
        ("POST", "/api/v1/video-refs/<string:youtube_id>/notes"),
    }


def test_each_service_asks_for_what_its_route_says(
    service: Service, alice: Person, path_for: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {(method, rule): path_for(rule) for method, rule in ABOUT_SOMETHING if "confirm" not in rule}
    for (method, rule), path in paths.items():
        needed = declared(service, method, rule)
        if needed in (None, Permission.VIEW):
            continue
        with monkeypatch.context() as patch:
            limit_people_to(patch, *(set(Permission) - {needed}))
            answer = alice.call(method, path, **body_for(method, rule, path_for))
            assert (answer.status_code, answer.json["error"]["code"]) == (403, "FORBIDDEN"), (method, rule)
    with monkeypatch.context() as patch:
        limit_people_to(patch, Permission.VIEW)
        for (method, rule), path in paths.items():
            # The last owner may not leave.
            if declared(service, method, rule) is Permission.VIEW and not rule.endswith("/leave"):
                assert alice.call(method, path, **body_for(method, rule, path_for)).status_code < 400, (method, rule)


def scopes_of(service: Service, method: str, rule: str) -> tuple[Scope, ...]:
    """Which scopes a route says that it is open to."""
    return described(service, method, rule).get("scopes", ())  # type: ignore[no-any-return]


PICTURES = [
    ("GET", f"/media/<uuid:media_id>/{name}")
    for name in ("renditions", "thumbnail", "poster", "storyboard.vtt", "storyboard/<int:number>.jpg")
]
# What each scope opens, as the documentation has it; everything else is shut to tokens and guests.
OPENED: dict[Scope, set[tuple[str, str]]] = {
    Scope.PROJECTS_READ: {
        ("GET", "/projects"), ("GET", "/projects/<uuid:project_id>"), ("GET", "/projects/<uuid:project_id>/progress"),
        ("GET", "/media/<uuid:media_id>"), ("GET", "/media/<uuid:media_id>/file"),
        ("GET", "/media/<uuid:media_id>/waveform"), ("GET", "/media/<uuid:media_id>/waveform.dat"),
        ("GET", "/analysis/<uuid:analysis_id>/status"), *PICTURES, ("POST", "/media/<uuid:media_id>/view"),
        ("GET", "/library"), ("GET", "/library/choices"), ("GET", "/categories"),
        ("GET", "/presets"), ("GET", "/projects/<uuid:project_id>/presets"),
    },
    Scope.PROJECTS_WRITE: {
        ("POST", "/projects"), ("PATCH", "/projects/<uuid:project_id>"), ("DELETE", "/projects/<uuid:project_id>"),
        ("POST", "/projects/<uuid:project_id>/move"), ("PATCH", "/media/<uuid:media_id>"),
        ("DELETE", "/media/<uuid:media_id>"), ("PUT", "/media/<uuid:media_id>/project"),
        ("POST", "/media/<uuid:media_id>/restore"), ("GET", "/projects/<uuid:project_id>/deleted"),
    },
    Scope.MEDIA_UPLOAD: {
        ("GET", "/projects/<uuid:project_id>/presets"),
        ("POST", "/projects/<uuid:project_id>/upload"), ("POST", "/projects/<uuid:project_id>/sample"),
        ("POST", "/upload/presigned"), ("POST", "/upload/confirm/<uuid:file_id>"),
        ("DELETE", "/upload/<uuid:upload_id>"), ("GET", "/uploads"),
        ("GET", "/upload/<uuid:upload_id>/parts"), ("POST", "/upload/<uuid:upload_id>/parts"),
        ("POST", "/media/<uuid:media_id>/analyze"), ("POST", "/analysis/<uuid:analysis_id>/cancel"),
        ("GET", "/analysis/<uuid:analysis_id>/status"), ("POST", "/media/<uuid:media_id>/transcript"),
        ("GET", "/media/<uuid:media_id>/transcript/estimate"),
        ("POST", "/media/<uuid:media_id>/renditions/<string:kind>"),
        ("DELETE", "/media/<uuid:media_id>/renditions/<string:kind>"),
    },
    Scope.REVIEWS_READ: {
        ("GET", "/media/<uuid:media_id>"), ("GET", "/media/<uuid:media_id>/file"),
        ("GET", "/media/<uuid:media_id>/waveform"), ("GET", "/media/<uuid:media_id>/waveform.dat"),
        ("GET", "/analysis/<uuid:analysis_id>/status"), ("GET", "/analysis/<uuid:analysis_id>"),
        ("GET", "/analysis/<uuid:analysis_id>/segments"), ("GET", "/analysis/<uuid:analysis_id>/transcript"),
        ("GET", "/analysis/<uuid:analysis_id>/transcript/search"), ("GET", "/analysis/<uuid:analysis_id>/history"),
        ("POST", "/analysis/<uuid:analysis_id>/presence"), ("GET", "/review/session"), ("POST", "/review/leave"),
        *PICTURES, ("POST", "/media/<uuid:media_id>/view"), ("GET", "/media/<uuid:media_id>/notes"),
        ("GET", "/video-refs"), ("GET", "/video-refs/<string:youtube_id>/notes"),
    },
    Scope.REVIEWS_WRITE: {
        ("PATCH", "/analysis/<uuid:analysis_id>/segments"), ("POST", "/analysis/<uuid:analysis_id>/retune"),
        ("PUT", "/analysis/<uuid:analysis_id>/reviewed"), ("DELETE", "/analysis/<uuid:analysis_id>/reviewed"),
        ("PUT", "/analysis/<uuid:analysis_id>/current"), ("PATCH", "/analysis/<uuid:analysis_id>/transcript"),
        ("PATCH", "/analysis/<uuid:analysis_id>/transcript/speakers"),
        ("POST", "/media/<uuid:media_id>/notes"), ("POST", "/video-refs"),
        ("POST", "/video-refs/<string:youtube_id>/notes"), ("PATCH", "/notes/<uuid:note_id>"),
        ("DELETE", "/notes/<uuid:note_id>"),
    },
    Scope.NOTES_CREATE: {("POST", "/media/<uuid:media_id>/notes"), ("POST", "/video-refs/<string:youtube_id>/notes")},
    Scope.EXPORTS_READ: {
        ("GET", "/analysis/<uuid:analysis_id>/export"), ("GET", "/analysis/<uuid:analysis_id>/export/formats"),
        ("GET", "/analysis/<uuid:analysis_id>/export/report"), ("POST", "/projects/<uuid:project_id>/export"),
        ("POST", "/library/export"),
    },
}  # fmt: skip


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_these_routes_and_no_others(service: Service, scope: Scope) -> None:
    opened = {(method, rule) for method, rule in GUARDED if scope in scopes_of(service, method, rule)}
    assert opened == {(method, f"/api/v1{rule}") for method, rule in OPENED[scope]}


@pytest.mark.parametrize("scope", Scope)
def test_a_token_gets_where_its_scope_leads_and_nowhere_else(
    service: Service, alice: Person, path_for: Callable[[str], str], scope: Scope
) -> None:
    secret = alice.post("/auth/tokens", json={"name": "Program", "scopes": [scope]}).json["secret"]
    token = replace_credentials(alice, secret)
    for method, rule in GUARDED:
        if scope in scopes_of(service, method, rule):
            continue
        answer = token.call(method, path_for(rule), **body_for(method, rule, path_for))
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "TOKEN_SCOPE"), (method, rule)
    for method, rule in sorted(OPENED[scope], key=lambda one: (one[0] == "DELETE", "<uuid:project_id>" in one[1])):
        if "confirm" in rule or "/review/" in rule or "estimate" in rule:
            continue
        answer = token.call(method, path_for(f"/api/v1{rule}"), **body_for(method, rule, path_for))
        assert answer.status_code not in (401, 403, 404), (method, rule, answer.text)


def test_a_token_may_no_more_than_its_person(
    service: Service, path_for: Callable[[str], str], analysed: Analysed
) -> None:
    # A viewer of the project.
    dora = service.person("Dora")
    scopes = [str(one) for one in Scope]
    token = replace_credentials(
        dora, dora.post("/auth/tokens", json={"name": "Everything", "scopes": scopes}).json["secret"]
    )
    for method, rule in ABOUT_SOMETHING:
        permission = declared(service, method, rule)
        if not scopes_of(service, method, rule) or permission is None or "confirm" in rule:
            continue
        answer = token.call(method, path_for(rule), **body_for(method, rule, path_for))
        is_allowed = permission in (Permission.VIEW, Permission.EXPORT)
        assert (answer.status_code != 403) is is_allowed, (method, rule, answer.text)


GUEST_MAY = {
    "view": {Permission.VIEW},
    "comment": {Permission.VIEW, Permission.COMMENT},
    "decide": {Permission.VIEW, Permission.COMMENT, Permission.DECIDE},
}


@pytest.mark.parametrize(("permission", "allow_export"), list(product(GUEST_MAY, (False, True))))
def test_a_guest_may_what_the_link_allows_and_nothing_else(
    service: Service,
    alice: Person,
    path_for: Callable[[str], str],
    analysed: Analysed,
    permission: str,
    allow_export: bool,
) -> None:
    body = {"permission": permission, "allow_export": allow_export}
    url = alice.post(f"/projects/{analysed.project_id}/links", json=body).json["url"]
    guest = open_link(service, url)
    allowed = GUEST_MAY[permission] | ({Permission.EXPORT} if allow_export else set())
    for method, rule in GUARDED:
        needed, scopes = declared(service, method, rule), set(scopes_of(service, method, rule))
        if rule.startswith("/api/v1/review/"):
            continue
        answer = guest.call(method, path_for(rule), **body_for(method, rule, path_for))
        is_of_a_review = not scopes.isdisjoint({Scope.REVIEWS_READ, Scope.REVIEWS_WRITE, Scope.EXPORTS_READ})
        if is_of_a_review and needed in allowed:
            assert answer.status_code < 400, (method, rule, answer.text)
        else:
            assert (answer.status_code, answer.json["error"]["code"]) == (403, "FORBIDDEN"), (method, rule)


def test_a_guest_finds_nothing_that_the_link_does_not_show(
    service: Service, alice: Person, path_for: Callable[[str], str], analysed: Analysed
) -> None:
    other_project = alice.make_project("Another")
    links = f"/projects/{other_project}/links"
    of_another = open_link(service, alice.post(links, json={"permission": "decide", "allow_export": True}).json["url"])
    spare = alice.post(f"/projects/{analysed.project_id}/sample").json["media_file"]["id"]
    body = {"permission": "decide", "allow_export": True, "media_ids": [spare]}
    of_a_spare = open_link(service, alice.post(f"/projects/{analysed.project_id}/links", json=body).json["url"])
    for (method, rule), guest in product(ABOUT_SOMETHING, (of_another, of_a_spare)):
        scopes = set(scopes_of(service, method, rule))
        if scopes.isdisjoint({Scope.REVIEWS_READ, Scope.REVIEWS_WRITE, Scope.EXPORTS_READ}) or "/video-refs/" in rule:
            continue
        answer = guest.call(method, path_for(rule), **body_for(method, rule, path_for))
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "NOT_FOUND"), (method, rule, answer.text)


@pytest.mark.parametrize("end", ["revoked", "another password", "expired", "project deleted"])
def test_a_guest_is_out_at_once_when_the_link_is_over(
    service: Service, alice: Person, path_for: Callable[[str], str], analysed: Analysed, end: str
) -> None:
    links = f"/projects/{analysed.project_id}/links"
    made = alice.post(links, json={"permission": "decide", "allow_export": True}).json
    guest = open_link(service, made["url"])
    open_to_some = [(method, rule) for method, rule in GUARDED if scopes_of(service, method, rule)]
    paths = [(method, rule, path_for(rule)) for method, rule in open_to_some if not rule.endswith("/leave")]
    link = f"{links}/{made['link']['id']}"
    if end == "revoked":
        assert alice.delete(link).status_code == 204
    elif end == "another password":
        assert alice.patch(link, json={"password": "tulip"}).status_code == 200
    elif end == "project deleted":
        assert alice.delete(f"/projects/{analysed.project_id}").status_code == 200
    else:
        with connected():
            ReviewLink.update(expires_at=clock.now()).execute()
    for method, rule, path in paths:
        answer = guest.call(method, path, **body_for(method, rule, path_for))
        if end == "project deleted":
            assert answer.status_code in (403, 404), (method, rule)
        else:
            assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED"), (method, rule)


@pytest.mark.parametrize(("method", "rule"), sorted(OPEN))
def test_open_routes_do_not_ask_who_it_is(service: Service, method: str, rule: str) -> None:
    path = rule.replace("<uuid:upload_id>", "00000000-0000-4000-8000-000000000000")
    path = re.sub("<string:[a-z]+>", "unknown", path).replace("<int:number>", "0")
    answer = service.anonymous().open(path, method=method, json={} if method == "POST" else None)
    # Without credentials, signing in and refreshing are refused for that, not for who it is.
    if rule.endswith("refresh"):
        assert answer.status_code == 401
    else:
        assert answer.status_code in ({400, 404, 302} if "<string:" in rule or "<int:" in rule else {200, 400, 503})


def test_what_others_have_is_not_listed(service: Service, charlie: Person, analysed: Analysed) -> None:
    own = charlie.make_project("Charlie's")
    assert [one["id"] for one in charlie.get("/projects").json["projects"]] == [own]
    assert {one["name"] for one in charlie.get("/projects?status=completed").json["projects"]} == set()
