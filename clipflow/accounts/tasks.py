"""Mails of accounts, sent in the background so that nobody can tell by the time whether one is."""

from functools import partial

from clipflow.accounts import mails, service
from clipflow.accounts.mails import MailKind
from clipflow.core.letters import Letter
from clipflow.core.mail import MailError
from clipflow.core.queue import Lane
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, RetryableError
from clipflow.resources import Resources


def handlers(resources: Resources) -> list[JobHandler]:
    """How jobs of accounts are done."""
    reset = partial(send_password_reset, resources)
    mail = partial(send_account_mail, resources)
    return [
        JobHandler(service.RESET_JOB, Lane.QUICK, reset, on_started=service.prepare_password_reset),
        JobHandler(mails.MAIL_JOB, Lane.QUICK, mail, on_started=mails.prepare),
    ]


def send_account_mail(resources: Resources, given: JobInput, progress: JobProgress) -> None:
    """Send a mail about an account."""
    letter = mails.letter_of(resources.settings, MailKind(given["kind"]), given["token"])
    _send(resources, given["email"], letter)


def send_password_reset(resources: Resources, given: JobInput, progress: JobProgress) -> None:
    """Send the link to set a new password."""
    email, token = given["email"], given["token"]
    settings = resources.settings
    minutes = int(service.RESET_LIFETIME.total_seconds() // 60)
    letter = Letter(
        subject=f"Set a new password for {settings.app_name}",
        before=(
            f"Somebody, hopefully you, wants to set a new password for {settings.app_name}.",
            f"Open this link within {minutes} minutes; it works once:",
        ),
        link=f"{settings.address}/reset-password?token={token}",
        button="Set a new password",
        after=("If that was not you, nothing needs to be done: the old password stays.",),
    )
    _send(resources, email, letter)


def _send(resources: Resources, email: str, letter: Letter) -> None:
    try:
        resources.mailer.send(email, letter)
    except MailError as error:
        raise RetryableError("MAIL_FAILED", str(error)) from error
