"""Sets the clock of a Python process wrong, where this folder is on its path: every clock but the monotonic one."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

if "WRONG_CLOCK_BY_S" in os.environ:
    wrong_by = timedelta(seconds=float(os.environ["WRONG_CLOCK_BY_S"]))
    time_machine.travel(datetime.now(UTC) + wrong_by, tick=True).start()
