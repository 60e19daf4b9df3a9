"""Making a part small before it is sent.

Opus at 32 kbit/s: of the codecs that every service takes it keeps speech best in the least space, and
its files say exactly how much of their start is no sound, so that times stay exact. 15 minutes are
4 MB; as FLAC they are 15 MB and more, as WAV 29 MB, and MP3 shifts the sound where a decoder does not know
its padding. ``python -m benchmarks --only transcripts`` measures it.
"""

import io
import re
import warnings
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from clipflow.engine import SAMPLE_RATE
from clipflow.transcription.errors import PackingError, RefusedByServiceError

LARGEST_BYTES = 25 * 1000**2
FILE_EXTENSION = "ogg"
_SAMPLE_BYTES = 2
# What pydub says of a status below 0, or of the one by which ffmpeg tells that a signal has stopped it; a full disk.
_PASSES = re.compile(r"error code: (-\d+|255)\b|No space left on device")
# The mode for all kinds of sound at a low complexity takes a seventh of the time of the default one for calls.
_PARAMETERS = ("-application", "audio", "-compression_level", "3", "-threads", "1")


def pack(samples: npt.NDArray[np.int16], out: IO[bytes]) -> None:
    """Write 16 kHz mono samples as Opus in Ogg.

    Raises:
        RefusedByServiceError: ffmpeg cannot write Opus, or the result is larger than services take.
        PackingError: ffmpeg was ended from outside, or the disk is full.
    """
    segment_class, could_not_encode = _pydub()
    sound = segment_class(
        samples.astype("<i2", copy=False).tobytes(), sample_width=_SAMPLE_BYTES, frame_rate=SAMPLE_RATE, channels=1
    )
    try:
        sound.export(out, format="ogg", codec="libopus", bitrate="32k", parameters=list(_PARAMETERS)).flush()
    except could_not_encode as error:
        if _PASSES.search(str(error)):
            raise PackingError("The sound could not be packed for sending; analyse the recording again.") from None
        raise RefusedByServiceError(
            "The sound could not be packed for sending; install an ffmpeg that writes Opus (libopus)."
        ) from None
    if out.seek(0, io.SEEK_END) > LARGEST_BYTES:
        raise RefusedByServiceError("A part of the sound is larger than the service takes; report this, please.")
    out.seek(0)


def _pydub() -> tuple[Any, type[Exception]]:
    # Loaded where it is needed: everything else starts without it. It warns of a part of Python 3.11 that newer
    # versions take from a package of its own.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment  # noqa: PLC0415
        from pydub.exceptions import CouldntEncodeError  # noqa: PLC0415
    return AudioSegment, CouldntEncodeError
