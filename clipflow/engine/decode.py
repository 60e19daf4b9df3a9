"""A recording's sound as a stream of 16 kHz mono blocks, decoded by ffmpeg while the blocks before are used."""

import mmap
import queue
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from clipflow.engine.errors import (
    CorruptMediaError,
    EngineError,
    MediaNotFoundError,
    MediaTooLongError,
    UnsupportedMediaError,
)
from clipflow.engine.ffmpeg import (
    AUDIO_CODECS,
    PICTURE_CODECS,
    MediaProcess,
    ProcessLimits,
    ShouldStop,
    check_storage_held,
    could_not_be_read,
    input_arguments,
    is_missing_file,
    may_be_storage,
    run_tool,
)
from clipflow.engine.media_info import MediaInfo
from clipflow.engine.options import MediaLimits
from clipflow.engine.text import shown_name
from clipflow.engine.time_stamps import AS_THEY_ARE, StampPlan, StampReport, reported_stamps, watching_filter

SAMPLE_RATE = 16_000
BLOCK_SAMPLES = 512 * 512
_SAMPLE_BYTES = 2
_BLOCK_BYTES = BLOCK_SAMPLES * _SAMPLE_BYTES
# ffmpeg may run this far ahead (48 MiB, 26 minutes of sound): enough to keep it busy while the
# model is being loaded, and a bound on memory that does not depend on the length of the recording.
_MAXIMUM_BLOCKS_AHEAD = 96
_POLL_S = 0.1
_WORTHWHILE_BYTES = 200_000
_FILLING_S = 0.01
_DAMAGE_NOTES = re.compile(
    r"Error while decoding|Error submitting packet|Invalid data found|corrupt|partial file|Truncating packet|"
    r"File ended prematurely|Failed to compensate",
    re.IGNORECASE,
)

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SoundSource:
    """What is decoded: a track of a recording.

    Attributes:
        mono_filter: the ffmpeg filter that mixes it to mono, if it needs one.
        stamps: how time stamps that jump are put right.
    """

    path: Path
    info: MediaInfo
    audio_track: int
    mono_filter: str = ""
    stamps: StampPlan = AS_THEY_ARE


class PcmDecoder:
    """Decodes one audio track to 16 kHz mono signed 16-bit samples whose first one is time 0 of the recording.

    Late starts and gaps become silence, so that a sample's number is its time. Used as::

        with PcmDecoder(source, limits, should_stop) as decoder:
            for block in decoder.blocks():
                ...

    A block is only valid until the next one is asked for. Leaving the ``with`` block ends ffmpeg.

    Raises (while iterating):
        CorruptMediaError: nothing could be decoded.
        MediaTooLongError: the sound goes on beyond ``limits.max_duration_s``.
        AnalysisCancelledError: ``should_stop`` said so.
        MediaToolError: ffmpeg is missing or ran out of its limits.
    """

    def __init__(self, source: SoundSource, limits: MediaLimits, should_stop: ShouldStop) -> None:
        self.sample_count = 0
        self.is_damaged = False
        self.stamps = StampReport()
        self._start_offset_s = source.info.start_offset_s
        self._path = source.path
        self._limits = limits
        self._should_stop = should_stop
        self._codec = source.info.audio_stream(source.audio_track).codec
        duration_s = source.info.container_duration_s
        self._arguments = decode_arguments(source)
        self._process_limits = ProcessLimits(limits.cpu_s(duration_s), limits.wall_s(duration_s), limits.memory_bytes)
        self._process = MediaProcess("ffmpeg", self._arguments, self._process_limits)
        self._reader = _ReadAhead(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._reader.stop()
        self._process.__exit__(kind, error, trace)

    def check(self) -> None:
        """Raise when the analysis is no longer wanted, or takes too long."""
        self._process.check(self._should_stop)

    def blocks(self) -> Iterator[Samples]:
        """The sound in blocks of :data:`BLOCK_SAMPLES`; only the last one may be shorter."""
        maximum_samples = self._limits.max_duration_s * SAMPLE_RATE
        while True:
            self.check()
            block = self._reader.next_block(_POLL_S)
            if block is None:
                continue
            if not block:
                break
            samples = np.frombuffer(block, dtype="<i2")
            self.sample_count += samples.size
            if self.sample_count > maximum_samples:
                self._process.kill()
                self._note_stamps()
                raise MediaTooLongError(self._limits.max_duration_s)
            yield samples
            del samples
            self._reader.recycle(block)
        self._finish()

    def _finish(self) -> None:
        exit_status = self._process.wait()
        self._process.kill()
        log = self._note_stamps()
        check_storage_held(log, self._path)
        if may_be_storage(log) and self._count_samples_again() != self.sample_count:
            # Damage ends the sound at the same place each time.
            raise could_not_be_read(self._path)
        self.is_damaged = exit_status != 0 or _DAMAGE_NOTES.search(log) is not None
        if self.sample_count == 0:
            raise self._nothing_decoded(log)

    def _count_samples_again(self) -> int:
        size_bytes = 0
        with MediaProcess("ffmpeg", self._arguments, self._process_limits) as process:
            while piece := process.stdout.read(_BLOCK_BYTES):
                process.check(self._should_stop)
                size_bytes += len(piece)
            process.wait()
        return size_bytes // _SAMPLE_BYTES

    def _note_stamps(self) -> str:
        log = self._process.log_tail()
        self.stamps = reported_stamps(log, self.sample_count / SAMPLE_RATE + self._start_offset_s)
        return log

    def _nothing_decoded(self, log: str) -> EngineError:
        name = shown_name(self._path)
        if is_missing_file(log, self._path):
            return MediaNotFoundError(f"There is no file {name} any more; check the path.")
        if "not on whitelist" in log or "Decoder (codec" in log or "Unknown decoder" in log:
            return UnsupportedMediaError(
                f"The sound of {name} uses the codec {self._codec}, which is not accepted; convert it to AAC first."
            )
        return CorruptMediaError(f"Nothing of the sound of {name} can be decoded; copy or export the recording again.")


class _ReadAhead:
    """Moves bytes from ffmpeg's pipe into a bounded set of reused buffers, in a thread of its own."""

    def __init__(self, process: MediaProcess) -> None:
        self._process = process
        self._is_stopping = False
        self._filled: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self._free: queue.SimpleQueue[mmap.mmap] = queue.SimpleQueue()
        self._buffers_made = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def next_block(self, timeout_s: float) -> memoryview | None:
        """The next filled buffer; an empty one at the end of the sound, None when there is none yet."""
        try:
            return self._filled.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def recycle(self, block: memoryview) -> None:
        """Give a used buffer back."""
        buffer = block.obj
        assert isinstance(buffer, mmap.mmap)
        self._free.put(buffer)

    def stop(self) -> None:
        """End the thread and free the buffers; the process must have been killed, so that its pipe is at its end."""
        self._is_stopping = True
        self._free.put(mmap.mmap(-1, 1))
        self._thread.join()
        self._filled, self._free = queue.SimpleQueue(), queue.SimpleQueue()

    def _run(self) -> None:
        try:
            is_at_end = False
            while not is_at_end and not self._is_stopping:
                buffer = self._take_buffer()
                size = self._fill(buffer)
                is_at_end = size < len(buffer)
                if size:
                    self._filled.put(memoryview(buffer)[: size - size % _SAMPLE_BYTES])
        finally:
            self._filled.put(memoryview(b""))

    def _take_buffer(self) -> mmap.mmap:
        if self._free.empty() and self._buffers_made < _MAXIMUM_BLOCKS_AHEAD:
            self._buffers_made += 1
            # Memory of its own, which goes back to the system at once when it is no longer used.
            return mmap.mmap(-1, _BLOCK_BYTES)
        return self._free.get()

    def _fill(self, buffer: mmap.mmap) -> int:
        view, size = memoryview(buffer), 0
        while size < len(buffer):
            count = self._process.stdout.readinto(view[size:])  # type: ignore[attr-defined]
            if not count:
                break
            size += count
            if self._process.has_large_pipe and count < _WORTHWHILE_BYTES:
                # Few large reads instead of many small ones: each takes Python's lock from the detector.
                time.sleep(_FILLING_S)
        return size


def decode_excerpt(
    source: SoundSource, start_s: float, length_s: float, limits: MediaLimits, should_stop: ShouldStop
) -> Samples:
    """All channels of a piece of a track at 16 kHz; shape (n, channels), empty where nothing can be decoded.

    Raises:
        EngineError: as :func:`~clipflow.engine.ffmpeg.run_tool`.
    """
    channels = source.info.audio_stream(source.audio_track).channels
    arguments = [
        *("-nostdin", "-v", "error", "-ss", f"{start_s:.3f}"),
        *input_arguments(source.path, AUDIO_CODECS),
        *("-t", f"{length_s:.3f}", "-map", f"0:a:{source.audio_track}", "-vn", "-sn", "-dn"),
        *("-af", f"aformat=sample_fmts=s16:sample_rates={SAMPLE_RATE}", "-f", "s16le", "pipe:1"),
    ]
    most_bytes = int((length_s + 1) * SAMPLE_RATE) * channels * 2
    bounds = ProcessLimits(limits.cpu_s(length_s), limits.wall_s(length_s), limits.memory_bytes)
    output = run_tool("ffmpeg", arguments, bounds, should_stop, most_bytes)
    check_storage_held(output.log_tail, source.path)
    whole = len(output.stdout) // (2 * channels) * channels
    return np.frombuffer(output.stdout, dtype="<i2", count=whole).reshape(-1, channels)


def decode_arguments(source: SoundSource) -> list[str]:
    """Arguments for ffmpeg that decode one audio track to raw samples on standard output."""
    # The file's own time stamps (copyts) are aligned so that our time 0 is the first sample: that pads
    # a late start and trims a codec's run-in. ffmpeg's own idea of the start cannot be used, because
    # without a picture decoder it may not find the picture's. Conversion comes before the filling of
    # gaps, which then costs 32 kB a second instead of megabytes. A gap counts from min_hard_comp on,
    # so that a lost packet of 21 ms does not shift all that follows by it.
    convert = f"aformat=sample_fmts=s16:sample_rates={SAMPLE_RATE}:channel_layouts=mono"
    convert = f"{source.mono_filter},{convert}" if source.mono_filter else convert
    is_corrected = source.stamps.discontinuity_s is not None
    zero_s = -_earliest_start_s(source) if is_corrected else source.info.start_offset_s
    align = f"aresample=async=1:min_hard_comp=0.02:first_pts={round(zero_s * SAMPLE_RATE)}"
    watching = f"{_watching(source, zero_s)}," if not is_corrected or source.stamps.first_start_s is not None else ""
    filters = f"{watching}{convert},{align}"
    # Without flush_packets=0 every 20 ms of sound are a write of their own, each of which wakes the
    # reader: for an hour that costs a fifth of the whole time.
    return [
        *("-nostdin", "-v", "repeat+error"),
        *(("-dts_delta_threshold", f"{source.stamps.discontinuity_s:.3f}") if is_corrected else ("-copyts",)),
        *input_arguments(source.path, f"{AUDIO_CODECS},{PICTURE_CODECS}" if is_corrected else AUDIO_CODECS),
        *("-map", f"0:a:{source.audio_track}", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-af", filters),
        *("-flush_packets", "0", "-f", "s16le", "pipe:1"),
        *(_picture_beside(source) if is_corrected else ()),
    ]


def _watching(source: SoundSource, zero_s: float) -> str:
    plan = source.stamps
    if plan.discontinuity_s is not None:
        # ffmpeg counts from another moment then.
        plan = replace(plan, first_start_s=zero_s + source.info.audio_stream(source.audio_track).start_s)
    return watching_filter(plan, zero_s)


def _earliest_start_s(source: SoundSource) -> float:
    """Where ffmpeg begins to count when it corrects stamps: at the first of the two streams that it reads."""
    video = source.info.video
    return min(source.info.audio_stream(source.audio_track).start_s, video.start_s if video else 0.0)


def _picture_beside(source: SoundSource) -> list[str]:
    """A second output that takes the picture as it is and throws it away: only then do its stamps count."""
    video = source.info.video
    return [] if video is None else ["-map", f"0:{video.index}", "-c", "copy", "-f", "null", "-"]
