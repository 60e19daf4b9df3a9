"""Frame rates as exact fractions."""

from fractions import Fraction

_WHOLE_RATES = (24, 25, 30, 48, 50, 60, 100, 120)
_NTSC_RATES = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120))
STANDARD_FRAME_RATES: tuple[Fraction, ...] = tuple(sorted((*map(Fraction, _WHOLE_RATES), *_NTSC_RATES)))

# Half of the distance between an NTSC rate and its whole neighbour, which is one part in 1001.
_SNAP_TOLERANCE = Fraction(1, 2500)


def snap_frame_rate(rate: Fraction) -> Fraction:
    """The standard rate that ``rate`` is a rounded form of, or ``rate`` itself.

    Containers write 29.97 as 2997/100 or 19001/634; editors mean 30000/1001.
    """
    nearest = min(STANDARD_FRAME_RATES, key=lambda standard: abs(standard - rate))
    return nearest if abs(rate / nearest - 1) <= _SNAP_TOLERANCE else rate


def is_standard_frame_rate(rate: Fraction) -> bool:
    """Whether editors know this rate without being told."""
    return rate in STANDARD_FRAME_RATES
