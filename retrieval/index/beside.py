"""The full text of a generation, written while its passages are encoded: it needs no vectors.

Most of encoding is no Python, so that both go on at once; where the processor's cores are all taken, the encoder only
shares them for a while.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from types import TracebackType

from retrieval.index.derived import Progress, write_texts_of

_TOLD = 0.1  # seconds between two notes of progress


class _NoLongerWanted(Exception):
    pass


class TextsBeside:
    """Writes the full text of the catalogue in `folder`, which counts `articles`, on a thread of its own.

    It begins with the block; where that is left before `finish`, it ends at once. The catalogue's tables may not be
    changed meanwhile.
    """

    def __init__(self, folder: Path, articles: int) -> None:
        self._folder = folder
        self._articles = articles
        self._done = 0
        self._wanted = True
        self._thread = ThreadPoolExecutor(1, "texts")

    def __enter__(self) -> TextsBeside:
        self._written = self._thread.submit(self._write)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._wanted = False
        self._thread.shutdown()

    def finish(self, progress: Progress) -> None:
        """Wait for the last of it, and tell how far it is; raises whatever writing it raised."""
        while wait([self._written], _TOLD).not_done:
            progress("write", self._done, self._articles)
        self._written.result()
        progress("write", self._articles, self._articles)

    def _write(self) -> None:
        place = f"{(self._folder / 'catalogue.sqlite').resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(place, uri=True)) as database:
            write_texts_of(database, self._folder, self._articles, self._note)

    def _note(self, phase: str, done: int, total: int) -> None:
        if not self._wanted:
            raise _NoLongerWanted
        self._done = done
