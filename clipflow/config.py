"""Every setting in one place: its environment variable, type, range, default and meaning.

The environment and a ``.env`` file in the working folder are read once, strictly: a value that
does not parse stops the start and names the variable. The file is long because it is one table.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from decimal import ROUND_UP, Decimal, InvalidOperation
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from clipflow.engine import DEFAULT_FILLER_WORDS, AnalysisOptions, option_ranges
from clipflow.engine.renditions.encoders import HardwareEncoding
from clipflow.transcription.client import ServiceAccess

_MINIMUM_SECRET_CHARACTERS = 32
# What stands in examples until somebody puts a secret there.
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(?:me|this|it|in)|(?:your|my|the|some|super|very|jwt|dev)[-_ ]*(?:own[-_ ]*)?secret|"
    r"secret[-_ ]?key|example|placeholder|replace|insert|default|password",
    re.IGNORECASE,
)
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_DEFAULT_EXTENSIONS = (
    *("mp4", "m4v", "webm", "mov", "avi", "mkv", "mts", "m2ts", "ts", "mpg", "mxf", "3gp", "wmv", "flv"),
    *("mp3", "wav", "m4a", "aac", "flac", "ogg", "oga", "opus", "wma", "aiff", "aif", "caf", "amr"),
)
_KNOWN_EXTENSIONS = (
    *_DEFAULT_EXTENSIONS,
    *("mpeg", "mka", "dv", "aifc", "w64", "au", "wv", "tta", "ac3", "eac3"),
)
_PROVIDER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DATABASE_SCHEMES = ("sqlite", "postgresql", "postgres")
_QUEUE_SCHEMES = ("sqlite", "redis", "rediss")

_HIGHEST_PORT = 65_535
_HIGHEST_PRICE = 1000
_CURRENCY_LETTERS = 3

PASSWORD_PARTS = ("upper", "lower", "digit", "special")

Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """A provider of OpenID Connect that people sign in with."""

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether it is said where it is, and who we are there."""
        parts = urlsplit(self.issuer)
        is_here = parts.hostname in ("localhost", "127.0.0.1")
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_here)
        return is_safe and bool(parts.hostname) and bool(self.client_id) and bool(self.title)


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a password must be: how long, what it must have of :data:`PASSWORD_PARTS`, and whether common ones count."""

    minimum_characters: int = 8
    required: tuple[str, ...] = ("upper", "digit")
    has_blocklist: bool = True


class SettingsError(Exception):
    """A setting is wrong; the text names the variable and says what to write there."""


def _text(value: str) -> str:
    return value


def _secrets_list(value: str) -> tuple[str, ...]:
    keys = tuple(one.strip() for one in value.split(",") if one.strip())
    if any(len(one) < _MINIMUM_SECRET_CHARACTERS for one in keys):
        raise ValueError(
            f"must be random texts of {_MINIMUM_SECRET_CHARACTERS} characters or more, with commas between"
        )
    return keys


def _some_text(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _header_text(value: str) -> str:
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("must be letters, digits and signs without blanks, as the service has given it")
    return value


def _boolean(value: str) -> bool:
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ValueError("must be true or false")


def _whole_number(minimum: int, maximum: int) -> Reader:
    def read(value: str) -> int:
        if not value.lstrip("-").isdecimal() or not minimum <= int(value) <= maximum:
            raise ValueError(f"must be a whole number from {minimum} to {maximum}")
        return int(value)

    return read


def _price(value: str) -> Decimal:
    try:
        price = Decimal(value)
    except InvalidOperation:
        raise ValueError("must be a price such as 0.006") from None
    if not price.is_finite() or not 0 <= price <= _HIGHEST_PRICE:
        raise ValueError(f"must be a price from 0 to {_HIGHEST_PRICE}")
    return price


def _currency(value: str) -> str:
    if len(value) != _CURRENCY_LETTERS or not value.isascii() or not value.isalpha():
        raise ValueError("must be a currency such as USD or EUR")
    return value.upper()


def _one_of(*choices: str) -> Reader:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return read


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in value.split(",") if word.strip())


def _password_parts(value: str) -> tuple[str, ...]:
    parts = _words(value)
    unknown = set(parts) - set(PASSWORD_PARTS)
    if unknown:
        raise ValueError(f"must be a list out of {', '.join(PASSWORD_PARTS)}")
    return tuple(dict.fromkeys(parts))


def _extensions(value: str) -> tuple[str, ...]:
    extensions = tuple(word.removeprefix(".") for word in _words(value))
    unknown = sorted(set(extensions) - set(_KNOWN_EXTENSIONS))
    if unknown or not extensions:
        raise ValueError(f"must be a list out of {', '.join(_KNOWN_EXTENSIONS)}")
    return extensions


def _oidc_providers(value: str) -> tuple[OidcProvider, ...]:
    try:
        providers = tuple(OidcProvider(**one) for one in json.loads(value or "[]"))
    except (ValueError, TypeError):
        raise ValueError("must be a JSON list of objects with name, title, issuer, client_id, client_secret") from None
    names = [one.name for one in providers]
    are_names = all(_PROVIDER_NAME.fullmatch(one) for one in names) and len({*names, "google"}) == len(names) + 1
    if not are_names or not all(one.is_complete for one in providers):
        raise ValueError(
            "must name each provider once, with small letters, digits and hyphens and not google, an https:// issuer "
            "(http:// on this machine alone), and a client_id"
        )
    return providers


def _time_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None


def _url(*schemes: str) -> Reader:
    def read(value: str) -> str:
        if urlsplit(value).scheme not in schemes:
            raise ValueError(f"must be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    return read


def _optional_url(value: str) -> str:
    return _url("http", "https")(value).rstrip("/") if value else ""


def _scanner_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if value and not value.startswith("/") and not (host and port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT):
        raise ValueError("must be a host with a port, such as scanner:3310, or the path of a socket")
    return value


def _key_prefix(value: str) -> str:
    if value and re.fullmatch(r"([\w.-]+/)+", value, re.ASCII) is None:
        raise ValueError("must be names that each end in a slash, such as clipflow/")
    return value


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(word.strip().rstrip("/") for word in value.split(",") if word.strip())
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise ValueError("must be a list of origins such as https://editor.example.org, without a path")
    return origins


def _address_or_nothing(value: str) -> str:
    try:
        return str(ip_address(value)) if value else ""
    except ValueError:
        raise ValueError("must be one IP address") from None


def _engine_number(option: str) -> Reader:
    allowed = option_ranges()[option]

    def read(value: str) -> float:
        takes_fractions = allowed.unit == "dB"
        try:
            number: float = float(value) if takes_fractions else int(value)
            AnalysisOptions(**cast(Any, {option: number}))
        except Exception:
            raise ValueError(f"must be a number {allowed}") from None
        return number

    return read


def _setting(default: Any, meaning: str, read: Reader = _text, *, is_secret: bool = False) -> Any:
    metadata = {"meaning": meaning, "read": read, "is_secret": is_secret}
    return field(default=default, repr=not is_secret, metadata=metadata)


def _engine_setting(option: str, meaning: str) -> Any:
    return _setting(getattr(AnalysisOptions(), option), meaning, _engine_number(option))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one installation; the environment variable of each is its name in capitals."""

    # Not a setting itself: the names of those that the environment has set, which no page changes.
    from_environment: frozenset[str] = frozenset()

    app_name: str = _setting("ClipFlow", "Name in mails and in the API's description.")
    app_env: str = _setting(
        "development",
        "`production` refuses missing or weak secrets and marks cookies Secure; `test` is for the tests.",
        _one_of("development", "production", "test"),
    )
    debug: bool = _setting(False, "Logs more. Answers never carry tracebacks, whatever this says.", _boolean)
    secret_key: str = _setting(
        "", "Signs upload addresses and CSRF values; 32 characters or more. Made by itself outside production.",
        is_secret=True,
    )  # fmt: skip
    api_version: str = _setting("v1", "Version of the API; there is only v1.", _one_of("v1"))
    data_dir: Path = _setting(Path("data"), "Folder of everything that is kept.", Path)

    database_url: str = _setting(
        "", "`postgresql://user:password@host/name`, or `sqlite:///path`; empty is SQLite in the data folder.",
        lambda value: _url(*_DATABASE_SCHEMES)(value) if value else "", is_secret=True,
    )  # fmt: skip
    queue_url: str = _setting(
        "", "`redis://host:6379/0`, or `sqlite:///path`; empty is SQLite in the data folder.",
        lambda value: _url(*_QUEUE_SCHEMES)(value) if value else "", is_secret=True,
    )  # fmt: skip

    jwt_secret_key: str = _setting(
        "", "Signs access tokens; 32 characters or more. Made by itself outside production.", is_secret=True
    )
    jwt_algorithm: str = _setting("HS256", "Algorithm of access tokens.", _one_of("HS256", "HS384", "HS512"))
    access_token_expire_minutes: int = _setting(30, "How long an access token is valid.", _whole_number(1, 1440))
    refresh_token_expire_days: int = _setting(7, "How long a refresh token is valid.", _whole_number(1, 365))
    bcrypt_cost: int = _setting(12, "Cost of password hashes; at least 12 in production.", _whole_number(4, 16))

    encryption_keys: tuple[str, ...] = _setting(
        (),
        "Keys that encrypt secrets in the database, the newest first, separated by commas; 32 characters or more each. "
        "Made by itself outside production.",
        _secrets_list,
        is_secret=True,
    )
    registration_mode: str = _setting(
        "open",
        "Who makes an account: anybody (open), who is invited (invitation), or nobody (closed).",
        _one_of("open", "invitation", "closed"),
    )
    initial_admin_email: str = _setting(
        "", "Address of an administrator who is made at the first start; empty leaves it to the set-up page."
    )
    initial_admin_password: str = _setting("", "Password of that administrator.", is_secret=True)
    google_client_id: str = _setting("", "Lets people sign in with Google; from the Google Cloud console.")
    google_client_secret: str = _setting("", "Goes with it.", is_secret=True)
    oidc_providers: tuple[OidcProvider, ...] = _setting(
        (),
        "Further providers of OpenID Connect: a JSON list of objects with `name`, `title`, `issuer`, `client_id`, "
        "`client_secret`.",
        _oidc_providers,
        is_secret=True,
    )
    email_verification: str = _setting(
        "off",
        "Whether an address has to be confirmed by mail before its account signs in: `off` or `required`.",
        _one_of("off", "required"),
    )
    password_min_length: int = _setting(8, "Fewest characters of a password.", _whole_number(6, 64))
    password_require: tuple[str, ...] = _setting(
        ("upper", "digit"),
        "What a password must have, of `upper`, `lower`, `digit`, `special`, separated by commas; may be empty.",
        _password_parts,
    )
    password_blocklist: bool = _setting(
        True, "Whether passwords are refused that are among the most common ones.", _boolean
    )
    mfa_required_for: str = _setting(
        "", "Who needs a second factor: nobody (empty), or administrators (`admin`).", _one_of("", "admin")
    )
    storage_limit_mb: int | None = _setting(
        None, "What the recordings of a team, and what one person has uploaded, may take, in MiB; empty is no limit.",
        lambda value: _whole_number(1, 10**9)(value) if value else None,
    )  # fmt: skip
    weekly_upload_limit_mb: int | None = _setting(
        None, "What a team, and one person, may upload in a week, in MiB; empty is no limit.",
        lambda value: _whole_number(1, 10**9)(value) if value else None,
    )  # fmt: skip
    quota_timezone: str = _setting("UTC", "Where a week of uploads begins on Sunday at midnight.", _time_zone)
    audit_retention_days: int = _setting(365, "How long the audit log keeps what was done.", _whole_number(1, 36_500))
    token_max_days: int | None = _setting(
        None, "Longest that a personal token may be good for; empty lets it be for ever.",
        lambda value: _whole_number(1, 365)(value) if value else None,
    )  # fmt: skip
    invitation_days: int = _setting(7, "How long an invitation is valid.", _whole_number(1, 90))

    storage_type: str = _setting(
        "local", "Where recordings are kept: on a `local` disk, or in a bucket (`s3`).", _one_of("local", "s3")
    )
    upload_dir: str = _setting("", "Folder of the recordings; empty is `media` in the data folder.")
    upload_expires_hours: int = _setting(
        24, "How long an unfinished upload is kept after its last part was asked for.", _whole_number(1, 24 * 30)
    )
    max_file_size_mb: int = _setting(500, "Largest recording, in MiB.", _whole_number(1, 1_000_000))
    allowed_extensions: tuple[str, ...] = _setting(
        _DEFAULT_EXTENSIONS, "Endings of file names that are taken, separated by commas.", _extensions
    )
    s3_bucket_name: str = _setting("", "The bucket, which has to be there.")
    s3_access_key: str = _setting(
        "", "Of who may read, write, list and delete there; empty takes what the machine has (a role, a profile).",
        is_secret=True,
    )  # fmt: skip
    s3_secret_key: str = _setting("", "Belongs to `S3_ACCESS_KEY`.", is_secret=True)
    s3_region: str = _setting("", "Region of the bucket; empty is us-east-1.")
    s3_endpoint_url: str = _setting("", "Address of a store that is not Amazon's own.", _optional_url)
    s3_public_endpoint_url: str = _setting(
        "", "Address under which browsers reach the store, where that is another.", _optional_url
    )
    s3_prefix: str = _setting("", "Before the names of all files in the bucket, such as `clipflow/`.", _key_prefix)
    s3_addressing: str = _setting(
        "path", "Whether the bucket is in the `path` of an address, or in its host (`virtual`).",
        _one_of("path", "virtual"),
    )  # fmt: skip
    s3_delivery: str = _setting(
        "proxy", "Whether this server passes recordings on (`proxy`), or sends browsers to the store (`redirect`).",
        _one_of("proxy", "redirect"),
    )  # fmt: skip
    media_url_ttl_s: int = _setting(
        21_600, "How long the address is good to which a browser is sent.", _whole_number(5, 604_800)
    )

    clamd_address: str = _setting(
        "", "ClamAV daemon that scans recordings, such as `scanner:3310`, or the path of its socket; empty is none.",
        _scanner_address,
    )  # fmt: skip
    clamd_stream_max_mb: int = _setting(
        2000, "How much of a recording it is sent, in MiB; no more than its `StreamMaxLength`.", _whole_number(1, 2047)
    )
    scan_on_failure: str = _setting(
        "wait", "What becomes of recordings while it is away: they `wait`, or are taken after three tries (`accept`).",
        _one_of("wait", "accept"),
    )  # fmt: skip
    scan_too_large: str = _setting(
        "accept", "What becomes of recordings of which it does not look at the whole: `accept` or `refuse`.",
        _one_of("accept", "refuse"),
    )  # fmt: skip

    make_pictures: bool = _setting(
        True, "Whether pictures of recordings are made, for cards and for moving over the waveform.", _boolean
    )
    proxy_mode: str = _setting(
        "needed", "Copies for browsers: where they are `needed`, `always` as 1080p H.264, or `off`.",
        _one_of("needed", "always", "off"),
    )  # fmt: skip
    proxy_height: int = _setting(1080, "Lines of a copy at most; no picture is enlarged.", _whole_number(144, 4320))
    proxy_preset: str = _setting(
        "veryfast", "How much time libx264 takes for a copy.",
        _one_of("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"),
    )  # fmt: skip
    proxy_crf: int = _setting(23, "Quality of a copy; lower is better and larger.", _whole_number(10, 40))
    proxy_hwaccel: str = _setting(
        "none", "What encodes copies besides the processor; `auto` tries each, and what does not work is left aside.",
        _one_of(*map(str, HardwareEncoding)),
    )  # fmt: skip

    ai_features_enabled: bool = _setting(False, "Allows features that send sound to another service.", _boolean)
    whisper_api_enabled: bool = _setting(False, "Allows transcription by a service.", _boolean)
    openai_api_key: str = _setting(
        "", "Key of the transcription service; one of your own may need none.", _header_text, is_secret=True
    )
    openai_base_url: str = _setting(
        "", "Address of a service that speaks OpenAI's protocol, such as http://localhost:8000/v1; empty is OpenAI.",
        lambda value: _url("http", "https")(value).rstrip("/") if value else "",
    )  # fmt: skip
    allow_private_services: bool = _setting(
        False, "Whether services whose address people or teams have named may be in the server's own network.", _boolean
    )
    whisper_model: str = _setting(
        "whisper-1", "Model that transcribes; it must give the times of words or segments.", _some_text
    )
    whisper_price_per_minute: Decimal = _setting(
        Decimal("0.006"), "What a minute costs, for the estimate before a transcription; 0 for a service of your own.",
        _price,
    )  # fmt: skip
    whisper_price_currency: str = _setting("USD", "Currency of that price.", _currency)
    whisper_parallel_requests: int = _setting(3, "Parts that are sent at the same time.", _whole_number(1, 32))
    whisper_timeout_s: int = _setting(900, "How long the answer to one part may take.", _whole_number(1, 7200))

    default_processing_mode: str = _setting(
        "vad", "What `auto` means: `vad` (on this machine) or `whisper`.", _one_of("vad", "whisper")
    )
    vad_aggressiveness: int = _engine_setting("vad_aggressiveness", "Default of new analyses; higher removes more.")
    min_silence_duration_ms: int = _engine_setting("min_silence_duration_ms", "Default: shorter silences stay.")
    min_speech_duration_ms: int = _engine_setting("min_speech_duration_ms", "Default: shorter speech is suggested.")
    silence_threshold_db: float = _engine_setting("silence_threshold_db", "Default: louder silence is only suggested.")
    speech_pad_start_ms: int = _engine_setting("speech_pad_start_ms", "Default: kept before speech.")
    speech_pad_end_ms: int = _engine_setting("speech_pad_end_ms", "Default: kept after speech.")
    detect_filler_words: bool = _setting(True, "Default: whether fillers are suggested for removal.", _boolean)
    filler_words: tuple[str, ...] = _setting(
        DEFAULT_FILLER_WORDS, "Fillers that are looked for in transcripts, separated by commas.", _words
    )
    filler_word_padding_ms: int = _setting(
        50, "How far the cut of a filler reaches beyond it, where no other word is.", _whole_number(0, 2000)
    )

    deleted_kept_days: int = _setting(
        7, "How long a deleted recording can be restored; 0 deletes for good at once.", _whole_number(0, 365)
    )
    file_retention_days: int | None = _setting(
        None, "Recordings older than this are removed by the daily clean-up; empty keeps them.",
        lambda value: _whole_number(1, 36_500)(value) if value else None,
    )  # fmt: skip

    rate_limit_requests: int = _setting(
        100, "Requests of one address without sign-in in each period.", _whole_number(1, 10**9)
    )
    rate_limit_period: int = _setting(3600, "Length of that period, in seconds.", _whole_number(1, 86_400))
    rate_limit_user_requests: int = _setting(
        2000, "Requests of one signed-in person in each period.", _whole_number(1, 10**9)
    )
    rate_limit_polling: int = _setting(
        36_000, "Status, waveform and media requests of one person in each period.", _whole_number(1, 10**9)
    )
    rate_limit_sign_in: int = _setting(
        10, "Sign-ins, registrations, refreshes and password mails an hour for one address and e-mail.",
        _whole_number(1, 10**9),
    )  # fmt: skip
    rate_limit_analyses: int = _setting(200, "Analyses an hour of one person.", _whole_number(1, 10**9))
    rate_limit_uploads: int = _setting(500, "Uploads a day of one person.", _whole_number(1, 10**9))

    smtp_host: str = _setting("", "Mail server; without one, mails are kept in `outbox` in the data folder.")
    smtp_port: int = _setting(587, "Port of the mail server; 465 speaks TLS from the start.", _whole_number(1, 65_535))
    smtp_username: str = _setting("", "Sign-in at the mail server, where it wants one.")
    smtp_password: str = _setting("", "Password at the mail server.", is_secret=True)
    smtp_starttls: bool = _setting(True, "Whether the mail server must switch to TLS.", _boolean)
    mail_from: str = _setting("ClipFlow <clipflow@localhost>", "Sender of mails.")
    public_url: str = _setting(
        "", "Address that people use, such as https://clips.example.org; empty is http://localhost:PORT.",
        lambda value: _url("http", "https")(value).rstrip("/") if value else "",
    )  # fmt: skip

    host: str = _setting("127.0.0.1", "Address the web server listens on.")
    port: int = _setting(8000, "Port the web server listens on; 0 takes a free one.", _whole_number(0, 65_535))
    web_threads: int = _setting(24, "Requests that are answered at the same time.", _whole_number(1, 256))
    stop_patience_s: int = _setting(
        25, "How long a stop waits for requests in flight, uploads too; whatever stops the service has to wait longer.",
        _whole_number(1, 3600),
    )  # fmt: skip
    worker_threads: int = _setting(1, "Analyses at the same time in one worker.", _whole_number(1, 64))
    transcription_threads: int = _setting(
        2, "Transcriptions at the same time in one worker; they mostly wait.", _whole_number(1, 64)
    )
    worker_niceness: int = _setting(10, "Priority of the worker, 0 (as the web) to 19 (lowest).", _whole_number(0, 19))
    worker_lost_after_s: int = _setting(
        60, "A job without a sign of life for this long goes back to the queue.", _whole_number(2, 3600)
    )
    trusted_proxy: str = _setting(
        "", "IP address of the proxy in front, whose X-Forwarded headers are believed; empty believes nobody.",
        _address_or_nothing,
    )  # fmt: skip
    cors_origins: tuple[str, ...] = _setting((), "Origins of other frontends, separated by commas.", _origins)
    log_level: str = _setting("INFO", "Least severity that is logged.", _one_of("DEBUG", "INFO", "WARNING", "ERROR"))

    @property
    def is_production(self) -> bool:
        """Whether weak secrets are refused."""
        return self.app_env == "production"

    @property
    def upload_lifetime(self) -> timedelta:
        """How long an unfinished upload is kept."""
        return timedelta(hours=self.upload_expires_hours)

    @property
    def allows_transcription(self) -> bool:
        """Whether a service may be asked, whoever has the key."""
        return self.ai_features_enabled and self.whisper_api_enabled

    @property
    def has_transcription(self) -> bool:
        """Whether a service may be asked, and the server itself has one."""
        return self.allows_transcription and bool(self.openai_api_key or self.openai_base_url)

    @property
    def transcription_access(self) -> ServiceAccess:
        """The service that transcribes, and as whom it is asked."""
        return ServiceAccess(
            model=self.whisper_model,
            base_url=self.openai_base_url,
            api_key=self.openai_api_key,
            timeout_s=float(self.whisper_timeout_s),
            parallel_requests=self.whisper_parallel_requests,
        )

    def transcription_price(self, minutes: Decimal) -> Decimal:
        """What so many minutes cost, rounded up to a hundredth."""
        return (minutes * self.whisper_price_per_minute).quantize(Decimal("0.01"), rounding=ROUND_UP)

    @property
    def max_file_size_bytes(self) -> int:
        """Size of the largest recording in bytes."""
        return self.max_file_size_mb * 1024**2

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'clipflow.db'}"

    @property
    def queue(self) -> str:
        """The queue's URL, with the default filled in."""
        return self.queue_url or f"sqlite:///{self.data_dir.absolute() / 'queue.db'}"

    @property
    def has_remote_storage(self) -> bool:
        """Whether recordings may be elsewhere, so that reading one takes a way over the network."""
        return bool(self.s3_bucket_name)

    @property
    def storage_origin(self) -> str:
        """Where browsers reach the object storage; empty where it is a local disk."""
        if not self.has_remote_storage:
            return ""
        address = self.s3_public_endpoint_url or self.s3_endpoint_url
        region = self.s3_region or "us-east-1"
        parts = urlsplit(address or f"https://s3.{region}.amazonaws.com")
        host = parts.netloc if self.s3_addressing == "path" else f"{self.s3_bucket_name}.{parts.netloc}"
        return f"{parts.scheme}://{host}"

    @property
    def storage_folder(self) -> Path:
        """Where local storage keeps its files."""
        return Path(self.upload_dir) if self.upload_dir else self.data_dir / "media"

    @property
    def oidc_providers_known(self) -> tuple[OidcProvider, ...]:
        """All providers that people may sign in with."""
        google = OidcProvider(
            "google", "Google", "https://accounts.google.com", self.google_client_id, self.google_client_secret
        )
        return (google, *self.oidc_providers) if self.google_client_id else self.oidc_providers

    @property
    def password_rules(self) -> PasswordRules:
        """What a password must be."""
        return PasswordRules(self.password_min_length, self.password_require, self.password_blocklist)

    @property
    def address(self) -> str:
        """The address that people use, for links in mails."""
        return self.public_url or f"http://localhost:{self.port}"

    def default_options(self) -> dict[str, Any]:
        """The defaults of a new analysis under the names of the API."""
        names = ("vad_aggressiveness", "min_silence_duration_ms", "min_speech_duration_ms", "speech_pad_start_ms",
                 "speech_pad_end_ms", "silence_threshold_db")  # fmt: skip
        return {name: getattr(self, name) for name in names}


def setting_fields() -> list[Any]:
    """The fields of :class:`Settings` that the environment can set."""
    return [one for one in fields(Settings) if "read" in one.metadata]


def load_settings(
    environment: Mapping[str, str] | None = None, env_file: Path | None = Path(".env"), *, needs_secrets: bool = True
) -> Settings:
    """The settings of this process.

    Args:
        environment: variables; those of the process when left out.
        env_file: a file with further variables; what the environment says comes first.
        needs_secrets: whether missing secrets are made and kept, or refused in production.

    Raises:
        SettingsError: a value does not parse, or production has no proper secrets.
    """
    values = dict(os.environ if environment is None else environment)
    if env_file is not None and env_file.is_file():
        values = {**{k: v for k, v in dotenv_values(env_file).items() if v is not None}, **values}
    given = [one for one in setting_fields() if one.name.upper() in values]
    names = frozenset(one.name for one in given)
    settings = Settings(from_environment=names, **{one.name: _read(one, values) for one in given})
    if not needs_secrets:
        return settings
    _check_together(settings)
    return _with_secrets(settings)


def _read(setting: Any, values: Mapping[str, str]) -> Any:
    variable = setting.name.upper()
    try:
        return setting.metadata["read"](values[variable].strip())
    except ValueError as error:
        shown = "" if setting.metadata["is_secret"] else f", not {values[variable]!r}"
        raise SettingsError(f"{variable} {error}{shown}; correct it and start again.") from None


def _check_together(settings: Settings) -> None:
    if settings.storage_type == "s3" and not settings.s3_bucket_name:
        raise SettingsError("STORAGE_TYPE s3 needs S3_BUCKET_NAME; set it, or keep recordings on a local disk.")
    if bool(settings.s3_access_key) != bool(settings.s3_secret_key):
        raise SettingsError("S3_ACCESS_KEY and S3_SECRET_KEY belong together; set both, or leave both empty.")
    if settings.initial_admin_email and not settings.initial_admin_password:
        raise SettingsError("INITIAL_ADMIN_EMAIL needs INITIAL_ADMIN_PASSWORD; set it, or leave both empty.")
    if not settings.is_production:
        return
    if settings.bcrypt_cost < 12:  # noqa: PLR2004  the number is the rule itself
        raise SettingsError("BCRYPT_COST must be at least 12 in production; raise it and start again.")
    for name in ("secret_key", "jwt_secret_key"):
        if not _is_strong(getattr(settings, name)):
            raise SettingsError(
                f"{name.upper()} must be a random text of {_MINIMUM_SECRET_CHARACTERS} characters or more in "
                "production; make one with: openssl rand -hex 32"
            )
    if not all(_is_strong(one) for one in settings.encryption_keys):
        raise SettingsError(
            f"ENCRYPTION_KEYS must be random texts of {_MINIMUM_SECRET_CHARACTERS} characters or more in production; "
            "make each with: openssl rand -hex 32"
        )
    if settings.secret_key == settings.jwt_secret_key:
        raise SettingsError("SECRET_KEY and JWT_SECRET_KEY must differ; make a second one with: openssl rand -hex 32")


def _is_strong(secret: str) -> bool:
    looks_random = len(set(secret)) >= 10  # noqa: PLR2004  "aaaa…" has fewer different characters
    is_placeholder = _PLACEHOLDER.search(secret) is not None
    return len(secret) >= _MINIMUM_SECRET_CHARACTERS and looks_random and not is_placeholder


def _with_secrets(settings: Settings) -> Settings:
    """Fill in secrets that are not set from files in the data folder, made at first start."""
    missing = [name for name in ("secret_key", "jwt_secret_key") if not getattr(settings, name)]
    made = {name: _kept_secret(settings.data_dir / f"{name}.txt") for name in missing}
    values: dict[str, Any] = {one.name: getattr(settings, one.name) for one in fields(settings)}
    if not settings.encryption_keys and not settings.is_production:
        values["encryption_keys"] = (_kept_secret(settings.data_dir / "encryption_key.txt"),)
    return Settings(**{**values, **made})


def _kept_secret(file: Path) -> str:
    try:
        if file.exists():
            return file.read_text(encoding="ascii").strip()
        file.parent.mkdir(parents=True, exist_ok=True)
        # Written under another name first: of two processes that start together, one wins and both read its secret.
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as target:
            target.write(secrets.token_hex(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"The secret in {file} cannot be kept ({error.strerror}); make the folder writable."
        ) from None
