"""Questions that come while others are being encoded are encoded together, as soon as that is done.

Nobody waits in order that more may come: who finds a free place begins at once, alone. Only what has queued up while
all places were taken is put together, so that an archive that one person asks is as quick as ever.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from retrieval.encoders.encoder import Vectors

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Asked(Generic[T]):
    """What one thread waits for: its row, an error, or that it is its turn to lead."""

    item: T
    kind: Hashable
    leads: bool = False
    rows: list[Vectors] = field(default_factory=list)
    error: BaseException | None = None
    woken: threading.Event = field(default_factory=threading.Event)


class Together(Generic[T]):
    """Runs items of one kind together, at most `most` of them, from at most `places` threads at once.

    Safe between threads.
    """

    def __init__(self, places: int, most: int) -> None:
        self._free = places
        self._most = most
        self._lock = threading.Lock()  # never held while something is run
        self._queue: deque[_Asked[T]] = deque()

    def one(self, item: T, kind: Hashable, run: Callable[[Sequence[T]], Vectors]) -> Vectors:
        """Return the row of `item`; raises what `run` raised for it or for those that it was run with.

        `run`, the same for all, gives a row for each item, which must not hang on the others. It is given here and not
        kept, so that whoever has this for a part is held by nothing of its own.
        """
        mine = _Asked(item, kind)
        with self._lock:
            if self._free:
                self._free -= 1
                mine.leads = True
            else:
                self._queue.append(mine)
        if not mine.leads:
            self._wait(mine)
        if mine.leads:
            self._lead(mine, run)
        if mine.error is not None:
            raise mine.error
        return mine.rows[0]

    def _wait(self, mine: _Asked[T]) -> None:
        try:
            mine.woken.wait()
        except BaseException:  # Ctrl-C: nobody may be left waiting for this thread to lead
            with self._lock:
                if mine in self._queue:
                    self._queue.remove(mine)
                elif mine.leads:
                    self._pass_on()
            raise

    def _lead(self, mine: _Asked[T], run: Callable[[Sequence[T]], Vectors]) -> None:
        """Run `mine` with those of its kind that wait, the oldest first; then the oldest of the others leads."""
        with self._lock:
            alike = [other for other in self._queue if other.kind == mine.kind][: self._most - 1]
            for other in alike:
                self._queue.remove(other)
        batch = [mine, *alike]
        try:
            for each, row in zip(batch, run([each.item for each in batch]), strict=True):
                each.rows.append(row)
        except BaseException as error:  # whoever waits has to be told, whatever it is
            for each in batch:
                each.error = error
        finally:
            with self._lock:
                self._pass_on()
            for other in alike:
                other.woken.set()

    def _pass_on(self) -> None:
        """Give a place back, or to the oldest that waits; the lock is held."""
        if self._queue:
            heir = self._queue.popleft()
            heir.leads = True
            heir.woken.set()
        else:
            self._free += 1
