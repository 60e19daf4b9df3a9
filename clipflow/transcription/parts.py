"""Cutting sound into parts at silences while it is being decoded."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipflow.engine import SAMPLE_RATE

FRAME_SAMPLES = 512
_QUIET = 0.35
_SPOKEN = 0.5
# Shorter bursts above the threshold are no speech that is worth a request.
_LEAST_SPEECH_FRAMES = 3
_SMOOTHING_FRAMES = 8
# A second; a longer one is no better to cut in.
_LONG_SILENCE_FRAMES = 31


@dataclass(frozen=True, slots=True)
class PartLengths:
    """How long parts are, in seconds: each is cut in a silence between these two, near their middle.

    A service takes 25 MB and is asked for no more than 20 minutes.
    """

    shortest_s: float = 13 * 60.0
    longest_s: float = 17 * 60.0


@dataclass(frozen=True, slots=True, eq=False)
class SoundPart:
    """A stretch of a recording as 16 kHz mono samples; ``start_sample`` is its place in the whole."""

    number: int
    start_sample: int
    samples: npt.NDArray[np.int16]
    has_speech: bool

    @property
    def start_ms(self) -> int:
        """Where it starts; parts start at whole milliseconds."""
        return self.start_sample * 1000 // SAMPLE_RATE

    @property
    def end_ms(self) -> int:
        """Where it ends."""
        return (self.start_sample + self.samples.size) * 1000 // SAMPLE_RATE


class PartCutter:
    """Collects sound and speech probabilities, and hands on a part whenever there is enough for one."""

    def __init__(self, hand_on: Callable[[SoundPart], None], lengths: PartLengths | None = None) -> None:
        self._hand_on = hand_on
        self._lengths = lengths or PartLengths()
        self._blocks: list[npt.NDArray[np.int16]] = []
        self._probabilities: list[npt.NDArray[np.float32]] = []
        self._sample_count = 0
        self._start_sample = 0
        self._number = 0

    @property
    def count(self) -> int:
        """How many parts have been handed on."""
        return self._number

    def hear(self, samples: npt.NDArray[np.int16], probabilities: npt.NDArray[np.float32]) -> None:
        """Take the next sound, and the probabilities of the frames of 512 samples that are known by now."""
        self._blocks.append(samples.copy())
        self._probabilities.append(probabilities.copy())
        self._sample_count += samples.size
        while self._sample_count >= self._lengths.longest_s * SAMPLE_RATE:
            if not self._cut():
                break

    def finish(self) -> None:
        """Hand on what is left."""
        if self._sample_count:
            samples, probabilities = np.concatenate(self._blocks), np.concatenate(self._probabilities)
            self._pass(samples, probabilities)
            self._blocks, self._probabilities, self._sample_count = [], [], 0

    def _cut(self) -> bool:
        """Hand on one part; False when the probabilities do not reach far enough yet."""
        probabilities = np.concatenate(self._probabilities)
        first = -(-int(self._lengths.shortest_s * SAMPLE_RATE) // FRAME_SAMPLES)
        last = int(self._lengths.longest_s * SAMPLE_RATE) // FRAME_SAMPLES
        if len(probabilities) < last:
            return False
        frame = first + _best_cut(probabilities[first:last])
        # Parts start at whole milliseconds: five frames are 160 of them, and one is 32.
        samples = np.concatenate(self._blocks)
        sample = frame * FRAME_SAMPLES
        self._pass(samples[:sample], probabilities[:frame])
        self._blocks, self._probabilities = [samples[sample:].copy()], [probabilities[frame:].copy()]
        self._sample_count -= sample
        return True

    def _pass(self, samples: npt.NDArray[np.int16], probabilities: npt.NDArray[np.float32]) -> None:
        has_speech = bool(np.count_nonzero(probabilities >= _SPOKEN) >= _LEAST_SPEECH_FRAMES)
        self._hand_on(SoundPart(self._number, self._start_sample, samples, has_speech))
        self._start_sample += samples.size
        self._number += 1


def _best_cut(probabilities: npt.NDArray[np.float32]) -> int:
    """The middle of a silence: the most central one of those that are long enough, else the longest.

    Where nobody pauses it is the moment that is least like speech.
    """
    quiet = np.concatenate(([False], probabilities < _QUIET, [False]))
    changes = np.flatnonzero(quiet[1:] != quiet[:-1])
    starts, ends = changes[0::2], changes[1::2]
    if starts.size:
        lengths, middles = ends - starts, (starts + ends) // 2
        off_centre = np.abs(middles - probabilities.size // 2)
        is_long = lengths >= min(_LONG_SILENCE_FRAMES, int(lengths.max()))
        return int(middles[np.argmin(np.where(is_long, off_centre, probabilities.size))])
    smooth = np.convolve(probabilities, np.ones(_SMOOTHING_FRAMES), mode="valid")
    return int(np.argmin(smooth)) + _SMOOTHING_FRAMES // 2
