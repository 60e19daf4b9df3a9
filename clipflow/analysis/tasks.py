"""The work of an analysis in the background."""

import time
from functools import partial
from typing import Any

from clipflow.analysis import service
from clipflow.analysis.options import check_options
from clipflow.analysis.running import analyse, result_of
from clipflow.jobs.protocol import JobHandler, JobInput, JobProgress
from clipflow.media.borrowing import borrowed_recording
from clipflow.resources import Resources


def handlers(resources: Resources) -> list[JobHandler]:
    """How jobs of analyses are done."""
    kind, lane = service.JOBS["vad"]
    run = partial(run_analysis, resources)
    return [
        JobHandler(
            kind, lane, run, on_started=service.begin, on_succeeded=service.complete, on_failed=service.fail
        )
    ]  # fmt: skip


def run_analysis(resources: Resources, given: JobInput, progress: JobProgress) -> dict[str, Any]:
    """Find speech and silence in a recording."""
    began_s = time.monotonic()
    with borrowed_recording(resources, given, progress) as path:
        analysis = analyse(path, check_options(given["options"]), progress)
        return result_of(resources, given, analysis, analysis.segments, began_s)
