"""What services work with besides the database, made once from the settings and handed to them."""

from dataclasses import dataclass
from typing import Self

from clipflow.config import Settings
from clipflow.core.mail import Mailer, SmtpServer
from clipflow.core.queue import JobQueue
from clipflow.core.storage.local import LocalStorage
from clipflow.core.storage.protocol import Storage
from clipflow.core.storage.signing import UploadSigner


@dataclass(frozen=True, slots=True)
class Resources:
    """Settings, storage, queue and mail of this process."""

    settings: Settings
    storage: Storage
    signer: UploadSigner
    queue: JobQueue
    mailer: Mailer

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connects to nothing yet; makes the folders of the storage."""
        storage = LocalStorage(settings.storage_folder)
        storage.prepare()
        return cls(
            settings=settings,
            storage=storage,
            signer=UploadSigner(settings.secret_key),
            queue=JobQueue(settings.queue),
            mailer=Mailer(settings.mail_from, _smtp_server(settings), settings.data_dir / "outbox"),
        )


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
