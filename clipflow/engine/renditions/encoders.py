"""What encodes H.264 on this machine: its processor, or a part of it that was made for it and works."""

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from clipflow.engine.errors import EngineError
from clipflow.engine.ffmpeg import ProcessLimits, run_tool

_TRIAL_LIMITS = ProcessLimits(cpu_s=10, wall_s=10.0, memory_bytes=2 * 1024**3)


class HardwareEncoding(StrEnum):
    """What may be used besides the processor."""

    NONE = "none"
    AUTO = "auto"
    NVENC = "nvenc"
    VAAPI = "vaapi"
    QSV = "qsv"
    VIDEOTOOLBOX = "videotoolbox"


@dataclass(frozen=True, slots=True)
class Encoder:
    """Arguments of ffmpeg before its input, at the end of the filters, and for the picture."""

    name: str
    before: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


_HARDWARE = {
    HardwareEncoding.NVENC: Encoder("h264_nvenc"),
    HardwareEncoding.QSV: Encoder("h264_qsv", filters=("format=nv12",)),
    HardwareEncoding.VAAPI: Encoder(
        "h264_vaapi", before=("-vaapi_device", "/dev/dri/renderD128"), filters=("format=nv12", "hwupload")
    ),
    HardwareEncoding.VIDEOTOOLBOX: Encoder("h264_videotoolbox"),
}


def software(preset: str, crf: int) -> Encoder:
    """The encoder that works everywhere."""
    return Encoder("libx264", arguments=("-preset", preset, "-crf", str(crf), "-profile:v", "high"))


def chosen_encoder(wanted: HardwareEncoding, preset: str, crf: int) -> Encoder:
    """The encoder of this machine: the one that was asked for, or any with AUTO, where it works; else libx264."""
    names = list(_HARDWARE) if wanted == HardwareEncoding.AUTO else [wanted]
    working = next((name for name in names if name in _HARDWARE and _works(name)), None)
    return software(preset, crf) if working is None else _hardware(working, crf)


def _hardware(name: HardwareEncoding, crf: int) -> Encoder:
    quality = {
        HardwareEncoding.NVENC: ("-rc", "vbr", "-cq", str(crf), "-b:v", "0"),
        HardwareEncoding.QSV: ("-global_quality", str(crf)),
        HardwareEncoding.VAAPI: ("-qp", str(crf)),
        # Its quality counts upwards, from 1 to 100.
        HardwareEncoding.VIDEOTOOLBOX: ("-q:v", str(max(1, 100 - 2 * crf))),
    }[name]
    return replace(_HARDWARE[name], arguments=("-profile:v", "high", *quality))


@lru_cache(maxsize=8)
def _works(name: HardwareEncoding) -> bool:
    """Whether a tenth of a second of a test picture comes out; asked once in each process."""
    encoder = _hardware(name, 23)
    filters = ",".join(("format=yuv420p", *encoder.filters))
    trial = [
        *("-nostdin", "-v", "error", *encoder.before),
        *("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=0.1"),
        *("-vf", filters, "-c:v", encoder.name, *encoder.arguments, "-f", "null", "-"),
    ]
    with suppress(EngineError):
        return run_tool("ffmpeg", trial, _TRIAL_LIMITS, lambda: False, 1024).exit_status == 0
    return False
