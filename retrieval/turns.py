"""So many questions at once: those that come while all places are taken wait, and go in the order that they came.

Much of a question is Python, of which one thread runs at a time: twenty threads that all want to be that one take
longer over the same questions than two do, since each has to fight for it whenever it comes back from a search.
"""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """`places` threads at most are within `with turns:`. Safe between threads."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()  # never held while anybody waits
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            mine.wait()
        except BaseException:  # Ctrl-C: the place must not be given to one that is gone
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                else:
                    self._pass_on()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._pass_on()

    def _pass_on(self) -> None:
        """Give a place to the one that has waited longest; the lock is held."""
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free += 1
