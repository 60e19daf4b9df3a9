"""Starts ClipFlow: ``python run.py --help``."""

import signal

# Until a command has set up its own way to stop, Ctrl-C just ends the process, without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from clipflow.cli import run_and_leave  # noqa: E402

if __name__ == "__main__":
    run_and_leave()
