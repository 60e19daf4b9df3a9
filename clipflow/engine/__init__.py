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
    ExportError,
    FaultyExportError,
    InvalidOptionError,
    MediaNotFoundError,
    MediaToolError,
    MediaTooLongError,
    NoAudioTrackError,
    TimecodeError,
    TracksFileError,
    UnknownFormatError,
    UnsuitableFormatError,
    UnsupportedMediaError,
)
from clipflow.engine.export import ExportReport, export
from clipflow.engine.exporters.formats import FORMATS, ExportFormat, export_format
from clipflow.engine.media_info import AudioStream, MediaInfo, MediaWarning, VideoStream, restore_media_info
from clipflow.engine.options import AnalysisOptions, MediaLimits, OptionRange, option_ranges
from clipflow.engine.pipeline import Analysis, Stage, analyze
from clipflow.engine.probe import probe, tool_version
from clipflow.engine.segments import Action, Segment, SegmentType, Summary, segment, summarise
from clipflow.engine.timebase import exact_rate_text, standard_rate_of
from clipflow.engine.timeline import Clip, Include, Source, Timeline, build_timeline
from clipflow.engine.tracks import Tracks

__all__ = [
    "FORMATS",
    "SAMPLE_RATE",
    "Action",
    "Analysis",
    "AnalysisCancelledError",
    "AnalysisOptions",
    "AudioStream",
    "Clip",
    "CorruptMediaError",
    "DecidedBy",
    "Decision",
    "EngineError",
    "ExportError",
    "ExportFormat",
    "ExportReport",
    "FaultyExportError",
    "Include",
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
    "Source",
    "Stage",
    "Summary",
    "TimecodeError",
    "Timeline",
    "Tracks",
    "TracksFileError",
    "UnknownFormatError",
    "UnsuitableFormatError",
    "UnsupportedMediaError",
    "VideoStream",
    "analyze",
    "apply_decisions",
    "build_timeline",
    "check_model",
    "exact_rate_text",
    "export",
    "export_format",
    "merge_decisions",
    "option_ranges",
    "probe",
    "restore_media_info",
    "segment",
    "standard_rate_of",
    "summarise",
    "tool_version",
]
