"""Runs one program under limits, so that it ends when its parent does.

This file is started as a script of its own, before the program takes its place: setting limits
between fork and exec of a process with threads can hang, and importing the package would cost time.

    python -I -S launcher.py PARENT_PID CPU_SECONDS MEMORY_BYTES FILE_BYTES NICENESS PROGRAM [ARGUMENT ...]
"""

import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _lower_limit(kind: int, limit: int) -> None:
    _, hard_limit = resource.getrlimit(kind)
    if hard_limit != resource.RLIM_INFINITY:
        limit = min(limit, hard_limit)
    resource.setrlimit(kind, (limit, limit))


def die_with_parent(parent_pid: int) -> None:
    """End when the parent does, however it ends."""
    # Only Linux has this call. Elsewhere the broken pipe ends ffmpeg at its next write.
    if sys.platform.startswith("linux"):
        import ctypes  # noqa: PLC0415  (elsewhere it would only cost time)

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        # The parent ended before the call above could see it; there is nobody left to tell.
        os._exit(1)


def limit_memory(memory_bytes: int) -> None:
    """Bound the private memory of this process, where the system can."""
    if sys.platform.startswith("linux"):
        # Private memory, not address space: ffmpeg maps more libraries than an address limit allows.
        _lower_limit(resource.RLIMIT_DATA, memory_bytes)


def _leave_stopping_to_parent() -> None:
    """Keep signals that a service manager sends to a whole group from ending the program in the middle.

    ffmpeg would answer them by writing a shorter output as if the file ended there. Its parent decides when
    it is to stop, and ends it for good then; blocked signals stay blocked in the program.
    """
    stopping = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)


def main(arguments: list[str]) -> None:
    """Set the limits and become the program."""
    parent_pid, cpu_seconds, memory_bytes, file_bytes, niceness = map(int, arguments[:5])
    command = arguments[5:]
    _leave_stopping_to_parent()
    die_with_parent(parent_pid)
    _lower_limit(resource.RLIMIT_CPU, cpu_seconds)
    _lower_limit(resource.RLIMIT_CORE, 0)
    # Almost everything goes through pipes, which this limit does not count: with 0 no file can be written.
    _lower_limit(resource.RLIMIT_FSIZE, file_bytes)
    os.nice(niceness)
    limit_memory(memory_bytes)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
