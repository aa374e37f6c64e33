"""An index that is asked while another takes its place: whoever asks keeps the one that the question began with."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from retrieval.errors import GenerationError
from retrieval.index import Index


class Serving:
    """Lends an index to questions, and closes one that was replaced when its last question is done."""

    def __init__(self, index: Index) -> None:
        self._lock = threading.Lock()
        self._index: Index | None = index
        self._users: Counter[Index] = Counter()

    @contextmanager
    def index(self) -> Iterator[Index]:
        """Lend the index that is served; raises GenerationError after `close`."""
        with self._lock:
            index = self._index
            if index is None:
                raise GenerationError("the archive was closed", "Open it again")
            self._users[index] += 1
        try:
            yield index
        finally:
            with self._lock:
                self._users[index] -= 1
                unused = self._forget(index)
            if unused:
                index.close()

    def replace(self, index: Index | None) -> None:
        """Serve `index` from now on. The one before is closed at once if nobody is using it."""
        with self._lock:
            before, self._index = self._index, index
            unused = before is not None and self._forget(before)
        if before is not None and unused:
            before.close()

    def close(self) -> None:
        """Serve nothing any more; questions in flight are finished first."""
        self.replace(None)

    def _forget(self, index: Index) -> bool:
        """Whether `index` has to be closed now: it is served no more and nobody uses it."""
        if index is self._index or self._users[index]:
            return False
        del self._users[index]
        return True
