"""What is sent to a transcription service: its size in several codecs, the time that packing takes, and its shift."""

import io
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.inputs import ROOT
from clipflow.engine import SAMPLE_RATE
from clipflow.transcription.encoding import pack

HEADINGS = ("Codec", "15 minutes, MB", "Seconds to pack", "Shift, ms")
SECONDS = 900
_CLICK_S = 450
Samples = npt.NDArray[np.int16]


def measure_packing() -> list[tuple[str, ...]]:
    """The same quarter of an hour of speech, with a click in its middle, in each codec."""
    samples = _speech()
    ways: dict[str, Callable[[Samples, Path], None]] = {
        "WAV": lambda sound, target: _encode(sound, target, "-f", "wav"),
        "FLAC": lambda sound, target: _encode(sound, target, "-f", "flac"),
        "MP3, 64 kbit/s": lambda sound, target: _encode(sound, target, "-b:a", "64k", "-f", "mp3"),
        "Opus, 32 kbit/s (ours)": _pack,
    }
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, encode in ways.items():
            target = Path(folder) / "part"
            began_s = time.perf_counter()
            encode(samples, target)
            seconds = time.perf_counter() - began_s
            shift_ms = (_click_in(_decoded(target)) - _click_in(samples)) * 1000 / SAMPLE_RATE
            rows.append((name, f"{target.stat().st_size / 1e6:.1f}", f"{seconds:.1f}", f"{shift_ms:.1f}"))
    return rows


def _speech() -> Samples:
    sample = ROOT / "clipflow" / "sample" / "talk.mp4"
    command = ["ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", str(sample), "-t", str(SECONDS)]
    raw = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "pipe:1"]
    found = np.frombuffer(subprocess.run([*command, *raw], capture_output=True, check=True).stdout, np.int16).copy()
    found //= 2
    found[_CLICK_S * SAMPLE_RATE : _CLICK_S * SAMPLE_RATE + 80] = 32_000
    return found


def _encode(samples: Samples, target: Path, *options: str) -> None:
    raw = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0"]
    command = ["ffmpeg", "-v", "error", "-y", *raw, *options, str(target)]
    subprocess.run(command, input=samples.tobytes(), check=True)


def _pack(samples: Samples, target: Path) -> None:
    out = io.BytesIO()
    pack(samples, out)
    target.write_bytes(out.getvalue())


def _decoded(file: Path) -> Samples:
    raw = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "pipe:1"]
    command = ["ffmpeg", "-v", "error", "-i", str(file), *raw]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.int16)


def _click_in(samples: Samples) -> int:
    """Where the loudest hundredth of a second is."""
    energy = np.convolve(np.abs(samples.astype(np.float64)), np.ones(160), mode="same")
    return int(np.argmax(energy))
