"""A real mail server for tests, and what it has taken."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from scripts.running import free_port
from tests.conftest import text_of_mail


class Inbox:
    """What a mail server has taken.

    Attributes:
        port: where it listens on this machine.
        mails: what it has taken, the oldest first.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 taken"

    def link_to(self, address: str, pattern: str) -> str | None:
        """The link in the last mail to somebody that looks like this; None while there is none."""
        for mail in reversed(self.mails):
            found = re.search(pattern, text_of_mail(bytes(mail.content or b"")))
            if address in mail.rcpt_tos and found:
                return found[0]
        return None


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """A mail server that takes everything."""
    # The controller insists on looking its own port up, which port 0 does not allow.
    inbox = Inbox(free_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
