"""Whether a service outside takes a key, without sending it any sound."""

from clipflow.transcription.client import ServiceAccess, TranscriptionClient
from clipflow.transcription.errors import PassingServiceError, RefusedByServiceError


def fault_of_access(access: ServiceAccess) -> str | None:
    """What the service says against a key, as a sentence; None where it takes it."""
    client = TranscriptionClient(access)
    try:
        client.check()
    except (PassingServiceError, RefusedByServiceError) as error:
        return str(error)
    finally:
        client.close()
    return None
