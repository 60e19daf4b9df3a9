"""A slow gain for the detector: what was recorded too quietly is made as loud as ordinary recordings.

The detector was trained on ordinary levels and loses speech below -45 dBFS. Levels and waveform
keep those of the recording.
"""

import numpy as np
import numpy.typing as npt

# An eighth of a second: short enough to lie within a word.
_WINDOW_SAMPLES = 2000
_FULL_SCALE_POWER = 32768.0**2
_LOWEST_DB = -96
# What is as loud as this or louder is left as it is, down to the bit.
_ORDINARY_DB = -38.0
_TARGET_DB = -26.0
_HIGHEST_GAIN_DB = 50.0
# Speech is what is loudest for a tenth of the time.
_LOUD_SHARE = 0.9
_HIGHEST_SAMPLE = 32767

Samples = npt.NDArray[np.int16]


class LevelAdjuster:
    """Makes a quiet recording louder, by what has been heard of it so far.

    The gain is that of the level which is exceeded for a tenth of the time; silence that no
    microphone makes does not count. An ordinary recording comes back unchanged.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(-_LOWEST_DB + 1, dtype=np.int64)

    def feed(self, samples: Samples) -> Samples:
        """The next samples with the gain that their recording needs, itself included."""
        self._count_levels(samples)
        gain_db = self._gain_db()
        if gain_db == 0.0:
            return samples
        louder = samples.astype(np.float32) * np.float32(10 ** (gain_db / 20))
        adjusted: Samples = np.clip(np.rint(louder), -_HIGHEST_SAMPLE, _HIGHEST_SAMPLE).astype(np.int16)
        return adjusted

    def _count_levels(self, samples: Samples) -> None:
        length = min(_WINDOW_SAMPLES, max(1, samples.size))
        windows = samples[: samples.size // length * length].reshape(-1, length).astype(np.float32)
        # The variance, because a constant offset is not heard.
        power = windows.var(axis=1) / _FULL_SCALE_POWER
        level_db = np.rint(10 * np.log10(power[power > 0])).astype(np.int64)
        self._counts += np.bincount((level_db - _LOWEST_DB).clip(0, -_LOWEST_DB), minlength=self._counts.size)

    def _gain_db(self) -> float:
        total = int(self._counts[1:].sum())
        if total == 0:
            return 0.0
        reached = np.cumsum(self._counts[1:]) >= _LOUD_SHARE * total
        loud_db = _LOWEST_DB + 1 + int(np.argmax(reached))
        return 0.0 if loud_db >= _ORDINARY_DB else min(_TARGET_DB - loud_db, _HIGHEST_GAIN_DB)
