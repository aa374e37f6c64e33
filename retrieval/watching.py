"""Following the sources: when writing has settled, what changed is indexed.

Folders are watched by the operating system; a source that is a single file is looked at every half second, since
programs replace files rather than change them. The data folder itself is never watched.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from retrieval.encoders import Encoder
from retrieval.errors import ArchivistError, SourceError, WriterBusy
from retrieval.index import generation as generations
from retrieval.index.local import open_current
from retrieval.indexing import Options, Progress, Report, run_index
from retrieval.leases import ALONE, Right

_TICK_S = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """When to index: after `settle_s` without a change, or `patience_s` after the first of changes without end; again
    `retry_s` after another process was writing.
    """

    settle_s: float = 2.0
    patience_s: float = 120.0
    retry_s: float = 30.0


def watch(
    data: Path,
    encoder: Encoder,
    options: Options,
    on_report: Callable[[Report], None],
    stop: threading.Event,
    *,
    on_error: Callable[[Exception], None],
    paths: Sequence[Path] = (),
    pace: Pace = Pace(),
    poll: bool = False,
    progress: Progress = lambda phase, done, total: None,
    right: Right = ALONE,
) -> None:
    """Bring the archive up to date now and after every change to its sources, until `stop` is set.

    `paths` are added to the sources at first. Each run is told to `on_report`, each error to `on_error`, and the watch
    goes on: what needs a decision (files that would be removed, say) is told again only after another change. `poll`
    looks for changes instead of being told of them, for network folders. Each run holds `right`. Raises
    SourceError where there are no sources or they cannot be watched, DamagedError where the index is broken at the
    start.
    """
    added = [path.expanduser().resolve() for path in paths]
    run = _Runner(data, encoder, options, added, on_report, on_error, progress, right)
    sources = run.sources()
    if not sources:
        raise SourceError("the archive has no sources yet", "Name your articles' folder")
    pending = _Pending(pace)
    while not stop.is_set():
        for changed in _changes(sources, data, stop, poll):  # what changes during a run is told after it
            if changed:
                pending.note()
            if pending.due():
                pending.done(retry=run.once())
            if (now := run.sources_if_known(sources)) != sources:
                sources = now
                break
        pending.note()  # nobody was watching while the watch was set up anew


class _Pending:
    """What is still to be indexed, and when."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._at: float | None = 0.0
        self._latest = 0.0

    def note(self) -> None:
        """Something has changed just now."""
        now = time.monotonic()
        if self._at is None:
            self._latest = now + self._pace.patience_s
        self._at = min(now + self._pace.settle_s, self._latest)

    def due(self) -> bool:
        """Whether it is time for a run."""
        return self._at is not None and time.monotonic() >= self._at

    def done(self, retry: bool) -> None:
        """A run has ended; where `retry`, another is due without a change."""
        now = time.monotonic()
        self._at, self._latest = (now + self._pace.retry_s,) * 2 if retry else (None, 0.0)


class _Runner:
    """Runs the indexer and tells how it went."""

    def __init__(
        self,
        data: Path,
        encoder: Encoder,
        options: Options,
        added: list[Path],
        on_report: Callable[[Report], None],
        on_error: Callable[[Exception], None],
        progress: Progress,
        right: Right,
    ) -> None:
        self._data = data
        self._encoder = encoder
        self._options = options
        self._added = added
        self._on_report = on_report
        self._on_error = on_error
        self._progress = progress
        self._right = right
        self._seen: str | None = None

    def once(self) -> bool:
        """Bring everything up to date; return whether to try again though nothing changes."""
        try:
            report = run_index(
                self._data, self.sources(), self._encoder, self._options, progress=self._progress, right=self._right
            )
        except Exception as error:  # whatever it is, it is told, and the watch goes on
            self._on_error(error)
            return isinstance(error, WriterBusy)
        self._added.clear()
        self._on_report(report)
        return False

    def sources(self) -> list[Path]:
        """Return the archive's sources, and those that are to be added."""
        self._seen = generations.current(self._data)
        known: list[Path] = []
        if self._seen:
            with closing(open_current(self._data)) as index:
                known = list(index.catalogue.sources.values())
        return list(dict.fromkeys([*known, *self._added]))

    def sources_if_known(self, last: list[Path]) -> list[Path]:
        """Return the sources if another generation became current, which may have others; else those of `last`."""
        try:
            return last if generations.current(self._data) == self._seen else self.sources()
        except ArchivistError as error:
            self._on_error(error)
            return last


def _changes(sources: Sequence[Path], data: Path, stop: threading.Event, poll: bool) -> Iterator[bool]:
    """Yield, twice a second and at every change, whether anything in the sources changed since the last time.

    Ends where a folder came, went or was replaced: it has to be watched anew.
    """
    folders = {path: _inode(path) for path in sources if path.is_dir()}
    others = [path for path in sources if path not in folders]  # files, and what is not there at the moment
    before = [_state(path) for path in others]
    for found in _told(folders, data.resolve(), stop, poll):
        now = [_state(path) for path in others]
        yield found or now != before
        before = now
        if {path: _inode(path) for path in sources if path.is_dir()} != folders:
            return


def _told(folders: Collection[Path], own: Path, stop: threading.Event, poll: bool) -> Iterator[bool]:
    """Yield, twice a second and at every change, whether anything changed in the folders, but for the folder `own`."""
    from watchfiles import watch as follow

    if not folders:
        while not stop.wait(_TICK_S):
            yield False
        return
    tick_ms = int(_TICK_S * 1000)
    try:
        for found in follow(
            *folders,
            watch_filter=lambda _, path: not Path(path).is_relative_to(own),
            stop_event=stop,
            debounce=tick_ms,
            rust_timeout=tick_ms,
            yield_on_timeout=True,
            force_polling=poll,
            ignore_permission_denied=True,
        ):
            yield bool(found)
    except FileNotFoundError:
        return  # it went just now
    except (OSError, RuntimeError) as error:
        raise SourceError(
            f"the folders cannot be watched: {error}",
            "Raise the system's limit of watches, or look for changes instead",
        ) from error


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None  # it is reported by the run that reads it
    return found.st_mtime_ns, found.st_size, found.st_ino


def _inode(path: Path) -> int:
    state = _state(path)
    return state[2] if state else -1
