"""Transcripts whose times count from another moment, or in another unit, than the recording.

Editors count from the source timecode or from a whole hour, some services in milliseconds. Where the
times find the speech of the recording in one of these ways, they are moved; where they find it in no
way, the transcript is refused, and the difference that would fit best is named.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clipflow.engine.errors import TranscriptError
from clipflow.engine.runs import covered, find_speech, pad
from clipflow.engine.tracks import BIN_MS, Tracks
from clipflow.engine.transcript.cues import Caption, Cue
from clipflow.engine.transcript.parsing import RawTranscript
from clipflow.engine.transcript.words import Word

# A word counts as said in speech that is this near: rounded times are a second off at most.
_NEAR_MS = 500
_ENTER = 0.35
# From this share of the words on, the times are right.
_RIGHT = 0.5
_MUCH_BETTER = 0.2
# With an offset that a person gives, at least so many have to be.
_HOPELESS = 0.2
_HOUR_MS = 3_600_000
_STEP_MS = 100
_NOTABLE_MS = 1000
_FITS = 0.6
_LEAST_WORDS = 3
_LONGEST_SEARCH_MS = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class ClockShift:
    """What was done to the times of a transcript: divided, then moved by so many milliseconds."""

    offset_ms: int = 0
    divisor: int = 1

    @property
    def is_none(self) -> bool:
        """Whether the times are as they came."""
        return self.offset_ms == 0 and self.divisor == 1


def on_clock_of(
    raw: RawTranscript, tracks: Tracks, source_start_ms: int | None = None, offset_ms: int | None = None
) -> tuple[RawTranscript, ClockShift]:
    """The transcript with times of the recording.

    Args:
        raw: as it was read.
        tracks: of the recording.
        source_start_ms: its source timecode.
        offset_ms: what is added to all times, where a person says so.

    Raises:
        TranscriptError: most of its words find no speech.
    """
    spans = _spans(raw)
    nearby = _near_speech(tracks)
    if offset_ms is not None:
        shift = ClockShift(offset_ms)
        if len(spans) >= _LEAST_WORDS and nearby.any() and _share(spans, nearby, shift) < _HOPELESS:
            raise TranscriptError(_refusal(spans, tracks, nearby))
        return _moved(raw, shift), shift
    if len(spans) == 0 or not nearby.any():
        return raw, ClockShift()
    shares = {one: _share(spans, nearby, one) for one in _candidates(spans, source_start_ms)}
    best = max(shares, key=lambda one: (shares[one], one.is_none))
    unchanged = ClockShift()
    if shares[unchanged] >= _RIGHT and shares[best] < shares[unchanged] + _MUCH_BETTER:
        best = unchanged
    if shares[best] < _RIGHT:
        # A word or two may lie anywhere.
        if len(spans) < _LEAST_WORDS:
            return raw, unchanged
        raise TranscriptError(_refusal(spans, tracks, nearby))
    return _moved(raw, best), best


def _spans(raw: RawTranscript) -> npt.NDArray[np.int64]:
    """Start and end of each word or caption in milliseconds; shape (n, 2); what has no length says nothing."""
    timed: list[Word | Caption] = [*raw.words, *raw.captions]
    spans = [(one.start_ms, one.end_ms) for one in timed if one.end_ms > one.start_ms]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _near_speech(tracks: Tracks) -> npt.NDArray[np.bool_]:
    """For each bin whether speech is near."""
    bins = len(tracks.speech_codes)
    return covered(pad(find_speech(tracks.speech_codes, _ENTER), _NEAR_MS, _NEAR_MS, bins), bins)


def _candidates(spans: npt.NDArray[np.int64], source_start_ms: int | None) -> list[ClockShift]:
    first_ms = int(spans[:, 0].min())
    candidates = [ClockShift()]
    if source_start_ms:
        candidates.append(ClockShift(-source_start_ms))
    if first_ms >= _HOUR_MS:
        candidates.append(ClockShift(-(first_ms // _HOUR_MS * _HOUR_MS)))
    # Seconds that were meant as milliseconds.
    candidates.append(ClockShift(divisor=1000))
    return candidates


def _share(spans: npt.NDArray[np.int64], nearby: npt.NDArray[np.bool_], shift: ClockShift) -> float:
    """How many of the words lie near speech."""
    middle = (spans.sum(axis=1) // 2 // shift.divisor + shift.offset_ms) // BIN_MS
    inside = (middle >= 0) & (middle < nearby.size)
    return float(nearby[middle[inside]].sum()) / len(spans)


def _moved(raw: RawTranscript, shift: ClockShift) -> RawTranscript:
    if shift.is_none:
        return raw

    def moved(time_ms: int) -> int:
        return max(0, time_ms // shift.divisor + shift.offset_ms)

    return replace(
        raw,
        words=tuple(one._replace(start_ms=moved(one.start_ms), end_ms=moved(one.end_ms)) for one in raw.words),
        captions=tuple(Caption(moved(one.start_ms), moved(one.end_ms), one.text, one.speaker) for one in raw.captions),
        cues=tuple(Cue(moved(one.start_ms), moved(one.end_ms), one.lines) for one in raw.cues),
    )


def _refusal(spans: npt.NDArray[np.int64], tracks: Tracks, nearby: npt.NDArray[np.bool_]) -> str:
    sentence = "Most of the transcript's words lie where nobody speaks, so it does not seem to belong to this recording"
    offset_ms = _best_offset(spans, tracks)
    if offset_ms is not None and _share(spans, nearby, ClockShift(offset_ms)) >= _FITS:
        relation = "late" if offset_ms < 0 else "early"
        return (
            f"{sentence} as it is: its times seem to be {abs(offset_ms) / 1000:,.1f} s too {relation}; import it again "
            f"with an offset of {offset_ms} ms."
        )
    return f"{sentence}; choose the transcript of this recording, or give the offset of its times in milliseconds."


def _best_offset(spans: npt.NDArray[np.int64], tracks: Tracks) -> int | None:
    """The offset at which words and speech agree best, found by correlating the two."""
    if int(spans[:, 1].max()) > _LONGEST_SEARCH_MS + tracks.duration_ms:
        return None
    speech = _sampled(find_speech(tracks.speech_codes, _ENTER), tracks.duration_ms)
    first_ms = int(spans[:, 0].min())
    said = np.zeros(int(spans[:, 1].max() - first_ms) // _STEP_MS + 1)
    for start_ms, end_ms in (spans - first_ms).tolist():
        said[start_ms // _STEP_MS : max(start_ms // _STEP_MS + 1, end_ms // _STEP_MS)] = 1
    size = 1 << (said.size + speech.size).bit_length()
    # Silence counts against a place as much as speech counts for it.
    agreement = np.fft.irfft(np.fft.rfft(2 * speech - 1, size) * np.conj(np.fft.rfft(said, size)), size)
    place = int(np.argmax(agreement))
    place -= size if place > speech.size else 0
    offset_ms = place * _STEP_MS - first_ms
    return offset_ms if abs(offset_ms) >= _NOTABLE_MS else None


def _sampled(runs: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], duration_ms: int) -> npt.NDArray[np.float64]:
    sampled = np.zeros(duration_ms // _STEP_MS + 1)
    for start, end in zip(runs[0].tolist(), runs[1].tolist(), strict=True):
        sampled[start * BIN_MS // _STEP_MS : end * BIN_MS // _STEP_MS + 1] = 1
    return sampled
