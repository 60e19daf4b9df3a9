"""A slow gain for the detector: what was recorded too quietly is made as loud as ordinary recordings.

The detector was trained on ordinary levels and loses speech below -45 dBFS. Levels and waveform
keep those of the recording.
"""

import numpy as np
import numpy.typing as npt

# An eighth of a second: short enough to lie within a word.
_WINDOW_SAMPLES = 2000
# Ten seconds before and ten after each moment are looked at; a talk has no longer pauses between its words.
_NEIGHBOURS = 80
# At either end of a recording half of that is enough where the level rises and falls as speech does,
# and not as steadily as a room.
_FEWEST_NEIGHBOURS = 40
_SPEECH_RANGE_DB = 4.0
_FULL_SCALE_POWER = 32768.0**2
_SILENT_DB = -200.0
# What is as loud as this or louder is left as it is, down to the bit.
_ORDINARY_DB = -38.0
_TARGET_DB = -26.0
_HIGHEST_GAIN_DB = 50.0
# A single loud word among quiet ones is not made louder than this.
_LOUDEST_DB = -14.0
# Speech is what is loudest for a tenth of the time.
_LOUD_SHARE = 0.9
_HIGHEST_SAMPLE = 32767

Samples = npt.NDArray[np.int16]
_Levels = npt.NDArray[np.float64]


class LevelAdjuster:
    """Makes a quiet recording, and the quiet parts of one, louder; an ordinary recording comes back unchanged.

    The gain at each moment is that of the level which is exceeded for a tenth of the time, in the
    ten seconds before it or the ten seconds after, whichever are quieter: so quiet speech behind loud
    music is heard from its first word on. Near the ends of a recording five seconds of quiet speech are
    enough. Silence that no microphone makes does not count. What comes back is one block late, because
    what follows has to be known.
    """

    def __init__(self) -> None:
        self._before_db = np.zeros(0)
        self._held = np.zeros(0, dtype=np.int16)
        self._held_db = np.zeros(0)

    def feed(self, samples: Samples) -> Samples:
        """The samples of the call before, with the gain that they need; none at the first call."""
        level_db = _levels(samples)
        adjusted = self._adjusted(level_db)
        self._before_db = np.concatenate((self._before_db, self._held_db))[-_NEIGHBOURS:]
        self._held, self._held_db = samples.copy(), level_db
        return adjusted

    def finish(self) -> Samples:
        """The samples of the last call, as :meth:`feed`."""
        return self._adjusted(np.zeros(0))

    def _adjusted(self, after_db: _Levels) -> Samples:
        known_db = np.concatenate((self._before_db, self._held_db, after_db[:_NEIGHBOURS]))
        first = self._before_db.size
        # With less than ten seconds on a side, that side is an end of the recording.
        begins, ends = first < _NEIGHBOURS, after_db.size < _NEIGHBOURS
        gain_db = _gains(known_db, begins=begins, ends=ends)[first : first + self._held_db.size]
        if not gain_db.any():
            return self._held
        factors = np.repeat(10 ** (gain_db / 20), _WINDOW_SAMPLES)[: self._held.size].astype(np.float32)
        louder = self._held.astype(np.float32) * factors
        adjusted: Samples = np.clip(np.rint(louder), -_HIGHEST_SAMPLE, _HIGHEST_SAMPLE).astype(np.int16)
        return adjusted


def adjusted(samples: Samples) -> Samples:
    """A whole sound with the gain that it needs."""
    adjuster = LevelAdjuster()
    adjuster.feed(samples)
    return adjuster.finish()


def _levels(samples: Samples) -> _Levels:
    """The level of each window in dBFS; the last one may be shorter."""
    whole = samples.size // _WINDOW_SAMPLES * _WINDOW_SAMPLES
    parts = [samples[:whole].reshape(-1, _WINDOW_SAMPLES)]
    if samples.size > whole:
        parts.append(samples[whole:].reshape(1, -1))
    # The variance, because a constant offset is not heard.
    power = np.concatenate([_variance(part) for part in parts])
    level_db: _Levels = 10 * np.log10(np.maximum(power / _FULL_SCALE_POWER, 10 ** (_SILENT_DB / 10)))
    return level_db


def _variance(parts: Samples) -> _Levels:
    values = parts.astype(np.float32)
    mean = values.mean(axis=1, dtype=np.float64)
    power = np.einsum("ij,ij->i", values, values).astype(np.float64) / values.shape[1]
    variance: _Levels = power - mean * mean
    return variance


def _gains(level_db: _Levels, *, begins: bool, ends: bool) -> _Levels:
    """The gain of each window in dB."""
    unknown_db = np.full(level_db.size, np.nan)
    first_db = _loudness_at_start(level_db) if begins else unknown_db
    last_db = _loudness_at_start(level_db[::-1])[::-1] if ends else unknown_db
    if _is_ordinary(level_db) and not (np.concatenate((first_db, last_db)) < _ORDINARY_DB).any():
        return np.zeros(level_db.size)
    before_db = np.fmin(_loudness_before(level_db), first_db)
    after_db = np.fmin(_loudness_before(level_db[::-1])[::-1], last_db)
    loud_db = np.fmin(before_db, after_db)
    # A recording that is shorter than its neighbourhood is one.
    loud_db[np.isnan(loud_db)] = _loudness(level_db)
    gain_db = np.where(loud_db >= _ORDINARY_DB, 0.0, np.minimum(_TARGET_DB - loud_db, _HIGHEST_GAIN_DB))
    # Where nothing but digital silence is around, there is nothing to hear.
    gain_db[loud_db <= _SILENT_DB] = 0.0
    limited: _Levels = np.minimum(gain_db, np.maximum(_LOUDEST_DB - level_db, 0.0))
    return limited


def _is_ordinary(level_db: _Levels) -> bool:
    """Whether nothing needs a gain: told by counting, which is much cheaper than looking for each loudness."""
    if level_db.size < _NEIGHBOURS:
        return _loudness(level_db) >= _ORDINARY_DB
    loud = _counts(level_db >= _ORDINARY_DB)
    heard = _counts(level_db > _SILENT_DB)
    return bool((loud >= heard - (_LOUD_SHARE * heard).astype(np.int64)).all() and heard.all())


def _counts(is_set: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How many of each window's neighbourhood are set."""
    sums = np.zeros(is_set.size + 1, dtype=np.int64)
    np.cumsum(is_set, out=sums[1:])
    counts: npt.NDArray[np.int64] = sums[_NEIGHBOURS:] - sums[:-_NEIGHBOURS]
    return counts


def _loudness_before(level_db: _Levels) -> _Levels:
    """What is exceeded for a tenth of the ten seconds up to each window; NaN where too little of them is known."""
    loud_db = np.full(level_db.size, np.nan)
    if level_db.size >= _NEIGHBOURS:
        windows = np.sort(np.lib.stride_tricks.sliding_window_view(level_db, _NEIGHBOURS), axis=1)
        # What is digital silence comes first and does not count.
        silent = (windows <= _SILENT_DB).sum(axis=1)
        place = silent + (_LOUD_SHARE * (_NEIGHBOURS - silent)).astype(np.int64)
        found = windows[np.arange(place.size), np.minimum(place, _NEIGHBOURS - 1)]
        loud_db[_NEIGHBOURS - 1 :] = np.where(silent <= _NEIGHBOURS // 2, found, np.nan)
    return loud_db


def _loudness_at_start(level_db: _Levels) -> _Levels:
    """The loudness from the start up to each of the first windows, at least of five seconds; NaN where no speech is."""
    loud_db = np.full(level_db.size, np.nan)
    if level_db.size >= _NEIGHBOURS:
        for size in range(_FEWEST_NEIGHBOURS, _NEIGHBOURS):
            loudest_db, quietest_db = _loudness(level_db[:size]), float(np.quantile(level_db[:size], 1 - _LOUD_SHARE))
            if quietest_db > _SILENT_DB and loudest_db - quietest_db >= _SPEECH_RANGE_DB:
                loud_db[size - 1] = loudest_db
        loud_db[: _FEWEST_NEIGHBOURS - 1] = loud_db[_FEWEST_NEIGHBOURS - 1]
    return loud_db


def _loudness(level_db: _Levels) -> float:
    heard = np.sort(level_db[level_db > _SILENT_DB])
    return float(heard[int(_LOUD_SHARE * (heard.size - 1))]) if heard.size else _SILENT_DB
