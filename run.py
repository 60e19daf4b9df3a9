"""Starts ClipFlow: ``python run.py --help``."""

import signal

# Until a command has set up its own way to stop, Ctrl-C just ends the process, without a traceback.
if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from clipflow.shell.main import run_and_leave

if __name__ == "__main__":
    run_and_leave()
