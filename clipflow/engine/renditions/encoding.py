"""Runs ffmpeg until it has made a rendition: into a file, with its progress, or into memory through a pipe."""

import errno
import os
import re
import selectors
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from clipflow.engine.errors import CorruptMediaError, MediaToolError
from clipflow.engine.ffmpeg import (
    AUDIO_CODECS,
    LARGEST_PICTURE_PIXELS,
    PICTURE_CODECS,
    SUBTITLE_CODECS,
    MediaProcess,
    ProcessLimits,
    ShouldStop,
    check_storage_held,
    input_arguments,
)
from clipflow.engine.text import shown_name

_DONE = re.compile(rb"out_time_us=(\d+)")
_POLL_S = 0.2
# Whatever goes on says so twice a second.
_STALLED_AFTER_S = 120.0
# Of a disk that is read and written at once.
_SLOWEST_BYTES_PER_S = 20e6
_PIPE_BYTES = 65_536

OnSeconds = Callable[[float], None]


def picture_input(path: Path, before: Sequence[str] = ()) -> list[str]:
    """Arguments that open a recording with its picture; ``before`` are options of the input, such as a place."""
    codecs = ",".join((AUDIO_CODECS, PICTURE_CODECS, SUBTITLE_CODECS))
    return [*before, "-max_pixels", str(LARGEST_PICTURE_PIXELS), *input_arguments(path, codecs)]


def encode_file(
    arguments: Sequence[str], source: Path, limits: ProcessLimits, on_seconds: OnSeconds, should_stop: ShouldStop
) -> None:
    """Have ffmpeg write a file; ``on_seconds`` hears how much of the recording is done.

    Raises:
        CorruptMediaError: it could not make anything of the recording.
        MediaToolError: it takes more than the limits allow, or stands still.
        MediaToolUnavailableError: it was ended from outside, or the storage failed.
        AnalysisCancelledError: ``should_stop`` said so.
        OSError: the disk is full.
    """
    command = ["-nostdin", "-v", "error", "-y", "-stats_period", "0.5", "-progress", "pipe:1", *arguments]
    with MediaProcess("ffmpeg", command, limits) as process:
        _follow(process, _patience_s(source), on_seconds, should_stop)
        status = process.wait()
        log_tail = process.log_tail()
    check_storage_held(log_tail, source)
    if status != 0:
        raise_for_room(log_tail)
        raise unable(source, log_tail)


def raise_for_room(log_tail: str) -> None:
    """Raise OSError where ffmpeg says that the disk is full that it writes to."""
    if os.strerror(errno.ENOSPC) in log_tail:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def unable(source: Path, log_tail: str) -> CorruptMediaError:
    """What is said of a recording that ffmpeg made nothing of; why is in the log alone."""
    reason = " ".join(log_tail.split())[-500:]
    error = CorruptMediaError(f"{shown_name(source)} could not be turned into that; its picture or sound is damaged.")
    error.add_note(reason)
    return error


def _patience_s(source: Path) -> float:
    """How long nothing may be said: at the end a copy is written once more, so that its index comes first."""
    return _STALLED_AFTER_S + source.stat().st_size / _SLOWEST_BYTES_PER_S


def _follow(process: MediaProcess, patience_s: float, on_seconds: OnSeconds, should_stop: ShouldStop) -> None:
    done_us, changed_s = 0, time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            process.check(should_stop)
            if time.monotonic() - changed_s > patience_s:
                raise MediaToolError("Nothing has come of the file for minutes.")
            if not selector.select(_POLL_S):
                continue
            said = os.read(process.stdout.fileno(), _PIPE_BYTES)
            if not said:
                return
            found = _DONE.findall(said)
            if found and int(found[-1]) != done_us:
                done_us, changed_s = int(found[-1]), time.monotonic()
                on_seconds(done_us / 1e6)
