"""Asks ffprobe what a recording is, and refuses what is none."""

import json
import os
import re
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipflow.engine.errors import (
    CorruptMediaError,
    MediaNotFoundError,
    MediaToolError,
    MediaTooLongError,
    NoAudioTrackError,
    UnsupportedMediaError,
)
from clipflow.engine.ffmpeg import (
    AUDIO_CODECS,
    PICTURE_CODECS,
    SUBTITLE_CODECS,
    ProcessLimits,
    ShouldStop,
    Tool,
    ToolOutput,
    check_storage_held,
    input_arguments,
    is_missing_file,
    may_be_storage,
    run_tool,
)
from clipflow.engine.file_signature import describe_content, looks_like_mp4
from clipflow.engine.media_info import MediaInfo, default_track, describe_media, mapping
from clipflow.engine.media_warnings import STREAMS_WITHOUT_LENGTH, with_track_warnings
from clipflow.engine.options import MediaLimits
from clipflow.engine.text import shown_name
from clipflow.engine.time_stamps import Packet

_MAXIMUM_DESCRIPTION_BYTES = 4 * 1024 * 1024
# A day of sound and picture; half a line is no packet.
_MAXIMUM_PACKETS_BYTES = 1024 * 1024 * 1024
_MOST_LOOKS = 3
_PAUSE_BETWEEN_LOOKS_S = 0.3
_OUT_OF_MEMORY = "Cannot allocate memory"
_REFUSED_CODEC = re.compile(r"Codec \((\w+)\) not on whitelist")
_MOST_UNREAD_CODECS = 8
_STILL_PICTURE_BRANDS = frozenset({"heic", "heix", "mif1", "avif"})
# Raw streams have no table of contents, so their length is a guess from the bit rate.
_ESTIMATED_LENGTH_NOTE = "Estimating duration from bitrate"


def probe(
    path: str | os.PathLike[str],
    *,
    audio_track: int | None = None,
    limits: MediaLimits | None = None,
    should_stop: ShouldStop = lambda: False,
) -> MediaInfo:
    """Describe a recording without decoding it, with the warnings that concern one of its audio tracks.

    Without ``audio_track`` that is the one which the file calls its default.

    Raises:
        MediaNotFoundError: there is no such file, or it cannot be read.
        UnsupportedMediaError: it is not a recording in an accepted container and codec.
        CorruptMediaError: it is one, but too damaged to be described.
        NoAudioTrackError: it has no sound.
        MediaTooLongError: it is longer than ``limits.max_duration_s``.
        MediaToolError: reading it takes more time or memory than the limits allow.
        InvalidOptionError: it has no audio track of that number.
    """
    limits = limits or MediaLimits()
    media_path = Path(path)
    file_size_bytes = _check_readable(media_path)
    output = _run_ffprobe(media_path, limits, should_stop)
    description = _parse_description(media_path, output)
    info = describe_media(description, file_size_bytes, _ESTIMATED_LENGTH_NOTE in output.log_tail)
    if not info.audio_streams:
        raise NoAudioTrackError(f"{shown_name(media_path)} has no sound; choose a recording with an audio track.")
    is_named = audio_track is not None
    info = with_track_warnings(info, default_track(info) if audio_track is None else audio_track, is_named=is_named)
    # Transport streams state no length: what stands for it is worked out from stamps, which may jump.
    is_stated = info.container not in STREAMS_WITHOUT_LENGTH
    if is_stated and (info.container_duration_s or 0) > limits.max_duration_s:
        raise MediaTooLongError(limits.max_duration_s)
    return info


def _check_readable(path: Path) -> int:
    """The size of a regular file that can be opened; anything else is an error with its own sentence."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise _no_file(path) from None
    if stat.S_ISDIR(status.st_mode):
        raise MediaNotFoundError(f"{shown_name(path)} is a folder; name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise MediaNotFoundError(f"{shown_name(path)} is a device or pipe; save the recording to a file first.")
    if not os.access(path, os.R_OK):
        raise MediaNotFoundError(f"{shown_name(path)} cannot be read; check its permissions.")
    if status.st_size == 0:
        raise UnsupportedMediaError(f"{shown_name(path)} is empty; copy or export the recording again.")
    return status.st_size


def _no_file(path: Path) -> MediaNotFoundError:
    return MediaNotFoundError(f"There is no file {shown_name(path)}; check the path.")


def _run_ffprobe(path: Path, limits: MediaLimits, should_stop: ShouldStop) -> ToolOutput:
    """What ffprobe says of the file; tracks whose codec is not accepted are described, but nothing of them is read."""
    codecs = ",".join((AUDIO_CODECS, PICTURE_CODECS, SUBTITLE_CODECS))
    deadline_s = time.monotonic() + limits.probe_wall_s
    unread: list[str] = []
    looks = 1
    while True:
        process_limits = ProcessLimits(limits.probe_cpu_s, deadline_s - time.monotonic(), limits.memory_bytes)
        described = (*input_arguments(path, codecs, unread), "-show_format", "-show_streams", "-of", "json")
        output = run_tool(
            "ffprobe", ["-v", "warning", *described], process_limits, should_stop, _MAXIMUM_DESCRIPTION_BYTES
        )
        check_storage_held(output.log_tail, path)
        if may_be_storage(output.log_tail) and looks < _MOST_LOOKS:
            # Of some damaged files a tool says the same, but then it says it again.
            looks += 1
            time.sleep(_PAUSE_BETWEEN_LOOKS_S)
            continue
        if output.exit_status != 0 and _OUT_OF_MEMORY in output.log_tail:
            raise MediaToolError(f"{shown_name(path)} takes more memory to read than any genuine recording.")
        refused = [name for name in _REFUSED_CODEC.findall(output.log_tail) if name not in unread]
        if output.exit_status == 0 or not refused or len(unread) >= _MOST_UNREAD_CODECS:
            return output
        unread += dict.fromkeys(refused)


def read_packets(
    path: Path, info: MediaInfo, audio_track: int, limits: MediaLimits, should_stop: ShouldStop
) -> list[Packet]:
    """The packets of an audio track and of the picture, in the order of the file.

    Raises:
        MediaToolError, AnalysisCancelledError: as :func:`~clipflow.engine.ffmpeg.run_tool`.
    """
    wanted = {info.audio_stream(audio_track).index} | ({info.video.index} if info.video is not None else set())
    codecs = ",".join((AUDIO_CODECS, PICTURE_CODECS, SUBTITLE_CODECS))
    entries = "packet=stream_index,pts_time,dts_time,duration_time"
    arguments = ["-v", "error", *input_arguments(path, codecs), "-show_entries", entries]
    duration_s = info.container_duration_s
    process_limits = ProcessLimits(limits.cpu_s(duration_s), limits.wall_s(duration_s), limits.memory_bytes)
    output = run_tool(
        "ffprobe", [*arguments, "-of", "compact=p=0"], process_limits, should_stop, _MAXIMUM_PACKETS_BYTES
    )
    return [one for line in output.stdout.decode("ascii", "replace").splitlines() if (one := _packet(line, wanted))]


def _packet(line: str, wanted: set[int]) -> Packet | None:
    values = dict(part.split("=", 1) for part in line.split("|") if "=" in part)
    stream = int(values.get("stream_index", "-1"))
    # Pictures are not in the order in which they are shown, but always in that in which they are decoded.
    starts = [values.get(name, "N/A") for name in ("dts_time", "pts_time")]
    start = next((text for text in starts if text != "N/A"), None)
    if stream not in wanted or start is None:
        return None
    length = values.get("duration_time", "N/A")
    return Packet(stream, float(start), 0.0 if length == "N/A" else float(length))


def _parse_description(path: Path, output: ToolOutput) -> Mapping[str, Any]:
    if output.exit_status != 0:
        raise _refusal(path, output.log_tail)
    try:
        description = mapping(json.loads(output.stdout.decode("utf-8", "replace")))
    except ValueError:
        raise CorruptMediaError(f"{shown_name(path)} is damaged: its description cannot be read.") from None
    brand = str(mapping(mapping(description.get("format")).get("tags")).get("major_brand", ""))
    if brand in _STILL_PICTURE_BRANDS:
        raise _not_a_recording(path, "a picture")
    return description


def _refusal(path: Path, log: str) -> UnsupportedMediaError | CorruptMediaError:
    codec = _REFUSED_CODEC.search(log)
    if codec:
        return UnsupportedMediaError(
            f"{shown_name(path)} uses the codec {codec[1]}, which is not accepted; convert it to H.264 and AAC first."
        )
    # Whatever took the file away meanwhile is no fault of it.
    _check_readable(path)
    if is_missing_file(log, path):
        raise _no_file(path)
    content = describe_content(path)
    if content:
        return _not_a_recording(path, content)
    if looks_like_mp4(path):
        return CorruptMediaError(
            f"{shown_name(path)} is damaged: its index is missing or broken; copy or export it again."
        )
    return UnsupportedMediaError(
        f"{shown_name(path)} is not a recording that can be read; use mp4, mov, mkv, webm, avi, mp3, m4a, wav or flac."
    )


def _not_a_recording(path: Path, content: str) -> UnsupportedMediaError:
    return UnsupportedMediaError(f"{shown_name(path)} is {content}, not a recording; choose an audio or video file.")


def tool_version(tool: Tool) -> str:
    """The version that ffmpeg or ffprobe says of itself; MediaToolError when it does not run."""
    limits = ProcessLimits(cpu_s=10, wall_s=20.0, memory_bytes=1024**3)
    output = run_tool(tool, ["-version"], limits, lambda: False, _MAXIMUM_DESCRIPTION_BYTES)
    found = re.match(rb"\w+ version (\S+)", output.stdout)
    if found is None:
        raise MediaToolError(f"{tool} does not say its version; install it again.")
    return found[1].decode("ascii", "replace")
