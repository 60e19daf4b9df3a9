"""Writes the pages that can be worked out: settings from their class, the API guide from real answers.

    python scripts/make_docs.py

A test holds the pages in the repository against what this would write.
"""

import io
import json
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp
import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from clipflow import registry  # noqa: E402
from clipflow.administration.set_up import set_up_address  # noqa: E402
from clipflow.app import create_app  # noqa: E402
from clipflow.app_context import resources_of  # noqa: E402
from clipflow.config import OidcProvider, load_settings, setting_fields  # noqa: E402
from clipflow.core import clock  # noqa: E402
from clipflow.core.db import connected, database, migrate  # noqa: E402
from clipflow.core.storage.keys import key_for  # noqa: E402
from clipflow.jobs import models as job_models  # noqa: E402
from clipflow.jobs import service as jobs  # noqa: E402
from clipflow.jobs.runner import JobRunner  # noqa: E402
from clipflow.operations.ownership import bind_storage  # noqa: E402
from clipflow.renditions.models import Rendition  # noqa: E402
from clipflow.web.keys import key_table  # noqa: E402
from scripts.api_guide import Guide  # noqa: E402

EXAMPLES = "clipflow/api_examples.json"
SAMPLE = ROOT / "clipflow" / "sample" / "talk.mp4"
GROUPS = (
    ("General", ("app_name", "app_env", "debug", "secret_key", "api_version", "data_dir", "log_level")),
    ("Web server", ("host", "port", "public_url", "web_threads", "stop_patience_s", "trusted_proxy", "cors_origins")),
    ("Worker", ("worker_threads", "transcription_threads", "worker_niceness", "worker_lost_after_s")),
    ("Database and queue", ("database_url", "queue_url")),
    ("Accounts", ("jwt_secret_key", "jwt_algorithm", "access_token_expire_minutes", "refresh_token_expire_days",
                  "bcrypt_cost", "initial_admin_email", "initial_admin_password", "google_client_id", "google_client_secret", "oidc_providers", "registration_mode", "mfa_required_for", "email_verification", "password_min_length",
                  "password_require", "password_blocklist", "invitation_days", "token_max_days", "audit_retention_days", "encryption_keys")),
    ("Recordings", ("storage_type", "upload_dir", "upload_expires_hours", "deleted_kept_days", "max_file_size_mb", "storage_limit_mb", "weekly_upload_limit_mb",
                    "quota_timezone", "allowed_extensions", "file_retention_days")),
    ("Pictures and copies", ("make_pictures", "proxy_mode", "proxy_height", "proxy_preset", "proxy_crf", "proxy_hwaccel")),
    ("Defaults of analyses", ("default_processing_mode", "vad_aggressiveness", "min_silence_duration_ms",
                              "min_speech_duration_ms", "speech_pad_start_ms", "speech_pad_end_ms",
                              "silence_threshold_db", "detect_filler_words", "filler_words",
                              "filler_word_padding_ms")),
    ("Transcription", ("ai_features_enabled", "whisper_api_enabled", "openai_api_key", "allow_private_services", "openai_base_url",
                       "whisper_model", "whisper_price_per_minute", "whisper_price_currency",
                       "whisper_parallel_requests", "whisper_timeout_s")),
    ("Limits", ("rate_limit_requests", "rate_limit_period", "rate_limit_user_requests", "rate_limit_polling",
                "rate_limit_sign_in", "rate_limit_analyses", "rate_limit_uploads")),
    ("Mail", ("smtp_host", "smtp_port", "smtp_username", "smtp_password", "smtp_starttls", "mail_from")),
    ("Object storage", (
     "s3_bucket_name", "s3_access_key", "s3_secret_key", "s3_region", "s3_endpoint_url",
     "s3_public_endpoint_url", "s3_prefix", "s3_addressing", "s3_delivery", "media_url_ttl_s")),
    ("Scanning for malicious content", ("clamd_address", "clamd_stream_max_mb", "scan_on_failure", "scan_too_large")),
)  # fmt: skip


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        (ROOT / path).write_text(text, encoding="utf-8")
        print(f"wrote {path}")


def pages() -> dict[str, str]:
    """The pages by their path."""
    return {
        "docs/configuration.md": configuration_page(),
        ".env.example": example_environment(),
        "docs/keys.md": keys_page(),
        **api_pages(),
    }


def keys_page() -> str:
    """What every key of the review page does, in both maps."""
    parts = [
        "# Keys of the review page\n",
        "Made from `clipflow/web/keys.json`, which the page and its help show too. A person chooses a map when they first open",
        "a review, and can change it, or any key, with `?`. Ctrl stands for Command on a Mac.\n",
    ]
    for group in key_table()["groups"]:
        parts += [f"## {group['title']}\n", "| video editors | ClipFlow | what it does |", "|---|---|---|"]
        for command in group["commands"]:
            editor, clipflow = (", ".join(f"`{key}`" for key in command[name]) for name in ("editor", "clipflow"))
            parts.append(f"| {editor} | {clipflow} | {command['meaning']} |")
        parts.append("")
    return "\n".join(parts)


def configuration_page() -> str:
    """Every setting with its default and meaning, in tables."""
    by_name = {one.name: one for one in setting_fields()}
    listed = [name for _, names in GROUPS for name in names]
    assert sorted(listed) == sorted(by_name), set(listed) ^ set(by_name)
    parts = [
        "# Settings\n",
        "Settings are environment variables, or lines of a `.env` file in the folder that ClipFlow is started from; the",
        "environment comes first. Everything has a default that works on a laptop. A value that does not parse stops the",
        "start and names the variable. With `APP_ENV=production` a missing, short or default secret stops the start too;",
        "elsewhere secrets are made at first start and kept in the data folder, readable for the owner alone.\n",
        "This page is written by `make docs` from `clipflow/config.py`.",
    ]
    for title, names in GROUPS:
        parts += [f"\n## {title}\n", "| variable | default | meaning |", "|---|---|---|"]
        parts += [
            f"| `{name.upper()}` | {_shown(by_name[name].default)} | {_meaning(by_name[name])} |" for name in names
        ]
    return "\n".join(parts) + "\n"


def example_environment() -> str:
    """A file to copy to ``.env``, with every setting and its default commented out."""
    by_name = {one.name: one for one in setting_fields()}
    lines = ["# Copy to .env and change what you need; docs/configuration.md explains every line."]
    lines.append("\n# For compose.yaml alone: the password of its PostgreSQL, and the port it is reached at")
    lines += ["#POSTGRES_PASSWORD=", "#PUBLISHED_ADDRESS=127.0.0.1", "#PUBLISHED_PORT=8000", "#MEMORY_LIMIT=4g"]
    lines += ["#OBJECTS_PORT=8333"]
    for title, names in GROUPS:
        lines.append(f"\n# {title}")
        lines += [f"#{name.upper()}={_plain(by_name[name].default)}" for name in names]
    return "\n".join(lines) + "\n"


def _meaning(setting: Any) -> str:
    return str(setting.metadata["meaning"]).replace("|", "\\|")


def _shown(default: Any) -> str:
    return f"`{text}`" if (text := _plain(default)) else ""


def _plain(default: Any) -> str:
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


# The API guide


def api_pages() -> dict[str, str]:
    """Every call of the API with a real answer, for people and, as examples, for the API's description.

    Ids, tokens and times are replaced by lasting ones.
    """
    was = database.obj
    with tempfile.TemporaryDirectory() as folder:
        values = {
            "DATA_DIR": folder, "APP_ENV": "test", "BCRYPT_COST": "4", "RATE_LIMIT_SIGN_IN": "1000",
            "PUBLIC_URL": "http://localhost:8000", "MAKE_PICTURES": "false", "PROXY_MODE": "off",
            "AI_FEATURES_ENABLED": "true", "WHISPER_API_ENABLED": "true", "OPENAI_API_KEY": "never-used-here",
        }  # fmt: skip
        settings = load_settings(values, env_file=None)
        app = create_app(settings)
        migrate(settings.data_dir)
        with connected():
            bind_storage(resources_of(app), registry.known_keys)
        runner = JobRunner(resources_of(app).queue, registry.job_handlers(resources_of(app)), 60, lambda: False)

        def run_jobs() -> None:
            with connected():
                due = [job.id for job in job_models.due_jobs(clock.now())]
            for job_id in due:
                runner.run_job(job_id)

        guide = Guide(
            app.test_client(use_cookies=False), run_jobs, [], {}, app.url_map.bind("localhost"), {}, resources_of(app)
        )
        jobs.record_heartbeat("worker", clock.now())
        _walk(guide, Path(folder))
        database.close_all()
    database.initialize(was)
    return {
        "docs/api.md": _with_lasting_values("\n".join(guide.parts)),
        EXAMPLES: _with_lasting_values(json.dumps(guide.examples, indent=2, ensure_ascii=False) + "\n"),
    }


def _walk(guide: Guide, folder: Path) -> None:
    _walk_accounts(guide, folder)
    _walk_tokens(guide)
    _walk_teams(guide)
    project_id, media_id = _walk_projects_and_media(guide)
    _walk_presets(guide, project_id)
    analysis_id = _walk_analysis(guide, project_id, media_id)
    _walk_notes(guide, media_id)
    _walk_links(guide, project_id, media_id, analysis_id)
    _walk_rest(guide, project_id, media_id)


def _walk_accounts(guide: Guide, folder: Path) -> None:
    guide.say(
        "# The API, call by call\n\nEvery call under `/api/v1`, with what a server really answered. The running server describes itself at\n"
        "`/api/docs` (Swagger UI), `/api/redoc` and `/api/openapi.json`. Lists are cut short here; ids, tokens and times are\n"
        "examples. This page is written by `make docs`."
    )
    guide.say(
        "A call that needs sign-in carries `Authorization: Bearer ACCESS_TOKEN`. Browsers may use the cookies that are set at\n"
        "sign-in instead, and then send the value of the cookie `csrf_access_token` as `X-CSRF-TOKEN` with every method but GET\n"
        "(for `/auth/refresh`: that of `clipflow_refresh_csrf`). Every answer carries `X-Request-ID`, and where a budget applies\n"
        "`X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (in seconds)."
    )
    guide.say("## Accounts")
    credentials = {"email": "alice@example.org", "password": "Correct-Horse-7"}
    guide.call("Register", "POST", "/api/v1/auth/register", json={**credentials, "full_name": "Alice Archer"})
    signed_in = guide.call("Sign in", "POST", "/api/v1/auth/login", json=credentials)
    refreshed = guide.call(
        "Get a new access token", "POST", "/api/v1/auth/refresh",
        "A refresh token works once. An old one that comes back ends the session.",
        json={"refresh_token": signed_in["refresh_token"]},
    )  # fmt: skip
    guide.headers["Authorization"] = f"Bearer {refreshed['access_token']}"
    guide.call("Show the own account", "GET", "/api/v1/auth/me")
    guide.call("Change the own account", "PATCH", "/api/v1/auth/me", json={"settings": {"theme": "dark"}})
    guide.call("Show the own preferences", "GET", "/api/v1/settings")
    guide.call("Change the own preferences", "PATCH", "/api/v1/settings", json={"settings": {"theme": None}})
    own_id = guide.client.get("/api/v1/auth/me", headers=guide.headers).json["user"]["id"]
    guide.call("Show what somebody is called", "GET", f"/api/v1/users/{own_id}")
    guide.call("List the devices that are signed in", "GET", "/api/v1/auth/sessions")
    other = guide.client.post("/api/v1/auth/login", json=credentials)
    assert other.status_code == 200
    session = guide.client.get("/api/v1/auth/sessions", headers=guide.headers).json["sessions"][0]
    guide.call("Sign a device out", "DELETE", f"/api/v1/auth/sessions/{session['id']}")
    guide.call(
        "Show again who one is", "POST", "/api/v1/auth/reauthenticate",
        "Asked for (403 `REAUTHENTICATION_REQUIRED`) before what is dangerous, and good for 15 minutes; signing in counts too.",
        json={"password": credentials["password"]},
    )  # fmt: skip
    _walk_second_factor(guide, credentials)
    _walk_providers(guide)
    change = {"current_password": credentials["password"], "new_password": "Better-Horse-9"}
    guide.call(
        "Change the password", "POST", "/api/v1/auth/change-password",
        "All other devices are signed out; the answer signs this one in again.", json=change,
    )  # fmt: skip
    guide.call("Ask for a new password", "POST", "/api/v1/auth/forgot-password", json={"email": credentials["email"]})
    found = re.search(r"token=([\w-]+)", _new_mails(guide, folder))
    assert found is not None
    body = {"token": found[1], "new_password": "Brand-New-Horse-8"}
    guide.call("Set a new password", "POST", "/api/v1/auth/reset-password", "With the secret of the mail.", json=body)
    again = {"email": credentials["email"], "password": body["new_password"]}
    token = guide.client.post("/api/v1/auth/login", json=again).json["access_token"]
    guide.headers["Authorization"] = f"Bearer {token}"
    _walk_address(guide, folder)
    guide.call("Sign out", "POST", "/api/v1/auth/logout")
    again["email"] = "alice.archer@example.org"
    token = guide.client.post("/api/v1/auth/login", json=again).json["access_token"]
    guide.headers["Authorization"] = f"Bearer {token}"


def _walk_providers(guide: Guide) -> None:
    guide.say(
        "### Sign in with a provider\n\nGoogle (`GOOGLE_CLIENT_ID`), or any of `OIDC_PROVIDERS`. Browsers go to `start` and come back to `callback`,\n"
        "which signs them in, or leads to the sign-in page with what went wrong. An account is found by its address only where the\n"
        "provider has made sure of it; a second factor is asked for here too."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock  # type: ignore[import-untyped]  # noqa: PLC0415

        with oidc_provider_mock.run_server_in_thread() as server:
            issuer = f"http://localhost:{server.server_port}"
            known = (OidcProvider("company", "The Company", issuer, "clipflow", "secret"),)
            vars(guide.resources.settings)["oidc_providers"] = known
            guide.call("List the providers", "GET", "/api/v1/auth/oidc")
            guide.call("Go to a provider", "GET", "/api/v1/auth/oidc/company/start?next=/projects")
            guide.call(
                "Come in by an invitation with a provider", "POST", "/api/v1/auth/oidc/company/start",
                "The browser goes to `url` next.", json={"invitation": "ms5tGqzv0mJ5y1sXvWq2cXlT0uQ9b7e8a6d4f2h1k3M"},
            )  # fmt: skip
            connect = "/api/v1/auth/oidc/company/connect"
            guide.call("Connect the own account", "POST", connect, "The browser goes to `url` next.", json={})
            begun = guide.client.post(connect, headers=guide.headers, json={})
            cookie = begun.headers["Set-Cookie"].partition(";")[0]
            back = requests.post(begun.json["url"], data={"sub": "alice"}, allow_redirects=False, timeout=10)
            path = back.headers["Location"].partition("/api/")[2]
            guide.call("Come back", "GET", f"/api/{path}", headers={"Cookie": cookie})
            guide.call("Disconnect it", "DELETE", "/api/v1/auth/oidc/company", "Another way in has to be left.")
            vars(guide.resources.settings)["oidc_providers"] = ()


def _walk_address(guide: Guide, folder: Path) -> None:
    guide.call(
        "Ask for another address", "POST", "/api/v1/auth/email",
        "Counts once the link in the mail to it was opened; the old address is told.",
        json={"new_email": "alice.archer@example.org"},
    )  # fmt: skip
    secret = _mailed_secret(guide, folder)
    guide.call(
        "Confirm an address", "POST", "/api/v1/auth/verify-email",
        "With the secret of the mail, which is behind the # of its link. The page asks for a click, because scanners open links.",
        json={"token": secret},
    )  # fmt: skip
    settings = vars(guide.resources.settings)
    settings["email_verification"] = "required"
    guide.call(
        "Register where addresses are confirmed first", "POST", "/api/v1/auth/register",
        "With `EMAIL_VERIFICATION=required`; nobody is signed in yet.",
        json={"email": "edith@example.org", "password": "Correct-Horse-7"},
    )  # fmt: skip
    settings["email_verification"] = "off"
    guide.call(
        "Have the mail sent again", "POST", "/api/v1/auth/verify-email/resend",
        "With `EMAIL_VERIFICATION=required` registering answers 202 whoever has the address, and signing in hears 403\n"
        "`EMAIL_NOT_VERIFIED` until it is confirmed.", json={"email": "dora@example.org"},
    )  # fmt: skip
    _new_mails(guide, folder)
    for _ in range(3):
        wrong = {"email": "alice.archer@example.org", "password": "Wrong-Horse-1"}
        guide.client.post("/api/v1/auth/login", json=wrong)
    body = {"token": _mailed_secret(guide, folder)}
    guide.call("Unlock the account", "POST", "/api/v1/auth/unlock", "After wrong passwords, by mail.", json=body)


def _mailed_secret(guide: Guide, folder: Path) -> str:
    """The secret behind the # of a link in the mails that wait to be sent."""
    found = re.search(r"#([\w-]{43})", _new_mails(guide, folder))
    assert found is not None
    return found[1]


def _new_mails(guide: Guide, folder: Path) -> str:
    """The text of the mails that wait to be sent, which are forgotten then."""
    guide.run_jobs()
    texts = []
    for file in (folder / "outbox").glob("*.eml"):
        parts = message_from_bytes(file.read_bytes()).walk()
        texts += [one.get_payload(decode=True).decode() for one in parts if one.get_content_type() == "text/plain"]  # type: ignore[union-attr]
        file.unlink()
    return "\n".join(texts)


def _walk_second_factor(guide: Guide, credentials: dict[str, str]) -> None:
    guide.call("Ask for the own second factor", "GET", "/api/v1/auth/2fa")
    begun = guide.call("Begin to set one up", "POST", "/api/v1/auth/2fa/totp", "For an app that makes codes (TOTP).")
    totp, now_s = pyotp.TOTP(begun["secret"]), int(time.time())
    guide.call(
        "Switch it on", "POST", "/api/v1/auth/2fa/totp/confirm",
        "The recovery codes are shown this once; all other devices are signed out.", json={"code": totp.at(now_s - 30)},
    )  # fmt: skip
    guide.call("Make new recovery codes", "POST", "/api/v1/auth/2fa/recovery-codes")
    asked = guide.client.post("/api/v1/auth/login", json=credentials).json
    guide.say("From then on a right password answers 200 with `mfa_required` and `mfa_token`, and sets no cookies.")
    guide.call(
        "Finish signing in", "POST", "/api/v1/auth/login/mfa", "With `code` or `recovery_code`; five minutes, five tries.",
        json={"mfa_token": asked["mfa_token"], "code": totp.at(now_s)},
    )  # fmt: skip
    guide.call("Switch it off", "DELETE", "/api/v1/auth/2fa/totp")
    guide.call("See what was done with the own account", "GET", "/api/v1/auth/activity")


def _walk_teams(guide: Guide) -> None:
    guide.say(
        "## Teams\n\nEvery project belongs to one team, and everybody has a personal one. [roles.md](roles.md) says what a role\n"
        "allows. Whoever is not in a team finds neither it nor its projects."
    )
    guide.call("List the own teams", "GET", "/api/v1/teams")
    made = guide.call("Make a team", "POST", "/api/v1/teams", json={"name": "Documentary desk"})
    team = f"/api/v1/teams/{made['team']['id']}"
    guide.call("Show a team", "GET", team)
    guide.call("Give it another name", "PATCH", team, json={"name": "Documentaries"})
    members = guide.call("List everybody in it", "GET", f"{team}/members")
    path = f"{team}/members/{members['members'][0]['user_id']}"
    guide.call("Give somebody another role", "PATCH", path, json={"role": "owner"})
    invited = guide.call(
        "Invite somebody", "POST", "/api/v1/invitations",
        "To a team by its owners; to the server by administrators. The link is shown this once, and mailed where there is an\n"
        "address; one to the same address and team that is still open opens nothing any more.",
        json={"email": "carol@example.org", "team_id": made["team"]["id"], "team_role": "editor"},
    )  # fmt: skip
    token = invited["url"].partition("#")[2]
    guide.call(
        "See what an invitation is to", "POST", "/api/v1/invitations/validate",
        "Needs no sign-in. The same as `GET /invitations/validate/TOKEN`.", json={"token": token},
    )  # fmt: skip
    guide.call("The same with the secret in the address", "GET", f"/api/v1/invitations/validate/{token}")
    guide.call("List open invitations", "GET", "/api/v1/invitations")
    guide.call("Revoke one", "DELETE", f"/api/v1/invitations/{invited['invitation']['id']}")
    wanted = {"team_id": made["team"]["id"], "team_role": "editor"}
    link = guide.client.post("/api/v1/invitations", headers=guide.headers, json=wanted).json["url"]
    dora = guide.client.post("/api/v1/auth/register", json={"email": "dora@example.org", "password": "Correct-Horse-7"})
    own = dict(guide.headers)
    guide.headers["Authorization"] = f"Bearer {dora.json['access_token']}"
    guide.call(
        "Come in with the account that one has", "POST", "/api/v1/invitations/accept",
        "Who has none registers with `invitation`.", json={"token": link.partition("#")[2]},
    )  # fmt: skip
    guide.headers.update(own)
    guide.call(
        "See what a team uses", "GET", f"{team}/usage",
        "An upload is reserved when it is announced, and counts when it is there; beyond a limit 403 `QUOTA_EXCEEDED`, whose details say\n"
        "`kind`, `used`, `reserved`, `limit` and for a week `resets_at`.",
    )  # fmt: skip
    guide.call("See what one uses oneself", "GET", "/api/v1/auth/usage")
    _walk_keys(guide, team)
    guide.call("Take somebody out", "DELETE", path, "A team keeps an owner who can sign in.")
    guide.call("Leave a team", "POST", f"{team}/leave")
    guide.call(
        "Delete a team", "DELETE", team, "With its projects; the name has to be repeated.",
        json={"confirm_name": "Documentaries"},
    )  # fmt: skip


def _walk_presets(guide: Guide, project_id: str) -> None:
    team_id = guide.client.get("/api/v1/teams", headers=guide.headers).json["teams"][0]["id"]
    guide.say(
        "## Presets\n\nNamed settings of a team, of analyses or of exports. Whoever edits in the team makes them, its owners say which one is\n"
        "the default. Of the options of an analysis those of the request count most, then those of the preset that it names by\n"
        "`preset_id`, then those of the project, then those of the default preset, then those of the server."
    )
    made = guide.call(
        "Give settings of an analysis a name", "POST", "/api/v1/presets",
        json={"team_id": team_id, "name": "Lecture", "analysis": {"min_silence_duration_ms": 1200, "language": "en"}},
    )["preset"]["id"]  # fmt: skip
    guide.call(
        "Give settings of an export a name", "POST", "/api/v1/presets",
        "`preset_id` is taken by `GET /analysis/{id}/export` and by the archives of many cuts.",
        json={"team_id": team_id, "name": "Edit room", "export": {"format": "fcpxml", "media_folder": "/Volumes/Footage"}},
    )  # fmt: skip
    guide.call("List the presets", "GET", f"/api/v1/presets?team_id={team_id}&kind=export")
    guide.call("List what can be chosen in a project", "GET", f"/api/v1/projects/{project_id}/presets")
    guide.call("Change a preset", "PATCH", f"/api/v1/presets/{made}", json={"is_default": True})
    guide.call("Delete a preset", "DELETE", f"/api/v1/presets/{made}")


def _walk_notes(guide: Guide, media_id: str) -> None:
    guide.say(
        "## Notes\n\nWhat people and guests say about a moment of a recording, or of a YouTube video. Whoever may comment writes them;\n"
        "the author, who owns the project or the team, and an administrator who sees it change them. A personal token with the scope\n"
        "`notes:create` writes notes and does nothing else, 60 an hour; both routes answer pages of other sites, without cookies."
    )
    path = f"/api/v1/media/{media_id}/notes"
    note = guide.call(
        "Write a note", "POST", path, "By `at_ms`, or by `timestamp` as `[h:]mm:ss[.mmm]`.",
        json={"timestamp": "0:04.5", "text": "The name is misspelt here."},
    )["note"]["id"]  # fmt: skip
    guide.call("Reply to it", "POST", path, json={"parent_id": note, "text": "Mended."})
    guide.call("List the notes of a recording", "GET", f"{path}?resolved=false", "Each with the replies to it.")
    guide.call(
        "Change a note", "PATCH", f"/api/v1/notes/{note}", "409 when somebody has changed it meanwhile.",
        json={"version": 1, "is_resolved": True},
    )  # fmt: skip
    guide.call("Delete a note", "DELETE", f"/api/v1/notes/{note}", "With the replies to it.")
    guide.call(
        "Take in a video", "POST", "/api/v1/video-refs",
        "Any address of it, or its id; 200 when it is known already. With `team_id` the notes are those of the team.",
        json={"url": "https://youtu.be/dQw4w9WgXcQ", "title": "A talk"},
    )  # fmt: skip
    guide.call("Take it in again", "POST", "/api/v1/video-refs", json={"url": "dQw4w9WgXcQ"})
    video = "/api/v1/video-refs/dQw4w9WgXcQ/notes"
    guide.call("Write a note on it", "POST", video, json={"timestamp": "1:02:03", "text": "Here it starts"})
    guide.call("List its notes", "GET", video)
    guide.call("List the videos with own notes", "GET", "/api/v1/video-refs?sort=title_asc")


def _walk_tokens(guide: Guide) -> None:
    guide.say(
        "## Personal tokens\n\nWhat programs act with on a person's behalf: in `Authorization: Bearer clf_…`, and nowhere else. A token opens\n"
        "what its scopes say ([roles.md](roles.md)), and nothing that its person may not do. Elsewhere it hears 403 `TOKEN_SCOPE`."
    )
    made = guide.call(
        "Make a token", "POST", "/api/v1/auth/tokens", "Its secret is shown this once. With `project_ids` it gets to these projects alone.",
        json={"name": "Backup of the cut lists", "scopes": ["projects:read", "exports:read"], "expires_in_days": 90},
    )  # fmt: skip
    guide.call("List the own tokens", "GET", "/api/v1/auth/tokens")
    guide.call("Revoke one", "DELETE", f"/api/v1/auth/tokens/{made['token']['id']}", "204 also where there is none.")


def _walk_keys(guide: Guide, team: str) -> None:
    guide.say(
        "## Keys of services outside\n\nOf people and of teams, for `transcription` and `language_model`: encrypted, used and never shown. The\n"
        "team's comes before the person's, and that before the server's. An address that somebody names may not lead into the server's\n"
        "own network, unless `ALLOW_PRIVATE_SERVICES` says so. Teams have the same under `/teams/{id}/keys`, for their owners."
    )
    body = {"key": "sk-4f8a7c11", "base_url": "https://speech.example.invalid/v1"}
    for prefix in ("/api/v1/auth", team):
        guide.call("Keep a key", "PUT", f"{prefix}/keys/transcription", json=body)
        guide.call("List the keys", "GET", f"{prefix}/keys")
        guide.call("Show a key", "GET", f"{prefix}/keys/transcription")
        guide.call("Try a key", "POST", f"{prefix}/keys/transcription/test", "No sound is sent.")
        guide.call("Forget a key", "DELETE", f"{prefix}/keys/transcription")


def _walk_library(guide: Guide, media_id: str) -> None:
    team_id = guide.client.get("/api/v1/teams", headers=guide.headers).json["teams"][0]["id"]
    guide.say("## Library\n\nEverything that one may see, across projects and teams.")
    category = guide.call(
        "Make a category", "POST", "/api/v1/categories", "Of a team that one owns, or, without a team, of the whole server.",
        json={"name": "Interviews", "team_id": team_id},
    )["category"]["id"]  # fmt: skip
    guide.call("List the categories", "GET", "/api/v1/categories")
    guide.call("Rename a category", "PATCH", f"/api/v1/categories/{category}", json={"name": "Conversations"})
    guide.call(
        "Say what a recording is about", "PATCH", f"/api/v1/media/{media_id}",
        json={"description": "A minute of talk", "category_id": category},
    )  # fmt: skip
    guide.call("Count that one looks at it", "POST", f"/api/v1/media/{media_id}/view", "Each viewer once a day.")
    guide.call(
        "List and search recordings", "GET", "/api/v1/library?q=minute&category=interviews&sort=title&order=asc&limit=2",
        "`q` looks into titles, descriptions, file names and what is said; `team`, `project`, `uploader` and `status` narrow it.",
    )  # fmt: skip
    guide.call("List what it can be narrowed to", "GET", "/api/v1/library/choices")
    guide.call(
        "Download the cuts of recordings of several projects", "POST", "/api/v1/library/export",
        json={"media_ids": [media_id], "format": "edl"},
    )  # fmt: skip
    guide.call("Delete a category", "DELETE", f"/api/v1/categories/{category}", "Its recordings stay.")


def _walk_renditions(guide: Guide, media_id: str) -> None:
    # Made by hand, because what ffmpeg makes is another one in each of its versions.
    board = {
        "sheet_bytes": [3], "tile_width": 160, "tile_height": 90, "tile_count": 2, "step_s": 2.0, "duration_s": 4.0,
    }  # fmt: skip
    with connected():
        for kind in ("poster", "storyboard", "thumbnail"):
            key = key_for("renditions", str(uuid4()), ".jpg")
            guide.resources.storage.put(key, b"abc")
            Rendition.create(
                media_file=media_id, kind=kind, status="done", recipe="5d2c…", made_by_recipe="5d2c…", storage_key=key,
                size_bytes=3, meta=board, width=320, height=180, finished_at=clock.now(),
            )  # fmt: skip
    guide.call("List what is made of a recording", "GET", f"/api/v1/media/{media_id}/renditions")
    guide.call("Show its thumbnail", "GET", f"/api/v1/media/{media_id}/thumbnail")
    guide.call(
        "Show its poster", "GET", f"/api/v1/media/{media_id}/poster", "Another moment is chosen with `poster_at_ms`."
    )
    guide.call("Get the cues of its storyboard", "GET", f"/api/v1/media/{media_id}/storyboard.vtt")
    guide.call("Get a sheet of it", "GET", f"/api/v1/media/{media_id}/storyboard/0.jpg")
    guide.call(
        "Make a copy that browsers play", "POST", f"/api/v1/media/{media_id}/renditions/proxy",
        "Or a `thumbnail`, `poster` or `storyboard` again. `GET /media/{id}/file?rendition=auto` plays it then.",
    )  # fmt: skip
    guide.call("Delete it, or stop making it", "DELETE", f"/api/v1/media/{media_id}/renditions/proxy")


def _walk_links(guide: Guide, project_id: str, media_id: str, analysis_id: str) -> None:
    guide.say(
        "## Review links\n\nFor a client without an account: the link opens some recordings, or a project, for `view`, `comment` or\n"
        "`decide`, and with `allow_export` the cut lists too. Its guest is known by a cookie, reaches nothing else, and sends the cookie\n"
        "`clipflow_guest_csrf` as `X-CSRF-TOKEN` with every method but GET. A recording is played by byte ranges of at most 8 MiB."
    )
    links = f"/api/v1/projects/{project_id}/links"
    made = guide.call(
        "Make a link", "POST", links, "By owners and editors. Its secret is behind the #, which no server gets to see.",
        json={"media_ids": [media_id], "permission": "decide", "expires_in_days": 14, "password": "tulip"},
    )  # fmt: skip
    guide.call("List the links to a project", "GET", links)
    link = f"{links}/{made['link']['id']}"
    guide.call(
        "Change a link", "PATCH", link, "Counts at once. Another `password`, or null for none, lets its guests open it anew.",
        json={"allow_export": True},
    )  # fmt: skip
    own = dict(guide.headers)
    guide.headers.clear()
    guide.call(
        "Open it", "POST", "/api/v1/review/open",
        "401 `PASSWORD_REQUIRED` without the right password; 404 alike for a link that is unknown, has expired or was revoked.\n"
        "Ten tries in a quarter of an hour for each link and address.",
        json={"token": made["url"].partition("#")[2], "password": "tulip", "name": "Ann"},
    )  # fmt: skip
    as_guest = _as_guest(guide, made["url"])
    guide.call("See what it shows", "GET", "/api/v1/review/session", headers=as_guest)
    guide.call("Go again", "POST", "/api/v1/review/leave", headers=as_guest)
    guide.headers.update(own)
    guide.call("See who has opened it", "GET", f"{link}/activity")
    guide.call("Revoke it", "DELETE", link, "Who has opened it is out at once.")
    guide.say("## Together\n\nWho decided what, and who else is looking, for everybody who may see the recording.")
    guide.call(
        "See what was decided", "GET", f"/api/v1/analysis/{analysis_id}/history?limit=1",
        "The last first; `next` goes on, as `before`.",
    )  # fmt: skip
    guide.call(
        "Say that one is looking", "POST", f"/api/v1/analysis/{analysis_id}/presence",
        "Every few seconds. Who has not said so for 15 seconds is gone; a higher `version` means that somebody has decided.",
    )  # fmt: skip


def _as_guest(guide: Guide, url: str) -> dict[str, str]:
    """The headers of a browser that has opened a link."""
    body = {"token": url.partition("#")[2], "password": "tulip", "name": "Ann"}
    answer = guide.client.post("/api/v1/review/open", json=body)
    cookies = dict(one.partition(";")[0].split("=", 1) for one in answer.headers.getlist("Set-Cookie"))
    return {
        "Cookie": f"clipflow_guest={cookies['clipflow_guest']}",
        "X-CSRF-TOKEN": cookies["clipflow_guest_csrf"],
    }


def _walk_sharing(guide: Guide, project_id: str) -> None:
    project = f"/api/v1/projects/{project_id}"
    bob = {"email": "bob@example.org", "password": "Correct-Horse-7"}
    assert guide.client.post("/api/v1/auth/register", json=bob).status_code == 201
    shared = guide.call(
        "Share a project", "POST", f"{project}/shares", "With one person who has an account, whatever the team.",
        json={"email": "bob@example.org", "role": "reviewer"},
    )  # fmt: skip
    guide.call("List with whom it is shared", "GET", f"{project}/shares")
    path = f"{project}/shares/{shared['share']['user_id']}"
    guide.call("Give somebody another role for it", "PATCH", path, json={"role": "viewer"})
    team = guide.client.post("/api/v1/teams", headers=guide.headers, json={"name": "Documentaries"}).json["team"]
    guide.call(
        "Move it to another team", "POST", f"{project}/move",
        "Who owns it here and may edit there. With `dry_run` it stays, and the answer says who and what would open it\n"
        "no longer: people with their tokens, review links, the team's keys. Without room in that team it is refused in both cases.",
        json={"team_id": team["id"], "dry_run": True},
    )  # fmt: skip
    guide.call("Share it no longer", "DELETE", path)


def _walk_projects_and_media(guide: Guide) -> tuple[str, str]:
    guide.say("## Projects")
    made = guide.call(
        "Make a project", "POST", "/api/v1/projects", json={"name": "Interview", "description": "Two takes"}
    )
    project_id = made["project"]["id"]
    guide.call("List projects", "GET", "/api/v1/projects?page=1&limit=20")
    changes = {"name": "Interview with Ada", "settings": {"keep_pause_ms": 100}}
    guide.call(
        "Change a project", "PATCH", f"/api/v1/projects/{project_id}",
        "`settings` are the options that its analyses begin with; a new project takes over those of the account.",
        json=changes,
    )  # fmt: skip
    _walk_sharing(guide, project_id)
    guide.say("## Recordings")
    with SAMPLE.open("rb") as stream:
        path = f"/api/v1/projects/{project_id}/upload"
        uploaded = guide.call("Upload a recording", "POST", path, data={"file": (stream, "talk.mp4")})
    media_id = uploaded["media_file"]["id"]
    guide.call("Try it with the bundled sample", "POST", f"/api/v1/projects/{project_id}/sample")
    _walk_announced_upload(guide, project_id)
    guide.call("Show a recording", "GET", f"/api/v1/media/{media_id}")
    guide.call(
        "Give it another title", "PATCH", f"/api/v1/media/{media_id}", "Its file keeps its name.",
        json={"title": "The first take"},
    )  # fmt: skip
    headers = {"Range": "bytes=0-1023"}
    guide.call("Play a part of it", "GET", f"/api/v1/media/{media_id}/file", headers=headers)
    return project_id, media_id


def _walk_announced_upload(guide: Guide, project_id: str) -> None:
    content = SAMPLE.read_bytes()
    announcement = {
        "project_id": project_id, "filename": "talk.mp4", "content_type": "video/mp4", "file_size": len(content)
    }  # fmt: skip
    announced = guide.call(
        "Announce an upload", "POST", "/api/v1/upload/presigned",
        "In three steps: announce, send, confirm. What has one part can be put to `upload_url`; every upload can be sent in parts.",
        json=announcement,
    )  # fmt: skip
    path = announced["upload_url"].removeprefix("http://localhost:8000")
    guide.call("Send its bytes", "PUT", path, "The signature in the address stands for the person.", data=content)
    guide.call(
        "Confirm it", "POST", f"/api/v1/upload/confirm/{announced['file_id']}",
        "The file is checked as in a direct upload; a refused one is deleted. Asked again, it gives the same answer.",
    )  # fmt: skip
    second = guide.client.post("/api/v1/upload/presigned", json=announcement, headers=guide.headers).json
    guide.client.put(second["upload_url"].removeprefix("http://localhost:8000"), data=content)
    with guide.every_probe_taken():
        guide.call(
            "Confirm one while many are being looked at", "POST", f"/api/v1/upload/confirm/{second['file_id']}",
            "A worker looks at what takes longer: `state` is `checking`, then `ready` or `refused`, and `refusal` says why.",
        )  # fmt: skip
    third = guide.client.post("/api/v1/upload/presigned", json=announcement, headers=guide.headers).json
    guide.call(
        "Give one up", "DELETE", f"/api/v1/upload/{third['file_id']}",
        "The room that is kept for it is free again. 204 also where there is none; one that never comes is given up after\n"
        "`UPLOAD_EXPIRES_HOURS`.",
    )  # fmt: skip
    _walk_parts(guide, announcement, content)
    guide.run_jobs()


def _walk_parts(guide: Guide, announcement: dict[str, Any], content: bytes) -> None:
    guide.say(
        "### In parts\n\nA large file is sent in parts of `part_size` bytes, the last of which is shorter: up to `parallel` of them at a time, in\n"
        "any order, and again where one broke off. It can be gone on with a day later, by whoever finds it in `GET /uploads` and asks\n"
        "which parts have arrived. The addresses may be those of the object storage: put exactly the bytes, with the headers that are given\n"
        "and no others of your own, no token above all."
    )
    fourth = guide.client.post("/api/v1/upload/presigned", json=announcement, headers=guide.headers).json
    path = f"/api/v1/upload/{fourth['file_id']}"
    found = guide.call("Get the addresses of parts", "POST", f"{path}/parts", json={"part_numbers": [1]})
    guide.call("Find what is not finished", "GET", "/api/v1/uploads")
    address = found["parts"][0]["url"].removeprefix("http://localhost:8000")
    sent = guide.call("Send a part", "PUT", address, "The answer's `ETag` says the same.", data=content)
    guide.call("See which parts have arrived", "GET", f"{path}/parts")
    guide.call(
        "Confirm it", "POST", f"/api/v1/upload/confirm/{fourth['file_id']}",
        "`parts` may be left out; what was sent is held against what has arrived, and 409 `PARTS_MISSING` says which\n"
        "`part_numbers` to send again.", json={"parts": [{"part_number": 1, "etag": sent["etag"]}]},
    )  # fmt: skip


def _walk_analysis(guide: Guide, project_id: str, media_id: str) -> str:
    guide.say("## Analyses")
    options = {"min_silence_duration_ms": 500, "keep_pause_ms": 100}
    note = "Every option has a default; see the settings."
    path = f"/api/v1/media/{media_id}/analyze"
    analysis_id = guide.call("Analyse a recording", "POST", path, note, json=options)["analysis_id"]
    guide.call("Ask how far it is", "GET", f"/api/v1/analysis/{analysis_id}/status")
    guide.call(
        "Ask how far everything in a project is", "GET", f"/api/v1/projects/{project_id}/progress",
        "One answer for all recordings; those at rest are left out.",
    )  # fmt: skip
    guide.run_jobs()
    guide.call("Show the result", "GET", f"/api/v1/analysis/{analysis_id}")
    guide.call("Show a window of segments", "GET", f"/api/v1/analysis/{analysis_id}/segments?from_ms=5000&to_ms=9000")
    guide.call(
        "Try other options", "POST", f"/api/v1/analysis/{analysis_id}/retune",
        "From the stored tracks, in milliseconds. With `?save=true` the result is kept. A person's decisions stay; with\n"
        "`?decisions=false` the segments come without them, for a page that lays them over itself.",
        json={"vad_aggressiveness": 1},
    )  # fmt: skip
    change = {"start_ms": 0, "end_ms": 1000, "action": "keep", "note": "the clapper"}
    guide.call(
        "Decide", "PATCH", f"/api/v1/analysis/{analysis_id}/segments",
        "`action` is keep, remove, suggest_remove, or auto, which takes earlier decisions back. `version` is the one that was\n"
        "shown; 409 when someone has changed the segments since. Each decision becomes one segment: one over two segments\n"
        "merges them, two within one split it. `?segments=false` leaves the segments out of the answer.",
        json={"version": 1, "changes": [change]},
    )  # fmt: skip
    _walk_transcript(guide, media_id, analysis_id)
    guide.call(
        "What a cut can be exported as",
        "GET",
        f"/api/v1/analysis/{analysis_id}/export/formats?media_folder=/Volumes/Footage",
        "Nothing is written for this list. See [exports.md](exports.md).",
    )
    guide.call(
        "How it comes out in a format",
        "GET",
        f"/api/v1/analysis/{analysis_id}/export/report?format=fcpxml&media_folder=/Volumes/Footage",
        "The cut is written and read back: the report has the largest distance between a wanted edge and the written one.",
    )
    guide.call(
        "Download the cut",
        "GET",
        f"/api/v1/analysis/{analysis_id}/export?format=fcpxml&media_folder=/Volumes/Footage",
        "`include=keep` also takes out what is only suggested for removal.",
    )
    guide.call(
        "Download the cuts of several recordings", "POST", f"/api/v1/projects/{project_id}/export",
        "A zip archive with a file for each.", json={"media_ids": [media_id], "format": "edl"},
    )  # fmt: skip
    guide.call("Say that the review is finished", "PUT", f"/api/v1/analysis/{analysis_id}/reviewed")
    guide.call("Say that it goes on", "DELETE", f"/api/v1/analysis/{analysis_id}/reviewed")
    guide.call(
        "Go back to an earlier analysis", "PUT", f"/api/v1/analysis/{analysis_id}/current",
        "A new analysis takes the decisions of the one before over; each keeps its own from then on.",
    )  # fmt: skip
    guide.call("Show the waveform", "GET", f"/api/v1/media/{media_id}/waveform?points=100")
    guide.call(
        "Get the waveform as a file", "GET", f"/api/v1/media/{media_id}/waveform.dat",
        "In the format of audiowaveform, version 2, 8 bit.",
    )  # fmt: skip
    _walk_renditions(guide, media_id)
    _walk_library(guide, media_id)
    analysis_id = guide.client.post(path, headers=guide.headers, json={}).json["analysis_id"]
    guide.call("Cancel an analysis", "POST", f"/api/v1/analysis/{analysis_id}/cancel")
    return str(analysis_id)


def _walk_transcript(guide: Guide, media_id: str, analysis_id: str) -> None:
    guide.call(
        "Ask what a transcription would cost", "GET", f"/api/v1/media/{media_id}/transcript/estimate?language=en",
        "For `processing_mode: \"whisper\"`. Parts that were paid for are not sent again. See "
        "[transcripts.md](transcripts.md).",
    )  # fmt: skip
    captions = io.BytesIO(CAPTIONS.encode())
    guide.call(
        "Import a transcript", "POST", f"/api/v1/media/{media_id}/transcript",
        "Any of the [formats that are read](transcripts.md#a-transcript-of-another-tool), in the form field `file`; the answer\n"
        "says which was recognised. The fields `language`, `encoding` (such as `cp1251`) and `offset_ms` (added to all times)\n"
        "are optional. It goes into the newest analysis; without one, an analysis is begun (202).",
        data={"file": (captions, "talk.vtt"), "language": "en"},
    )  # fmt: skip
    guide.call("Read the words", "GET", f"/api/v1/analysis/{analysis_id}/transcript?from_ms=1000&to_ms=9000")
    path = f"/api/v1/analysis/{analysis_id}/transcript/search?text=second%20voice"
    guide.call("Search the words", "GET", path)
    guide.call(
        "Correct words", "PATCH", f"/api/v1/analysis/{analysis_id}/transcript",
        "By their numbers. An empty text takes a word away, several words share its time. Fillers are looked for again.",
        json={"version": 3, "changes": [{"index": 0, "text": "Nice"}]},
    )  # fmt: skip
    guide.call(
        "Name the speakers", "PATCH", f"/api/v1/analysis/{analysis_id}/transcript/speakers",
        "In the whole transcript. An empty name takes it away; the name of another speaker makes the two one.",
        json={"version": 4, "changes": [{"speaker": "Anna", "name": "Anna Berg"}]},
    )  # fmt: skip


CAPTIONS = """WEBVTT

00:01.500 --> 00:05.310
<v Anna>Good morning and welcome to a little recording that was made by a machine.

00:07.310 --> 00:10.640
<v Ben>A second voice joins in and leaves a long pause behind.
"""


def _walk_deletion(guide: Guide, media_id: str) -> None:
    other = guide.client.post("/api/v1/projects", headers=guide.headers, json={"name": "Leftovers"}).json["project"]
    guide.call(
        "Move a recording", "PUT", f"/api/v1/media/{media_id}/project", "With its analyses.",
        json={"project_id": other["id"]},
    )  # fmt: skip
    guide.call(
        "Delete a recording", "DELETE", f"/api/v1/media/{media_id}",
        "Into the bin of its project, where it takes room for `DELETED_KEPT_DAYS`; `?for_good=true` deletes at once and for ever, also\n"
        "what is in the bin already.",
    )  # fmt: skip
    guide.call("See what was deleted", "GET", f"/api/v1/projects/{other['id']}/deleted")
    guide.call("Restore it", "POST", f"/api/v1/media/{media_id}/restore", "With its analyses and decisions.")


def _walk_rest(guide: Guide, project_id: str, media_id: str) -> None:
    guide.say("## A project with all that is in it")
    guide.call("Show a project", "GET", f"/api/v1/projects/{project_id}")
    _walk_deletion(guide, media_id)
    guide.call("Delete a project", "DELETE", f"/api/v1/projects/{project_id}")
    guide.say("## The installation")
    body = {"email": "root@example.org", "password": "Correct-Horse-7"}
    with connected():
        setup_token = str(set_up_address(guide.resources, "")).partition("#")[2]
    guide.call(
        "Set the server up", "POST", "/api/v1/setup",
        "With the token that the first start prints and keeps in the data folder. Once somebody has run the server: 404, for ever.",
        json={"setup_token": setup_token, **body},
    )  # fmt: skip
    token = guide.client.post("/api/v1/auth/login", json=body).json["access_token"]
    own = dict(guide.headers)
    guide.headers["Authorization"] = f"Bearer {token}"
    guide.call(
        "See what was done", "GET", "/api/v1/admin/audit?action=team.made&limit=1",
        "For administrators; `actor`, `action`, `target`, `from` and `to` choose, `cursor` goes on.",
    )  # fmt: skip
    guide.call("Download what was done", "GET", "/api/v1/admin/audit/export?format=csv&action=team.made")
    people = guide.call(
        "List and search people", "GET", "/api/v1/admin/users?query=bob&status=active&sort=-last_login",
        "What changes somebody asks administrators again who they are, and is in the audit log.",
    )  # fmt: skip
    path = f"/api/v1/admin/users/{people['users'][0]['id']}"
    guide.call("Show somebody's account", "GET", path)
    guide.call(
        "Give somebody another role, or switch the account off", "PATCH", path,
        "Somebody always runs the server (409 `LAST_ADMIN`), and every team is always owned by somebody who can sign in\n"
        "(409 `SOLE_OWNER`).", json={"role": "user", "is_active": True},
    )  # fmt: skip
    guide.call("Give somebody a role", "PUT", f"{path}/roles", json={"role": "user"})
    guide.call("Sign somebody out everywhere", "POST", f"{path}/sign-out")
    guide.call("Mail somebody a link for a new password", "POST", f"{path}/password-reset")
    guide.call("Open an account that wrong passwords have closed", "POST", f"{path}/unlock")
    guide.call("Switch off a second factor that was lost", "DELETE", f"{path}/2fa")
    guide.call(
        "Delete somebody", "DELETE", path,
        "For good. Personal projects go too, or with `transfer_to` to somebody else; what was made and decided in teams stays,\n"
        "by \"Deleted user\". People delete themselves by `DELETE /auth/me`.", json={"delete_data": True},
    )  # fmt: skip
    teams = guide.call("List the teams with what they use", "GET", "/api/v1/admin/teams?limit=1")
    team = f"/api/v1/admin/teams/{teams['teams'][0]['id']}"
    guide.call("List everybody in a team", "GET", f"{team}/members")
    me = guide.client.get("/api/v1/auth/me", headers=guide.headers).json["user"]["id"]
    guide.call(
        "Let somebody in, or give a member another role", "PUT", f"{team}/members/{me}",
        "Administrators join a team by naming themselves; what is in it they see as members alone.", json={"role": "viewer"},
    )  # fmt: skip
    guide.call("Take somebody out", "DELETE", f"{team}/members/{me}")
    guide.call(
        "Give a team limits of its own", "PATCH", team,
        "null is the server's again.", json={"storage_limit_mb": 100000, "weekly_upload_limit_mb": None},
    )  # fmt: skip
    guide.call(
        "See the settings", "GET", "/api/v1/admin/settings",
        "What can be changed while the server runs. What the environment has set wins, and is `read_only`.",
    )  # fmt: skip
    guide.call(
        "Change settings", "PATCH", "/api/v1/admin/settings",
        "`If-Match` is the version that was shown (409 when somebody else was faster); null takes a change back. Every process\n"
        "follows within ten seconds.", json={"settings": {"invitation_days": 14}}, headers={"If-Match": '"0"'},
    )  # fmt: skip
    guide.call("The server in numbers", "GET", "/api/v1/admin/stats")
    leaving = {"email": "frida@example.org", "password": "Correct-Horse-7"}
    token = guide.client.post("/api/v1/auth/register", json=leaving).json["access_token"]
    guide.headers["Authorization"] = f"Bearer {token}"
    guide.call("Delete the own account", "DELETE", "/api/v1/auth/me")
    guide.headers.update(own)
    guide.call("What it can do", "GET", "/api/v1/config/features")
    guide.call("Whether the process lives", "GET", "/api/v1/health")
    guide.call("Whether every part is there", "GET", "/api/v1/health/ready", "503 when a part is missing.")
    guide.say("## Errors\n\nAll errors have one shape; `details` names the fields where that is known.")
    guide.call("A wrong field", "POST", "/api/v1/projects", json={"title": "Interview"})
    guide.call("Something that is not there, or someone else's", "GET", f"/api/v1/projects/{project_id}")
    guide.headers.clear()
    guide.call("Nobody", "GET", "/api/v1/projects")


def _with_lasting_values(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-21T09:30:00Z", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "2026-11-21T09:30:00.000000Z", text)
    text = re.sub(r'"state": "(\d+)-\d{4}-[^"]+"', r'"state": "\1-2026-11-21T09:30:00+00:00"', text)
    text = re.sub(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "eyJhbGciOi…", text)
    text = re.sub(r'("(?:refresh_token|setup_token|token)": )"[\w-]{43}"', r'\1"t5Gk…"', text)
    text = re.sub(r"(invitation#|shared#|validate/)[\w-]{43}", r"\1t5Gk…", text)
    text = re.sub(r"secret=[A-Z2-7]{32}", "secret=JBSW…", text)
    text = re.sub(r'"secret": "[A-Z2-7]{32}"', '"secret": "JBSW…"', text)
    text = re.sub(
        r'"url": "http://localhost:\d+/[^"]+/authorize[^"]+"', '"url": "https://login.example.org/authorize?…"', text
    )
    text = re.sub(r"(/callback\?)\S+", r"\1code=SplxlOBe&state=af0ifjsld", text)
    text = re.sub(r"clf_[0-9A-Za-z]{49}", "clf_6F8Q…", text)
    text = re.sub(r'"mfa_token": "[\w-]{43}"', '"mfa_token": "t5Gk…"', text)
    text = re.sub(r'"code": "\d{6}"', '"code": "123456"', text)
    text = re.sub(r'"(?:[0-9a-f]{5}-){5}[0-9a-f]{5}"', '"0f1e2-…"', text)
    text = re.sub(r'"qr_code": "[^"]+"', '"qr_code": "data:image/svg+xml,…"', text)
    text = re.sub(r'"disk_(free|total)_bytes": \d+', r'"disk_\1_bytes": 100000000000', text)
    text = re.sub(r'"request_id": "[0-9a-f]{16}"', '"request_id": "00000000f00dcafe"', text)
    text = re.sub(r'"next_cursor": "[^"]+"', '"next_cursor": "MjAy…"', text)
    text = re.sub(r"owner=[0-9a-f]{32}&", f"owner={'0' * 31}1&", text)
    text = re.sub(r"expires=\d+&signature=[0-9a-f]{64}", "expires=1795253400&signature=9f2c…", text)
    text = re.sub(r'"processing_time_ms": \d+', '"processing_time_ms": 1800', text)
    for number, found in enumerate(dict.fromkeys(_ids_in(text))):
        text = text.replace(found, f"{number + 1:08d}-0000-4000-8000-000000000000")
    return text


def _ids_in(text: str) -> Iterator[str]:
    yield from re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text)


if __name__ == "__main__":
    main()
