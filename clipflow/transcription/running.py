"""A transcribed analysis: sound is sent while it is still being decoded and looked at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clipflow.engine import Analysis, AnalysisOptions, MediaLimits, Stage, analyze
from clipflow.transcription.client import ServiceAccess, TranscriptionRequest
from clipflow.transcription.parts import PartCutter, PartLengths
from clipflow.transcription.sending import InFlightParts, PartSender, PartStore
from clipflow.transcription.stitching import TranscriptionResult, stitch

# Decoding and detection take seconds where the service takes minutes.
_DETECTION_SHARE = 0.15
TRANSCRIBING = "transcribing"

# Fraction from 0 to 1, stage.
Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Transcriber:
    """All that a transcription needs besides the recording."""

    access: ServiceAccess
    request: TranscriptionRequest
    store: PartStore
    lengths: PartLengths = field(default_factory=PartLengths)
    in_flight: InFlightParts = field(default_factory=InFlightParts)


def analyze_and_transcribe(
    path: Path,
    options: AnalysisOptions,
    transcriber: Transcriber,
    report: Report,
    should_stop: Callable[[], bool],
    limits: MediaLimits | None = None,
) -> tuple[Analysis, TranscriptionResult]:
    """Analyse a recording, and have what is said in it written down at the same time.

    Args:
        path: the recording.
        options: of the analysis.
        transcriber: the service, and where its answers are kept.
        report: called with a fraction from 0 to 1 and the stage, at least once a second.
        should_stop: asked several times a second.
        limits: bounds on what a hostile file can cost.

    Raises:
        EngineError: as :func:`clipflow.engine.analyze`.
        TranscriptionError: the service failed, or it is to stop; parts that were answered are kept.
    """
    last = [(0.0, Stage.PROBING.value)]

    def tell(fraction: float, stage: str) -> None:
        last[0] = (fraction, stage)
        report(fraction, stage)

    with PartSender(
        transcriber.access, transcriber.request, transcriber.store, should_stop, lambda: report(*last[0]),
        transcriber.in_flight,
    ) as sender:  # fmt: skip
        cutter = PartCutter(sender.submit, transcriber.lengths)
        analysis = analyze(
            path,
            options,
            lambda fraction, stage: tell(fraction * _DETECTION_SHARE, stage.value),
            should_stop,
            limits,
            cutter,
        )
        total = cutter.count

        def on_part(done: int) -> None:
            share = done / total if total else 1.0
            tell(_DETECTION_SHARE + (1 - _DETECTION_SHARE) * share, f"{TRANSCRIBING} {done}/{total}")

        return analysis, stitch(sender.finish(on_part))
