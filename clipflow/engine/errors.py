"""What can go wrong in the engine, each with a stable code and one plain sentence."""


class EngineError(Exception):
    """Base of all errors of the engine; ``str(error)`` is one sentence for the person who asked."""

    code = "ENGINE_ERROR"


class MediaNotFoundError(EngineError):
    """The path does not lead to a file that can be read."""

    code = "MEDIA_NOT_FOUND"


class UnsupportedMediaError(EngineError):
    """The file is not a recording in a container and codec that is accepted."""

    code = "UNSUPPORTED_MEDIA"


class NoAudioTrackError(EngineError):
    """The recording has no sound."""

    code = "NO_AUDIO_TRACK"


class CorruptMediaError(EngineError):
    """The recording is damaged so badly that nothing of its sound could be used.

    Attributes:
        decoded_ms: how much sound had been decoded when it ended, in milliseconds.
    """

    code = "CORRUPT_MEDIA"

    def __init__(self, message: str, decoded_ms: int = 0) -> None:
        super().__init__(message)
        self.decoded_ms = decoded_ms


class MediaTooLongError(EngineError):
    """The recording is longer than the limit."""

    code = "MEDIA_TOO_LONG"

    def __init__(self, max_duration_s: float) -> None:
        hours = max_duration_s / 3600
        super().__init__(f"The recording is longer than {hours:g} hours; split it and analyse the parts.")


class InvalidOptionError(EngineError):
    """An option is outside its range.

    Attributes:
        option: the name of the option as in :class:`~clipflow.engine.options.AnalysisOptions`.
    """

    code = "INVALID_OPTION"

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


class AnalysisCancelledError(EngineError):
    """Someone asked the analysis to stop."""

    code = "ANALYSIS_CANCELLED"


class TracksFileError(EngineError):
    """A saved tracks file is damaged, or was not written by ClipFlow."""

    code = "TRACKS_FILE_INVALID"


class MediaToolError(EngineError):
    """ffmpeg or ffprobe is missing, or a limit ended it."""

    code = "MEDIA_TOOL_FAILED"


class MediaToolUnavailableError(MediaToolError):
    """ffmpeg or ffprobe could not be started, or somebody else has ended it, such as a system that is short of memory.

    It may pass; nothing is said about the file.
    """


class TimecodeError(EngineError):
    """A timecode that does not exist at a frame rate, or a rate that timecode cannot count."""

    code = "TIMECODE"


class ExportError(EngineError):
    """A cut list cannot be written."""

    code = "EXPORT"


class UnknownFormatError(ExportError):
    """There is no such format of cut lists."""

    code = "UNKNOWN_FORMAT"


class UnsuitableFormatError(ExportError):
    """The format cannot hold a cut of this recording; the text says why and what to do."""

    code = "UNSUITABLE_FORMAT"


class FaultyExportError(ExportError):
    """What was written does not say what it should, which only a fault of ours can bring about."""

    code = "FAULTY_EXPORT"


class TranscriptError(EngineError):
    """A transcript cannot be read."""

    code = "TRANSCRIPT_INVALID"
