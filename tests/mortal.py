"""Runs a module as a process that ends when whoever started it does, whichever way that is.

python mortal.py PARENT MODULE ARGUMENT…
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path


def end_with(parent: int) -> None:
    """End this process, by -9, as soon as it is not a child of `parent`."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module so, for this process."""
    return [sys.executable, str(Path(__file__)), str(os.getpid()), module, *arguments]


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    module = sys.argv[2]
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
