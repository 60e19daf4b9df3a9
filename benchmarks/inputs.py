"""What is measured: recordings made from speech by repetition, kept outside the repository."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "clipflow" / "sample" / "talk.mp4"
SAMPLE_RATE = 16_000
SECONDS_OF_PAUSE = 2.0

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class LabelledFile:
    """A recording with hand-made labels: for each 10 ms, whether someone speaks; shape (n,)."""

    name: str
    samples: Samples
    is_speech: npt.NDArray[np.bool_]


def cache_folder() -> Path:
    """Where the recordings are kept: $CLIPFLOW_BENCH_CACHE, or a folder for temporary files."""
    folder = Path(os.environ.get("CLIPFLOW_BENCH_CACHE", Path(tempfile.gettempdir()) / "clipflow-benchmarks"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make_once(name: str, *arguments: str) -> Path:
    """A file that ffmpeg makes by these arguments, kept for the next time; safe beside others who make it."""
    file = cache_folder() / name
    if not file.exists():
        part = file.with_name(f"part-{os.getpid()}-{name}")
        subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(part)], check=True)
        part.replace(file)
    return file


def decode(path: Path) -> Samples:
    """The whole sound of a file at 16 kHz, mono."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype="<i2")


def read_labelled_files(folder: Path) -> list[LabelledFile]:
    """The .wav files of a folder that have labels: one .scv line of name, then start_s, end_s, label triples."""
    return [_read_labelled(wav, wav.with_suffix(".scv")) for wav in sorted(folder.glob("*.wav"))]


def _read_labelled(wav: Path, labels: Path) -> LabelledFile:
    samples = decode(wav)
    is_speech = np.zeros(samples.size // 160, dtype=bool)
    fields = labels.read_text(encoding="utf-8").strip().split(",")[1:]
    for start_s, end_s, label in zip(fields[0::3], fields[1::3], fields[2::3], strict=True):
        is_speech[round(float(start_s) * 100) : round(float(end_s) * 100)] = int(float(label)) == 1
    return LabelledFile(wav.stem, samples, is_speech)


def make_long_recording(hours: int, speech_folder: Path | None) -> Path:
    """An mp4 with stereo AAC of this many hours, made once: a few minutes of speech, repeated."""
    source = "labelled" if speech_folder else "sample"
    target = cache_folder() / f"{source}-{hours}h.mp4"
    if not target.exists():
        period = _make_period(speech_folder, target.with_name(f"{source}-period.m4a"))
        list_file = target.with_suffix(".txt")
        seconds = hours * 3600
        list_file.write_text(f"file '{period}'\n" * (seconds // 60), encoding="utf-8")
        part = target.with_suffix(".part.mp4")
        join = ["-f", "concat", "-safe", "0", "-i", str(list_file), "-c", "copy", "-t", str(seconds), str(part)]
        subprocess.run(["ffmpeg", "-y", "-v", "error", *join], check=True)
        part.replace(target)
    return target


def _make_period(speech_folder: Path | None, target: Path) -> Path:
    files = sorted(speech_folder.glob("*.wav")) if speech_folder else [SAMPLE]
    pause = np.zeros(round(SECONDS_OF_PAUSE * SAMPLE_RATE), dtype=np.int16)
    sound = np.concatenate([part for path in files for part in (decode(path), pause)])
    # At least a minute, so that the list of repetitions above is long enough.
    sound = np.tile(sound, -(-60 * SAMPLE_RATE // sound.size))
    encode = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-", "-ac", "2", "-ar", "48000"]
    command = ["ffmpeg", "-y", "-v", "error", *encode, "-c:a", "aac", "-b:a", "128k", str(target)]
    subprocess.run(command, check=True, input=sound.tobytes())
    return target
