"""What each way to cut keeps of labelled speech and of the pauses in it."""

from collections.abc import Iterable

import numpy as np

from benchmarks.accuracy import Judged, Labels
from clipflow.engine import Action, AnalysisOptions, Segment, segment
from clipflow.engine.presets import PRESETS
from clipflow.engine.tracks import BIN_MS

HEADINGS = (
    "Preset",
    "Speech kept",
    "Pauses removed",
    "Asked about",
    "Cuts a minute",
    "Pause left at a cut, median",
    "Kept before a word, median",
)


def measure_presets(judged: Iterable[Judged]) -> list[tuple[str, ...]]:
    """A line for the options as they begin, and for each preset; see HEADINGS."""
    files = list(judged)
    plain = AnalysisOptions()
    ways = [("(options as they begin)", plain), *((one.title, one.applied_to(plain)) for one in PRESETS)]
    return [_line(title, files, options) for title, options in ways]


def _line(title: str, files: list[Judged], options: AnalysisOptions) -> tuple[str, ...]:
    speech, removed, asked, cuts = [], [], [], 0
    left_ms: list[int] = []
    before_ms: list[int] = []
    for one in files:
        segments = segment(one.tracks, options)
        speech.append(one.labels)
        removed.append(_covered(segments, Action.REMOVE, one.labels.size))
        asked.append(_covered(segments, Action.SUGGEST_REMOVE, one.labels.size))
        cuts += sum(part.action is Action.REMOVE for part in segments)
        left, before = _around_cuts(segments, one.labels)
        left_ms += left
        before_ms += before
    labels, gone, open_questions = (np.concatenate(part) for part in (speech, removed, asked))
    minutes = labels.size * BIN_MS / 60_000
    return (
        title,
        f"{1 - gone[labels].mean():.2%}",
        f"{gone[~labels].mean():.1%}",
        f"{open_questions.mean():.1%}",
        f"{cuts / minutes:.1f}",
        f"{np.median(left_ms):.0f} ms",
        f"{np.median(before_ms):.0f} ms",
    )


def _covered(segments: list[Segment], action: Action, bins: int) -> Labels:
    covered = np.zeros(bins, dtype=bool)
    for one in segments:
        if one.action is action:
            covered[one.start_ms // BIN_MS : one.end_ms // BIN_MS] = True
    return covered


def _around_cuts(segments: list[Segment], labels: Labels) -> tuple[list[int], list[int]]:
    """For each cut between words: how much pause is left around it, and how much of it before the next word."""
    starts = np.flatnonzero(np.diff(labels.astype(np.int8), prepend=0) == 1) * BIN_MS
    ends = np.flatnonzero(np.diff(labels.astype(np.int8), append=0) == -1) * BIN_MS + BIN_MS
    left, before = [], []
    for pause_start, pause_end in ((ends[number], starts[number + 1]) for number, _ in enumerate(starts[:-1])):
        inside = [
            (max(one.start_ms, pause_start), min(one.end_ms, pause_end))
            for one in segments
            if one.action is Action.REMOVE and one.start_ms < pause_end and one.end_ms > pause_start
        ]
        if inside:
            left.append(int(pause_end - pause_start - sum(end - start for start, end in inside)))
            before.append(int(pause_end - inside[-1][1]))
    return left, before
