"""Frame rates as exact fractions, times as whole frames, frames as timecode."""

import re
from fractions import Fraction

from opentimelineio import opentime

from clipflow.engine.errors import TimecodeError

_WHOLE_RATES = (24, 25, 30, 48, 50, 60, 100, 120)
_NTSC_RATES = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120))
STANDARD_FRAME_RATES: tuple[Fraction, ...] = tuple(sorted((*map(Fraction, _WHOLE_RATES), *_NTSC_RATES)))
DROP_FRAME_RATES = (Fraction(30_000, 1001), Fraction(60_000, 1001))

# Half of the distance between an NTSC rate and its whole neighbour, which is one part in 1001.
_SNAP_TOLERANCE = Fraction(1, 2500)
# Cameras write any of them between seconds and frames of a drop-frame timecode.
_DROP_FRAME_SEPARATORS = ";.,"
_RATE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9}|/[0-9]{1,6})?")


def snap_frame_rate(rate: Fraction) -> Fraction:
    """The standard rate that ``rate`` is a rounded form of, or ``rate`` itself.

    Containers write 29.97 as 2997/100 or 19001/634; editors mean 30000/1001.
    """
    nearest = nearest_standard_rate(rate)
    return nearest if abs(rate / nearest - 1) <= _SNAP_TOLERANCE else rate


def nearest_standard_rate(rate: Fraction) -> Fraction:
    """The standard rate that is nearest to one."""
    return min(STANDARD_FRAME_RATES, key=lambda standard: abs(standard - rate))


def rate_to_convert_to(rate: Fraction) -> Fraction:
    """The standard rate that a recording would best be converted to: a multiple, so that no picture moves."""
    multiples = [standard for standard in STANDARD_FRAME_RATES if (standard / rate).denominator == 1]
    return multiples[0] if multiples else nearest_standard_rate(rate)


def is_standard_frame_rate(rate: Fraction) -> bool:
    """Whether editors know this rate without being told."""
    return rate in STANDARD_FRAME_RATES


def standard_rate_of(text: str) -> Fraction | None:
    """The standard rate with timecode that a person means by 25, 29.97 or 30000/1001; None when it is none."""
    # Fraction by itself would also work out 1e99999999.
    if not _RATE.fullmatch(text):
        return None
    try:
        rate = snap_frame_rate(Fraction(text))
    except ZeroDivisionError:
        return None
    return rate if is_standard_frame_rate(rate) and has_timecode(rate) else None


def counted_rate(rate: Fraction) -> int:
    """The whole number of frames that a second of timecode counts: 30 at 30000/1001."""
    return round(rate)


def is_ntsc_rate(rate: Fraction) -> bool:
    """Whether the rate is a whole one slowed down by 1000/1001."""
    return rate == Fraction(counted_rate(rate) * 1000, 1001)


def rate_text(rate: Fraction) -> str:
    """A rate as people write it: 25, 29.97, 23.976."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def exact_rate_text(rate: Fraction) -> str:
    """A rate as programs read it: 25/1, 30000/1001."""
    return f"{rate.numerator}/{rate.denominator}"


def frame_at(time_ms: int, rate: Fraction) -> int:
    """The number of the frame whose start is nearest to a time; in the middle between two, the later one."""
    return (2 * time_ms * rate.numerator + 1000 * rate.denominator) // (2000 * rate.denominator)


def has_timecode(rate: Fraction) -> bool:
    """Whether SMPTE timecode can count frames at this rate."""
    return bool(opentime.RationalTime.is_smpte_timecode_rate(float(rate)))


def frames_a_day(rate: Fraction, is_drop_frame: bool) -> int:
    """After this many frames timecode starts again at 00:00:00:00."""
    counted = counted_rate(rate)
    # Two frames (four at 59.94) are skipped each minute but every tenth.
    dropped = (24 * 60 - 24 * 6) * counted // 15 if is_drop_frame else 0
    return 24 * 3600 * counted - dropped


def timecode_at(frame: int, rate: Fraction, is_drop_frame: bool) -> str:
    """The timecode of a frame, modulo one day; TimecodeError at a rate without timecode.

    Source: SMPTE ST 12-1, by OpenTimelineIO.
    """
    frame %= frames_a_day(rate, is_drop_frame)
    # Without dropped frames only the count matters; at 30000/1001 the library starts anew after a day of real time.
    counted = float(rate) if is_drop_frame or not is_ntsc_rate(rate) else float(counted_rate(rate))
    try:
        return str(opentime.to_timecode(opentime.RationalTime(frame, counted), counted, is_drop_frame))
    except ValueError:
        raise TimecodeError(f"There is no timecode at {rate_text(rate)} frames a second.") from None


def frame_of_timecode(timecode: str, rate: Fraction) -> int:
    """The frame that a timecode names; TimecodeError when it names none at this rate."""
    is_drop_frame = timecode[8:9] in tuple(_DROP_FRAME_SEPARATORS)
    if is_drop_frame:
        timecode = f"{timecode[:8]};{timecode[9:]}"
    try:
        frame = round(float(opentime.from_timecode(timecode, float(rate)).value))
    except ValueError:
        frame = -1
    # The library takes hours beyond the day, and numbers that drop-frame leaves out, for others.
    if frame < 0 or timecode_at(frame, rate, is_drop_frame) != timecode:
        raise TimecodeError(f"{timecode!r} is no timecode at {rate_text(rate)} frames a second.")
    return frame
