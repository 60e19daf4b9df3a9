"""From a recording to segments, levels and a waveform; knows no web, no database and no queue."""

from clipflow.engine.check import check_model
from clipflow.engine.decisions import (
    DecidedBy,
    Decision,
    ReviewedSegment,
    apply_decisions,
    around,
    merge_decisions,
    summarise_change,
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
    MediaToolUnavailableError,
    NoAudioTrackError,
    TimecodeError,
    TracksFileError,
    TranscriptError,
    UnknownFormatError,
    UnsuitableFormatError,
    UnsupportedMediaError,
)
from clipflow.engine.export import ExportReport, export
from clipflow.engine.exporters.formats import FORMATS, ExportFormat, FormatKind, export_format
from clipflow.engine.ffmpeg import can_be_read
from clipflow.engine.media_info import (
    AudioStream,
    Colour,
    FieldOrder,
    MediaInfo,
    MediaWarning,
    VideoStream,
    default_track,
    restore_media_info,
)
from clipflow.engine.options import AnalysisOptions, MediaLimits, OptionRange, option_ranges
from clipflow.engine.pipeline import Analysis, Stage, analyze
from clipflow.engine.presets import PRESETS, Preset
from clipflow.engine.probe import probe, tool_version
from clipflow.engine.segments import (
    Action,
    Loudness,
    ReasonCode,
    Segment,
    SegmentType,
    Summary,
    loudness_of,
    segment,
    summarise,
)
from clipflow.engine.timebase import exact_rate_text, standard_rate_of
from clipflow.engine.timeline import Clip, Include, Source, Timeline, build_timeline, source_start_ms
from clipflow.engine.tracks import Tracks
from clipflow.engine.transcript.assembly import judge_words, make_transcript, words_in_order, words_of_captions
from clipflow.engine.transcript.clock import ClockShift, on_clock_of
from clipflow.engine.transcript.cues import Caption, Cue
from clipflow.engine.transcript.cutting import segment_transcribed
from clipflow.engine.transcript.fillers import DEFAULT_FILLER_WORDS, FillerOptions
from clipflow.engine.transcript.parsing import LARGEST_TRANSCRIPT_BYTES, RawTranscript, read_transcript
from clipflow.engine.transcript.speakers import clean_name, speakers_of
from clipflow.engine.transcript.words import Filler, Timing, Transcript, Word, plain, text_of, texts_in

__all__ = [
    "DEFAULT_FILLER_WORDS",
    "FORMATS",
    "LARGEST_TRANSCRIPT_BYTES",
    "PRESETS",
    "SAMPLE_RATE",
    "Action",
    "Analysis",
    "AnalysisCancelledError",
    "AnalysisOptions",
    "AudioStream",
    "Caption",
    "Clip",
    "ClockShift",
    "Colour",
    "CorruptMediaError",
    "Cue",
    "DecidedBy",
    "Decision",
    "EngineError",
    "ExportError",
    "ExportFormat",
    "ExportReport",
    "FaultyExportError",
    "FieldOrder",
    "Filler",
    "FillerOptions",
    "FormatKind",
    "Include",
    "InvalidOptionError",
    "Loudness",
    "MediaInfo",
    "MediaLimits",
    "MediaNotFoundError",
    "MediaTooLongError",
    "MediaToolError",
    "MediaToolUnavailableError",
    "MediaWarning",
    "NoAudioTrackError",
    "OptionRange",
    "Preset",
    "RawTranscript",
    "ReasonCode",
    "ReviewedSegment",
    "Segment",
    "SegmentType",
    "Source",
    "Stage",
    "Summary",
    "TimecodeError",
    "Timeline",
    "Timing",
    "Tracks",
    "TracksFileError",
    "Transcript",
    "TranscriptError",
    "UnknownFormatError",
    "UnsuitableFormatError",
    "UnsupportedMediaError",
    "VideoStream",
    "Word",
    "analyze",
    "apply_decisions",
    "around",
    "build_timeline",
    "can_be_read",
    "check_model",
    "clean_name",
    "default_track",
    "exact_rate_text",
    "export",
    "export_format",
    "judge_words",
    "loudness_of",
    "make_transcript",
    "merge_decisions",
    "on_clock_of",
    "option_ranges",
    "plain",
    "probe",
    "read_transcript",
    "restore_media_info",
    "segment",
    "segment_transcribed",
    "source_start_ms",
    "speakers_of",
    "standard_rate_of",
    "summarise",
    "summarise_change",
    "text_of",
    "texts_in",
    "tool_version",
    "words_in_order",
    "words_of_captions",
]
