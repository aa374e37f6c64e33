"""Stands in for `archivist index` where a test decides what a run says: a real process, without the wait for a model.

The script lies in the file that SCRIPT names, one JSON object a line: {"say": text} on stderr, {"print": text} on
stdout, {"wait": path} until that file exists, {"append": path} its arguments, niceness and threads, {"deaf": true} not
to listen to SIGTERM, {"exit": code}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    for line in Path(os.environ["SCRIPT"]).read_text(encoding="utf-8").splitlines():
        step = json.loads(line)
        if "say" in step:
            sys.stderr.write(step["say"] + "\n")
            sys.stderr.flush()
        if "print" in step:
            sys.stdout.write(step["print"])
            sys.stdout.flush()
        if "append" in step:
            told = {"arguments": sys.argv[1:], "nice": os.nice(0), "threads": os.environ.get("OMP_NUM_THREADS")}
            with Path(step["append"]).open("a", encoding="utf-8") as file:
                file.write(json.dumps(told) + "\n")
        if step.get("deaf"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while "wait" in step and not Path(step["wait"]).exists():
            time.sleep(0.01)
        if "exit" in step:
            sys.stdout.flush()
            os._exit(step["exit"])


if __name__ == "__main__":
    main()
