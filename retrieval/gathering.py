"""The articles of the next generation: read from their files, or carried over where a file is as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from retrieval.errors import SourceError
from retrieval.index.local import LocalIndex
from retrieval.index.parts import by_file
from retrieval.index.staging import Staging
from retrieval.issues import Issues
from retrieval.language import with_language
from retrieval.reading import READING, Found, Limits, read_articles
from retrieval.reading.pool import Crew, Pool, processes_for
from retrieval.sources import list_files
from retrieval.types import Skipped

Progress = Callable[[str, int, int], None]  # phase, done, total (0 where it is not known)


class Gatherer:
    """Stages sources for one run. Where `anew`, nothing is taken over from the generation before, `previous`.

    Many files are read by `processes` at once (0: one per core), few by this one; they are those of `crew`, if one is
    given, and all of them end with `close`. A file with an article that was
    withheld and is not among the `withdrawn` any more is read again.
    """

    def __init__(
        self,
        data: Path,
        limits: Limits,
        previous: LocalIndex | None,
        anew: bool,
        withdrawn: Collection[str],
        progress: Progress,
        processes: int = 0,
        crew: Crew | None = None,
    ) -> None:
        self._data = data
        self._limits = limits
        self._previous = previous
        made = previous.manifest.settings if previous else {}
        self._anew = anew or (made.get("limits"), made.get("reading")) != (asdict(limits), READING)
        self._withdrawn = withdrawn
        self._progress = progress
        self._processes = processes
        self._crew = crew or Crew()

    def read(self, staging: Staging, label: str, root: Path, allow_removals: bool) -> None:
        """Stage a source's articles: those of unchanged files from the last generation, the others from disk."""
        known = self._known_files(label)
        found, passed_over = list_files(root, self._data)
        for skipped in passed_over:
            staging.add_skipped(label, "", skipped)
        held = self._files_before(label)
        if held and not found and not allow_removals:
            raise SourceError(
                f"the source {root} is suddenly empty: it held {held} files",
                "Is it mounted? If all of them were meant to go, run `archivist index --allow-removals`",
            )
        issues = Issues(found, known, self._parts_before(label), self._limits)
        fresh = {file.name for file in found if file.name not in issues.consumed and not issues.unchanged(file)}
        alone = [file for file in found if file.name in fresh and file.name not in issues.parts]
        processes = processes_for(len(alone), self._processes)
        pool = Pool(alone, self._limits, processes, self._crew) if processes > 1 else None
        with pool or nullcontext():
            for done, file in enumerate(found):
                self._progress("read", done, len(found))
                if file.name in fresh:
                    self._read_file(staging, label, file, issues, pool)
                elif file.name in issues.consumed:  # read with the issue that it is a part of
                    staging.add_file(label, file.name, file.size_bytes, file.mtime_ns)
                else:
                    staging.carry_file(label, file.name)
        self._progress("read", len(found), len(found))

    def close(self) -> None:
        """Let the processes that read go; nothing is read any more."""
        self._crew.dismiss()

    def _read_file(self, staging: Staging, label: str, file: Found, issues: Issues, pool: Pool | None) -> None:
        staging.add_file(label, file.name, file.size_bytes, file.mtime_ns)
        siblings = issues.siblings(file)
        if siblings:
            staging.add_parts(label, file.name, issues.parts[file.name])
        if pool and not siblings:
            items = pool.items()
        else:
            items = map(with_language, read_articles(file.path, file.name, self._limits, siblings))
        for ordinal, item in enumerate(items):
            if isinstance(item, Skipped):
                staging.add_skipped(label, file.name, item)
            else:
                staging.add_article(label, file.name, ordinal, item)

    def _files_before(self, label: str) -> int:
        if self._previous is None:
            return 0
        return int(self._previous.catalogue.query("SELECT count(*) FROM files WHERE source = ?", (label,))[0][0])

    def _parts_before(self, label: str) -> dict[str, dict[str, str | None]]:
        if self._previous is None or self._anew:
            return {}
        columns = "SELECT source, file, reference, part FROM parts WHERE source = ? ORDER BY rowid"
        return by_file(self._previous.catalogue.query(columns, (label,)))

    def _known_files(self, label: str) -> dict[str, tuple[int, int]]:
        """Return the files that need not be read again if their size and time are these.

        Not those that could not be read: what was in the way then may be gone without a trace in either. Nor those with
        an article that was withdrawn and is restored.
        """
        if self._previous is None or self._anew:
            return {}
        rows = self._previous.catalogue.query(
            "SELECT name, size, mtime_ns FROM files f WHERE source = ? AND NOT EXISTS "
            "(SELECT 1 FROM skipped s WHERE s.source = f.source AND s.file = f.name AND s.path = f.name)",
            (label,),
        )
        withheld = self._previous.catalogue.query("SELECT file, id FROM withheld WHERE source = ?", (label,))
        restored = {file for file, article_id in withheld if article_id not in self._withdrawn}
        return {name: (size, mtime_ns) for name, size, mtime_ns in rows if name not in restored}
