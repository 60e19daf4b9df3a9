"""Mails of accounts, sent in the background so that nobody can tell by the time whether one is."""

from functools import partial

from clipflow.accounts import service
from clipflow.core.mail import MailError
from clipflow.core.queue import Lane
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, RetryableError
from clipflow.resources import Resources


def handlers(resources: Resources) -> list[JobHandler]:
    """How jobs of accounts are done."""
    run = partial(send_password_reset, resources)
    return [JobHandler(service.RESET_JOB, Lane.QUICK, run, on_started=service.prepare_password_reset)]


def send_password_reset(resources: Resources, given: JobInput, progress: JobProgress) -> None:
    """Send the link to set a new password."""
    email, token = given["email"], given["token"]
    settings = resources.settings
    minutes = int(service.RESET_LIFETIME.total_seconds() // 60)
    text = (
        f"Someone, hopefully you, wants to set a new password for {settings.app_name}.\n\n"
        f"Open this link within {minutes} minutes; it works once:\n\n"
        f"{settings.address}/reset-password?token={token}\n\n"
        "If that was not you, nothing needs to be done: the old password stays.\n"
    )
    try:
        resources.mailer.send(email, f"Set a new password for {settings.app_name}", text)
    except MailError as error:
        raise RetryableError("MAIL_FAILED", str(error)) from error
