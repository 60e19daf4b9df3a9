"""What the worker does about the settings."""

import logging

from clipflow.configuration import service
from clipflow.core.db import UNREACHABLE, connected
from clipflow.core.errors import UnavailableError
from clipflow.resources import Resources

logger = logging.getLogger(__name__)


def follow(resources: Resources) -> None:
    """Take over what administrators have changed; while there is no database the settings stay as they are."""
    try:
        with connected():
            service.follow(resources)
    except (UnavailableError, *UNREACHABLE) as error:
        logger.debug("The settings cannot be read now: %s", error)
