"""Settings: strict readers, and no weak secret in production."""

from pathlib import Path

import pytest

from clipflow.config import Settings, SettingsError, load_settings

SECRETS = {"SECRET_KEY": "0123456789abcdef" * 2, "JWT_SECRET_KEY": "fedcba9876543210" * 2}


def load(tmp_path: Path, **values: str) -> Settings:
    return load_settings({"DATA_DIR": str(tmp_path), **values}, env_file=None)


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/clipflow.db"
    assert settings.queue == f"sqlite:///{tmp_path}/queue.db"
    assert settings.storage_folder == tmp_path / "media"
    assert settings.address == "http://localhost:8000"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", ""),
        ("DEBUG", "perhaps"),
        ("APP_ENV", "prod"),
        ("API_VERSION", "v2"),
        ("DATABASE_URL", "mysql://host/name"),
        ("QUEUE_URL", "amqp://host"),
        ("JWT_ALGORITHM", "none"),
        ("MAX_FILE_SIZE_MB", "0"),
        ("MAX_FILE_SIZE_MB", "1.5"),
        ("ALLOWED_EXTENSIONS", "mp4,exe"),
        ("ALLOWED_EXTENSIONS", ","),
        ("TRUSTED_PROXY", "10.0.0.0/8"),
        ("CORS_ORIGINS", "example.org"),
        ("CORS_ORIGINS", "*"),
        ("PUBLIC_URL", "clips.example.org"),
        ("VAD_AGGRESSIVENESS", "4"),
        ("SILENCE_THRESHOLD_DB", "loud"),
        ("SPEECH_PAD_START_MS", "-1"),
        ("FILE_RETENTION_DAYS", "-1"),
        ("LOG_LEVEL", "chatty"),
        ("STORAGE_TYPE", "ftp"),
        ("STORAGE_TYPE", "s3"),
        ("WORKER_NICENESS", "-20"),
    ],
)
def test_a_value_that_does_not_parse_stops_the_start_and_is_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} "):
        load(tmp_path, **{variable: value})


def test_values_are_read_strictly_but_kindly(tmp_path: Path) -> None:
    settings = load(
        tmp_path, DEBUG=" Yes ", ALLOWED_EXTENSIONS=".MP4, wav", CORS_ORIGINS="https://a.org/, http://b.org"
    )
    assert settings.debug is True
    assert settings.allowed_extensions == ("mp4", "wav")
    assert settings.cors_origins == ("https://a.org", "http://b.org")
    assert load(tmp_path, FILE_RETENTION_DAYS="").file_retention_days is None
    assert load(tmp_path, SILENCE_THRESHOLD_DB="-35.5").silence_threshold_db == -35.5


def test_secrets_are_made_once_and_kept_to_oneself(tmp_path: Path) -> None:
    first, second = load(tmp_path), load(tmp_path)
    assert first.secret_key == second.secret_key != first.jwt_secret_key
    for name in ("secret_key.txt", "jwt_secret_key.txt"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_production_starts_with_proper_secrets(tmp_path: Path) -> None:
    settings = load(tmp_path, APP_ENV="production", **SECRETS)
    assert settings.is_production
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"JWT_SECRET_KEY": "change-me" * 10}, "JWT_SECRET_KEY"),
        ({"SECRET_KEY": "your-secret-key-here-change-in-production"}, "SECRET_KEY"),
        ({"JWT_SECRET_KEY": "Replace this by a long random text 42"}, "JWT_SECRET_KEY"),
        ({"JWT_SECRET_KEY": SECRETS["SECRET_KEY"]}, "SECRET_KEY"),
        ({"BCRYPT_COST": "4"}, "BCRYPT_COST"),
    ],
)
def test_production_refuses_weak_secrets(tmp_path: Path, changes: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} "):
        load(tmp_path, APP_ENV="production", **{**SECRETS, **changes})


def test_no_secret_is_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, DATABASE_URL="postgresql://u:hidden@host/name", SMTP_PASSWORD="hidden", **SECRETS)
    assert "hidden" not in repr(settings)
    assert SECRETS["SECRET_KEY"] not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, DATABASE_URL="hidden")
    assert "hidden" not in str(caught.value)


def test_a_file_fills_in_what_the_environment_does_not_say(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=1234\nHOST=::1\n# a note\nAPP_NAME='My Clips'\n")
    settings = load_settings({"DATA_DIR": str(tmp_path), "PORT": "4321"}, env_file=file)
    assert (settings.port, settings.host, settings.app_name) == (4321, "::1", "My Clips")


def test_names_of_older_deployments_are_not_read(tmp_path: Path) -> None:
    settings = load(tmp_path, REDIS_URL="redis://x", CELERY_BROKER_URL="redis://x")
    assert settings.queue.startswith("sqlite")
