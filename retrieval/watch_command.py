"""`archivist index --watch`: follows the sources until Ctrl-C, and tells each run on stderr.

Nothing goes to stdout: there is no end at which a result would be whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval import console

if TYPE_CHECKING:
    from config import Settings
    from retrieval.indexing import Progress, Report
    from retrieval.types import Skipped


def follow(settings: Settings, paths: Sequence[Path], as_json: bool) -> None:
    """Keep the index up to date until Ctrl-C, which is a KeyboardInterrupt here as everywhere.

    Sources that are new are indexed first as they are without `--watch`: where that fails, so does the program. From
    then on a run that fails is told, and the watch goes on. Raises as `run_index` and `watch` do.
    """
    import threading

    from retrieval import build
    from retrieval.indexing import run_index
    from retrieval.watching import watch

    known = _known(settings)
    wanted = paths or ([] if known else settings.sources)
    new = [path for path in wanted if path.expanduser().resolve() not in known]
    encoder, options = build.encoder_to_index(settings), build.options_of(settings)
    right = build.right_of(settings)
    with closing(_Telling(as_json)) as telling:
        if new:
            stand_in = build.stand_in()
            report = run_index(
                settings.data_dir, new, encoder, options, stand_in=stand_in, progress=telling.progress, right=right
            )
            telling.report(report)
        if not as_json and (known or new):
            console.note("watching the archive's sources; Ctrl-C ends it")
        watch(
            settings.data_dir,
            encoder,
            options,
            telling.report,
            threading.Event(),
            on_error=telling.error,
            progress=telling.progress,
            right=right,
        )


class _Telling:
    """Tells how each run goes and what came of it: lines for people, or lines of JSON."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._open = ExitStack()
        self._shown: Progress | None = None
        self._skipped: frozenset[Skipped] = frozenset()

    def progress(self, phase: str, done: int, total: int) -> None:
        """Show how far the run is; the first call of a run draws its bars."""
        if self._shown is None:
            from retrieval.progress import showing

            self._shown = self._open.enter_context(showing(self._as_json))
        self._shown(phase, done, total)

    def report(self, report: Report) -> None:
        """Tell what a run did, and name what it skipped and the one before did not."""
        self.close()
        if self._as_json:
            console.note_document(report.to_dict())
            return
        from retrieval.show_upkeep import report_line

        console.note(report_line(report))
        for skipped in report.skipped:
            if skipped not in self._skipped:
                console.note(f"skipped {skipped.path}: {skipped.reason}")
        self._skipped = frozenset(report.skipped)

    def error(self, error: Exception) -> None:
        """Tell why a run failed."""
        self.close()
        failure = console.failure_of(error)
        if self._as_json:
            console.note_document(console.failure_document(failure))
        else:
            console.tell_failure(failure, as_json=False)

    def close(self) -> None:
        """Take the bars of a run away, which is over."""
        self._open.close()
        self._shown = None


def _known(settings: Settings) -> set[Path]:
    """Return the sources of the current generation, none where there is no index."""
    from retrieval import build

    if not build.is_indexed(settings):
        return set()
    with closing(build.open_index(settings)) as opened:
        return {Path(source.path) for source in opened.holdings()}
