"""Sends mail by SMTP, or keeps it where whoever runs the server finds it."""

import logging
import secrets
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from clipflow.core import clock
from clipflow.core.letters import Letter

logger = logging.getLogger(__name__)

_TIMEOUT_S = 20
# Longer than any link in a mail is good for.
_KEPT_FOR = timedelta(days=30)
_TLS_FROM_THE_START_PORT = 465


class MailError(Exception):
    """The mail server did not take a mail; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """How the mail server is reached."""

    host: str
    port: int
    username: str
    password: str
    has_starttls: bool


class Mailer:
    """Sends through a server, or without one writes to a folder."""

    def __init__(self, sender: str, server: SmtpServer | None, outbox: Path, *, app_name: str) -> None:
        """``app_name`` is what mails are signed with."""
        self._sender = sender
        self._server = server
        self._outbox = outbox
        self._app_name = app_name

    def send(self, recipient: str, letter: Letter) -> None:
        """Send one mail; raises MailError when the server does not take it."""
        message = EmailMessage()
        # Of a name that somebody gave, a line feed would begin another header.
        message["From"], message["To"], message["Subject"] = self._sender, recipient, " ".join(letter.subject.split())
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain="clipflow")
        message.set_content(letter.text(self._app_name))
        message.add_alternative(letter.html(self._app_name), subtype="html")
        if self._server is None:
            self._keep(message)
            return
        try:
            with _connected(self._server) as connection:
                connection.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"The mail server did not take the mail ({_reason(error)}).") from None

    def check(self) -> None:
        """Sign in at the mail server and leave; raises MailError."""
        if self._server is None:
            return
        try:
            with _connected(self._server) as connection:
                connection.noop()
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"The mail server cannot be used ({_reason(error)}).") from None

    def forget(self, recipient: str) -> None:
        """Remove the mails to somebody that were kept."""
        for file in self._kept():
            with suppress(FileNotFoundError):
                if message_from_bytes(file.read_bytes())["To"] == recipient:
                    file.unlink()

    def forget_old(self) -> None:
        """Remove kept mails whose links are long over."""
        oldest_s = clock.now().timestamp() - _KEPT_FOR.total_seconds()
        for file in self._kept():
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest_s:
                    file.unlink()

    def _kept(self) -> list[Path]:
        return sorted(self._outbox.glob("*.eml"))

    def _keep(self, message: EmailMessage) -> None:
        self._outbox.mkdir(parents=True, exist_ok=True)
        file = self._outbox / f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.eml"
        file.touch(mode=0o600)
        file.write_bytes(bytes(message))
        # Neither the address nor the secrets that are in a mail belong in a log.
        logger.warning("No mail server is set, so a mail is kept in %s; set SMTP_HOST to have mails sent.", file)


def _reason(error: Exception) -> str:
    """What went wrong, without the words of the mail server, which name the address and end in the log."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _ in error.recipients.values()), 0)
        return f"it refused the address with {code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__ if isinstance(error, smtplib.SMTPException) else str(error)


@contextmanager
def _connected(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A connection that is signed in and is closed again, whatever happens."""
    context = ssl.create_default_context()
    if server.port == _TLS_FROM_THE_START_PORT:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S)
    with connection:
        if server.has_starttls and server.port != _TLS_FROM_THE_START_PORT:
            connection.starttls(context=context)
        if server.username:
            connection.login(server.username, server.password)
        yield connection
