"""How far a run is, on stderr: a bar for each phase on a terminal, or lines of JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from retrieval.indexing import Progress

_EVERY_S = 0.1
_LABELS = {
    "read": "Reading files",
    "split": "Cutting passages",
    "encode": "Encoding passages",
    "write": "Writing the index",
    "check": "Checking",
}


@contextmanager
def showing(as_json: bool) -> Iterator[Progress]:
    """Give what a run tells its progress to: lines of JSON, a bar where stderr is a terminal, else nothing."""
    if as_json:
        yield Lines()
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield bars
    else:
        yield lambda phase, done, total: None


class Lines:
    """Writes a line of JSON at the start and the end of each phase and at most ten a second between.

    `per_second` counts from the phase's first line, `total` and `seconds_left` are null where they are not known.
    """

    def __init__(self) -> None:
        self._phase = ""
        self._started = self._written = 0.0
        self._first = self._done = 0
        self._gone = False

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take how far the run is."""
        now = time.monotonic()
        fresh = phase != self._phase or done < self._done  # each source is read from 0 on
        self._done = done
        if fresh:
            self._phase, self._started, self._first = phase, now, done
        elif now - self._written < _EVERY_S and done != total:
            return
        self._written = now
        elapsed = now - self._started
        rate = (done - self._first) / elapsed if elapsed > 0 else 0.0
        line = {
            "phase": phase,
            "done": done,
            "total": total or None,
            "per_second": round(rate, 1),
            "seconds_left": round((total - done) / rate, 1) if total and rate > 0 else None,
        }
        if not self._gone:
            try:
                sys.stderr.write(json.dumps(line) + "\n")
                sys.stderr.flush()
            except BrokenPipeError:  # nobody listens any more; the run goes on
                self._gone = True


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(_LABELS.get(phase, phase.capitalize()), total=total or None)
            bars.update(tasks[phase], completed=done, total=total or None)

        yield show
