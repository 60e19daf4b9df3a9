"""From a recording to segments, levels and a waveform; knows no web, no database and no queue."""

from clipflow.engine.check import check_model
from clipflow.engine.decisions import (
    DecidedBy,
    Decision,
    ReviewedSegment,
    apply_decisions,
    merge_decisions,
)
from clipflow.engine.decode import SAMPLE_RATE
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
from clipflow.engine.probe import probe, tool_version
from clipflow.engine.segments import Action, Segment, SegmentType, Summary, segment, summarise
from clipflow.engine.tracks import Tracks

__all__ = [
    "SAMPLE_RATE",
    "Action",
    "Analysis",
    "AnalysisCancelledError",
    "AnalysisOptions",
    "AudioStream",
    "CorruptMediaError",
    "DecidedBy",
    "Decision",
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
    "ReviewedSegment",
    "Segment",
    "SegmentType",
    "Stage",
    "Summary",
    "Tracks",
    "TracksFileError",
    "UnsupportedMediaError",
    "VideoStream",
    "analyze",
    "apply_decisions",
    "check_model",
    "merge_decisions",
    "option_ranges",
    "probe",
    "segment",
    "summarise",
    "tool_version",
]
