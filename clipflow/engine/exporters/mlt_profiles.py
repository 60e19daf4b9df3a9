"""The profiles of MLT: size, rate and kind of picture of a project, by the names that its editors know.

Source: the files in MLT's folder ``profiles`` (7.12 and 7.30). Kdenlive warns of a rate that none of
them has, and takes a project's profile by its name, whatever else the file says; so only a name that
fits in everything is written. A description that another project has too would open in the profile of that one.
"""

from fractions import Fraction
from typing import NamedTuple

from clipflow.engine.timeline import Picture

_RATES = {
    "2398": Fraction(24_000, 1001), "24": Fraction(24), "25": Fraction(25), "2997": Fraction(30_000, 1001),
    "30": Fraction(30), "50": Fraction(50), "5994": Fraction(60_000, 1001), "60": Fraction(60),
}  # fmt: skip
_RATE_NAMES = {"2398": "23.98", "2997": "29.97", "5994": "59.94"}
_SIZES = (
    ("atsc_1080p", "HD 1080p", 1920, 1080),
    ("atsc_720p", "HD 720p", 1280, 720),
    ("qhd_1440p", "2.5K QHD 1440p", 2560, 1440),
    ("uhd_2160p", "4K UHD 2160p", 3840, 2160),
)
_NTSC, _PAL = Fraction(30_000, 1001), Fraction(25)


class StockProfile(NamedTuple):
    """A profile that MLT brings along."""

    name: str
    description: str


class _Shape(NamedTuple):
    width: int
    height: int
    rate: Fraction
    pixel_aspect: Fraction
    is_interlaced: bool
    colour_space: int


def _profiles() -> dict[_Shape, StockProfile]:
    square = Fraction(1)
    found = {
        _Shape(width, height, rate, square, False, 709): StockProfile(
            f"{name}_{suffix}", f"{title} {_RATE_NAMES.get(suffix, suffix)} fps"
        )
        for name, title, width, height in _SIZES
        for suffix, rate in _RATES.items()
    }
    for suffix, rate, title in (("50", _PAL, "25"), ("5994", _NTSC, "29.97"), ("60", Fraction(30), "30")):
        shape = _Shape(1920, 1080, rate, square, True, 709)
        found[shape] = StockProfile(f"atsc_1080i_{suffix}", f"HD 1080i {title} fps")
    for name, title, width, height in (
        ("vertical_hd", "Vertical HD", 1080, 1920),
        ("square_1080p", "Square 1080p", 1080, 1080),
    ):
        for frames in (30, 60):
            shape = _Shape(width, height, Fraction(frames), square, False, 709)
            found[shape] = StockProfile(f"{name}_{frames}", f"{title} {frames} fps")
    for name, title, aspect, size, rate in (
        ("dv_pal", "DV/DVD PAL", Fraction(16, 15), (720, 576), _PAL),
        ("dv_pal_wide", "DV/DVD Widescreen PAL", Fraction(64, 45), (720, 576), _PAL),
        ("dv_ntsc", "DV/DVD NTSC", Fraction(8, 9), (720, 480), _NTSC),
        ("dv_ntsc_wide", "DV/DVD Widescreen NTSC", Fraction(32, 27), (720, 480), _NTSC),
    ):
        found[_Shape(*size, rate, aspect, True, 601)] = StockProfile(name, title)
    return found


_PROFILES = _profiles()
_HIGH_DEFINITION_PIXELS = 750_000


def stock_profile(picture: Picture, rate: Fraction) -> StockProfile | None:
    """MLT's own profile of exactly this picture and rate; None where there is none."""
    shape = _Shape(
        picture.width, picture.height, rate, picture.pixel_aspect, picture.is_interlaced, colour_space(picture)
    )
    return _PROFILES.get(shape)


def describe_profile(picture: Picture, rate: Fraction) -> str:
    """The description of a project's profile: that of MLT's own, or one that no other shape has."""
    stock = stock_profile(picture, rate)
    if stock is not None:
        return stock.description
    kind = "i" if picture.is_interlaced else "p"
    aspect = picture.pixel_aspect
    return (
        f"{picture.width}x{picture.height}{kind} {rate.numerator}:{rate.denominator} fps, pixels "
        f"{aspect.numerator}:{aspect.denominator}, colour {colour_space(picture)}"
    )


def colour_space(picture: Picture) -> int:
    """The colour space as MLT counts it: 601, 709 or 2020; by the size where the file does not say."""
    named = {"bt709": 709, "smpte170m": 601, "bt470bg": 601, "bt2020nc": 2020, "bt2020c": 2020}
    space = named.get(picture.colour.space or "")
    if space is None:
        return 709 if picture.width * picture.height > _HIGH_DEFINITION_PIXELS else 601
    return space
