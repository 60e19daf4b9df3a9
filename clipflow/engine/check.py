"""Whether the detector can be loaded at all; for installations, before the first recording comes."""

from clipflow.engine.errors import MediaToolError


def check_model() -> None:
    """Load the speech detector and forget it; raises EngineError when that is not possible."""
    try:
        # Imported here, as in the pipeline, so that everything but an analysis starts without torch.
        from clipflow.engine.vad import SpeechDetector  # noqa: PLC0415

        SpeechDetector.from_package()
    except Exception as error:
        raise MediaToolError(f"The speech detector cannot be loaded ({error}).") from error
