"""The one guarded way to start ffprobe and ffmpeg on a file that nobody has vouched for.

Every call names the protocols, containers and codecs it allows, so that a playlist in disguise cannot
open another file; runs under limits; ends with its parent; and keeps a bounded tail of the log.
"""

import errno
import fcntl
import os
import selectors
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from clipflow.engine.errors import AnalysisCancelledError, MediaToolError, MediaToolUnavailableError
from clipflow.engine.text import shown_name

_GONE = "No such file or directory"
# What a tool says when the disk or the network fails; no content of a file makes it say that.
_ERRORS_OF_A_STORAGE = {
    os.strerror(one)
    for one in (errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENODEV)
}

# Names of ffmpeg's demuxers. What opens other files (hls, dash, concat, sdp, image sequences) is never among them.
CONTAINERS = (
    "mov,mp4,m4a,3gp,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,wav,mp3,aac,flac,"
    "aiff,caf,w64,au,mxf,wv,tta,ac3,eac3,amr,amrnb,amrwb,dv,g722,g726,g726le"
)
AUDIO_CODECS = (
    "aac,aac_fixed,aac_latm,ac3,ac3_fixed,eac3,alac,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,ape,dca,flac,"
    "gsm,gsm_ms,libgsm,libgsm_ms,"
    "ilbc,libilbc,mace3,mace6,s302m,mp1,mp1float,mp2,mp2float,mp3,mp3float,nellymoser,opus,libopus,qdm2,speex,libspeex,"
    "truehd,mlp,tta,vorbis,libvorbis,wavpack,wmav1,wmav2,wmapro,wmalossless,wmavoice,"
    "pcm_alaw,pcm_mulaw,pcm_bluray,pcm_dvd,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_s8,pcm_u8,"
    "pcm_s16be,pcm_s16be_planar,pcm_s16le,pcm_s16le_planar,pcm_s8_planar,pcm_s24le_planar,pcm_s32le_planar,"
    "pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_u16be,pcm_u16le,pcm_u24be,pcm_u24le,"
    "adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,"
    # The names of the decoders and of the codecs differ here.
    "g722,g726,g726le,adpcm_g722,adpcm_g726,adpcm_g726le"
)
# ffprobe opens a decoder for every picture track, so it is told the ones that cameras, phones and
# editors really write; the long tail of old codecs, where most holes were found, stays shut.
PICTURE_CODECS = (
    "av1,libdav1d,libaom-av1,h264,hevc,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h263,h263p,"
    "mjpeg,png,bmp,gif,webp,prores,dnxhd,vp6,vp6f,vp6a,vp8,libvpx,vp9,libvpx-vp9,theora,flv,wmv1,wmv2,wmv3,vc1,"
    "svq1,svq3,ffv1,rawvideo,dvvideo,cfhd,v210,qtrle,rv30,rv40"
)
SUBTITLE_CODECS = "ass,ssa,subrip,srt,mov_text,text,webvtt,dvbsub,dvdsub,pgssub,cc_dec,libzvbi_teletextdec"

_LAUNCHER = Path(__file__).with_name("launcher.py")
_PIPE_BYTES = 1024 * 1024
_STDERR_TAIL_BYTES = 65_536
_POLL_S = 0.1
_ENDING_POLL_S = 0.002

ShouldStop = Callable[[], bool]
Tool = Literal["ffprobe", "ffmpeg"]


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Bounds of one call: CPU seconds, seconds by the clock, bytes of private memory and of a file that is written.

    ``niceness`` is by how much it gives way to everything else on the machine.
    """

    cpu_s: int
    wall_s: float
    memory_bytes: int
    file_bytes: int = 0
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a finished call left: its standard output, its exit status and the end of its log."""

    stdout: bytes
    exit_status: int
    log_tail: str


# What a decoder of pictures may open: more than 8K, less than what fills the memory of a machine.
LARGEST_PICTURE_PIXELS = 16_384 * 8_192


def input_arguments(path: Path, codecs: str, unread: Collection[str] = ()) -> list[str]:
    """Arguments that open ``path`` as untrusted input.

    Args:
        path: of the file.
        codecs: names of the decoders that may be used.
        unread: names of decoders that ffprobe may set up, but that get nothing of the file to read.
    """
    # The container's reader obeys the first list alone, the tool's own decoders the one of their kind of stream.
    tracks = [
        argument
        for kind in ("v", "a", "s")
        for argument in (f"-codec_whitelist:{kind}", ",".join((codecs, *unread)))
        if unread
    ]
    return [
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", CONTAINERS),
        *("-codec_whitelist", codecs),
        *tracks,
        # The prefix keeps a name such as "concat:a|b" or "-x" from being read as anything but a file.
        *("-i", f"file:{path}"),
    ]


class MediaProcess:
    """A running ffprobe or ffmpeg; leaving the ``with`` block ends it in every case."""

    def __init__(self, tool: Tool, arguments: list[str], limits: ProcessLimits) -> None:
        self._tool, self._limits = tool, limits
        self._deadline = time.monotonic() + limits.wall_s
        self._process = _start(_guarded_command(tool, arguments, limits))
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdout: IO[bytes] = self._process.stdout
        self.has_large_pipe = _enlarge_pipe(self.stdout)
        self._log = _LogTail(self._process.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._log.join()
        self.stdout.close()

    def kill(self) -> None:
        """End the process at once and reap it; harmless when it has ended by itself."""
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Exit status of a process that has closed its output, 0 or above.

        Raises:
            MediaToolUnavailableError: a signal that we did not send has ended it; what it printed is not whole.
            MediaToolError: its time is used up.
        """
        # Whoever has ended cannot be asked any more once it is reaped.
        used_s = _cpu_used_s(self._process.pid, self._deadline)
        try:
            status = self._process.wait(timeout=max(1.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise _timeout_error() from None
        if status >= 0:
            return status
        if used_s is not None and used_s >= self._limits.cpu_s - 1:
            raise _timeout_error()
        raise MediaToolUnavailableError(f"{self._tool} was ended from outside (signal {-status}); try again.")

    def log_tail(self) -> str:
        """The end of what the process wrote to its log; complete only after it has ended."""
        return self._log.text()

    def check(self, should_stop: ShouldStop) -> None:
        """Raise when the work is no longer wanted, or its time by the clock is used up."""
        if should_stop():
            raise AnalysisCancelledError("The analysis was cancelled.")
        if time.monotonic() > self._deadline:
            raise _timeout_error()

    def read_all(self, maximum_bytes: int, should_stop: ShouldStop) -> bytes:
        """Everything the process prints; more than ``maximum_bytes`` raises :class:`MediaToolError`."""
        output = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdout, selectors.EVENT_READ)
            while True:
                self.check(should_stop)
                if not selector.select(_POLL_S):
                    continue
                piece = os.read(self.stdout.fileno(), _PIPE_BYTES)
                if not piece:
                    return bytes(output)
                output += piece
                if len(output) > maximum_bytes:
                    raise MediaToolError("The file's description of itself is too large to be genuine.")


def run_tool(
    tool: Tool, arguments: list[str], limits: ProcessLimits, should_stop: ShouldStop, maximum_bytes: int
) -> ToolOutput:
    """Run a tool to its end and return what it printed."""
    with MediaProcess(tool, arguments, limits) as process:
        stdout = process.read_all(maximum_bytes, should_stop)
        exit_status = process.wait()
    return ToolOutput(stdout, exit_status, process.log_tail())


class _LogTail:
    """Drains a pipe in the background, so that it never blocks the writer, and keeps its end."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._tail = b""
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with self._pipe:
            while piece := self._pipe.read(_STDERR_TAIL_BYTES):
                self._tail = (self._tail + piece)[-_STDERR_TAIL_BYTES:]

    def join(self) -> None:
        self._thread.join()

    def text(self) -> str:
        return self._tail.decode("utf-8", "replace")


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            # A Ctrl-C in the terminal is ours to handle: we end the process ourselves.
            start_new_session=True,
        )
    except OSError as error:
        raise MediaToolUnavailableError(f"ffmpeg could not be started ({error.strerror}); try again later.") from None


def _guarded_command(tool: Tool, arguments: list[str], limits: ProcessLimits) -> list[str]:
    program = shutil.which(tool)
    if program is None:
        raise MediaToolUnavailableError(f"{tool} is not installed; run make, which installs it or says how.")
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    bounds = (os.getpid(), limits.cpu_s, limits.memory_bytes, limits.file_bytes, limits.niceness)
    return [*launcher, *map(str, bounds), program, "-hide_banner", *arguments]


def _cpu_used_s(pid: int, deadline_s: float) -> float | None:
    """Processor seconds of a process that is ending, once it has ended; None where the system does not tell."""
    try:
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() > deadline_s:
                return None
            time.sleep(_ENDING_POLL_S)
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    # proc(5): the 14th and 15th field; the first two stand before the split.
    user_ticks, system_ticks = fields[11], fields[12]
    return (int(user_ticks) + int(system_ticks)) / os.sysconf("SC_CLK_TCK")


def _enlarge_pipe(pipe: IO[bytes]) -> bool:
    """Make room for a second of decoding where the system can; a small pipe just means more reads."""
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is None:
        return False
    try:
        fcntl.fcntl(pipe, set_size, _PIPE_BYTES)
    except OSError:
        return False  # The user's quota of pipe memory is used up.
    return True


def _timeout_error() -> MediaToolError:
    return MediaToolError("Reading the file took longer than any genuine recording of its length.")


def check_storage_held(log_tail: str, path: Path) -> None:
    """Raise MediaToolUnavailableError where the disk or the network failed; a tool takes that for the end of a file."""
    if not _last_words(log_tail).isdisjoint(_ERRORS_OF_A_STORAGE):
        raise could_not_be_read(path)


def may_be_storage(log_tail: str) -> bool:
    """Whether a tool speaks of an input/output error: of a disk that fails, but of some damaged files too."""
    return os.strerror(errno.EIO) in _last_words(log_tail)


def could_not_be_read(path: Path) -> MediaToolUnavailableError:
    """What is said when a file breaks off because of where it is kept."""
    return MediaToolUnavailableError(f"{shown_name(path)} could not be read to its end; try again.")


def _last_words(log_tail: str) -> set[str]:
    return {line.rstrip().rpartition(": ")[2] for line in log_tail.splitlines()}


def can_be_read(path: Path, within_s: float = 10.0) -> bool:
    """Whether the disk gives every byte of a file, as far as it comes within a time."""
    deadline_s = time.monotonic() + within_s
    try:
        with path.open("rb", buffering=0) as file:
            while time.monotonic() < deadline_s and file.read(_PIPE_BYTES):
                pass
    except OSError:
        return False
    return True


def is_missing_file(log_tail: str, path: Path) -> bool:
    """Whether a tool says of the file itself, not of something that it refers to, that it is not there."""
    return any(line.rstrip().endswith(f"{path.name}: {_GONE}") for line in log_tail.splitlines())
