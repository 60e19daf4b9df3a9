"""How long an analysis takes and how much memory it needs, side by side with the alternatives."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import silero_vad
import torch

from benchmarks.accuracy import load_stock_model
from benchmarks.inputs import ROOT, Samples, decode
from benchmarks.table import Row
from clipflow.engine import AnalysisOptions, Tracks, analyze, probe, segment
from clipflow.engine.decode import BLOCK_SAMPLES, SoundSource, decode_arguments
from clipflow.engine.vad import SpeechDetector

SEGMENTING_REPEATS = 31
MEMORY_UNIT_BYTES = 1e6


def measure_speed(recording: Path, repeats: int) -> tuple[list[Row], Tracks]:
    """Rows on the time for one recording; each round runs every way once, so that drift hits all alike."""
    info = probe(recording)
    length_s = info.duration_s or 0
    decode_command = ["ffmpeg", "-y", *decode_arguments(SoundSource(recording, info, 0))[:-1], os.devnull]
    shell_command = [sys.executable, str(ROOT / "run.py"), "analyze", str(recording), "--json"]
    tracks = analyze(recording).tracks  # Also warms the file cache and loads torch.
    ways: dict[str, Callable[[], object]] = {
        "ffmpeg": lambda: subprocess.run(decode_command, check=True, stderr=subprocess.DEVNULL),
        "engine": lambda: analyze(recording),
        "shell": lambda: subprocess.run(shell_command, check=True, stdout=subprocess.DEVNULL),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            seconds[name].append(time_of(way))
    stock = _measure_stock(recording)
    engine_s = statistics.median(seconds["engine"])
    to_engine = [ours / base for ours, base in zip(seconds["engine"], seconds["ffmpeg"], strict=True)]
    to_shell = [ours / base for ours, base in zip(seconds["shell"], seconds["ffmpeg"], strict=True)]
    rows = [
        Row("length of the recording", f"{length_s:,.0f} s"),
        Row("ffmpeg decoding to the same PCM, nothing else", _spread(seconds["ffmpeg"])),
        Row("ClipFlow, analyze() in a running process", _spread(seconds["engine"])),
        Row("ClipFlow, the whole command with start and output", _spread(seconds["shell"])),
        Row("silero-vad as documented, decoding", f"{stock.decode_s:.2f} s"),
        Row("silero-vad as documented, get_speech_timestamps", f"{stock.detect_s:.2f} s"),
        Row("ClipFlow, detection alone", f"{stock.our_detect_s:.2f} s"),
        Row.at_most("analyze() over ffmpeg, median of ratios", statistics.median(to_engine), 1.25),
        Row("the whole command over ffmpeg, median of ratios", f"{statistics.median(to_shell):.2f}"),
        Row.at_least("silero-vad as documented over analyze()", (stock.decode_s + stock.detect_s) / engine_s, 10),
        Row("get_speech_timestamps alone over analyze()", f"{stock.detect_s / engine_s:.2f}"),
        Row("get_speech_timestamps alone over our detection alone", f"{stock.detect_s / stock.our_detect_s:.2f}"),
        Row("times faster than real time", f"{length_s / engine_s:,.0f}"),
    ]
    return rows, tracks


def measure_segmenting(tracks: Tracks) -> list[Row]:
    """Rows on segmenting saved tracks again."""
    options = AnalysisOptions(min_silence_duration_ms=500)
    count = len(segment(tracks, options))
    milliseconds = (
        statistics.median(time_of(lambda: segment(tracks, options)) for _ in range(SEGMENTING_REPEATS)) * 1000
    )
    return [Row.at_most(f"segmenting again, {count:,} segments, ms", milliseconds, 10)]


def measure_memory(recordings: Iterable[tuple[str, Path]]) -> list[Row]:
    """Rows on the peak memory of the whole command, without ffmpeg's own process, in MB."""
    peaks = {label: _peak_memory_mb(recording) for label, recording in recordings}
    rows = [Row.at_most(f"peak memory, {label}, MB", peak, 400) for label, peak in peaks.items()]
    if len(peaks) > 1:
        first, *_, last = peaks.values()
        rows.append(Row.at_most("peak memory, longest over shortest", last / first, 1.10))
    return rows


def time_of(action: Callable[[], object]) -> float:
    """Seconds by the clock."""
    start_s = time.perf_counter()
    action()
    return time.perf_counter() - start_s


@dataclass(frozen=True)
class StockSeconds:
    """Seconds of the documented way with silero-vad, and of our detector on the same samples."""

    decode_s: float
    detect_s: float
    our_detect_s: float


def _measure_stock(recording: Path) -> StockSeconds:
    model = load_stock_model()
    start_s = time.perf_counter()
    samples = decode(recording)
    sound = torch.from_numpy(samples.astype("float32") / 32768)
    decode_s = time.perf_counter() - start_s
    detect_s = time_of(lambda: silero_vad.get_speech_timestamps(sound, model, return_seconds=True))
    detector = SpeechDetector.from_package()
    our_detect_s = time_of(lambda: [detector.feed(samples[at : at + BLOCK_SAMPLES]) for at in _block_starts(samples)])
    return StockSeconds(decode_s, detect_s, our_detect_s)


def _block_starts(samples: Samples) -> range:
    return range(0, samples.size, BLOCK_SAMPLES)


def _peak_memory_mb(recording: Path) -> float:
    # A small process in between: a child's peak starts with the memory of the process that made it.
    command = [sys.executable, "run.py", "analyze", str(recording), "--json"]
    watch = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    watched = subprocess.run([sys.executable, "-c", watch, *command], check=True, cwd=ROOT, stdout=subprocess.PIPE)
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return int(watched.stdout) * unit_bytes / MEMORY_UNIT_BYTES


def _spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
