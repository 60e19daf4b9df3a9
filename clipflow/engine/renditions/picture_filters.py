"""The filters that make of any picture one that every browser shows: upright, progressive, 8 bit, no HDR."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from clipflow.engine.ffmpeg import ProcessLimits, run_tool
from clipflow.engine.media_info import FieldOrder, VideoStream

# The curves of HDR10 and of HLG, by ffmpeg's names (ITU-R BT.2100).
_HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
_LIST_LIMITS = ProcessLimits(cpu_s=20, wall_s=30.0, memory_bytes=1024**3)
_MOST_LIST_BYTES = 1024**2


def is_hdr(video: VideoStream) -> bool:
    """Whether a picture is brighter than what a usual screen shows."""
    return video.colour.transfer in _HDR_TRANSFERS


@lru_cache(maxsize=1)
def can_map_hdr() -> bool:
    """Whether this ffmpeg has what HDR is mapped with; asked once, because it takes a tenth of a second."""
    output = run_tool("ffmpeg", ["-v", "error", "-filters"], _LIST_LIMITS, lambda: False, _MOST_LIST_BYTES)
    names = set(re.findall(r"^ [.TSC]{3} (\w+)", output.stdout.decode("ascii", "replace"), re.MULTILINE))
    return {"zscale", "tonemap"} <= names


_WIDEST = Fraction(16, 9)
# What ffmpeg's encoder takes; the format itself would have a few lines more.
HIGHEST_JPEG = 65_500


def shown_size(video: VideoStream, most_lines: int) -> tuple[int, int]:
    """Width and height in square pixels, even, of at most so many lines, and as wide as these are at 16:9."""
    return box_size(video, round(most_lines * _WIDEST), most_lines)


def box_size(video: VideoStream, box_width: int, box_height: int) -> tuple[int, int]:
    """Width and height in square pixels, even, of a picture that fits into a box and is never enlarged."""
    width, height = video.width * video.pixel_aspect, Fraction(video.height)
    shrink = min(Fraction(1), box_width / max(width, Fraction(1)), box_height / max(height, Fraction(1)))
    return _even(width * shrink), _even(height * shrink)


def maps_hdr(video: VideoStream) -> bool:
    """Whether a picture is HDR, and is made one that a usual screen shows."""
    return is_hdr(video) and can_map_hdr()


def jpeg_output(quality: int) -> tuple[str, ...]:
    """Arguments that print JPEGs, in full range, as every reader takes it; a lower ``quality`` is a better picture."""
    return ("-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", str(quality), "-f", "image2pipe", "pipe:1")


def scaling(video: VideoStream, size: tuple[int, int]) -> Iterator[str]:
    """The filters up to a picture of this size in 8 bit and square pixels."""
    if video.field_order != FieldOrder.PROGRESSIVE:
        parity = "tff" if video.field_order == FieldOrder.UPPER_FIRST else "bff"
        yield f"bwdif=mode=send_frame:parity={parity}:deint=all"
    # Even sizes first, because zscale refuses others.
    yield f"scale={size[0]}:{size[1]}:flags=bicubic"
    if maps_hdr(video):
        # What the picture was tagged with is lost on its way through the scaler, so it is said again.
        yield f"setparams=color_primaries=bt2020:color_trc={video.colour.transfer}:colorspace=bt2020nc"
        yield "zscale=t=linear:npl=100"
        yield "format=gbrpf32le"
        yield "zscale=p=bt709"
        yield "tonemap=tonemap=hable:desat=0"
        yield "zscale=t=bt709:m=bt709:r=tv"
    yield "setsar=1"
    yield "format=yuv420p"


def _even(size: Fraction) -> int:
    return max(2, round(size / 2) * 2)
