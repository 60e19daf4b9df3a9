"""From a recording to segments, levels and a waveform; knows no web, no database and no queue."""

from clipflow.engine.errors import (
    AnalysisCancelledError,
    CorruptMediaError,
    EngineError,
    InvalidOptionError,
    MediaNotFoundError,
    MediaToolError,
    MediaTooLongError,
    NoAudioTrackError,
    TracksFileError,
    UnsupportedMediaError,
)
from clipflow.engine.media_info import AudioStream, MediaInfo, MediaWarning, VideoStream
from clipflow.engine.options import AnalysisOptions, MediaLimits, OptionRange, option_ranges
from clipflow.engine.pipeline import Analysis, Stage, analyze
from clipflow.engine.probe import probe
from clipflow.engine.segments import Action, Segment, SegmentType, Summary, segment, summarise
from clipflow.engine.tracks import Tracks

__all__ = [
    "Action",
    "Analysis",
    "AnalysisCancelledError",
    "AnalysisOptions",
    "AudioStream",
    "CorruptMediaError",
    "EngineError",
    "InvalidOptionError",
    "MediaInfo",
    "MediaLimits",
    "MediaNotFoundError",
    "MediaTooLongError",
    "MediaToolError",
    "MediaWarning",
    "NoAudioTrackError",
    "OptionRange",
    "Segment",
    "SegmentType",
    "Stage",
    "Summary",
    "Tracks",
    "TracksFileError",
    "UnsupportedMediaError",
    "VideoStream",
    "analyze",
    "option_ranges",
    "probe",
    "segment",
    "summarise",
]
