"""What can go wrong between us and a transcription service, each with one plain sentence."""


class TranscriptionError(Exception):
    """Base of them all; ``str(error)`` is for the person who asked."""


class PassingServiceError(TranscriptionError):
    """It may work later: the service is busy, down, slow, or answers with something odd.

    Attributes:
        retry_after_s: how long the service wants to be left alone, if it says so.
        may_be_paid: whether the service may have done its work without our hearing of it.
    """

    def __init__(self, message: str, retry_after_s: float | None = None, *, may_be_paid: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.may_be_paid = may_be_paid


class PackingError(PassingServiceError):
    """The sound could not be packed for sending, because ffmpeg was ended from outside or the disk is full."""


class RefusedByServiceError(TranscriptionError):
    """It will not work later either: a wrong key, an unknown model, no budget, sound that it does not take."""


class TranscriptionStoppedError(TranscriptionError):
    """Someone asked it to stop."""
