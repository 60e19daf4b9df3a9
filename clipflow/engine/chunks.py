"""What the header of a WAVE or AIFF file says about the length of its sound, against what the file holds.

ffmpeg reads up to the end of the file and says nothing where the header announced more.
"""

import struct
from pathlib import Path
from typing import NamedTuple

# The chunk of the sound, and how the sizes are written, by the first four bytes of the file.
_KINDS = {b"RIFF": (b"data", "<4sI"), b"FORM": (b"SSND", ">4sI")}
_HEADER_BYTES = 12
_CHUNK_HEADER_BYTES = 8
_MOST_CHUNKS = 100
# What streaming writers put where they do not know the size yet.
_UNKNOWN_FROM = 0x7FFF_F000


class SoundChunk(NamedTuple):
    """Bytes of sound that the header announces, and that are there."""

    announced_bytes: int
    present_bytes: int


def sound_chunk(path: Path) -> SoundChunk | None:
    """The chunk of the sound; None where the file has none, or its header does not know its size."""
    size = path.stat().st_size
    with path.open("rb") as file:
        kind = _KINDS.get(file.read(_HEADER_BYTES)[:4])
        if kind is None:
            return None
        wanted, layout = kind
        at = _HEADER_BYTES
        for _ in range(_MOST_CHUNKS):
            file.seek(at)
            header = file.read(_CHUNK_HEADER_BYTES)
            if len(header) < _CHUNK_HEADER_BYTES:
                return None
            name, announced = struct.unpack(layout, header)
            at += _CHUNK_HEADER_BYTES
            if name == wanted:
                is_known = 0 < announced < _UNKNOWN_FROM
                return SoundChunk(announced, max(0, min(announced, size - at))) if is_known else None
            # Chunks begin at even places.
            at += announced + announced % 2
    return None
