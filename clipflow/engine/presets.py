"""Ways to cut that have a name: what people say instead of numbers.

``python -m benchmarks --only engine`` prints what each keeps of labelled speech and its pauses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clipflow.engine.options import AnalysisOptions


@dataclass(frozen=True, slots=True)
class Preset:
    """A way to cut.

    Attributes:
        name: for programs.
        title: for people.
        meaning: one sentence on what the cut sounds like.
        options: what it says; every other option keeps its value.
    """

    name: str
    title: str
    meaning: str
    options: Mapping[str, float]

    def applied_to(self, options: AnalysisOptions) -> AnalysisOptions:
        """The options with what this preset says."""
        return replace(options, **self.options)  # type: ignore[arg-type]


def _preset(name: str, title: str, meaning: str, times: tuple[int, int, int, int, int]) -> Preset:
    names = (
        "vad_aggressiveness",
        "min_silence_duration_ms",
        "speech_pad_start_ms",
        "speech_pad_end_ms",
        "keep_pause_ms",
    )
    return Preset(name, title, meaning, dict(zip(names, times, strict=True)))


# Aggressiveness, shortest silence, padding before and after, pause that is kept.
PRESETS = (
    _preset("tight", "Tight", "Fast and close, for short videos: nearly every pause goes.", (3, 150, 50, 80, 0)),
    _preset("natural", "Natural", "Pauses become short, as in a lively talk.", (3, 500, 150, 200, 100)),
    _preset("podcast", "Podcast", "Only long pauses are cut; half a second stays.", (2, 900, 200, 250, 500)),
    _preset("keep_breaths", "Keep breaths", "The breath before a word stays; pauses go.", (2, 500, 350, 150, 0)),
)
