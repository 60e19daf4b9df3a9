"""Level and waveform peaks of a stream, one value for each 10 ms."""

import numpy as np
import numpy.typing as npt

BIN_SAMPLES = 160
_FULL_SCALE_POWER = 32768.0**2
LEVEL_STEPS_PER_DB = 2
LOWEST_LEVEL_CODE = 255
# A second of bins.
_OFFSET_BINS = 100

LevelCodes = npt.NDArray[np.uint8]
Peaks = npt.NDArray[np.int8]


class LevelMeter:
    """RMS level and lowest and highest sample of each 10 ms of a stream that comes in pieces of any size.

    The level is that of the sound around its mean of the last second: a constant offset, as cheap
    microphones add it, is no sound.
    """

    def __init__(self) -> None:
        self._tail = np.empty(0, dtype=np.int16)
        self._means = np.zeros(0)

    def feed(self, samples: npt.NDArray[np.int16]) -> tuple[LevelCodes, Peaks]:
        """Level codes of shape (n,) and peaks of shape (n, 2) of the bins that these samples complete."""
        pending = np.concatenate((self._tail, samples)) if self._tail.size else samples
        bin_count = pending.size // BIN_SAMPLES
        used = bin_count * BIN_SAMPLES
        self._tail = pending[used:].copy()
        return self._measure(pending[:used].reshape(bin_count, BIN_SAMPLES))

    def finish(self) -> tuple[LevelCodes, Peaks]:
        """The values of a last, shorter bin, if there is one."""
        rows = 1 if self._tail.size else 0
        return self._measure(self._tail.reshape(rows, self._tail.size))

    def _measure(self, bins: npt.NDArray[np.int16]) -> tuple[LevelCodes, Peaks]:
        """Level codes of shape (n,) and peaks of shape (n, 2) of samples of shape (n, bin length)."""
        if not bins.size:
            return np.empty(0, dtype=np.uint8), np.empty((0, 2), dtype=np.int8)
        values = bins.astype(np.float32)
        power = np.einsum("ij,ij->i", values, values).astype(np.float64) / bins.shape[1]
        means = values.mean(axis=1, dtype=np.float64)
        offset = self._offsets(means)
        # The mean square around another value than the mean.
        power = np.maximum(power - 2 * offset * means + offset * offset, 0.0)
        peaks = _peaks(bins)
        return _level_codes(power / _FULL_SCALE_POWER), peaks

    def _offsets(self, means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Mean of the last second up to each bin, from the means of the bins; shape as that of ``means``."""
        known = np.concatenate((self._means, means))
        sums = np.cumsum(np.concatenate((np.zeros(1), known)))
        ends = np.arange(self._means.size + 1, known.size + 1)
        starts = np.maximum(ends - _OFFSET_BINS, 0)
        self._means = known[-(_OFFSET_BINS - 1) :]
        return (sums[ends] - sums[starts]) / (ends - starts)


def _peaks(bins: npt.NDArray[np.int16]) -> Peaks:
    peaks = np.stack((bins.min(axis=1), bins.max(axis=1)), axis=1)
    return _to_8_bit(peaks)


def _level_codes(power: npt.NDArray[np.float64]) -> LevelCodes:
    """dBFS as half decibels below full scale, 0 (0 dB) to 255 (-127.5 dB, digital silence)."""
    with np.errstate(divide="ignore"):
        level_db = 10 * np.log10(power)
    codes: LevelCodes = np.clip(np.rint(-LEVEL_STEPS_PER_DB * level_db), 0, LOWEST_LEVEL_CODE).astype(np.uint8)
    return codes


def _to_8_bit(peaks: npt.NDArray[np.int16]) -> Peaks:
    """Divided by 256 and rounded towards zero, so that faint noise stays on the centre line."""
    rounded: Peaks = ((peaks + (peaks < 0) * np.int16(255)) >> 8).astype(np.int8)
    return rounded
