"""Level and waveform peaks of a stream, one value for each 10 ms."""

import numpy as np
import numpy.typing as npt

BIN_SAMPLES = 160
_FULL_SCALE_POWER = 32768.0**2
LEVEL_STEPS_PER_DB = 2
LOWEST_LEVEL_CODE = 255

LevelCodes = npt.NDArray[np.uint8]
Peaks = npt.NDArray[np.int8]


class LevelMeter:
    """RMS level and lowest and highest sample of each 10 ms of a stream that comes in pieces of any size."""

    def __init__(self) -> None:
        self._tail = np.empty(0, dtype=np.int16)

    def feed(self, samples: npt.NDArray[np.int16]) -> tuple[LevelCodes, Peaks]:
        """Level codes of shape (n,) and peaks of shape (n, 2) of the bins that these samples complete."""
        pending = np.concatenate((self._tail, samples)) if self._tail.size else samples
        bin_count = pending.size // BIN_SAMPLES
        used = bin_count * BIN_SAMPLES
        self._tail = pending[used:].copy()
        return measure(pending[:used].reshape(bin_count, BIN_SAMPLES))

    def finish(self) -> tuple[LevelCodes, Peaks]:
        """The values of a last, shorter bin, if there is one."""
        rows = 1 if self._tail.size else 0
        return measure(self._tail.reshape(rows, self._tail.size))


def measure(bins: npt.NDArray[np.int16]) -> tuple[LevelCodes, Peaks]:
    """Level codes of shape (n,) and peaks of shape (n, 2) of samples of shape (n, bin length)."""
    if not bins.size:
        return np.empty(0, dtype=np.uint8), np.empty((0, 2), dtype=np.int8)
    values = bins.astype(np.float32)
    power = np.einsum("ij,ij->i", values, values) / bins.shape[1]
    peaks = np.stack((bins.min(axis=1), bins.max(axis=1)), axis=1)
    return _level_codes(power / _FULL_SCALE_POWER), _to_8_bit(peaks)


def _level_codes(power: npt.NDArray[np.float32]) -> LevelCodes:
    """dBFS as half decibels below full scale, 0 (0 dB) to 255 (-127.5 dB, digital silence)."""
    with np.errstate(divide="ignore"):
        level_db = 10 * np.log10(power)
    codes: LevelCodes = np.clip(np.rint(-LEVEL_STEPS_PER_DB * level_db), 0, LOWEST_LEVEL_CODE).astype(np.uint8)
    return codes


def _to_8_bit(peaks: npt.NDArray[np.int16]) -> Peaks:
    """Divided by 256 and rounded towards zero, so that faint noise stays on the centre line."""
    rounded: Peaks = ((peaks + (peaks < 0) * np.int16(255)) >> 8).astype(np.int8)
    return rounded
