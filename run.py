"""Starts ClipFlow: ``python run.py --help``."""

import signal
import sys

# Until a command has set up its own way to stop, Ctrl-C just ends the process, without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from clipflow.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
