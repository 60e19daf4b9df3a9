"""Makes the bundled sample recording and its truth: ``make sample`` (needs espeak-ng and Chromium).

Two synthetic voices talk with pauses of known length, with a stretch of music, a burst of noise and
an "um" between. The times at which each stretch was put in are written beside the recording. With
``--picture-only`` the sound stays, byte for byte, and the picture is drawn anew (without espeak-ng).
"""

import json
import shutil
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.sample_picture import FRAMES_PER_SECOND, Scene, write_picture  # noqa: E402

FOLDER = ROOT / "clipflow" / "sample"
SAMPLE_RATE = 48_000
# From which part on a chapter goes.
CHAPTERS = {0: "Welcome", 3: "A pause to cut", 11: "A filler", 15: "Music", 18: "You decide", 25: "Goodbye"}
HEARD = {"music": "♪ ♪ ♪", "noise": "(a loud noise)"}
SPEECH_LEVEL_DB = -20.0
ROOM_LEVEL_DB = -66.0
# Where a voice is this far below its own level it has not begun yet, or has faded away.
EDGE_BELOW_SPEECH_DB = 25.0
NOISE_SEED = 7

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One stretch of the recording: what is heard and for how long, or the words that are spoken."""

    kind: str
    voice: str = ""
    length_s: float = 0.0
    words_per_minute: int = 160
    text: str = ""


FIRST_VOICE, SECOND_VOICE = "en-us+f4", "en-gb-x-rp"

SCRIPT = (
    Part("silence", length_s=1.5),
    Part("speech", FIRST_VOICE, text="Good morning and welcome to a little recording that was made by a machine."),
    Part("silence", length_s=2.0),
    Part("speech", SECOND_VOICE, text="A second voice joins in and leaves a long pause behind."),
    Part("silence", length_s=4.0),
    Part("speech", FIRST_VOICE, text="Even a pause as brief as this"),
    Part("silence", length_s=0.6),
    Part("speech", FIRST_VOICE, text="and this"),
    Part("silence", length_s=0.7),
    Part("speech", FIRST_VOICE, text="are found as well."),
    Part("silence", length_s=1.2),
    Part("filler", SECOND_VOICE, words_per_minute=90, text="um"),
    Part("silence", length_s=1.2),
    Part("speech", SECOND_VOICE, text="Everybody knows that filler, and now you hear a little music."),
    Part("silence", length_s=0.8),
    Part("music", length_s=6.0),
    Part("silence", length_s=0.8),
    Part("speech", FIRST_VOICE, text="Nobody was talking there, but it was not quiet, so a person decides."),
    Part("silence", length_s=3.0),
    Part("speech", SECOND_VOICE, text="The same goes for a loud noise like this one."),
    Part("silence", length_s=0.7),
    Part("noise", length_s=2.0),
    Part("silence", length_s=0.7),
    Part("speech", FIRST_VOICE, text="Are you going to keep it or are you going to cut it."),
    Part("silence", length_s=2.5),
    Part("speech", SECOND_VOICE, text="Enjoy your own recordings and goodbye from both of us."),
    Part("silence", length_s=2.0),
)


def main(*, is_picture_only: bool) -> None:
    movie, truth_file = FOLDER / "talk.mp4", FOLDER / "talk.truth.json"
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.mp4"
        if is_picture_only:
            shutil.copyfile(movie, sound)
        else:
            make_sound(sound, truth_file)
        truth = json.loads(truth_file.read_text(encoding="utf-8"))
        write_picture(sound, scenes_of(truth["parts"]), movie)


def make_sound(target: Path, truth_file: Path) -> None:
    generator = np.random.default_rng(NOISE_SEED)
    pieces = [sound_of(part, generator) for part in SCRIPT]
    pieces[-1] = np.zeros(pieces[-1].size + missing_to_whole_frame(pieces))
    sound = np.concatenate(pieces)
    sound += generator.normal(0, db_to_amplitude(ROOM_LEVEL_DB), sound.size)
    write_sound(sound, target)
    truth = truth_of(pieces)
    text = json.dumps({"duration_ms": truth[-1]["end_ms"], "parts": truth}, indent=2)
    truth_file.write_text(text + "\n", encoding="utf-8")


def scenes_of(parts: list[dict[str, Any]]) -> list[Scene]:
    """Who is seen to speak when, with captions and chapters."""
    scenes, chapter = [], ""
    for number, (part, said) in enumerate(zip(parts, SCRIPT, strict=True)):
        chapter = CHAPTERS.get(number, chapter)
        speaker = (FIRST_VOICE, SECOND_VOICE).index(said.voice) if said.voice else None
        text = said.text or HEARD.get(said.kind, "")
        scenes.append(Scene(part["start_ms"], part["end_ms"], speaker, text, chapter))
    return scenes


def missing_to_whole_frame(pieces: list[Samples]) -> int:
    return -sum(piece.size for piece in pieces) % (SAMPLE_RATE // FRAMES_PER_SECOND)


def truth_of(pieces: list[Samples]) -> list[dict[str, object]]:
    edges = np.concatenate(([0], np.cumsum([piece.size for piece in pieces])))
    edges_ms = [round(int(edge) * 1000 / SAMPLE_RATE) for edge in edges]
    return [
        {"start_ms": start, "end_ms": end, "kind": part.kind, **({"text": part.text} if part.text else {})}
        for start, end, part in zip(edges_ms, edges_ms[1:], SCRIPT, strict=False)
    ]


def sound_of(part: Part, generator: np.random.Generator) -> Samples:
    count = round(part.length_s * SAMPLE_RATE)
    if part.kind == "silence":
        return np.zeros(count)
    if part.kind == "music":
        return music(count)
    if part.kind == "noise":
        return at_level(faded(generator.normal(0, 1, count)), -32.0)
    return at_level(speak(part), SPEECH_LEVEL_DB)


def speak(part: Part) -> Samples:
    """The words in espeak-ng's voice, from the first audible sample to the last."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        command = ["espeak-ng", "-v", part.voice, "-s", str(part.words_per_minute), "-w", str(spoken), part.text]
        subprocess.run(command, check=True)
        with wave.open(str(spoken)) as file:
            rate, content = file.getframerate(), file.readframes(file.getnframes())
    samples = np.frombuffer(content, dtype="<i2").astype(np.float64) / 32768
    positions = np.arange(0, samples.size - 1, rate / SAMPLE_RATE)
    return trimmed(np.interp(positions, np.arange(samples.size), samples))


def trimmed(sound: Samples) -> Samples:
    """Without the quiet start and end, judged by the level of 10 ms windows."""
    window = SAMPLE_RATE // 100
    windows = sound[: sound.size // window * window].reshape(-1, window)
    level_db = 10 * np.log10((windows**2).mean(axis=1) + 1e-12)
    loud_db = 10 * np.log10((sound**2).mean())
    heard = np.flatnonzero(level_db > loud_db - EDGE_BELOW_SPEECH_DB)
    return sound[heard[0] * window : (heard[-1] + 1) * window]


def music(count: int) -> Samples:
    """A slow progression of plucked chords."""
    times = np.arange(count) / SAMPLE_RATE
    sound = np.zeros(count)
    chords = ((220.0, 277.18, 329.63), (196.0, 246.94, 293.66), (174.61, 220.0, 261.63), (196.0, 246.94, 293.66))
    for number, start_s in enumerate(np.arange(0, count / SAMPLE_RATE, 0.75)):
        since_s = times - start_s
        decay = np.where(since_s >= 0, np.exp(-2.5 * np.maximum(since_s, 0)), 0)
        for note in chords[number % len(chords)]:
            for harmonic in (1, 2, 3):
                sound += decay * np.sin(2 * np.pi * note * harmonic * since_s) / harmonic**2
    return at_level(faded(sound), -26.0)


def faded(sound: Samples) -> Samples:
    ramp = np.minimum(1, np.arange(sound.size) / (0.05 * SAMPLE_RATE))
    return sound * ramp * ramp[::-1]


def at_level(sound: Samples, level_db: float) -> Samples:
    scaled: Samples = sound * (db_to_amplitude(level_db) / np.sqrt((sound**2).mean()))
    return scaled


def db_to_amplitude(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def write_sound(sound: Samples, target: Path) -> None:
    pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    command = [
        *("ffmpeg", "-y", "-v", "error", "-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0"),
        *("-c:a", "aac", "-b:a", "56k", "-fflags", "+bitexact", "-flags:a", "+bitexact", str(target)),
    ]
    subprocess.run(command, input=pcm, check=True)


if __name__ == "__main__":
    main(is_picture_only="--picture-only" in sys.argv[1:])
