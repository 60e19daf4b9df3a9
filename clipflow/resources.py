"""What services work with besides the database, made once from the settings and handed to them."""

import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from clipflow.config import Settings
from clipflow.core.clamd import Scanner
from clipflow.core.crypto import KeyRing
from clipflow.core.errors import UnavailableError
from clipflow.core.installation import installation_id, was_disk_used
from clipflow.core.mail import Mailer, SmtpServer
from clipflow.core.queue import JobQueue
from clipflow.core.recent import Recent
from clipflow.core.storage.both import BothStorages
from clipflow.core.storage.copies import LocalCopies
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.owned import OwnedStorage
from clipflow.core.storage.protocol import Storage
from clipflow.core.storage.signing import UploadSigner

_PROBES_AT_ONCE = 2
_DOWNLOADS_AT_ONCE = 3
_READINESS_LASTS_S = 1.0
_SETTINGS_LAST_S = 5.0


class LiveSettings:
    """The settings of this process: those of the environment, and what administrators have changed since."""

    def __init__(self, base: Settings) -> None:
        """``base`` are those of the environment."""
        self.base = base
        self.current = base
        self._read_at_s = -_SETTINGS_LAST_S

    def is_due(self) -> bool:
        """Whether the changes are to be read again; says so once for each time."""
        now_s = time.monotonic()
        if now_s - self._read_at_s < _SETTINGS_LAST_S:
            return False
        self._read_at_s = now_s
        return True

    def forget(self) -> None:
        """Have the changes read again when it is asked for next."""
        self._read_at_s = -_SETTINGS_LAST_S


@dataclass(frozen=True, slots=True)
class Resources:
    """Settings, storage, queue and mail of this process."""

    live: LiveSettings
    storage: OwnedStorage
    signer: UploadSigner
    queue: JobQueue
    mailer: Mailer
    key_ring: KeyRing | None = None
    # What looks for malicious content; without one nothing does.
    scanner: Scanner | None = None
    # How many recordings are looked at while their senders wait; the others are looked at by a worker.
    probe_slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_PROBES_AT_ONCE))
    # Downloads of the audit log at once, each of which takes a processor for seconds.
    audit_slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))
    # Recordings that pass from the object storage through this server whole at once: a thread waits for each.
    download_slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_DOWNLOADS_AT_ONCE))
    # Keys that are tried at once: whoever is asked may take its time, and a thread waits for each.
    key_test_slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(2))
    # The clients of sign-in providers by their names, which remember how these are reached.
    oidc_clients: dict[str, Any] = field(default_factory=dict)
    readiness: Recent[dict[str, str]] = field(default_factory=lambda: Recent(_READINESS_LASTS_S))

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process makes its own, once.
        return _resources_of_process, (self.settings,)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connects to nothing yet."""
        return cls(
            live=LiveSettings(settings),
            storage=OwnedStorage(storage_of(settings), installation_id),
            signer=UploadSigner(settings.secret_key),
            queue=JobQueue(settings.queue),
            mailer=Mailer(
                settings.mail_from,
                _smtp_server(settings),
                settings.data_dir / "outbox",
                app_name=settings.app_name,
            ),
            key_ring=KeyRing(settings.encryption_keys) if settings.encryption_keys else None,
            scanner=Scanner(settings.clamd_address, settings.clamd_stream_max_mb * 1024**2)
            if settings.clamd_address
            else None,
        )

    @property
    def settings(self) -> Settings:
        """The settings as they are at the moment."""
        return self.live.current

    @property
    def keys(self) -> KeyRing:
        """What encrypts secrets in the database; raises UnavailableError where there is no key."""
        if self.key_ring is None:
            raise UnavailableError("This server cannot keep secrets yet; an administrator must set ENCRYPTION_KEYS.")
        return self.key_ring


@lru_cache(maxsize=1)
def _resources_of_process(settings: Settings) -> Resources:
    return Resources.from_settings(settings)


def places_of(settings: Settings) -> dict[str, Storage]:
    """The storages that the settings name by their ``STORAGE_TYPE``, whoever they belong to."""
    places: dict[str, Storage] = {"local": LocalStorage(settings.storage_folder)}
    if settings.s3_bucket_name:
        places["s3"] = _bucket_of(settings)
    return places


def storage_of(settings: Settings) -> Storage:
    """The storage of new files, and of those of a bucket or a folder that was used before."""
    local = LocalStorage(settings.storage_folder)
    if not settings.s3_bucket_name:
        return local
    is_local_main = settings.storage_type == "local"
    return BothStorages(local, _bucket_of(settings), is_local_main=is_local_main, was_disk_used=was_disk_used)


def _bucket_of(settings: Settings) -> Storage:
    # Its library takes a third of a second, and nobody else needs it.
    from clipflow.core.storage.s3 import Bucket, S3Storage  # noqa: PLC0415

    bucket = Bucket(
        name=settings.s3_bucket_name,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        region=settings.s3_region,
        endpoint_url=settings.s3_endpoint_url,
        public_endpoint_url=settings.s3_public_endpoint_url,
        prefix=settings.s3_prefix,
        is_path_style=settings.s3_addressing == "path",
    )
    return S3Storage(bucket, LocalCopies(settings.data_dir / "copies"))


def _smtp_server(settings: Settings) -> SmtpServer | None:
    if not settings.smtp_host:
        return None
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=settings.smtp_password,
        has_starttls=settings.smtp_starttls,
    )
