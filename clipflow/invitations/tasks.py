"""The mail of an invitation."""

from functools import partial

from clipflow.core.letters import Letter
from clipflow.core.mail import MailError
from clipflow.core.queue import Lane
from clipflow.invitations import service
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress, RetryableError
from clipflow.resources import Resources


def handlers(resources: Resources) -> list[JobHandler]:
    """How jobs of invitations are done."""
    run = partial(send_invitation, resources)
    return [JobHandler(service.MAIL_JOB, Lane.QUICK, run, on_started=partial(service.prepare_mail, resources))]


def send_invitation(resources: Resources, given: JobInput, progress: JobProgress) -> None:
    """Send the link that lets somebody in."""
    name = resources.settings.app_name
    who = given["inviter"] or "Somebody"
    target = f"the team {given['team']} on {name}" if given["team"] else name
    letter = Letter(
        subject=f"{who} invites you to {target}",
        before=(
            f"{who} invites you to {target}, where a team looks through what is to be cut of its recordings.",
            f"Open this link to come in; it works once, until {given['expires_at'][:10]}:",
        ),
        link=given["url"],
        button="Come in",
        after=("If you do not know what this is about, nothing needs to be done.",),
    )
    try:
        resources.mailer.send(given["email"], letter)
    except MailError as error:
        raise RetryableError("MAIL_FAILED", str(error)) from error
