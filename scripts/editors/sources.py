"""Recordings of all kinds that editors count differently, with a picture that carries its number."""

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 12
BITS, BLOCK = 12, 20
WIDTH, HEIGHT = BITS * BLOCK, 180
# What stays of each, in milliseconds.
KEPT_MS = ((1_013, 2_961), (4_517, 7_189), (8_037, 8_483), (9_999, 11_501))


@dataclass(frozen=True)
class EditorSource:
    """A recording: the name of its file, its frame rate, how it is encoded, and its sound."""

    file: str
    rate: str = "25"
    encoding: tuple[str, ...] = ("-c:v", "libx264", "-g", "50", "-bf", "2", "-crf", "8", "-pix_fmt", "yuv420p")
    channels: int = 2
    audio_tracks: int = 1
    filters: str = "null"
    has_picture: bool = True
    has_numbers: bool = True
    is_turned: bool = False

    def make(self, folder: Path) -> Path:
        """Write the recording, once."""
        target = folder / self.file
        if not target.exists():
            subprocess.run([*self._command(), str(target)], check=True, capture_output=True, timeout=300)
            if self.is_turned:
                _turn(target)
        return target

    def _command(self) -> list[str]:
        blocks = f"geq=lum='255*mod(floor(N/pow(2,floor(X/{BLOCK}))),2)':cb=128:cr=128"
        picture = f"color=black:s={WIDTH}x{HEIGHT}:r={self.rate}:d={SECONDS},{blocks},{self.filters}"
        tone = "|".join([f"0.3*sin(2*PI*{440 + 110 * one}*t)" for one in range(self.channels)])
        sound = f"aevalsrc='{tone}':s=48000:d={SECONDS}"
        layout = {6: ["-channel_layout", "5.1"]}.get(self.channels, [])
        pictures = ["-f", "lavfi", "-i", picture] if self.has_picture else []
        first = 1 if self.has_picture else 0
        maps = ["-map", "0:v"] if self.has_picture else []
        maps += ["-map", f"{first}:a"] * self.audio_tracks
        encoding = (*self.encoding, "-fps_mode", "vfr") if self.has_picture else ()
        return [
            *("ffmpeg", "-y", "-v", "error"), *pictures, "-f", "lavfi", "-i", sound, *maps, *encoding,
            *("-c:a", "pcm_s16le"), *layout,
        ]  # fmt: skip


def _turn(file: Path) -> None:
    """Write the matrix of a picture that is shown turned by a quarter, as phones do (ISO 14496-12, 8.3.2)."""
    content = bytearray(file.read_bytes())
    header = content.find(b"tkhd")
    times = 32 if content[header + 4] else 20
    matrix = header + 4 + 4 + times + 8 + 8
    height = 720 << 16
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, height, 0, 1 << 30)
    file.write_bytes(content)


_PAL = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1", "-q:v", "3")
_HLG = (
    *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le"),
    *("-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc", "-tag:v", "hvc1"),
)
_SCALED = "scale={size}:flags=neighbor,setsar={aspect}"
SOURCES = {
    "25": EditorSource("p25.mov", filters=_SCALED.format(size="1280:720", aspect=1)),
    "29.97 drop-frame": EditorSource(
        "df.mov", "30000/1001", (*EditorSource("").encoding, "-timecode", "00:59:58;00"),
        filters=_SCALED.format(size="1920:1080", aspect=1),
    ),
    "23.976": EditorSource("film.mkv", "24000/1001", filters=_SCALED.format(size="1920:1080", aspect=1)),
    "60": EditorSource("p60.mov", "60", filters=_SCALED.format(size="1920:1080", aspect=1)),
    "vertical": EditorSource(
        "vertical.mov", filters=_SCALED.format(size="1280:720", aspect=1), has_numbers=False, is_turned=True
    ),
    "variable rate": EditorSource(
        "variable.mov", "30", filters=f"{_SCALED.format(size='1280:720', aspect=1)},select='lt(mod(n,10),7)'",
        has_numbers=False,
    ),
    "PAL interlaced": EditorSource(
        "pal.mov", "25", _PAL, filters=f"{_SCALED.format(size='720:576', aspect='64/45')},setfield=tff",
        has_numbers=False,
    ),
    "5.1": EditorSource("surround.mov", channels=6, filters=_SCALED.format(size="1280:720", aspect=1)),
    "two audio tracks": EditorSource("two.mov", audio_tracks=2, filters=_SCALED.format(size="1280:720", aspect=1)),
    "sound alone": EditorSource("sound.wav", has_picture=False),
    "10-bit HLG": EditorSource("hlg.mov", "25", _HLG, has_numbers=False),
    "odd size": EditorSource("odd.mov", filters=_SCALED.format(size="854:480", aspect=1)),
    "odd name": EditorSource("Tom & Jürg's  Käse <1>.mov", filters=_SCALED.format(size="1280:720", aspect=1)),
}  # fmt: skip
