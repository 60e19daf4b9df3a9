"""What every job that analyses a recording does alike: progress, errors in the field's words, and its result."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clipflow import engine
from clipflow.analysis.serialization import stored_segments
from clipflow.core.storage.keys import key_for
from clipflow.jobs.protocol import JobProgress
from clipflow.media import service as media
from clipflow.resources import Resources


def analyse(path: Path, options: engine.AnalysisOptions, progress: JobProgress) -> engine.Analysis:
    """Analyse a recording as a job: it says how far it is, and stops when it is to."""

    def report(fraction: float, stage: engine.Stage) -> None:
        progress.report(int(fraction * 100), stage.value)

    return engine.analyze(path, options, on_progress=report, should_stop=progress.should_stop)


def result_of(
    resources: Resources,
    given: Mapping[str, Any],
    analysis: engine.Analysis,
    segments: Sequence[engine.Segment],
    began_s: float,
) -> dict[str, Any]:
    """The result of a job that began at a moment of ``time.monotonic``.

    The tracks are a file in the storage, replaced when the job runs a second time.
    """
    tracks_key = key_for("tracks", given["analysis_id"])
    resources.storage.put(tracks_key, analysis.tracks.to_bytes())
    return {
        "tracks_key": tracks_key,
        "segments": stored_segments(segments),
        "duration_s": analysis.tracks.duration_ms / 1000,
        "warnings": media.describe_warnings(analysis.info),
        "audio_track": analysis.audio_track,
        "room_level_db": analysis.loudness.room_db,
        "processing_time_ms": round((time.monotonic() - began_s) * 1000),
    }
