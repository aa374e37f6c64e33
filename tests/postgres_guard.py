"""Stops a test's PostgreSQL and removes its folder when the test is gone without having done so: `FOLDER PARENT`."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def guard(folder: Path, parent: int) -> None:
    """Wait for the parent's end, then clear up."""
    while os.getppid() == parent:
        time.sleep(0.2)
    with contextlib.suppress(OSError, ValueError):  # it has not begun, or has ended
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGQUIT)  # at once, and with all of its own processes
        for _ in range(100):
            os.kill(server, 0)
            time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    guard(Path(sys.argv[1]), int(sys.argv[2]))
