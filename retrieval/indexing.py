"""Bringing the index up to date: which files changed, what they hold now, and a new generation of it.

The generation that is asked stays as it is until the new one is whole; a run that finds nothing changed makes none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from retrieval.encoders import Encoder
from retrieval.errors import DamagedError, GenerationError, RemovalRefused, SourceError
from retrieval.index import generation as generations
from retrieval.index.generation import Manifest
from retrieval.index.local import LocalIndex, check_agreement
from retrieval.index.lock import writing
from retrieval.index.staging import Staging
from retrieval.index.vectors import Spool
from retrieval.index.writing import Writer
from retrieval.language import detect_language
from retrieval.reading import Found, Limits, find_files, read_articles
from retrieval.types import Article, Skipped

Progress = Callable[[str, int, int], None]  # phase, done, total (0 where it is not known)
SPLITTING = 1  # changes when articles are divided, or passages encoded, in another way


@dataclass(frozen=True, slots=True)
class Options:
    """How an index is made. `words` a passage; `keep` generations; the guard stops a run that would take more than
    both `max_removed_share` of a source's articles and `max_removed` articles out.
    """

    words: int = 150
    keep: int = 3
    max_removed_share: float = 0.1
    max_removed: int = 3
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, in articles; `encoded` counts passages. `generation` is the one that is asked afterwards."""

    generation: str | None
    articles: int
    passages: int
    copies: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    encoded: int
    took_ms: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as `archivist index --json` prints it."""
        return asdict(self) | {"skipped": [asdict(skipped) for skipped in self.skipped]}


@dataclass(frozen=True, slots=True)
class _Difference:
    added: int
    changed: int
    removed: int
    unchanged: int


def run_index(
    data: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    options: Options = Options(),
    *,
    full: bool = False,
    allow_removals: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda phase, done, total: None,
) -> Report:
    """Bring the sources at `paths` up to date, those known already where none are given; return what was done.

    `full` reads and encodes everything anew; `dry_run` reads and compares, and changes nothing. Raises SourceError for
    a source that is missing, unreadable, suddenly empty or overlaps another, RemovalRefused where the guard stops the
    run (unless `allow_removals`), WriterBusy where another process writes. Whatever is raised, the generation that was
    current stays so.
    """
    started = time.perf_counter()
    with nullcontext() if dry_run else writing(data):
        previous = _previous(data, full)
        try:
            run = _Run(data, encoder, options, previous, full, progress)
            if dry_run:
                report = run.rehearse(paths, allow_removals)
            else:
                report = run.update(paths, allow_removals)
                generations.retire(data, options.keep)
        finally:
            if previous:
                previous.close()
    return replace(report, took_ms=round((time.perf_counter() - started) * 1000, 1))


def _previous(data: Path, full: bool) -> LocalIndex | None:
    """Open the current generation; a damaged one only matters where something is to be taken over from it."""
    name = generations.current(data)
    if name is None:
        return None
    try:
        return LocalIndex(generations.folder_of(data, name))
    except (DamagedError, GenerationError):
        if not full:
            raise
        return None


@dataclass(frozen=True, slots=True)
class _Gathered:
    sources: dict[str, Path]
    difference: _Difference
    articles: int
    copies: int
    skipped: tuple[Skipped, ...]
    same: bool


class _Run:
    """One run of the indexer."""

    def __init__(
        self,
        data: Path,
        encoder: Encoder,
        options: Options,
        previous: LocalIndex | None,
        full: bool,
        progress: Progress,
    ) -> None:
        self._data = data
        self._encoder = encoder
        self._options = options
        self._previous = previous
        self._full = full
        self._progress = progress
        self._settings = {"words": options.words, "splitting": SPLITTING}
        self._limits_changed = previous is not None and previous.manifest.settings.get("limits") != asdict(
            options.limits
        )

    def rehearse(self, paths: Sequence[Path], allow_removals: bool) -> Report:
        """Read and compare, in a temporary folder; passages are those of the generation that there is."""
        with TemporaryDirectory(prefix="archivist-") as folder:
            gathered = self._gather(Path(folder) / "staging.sqlite", paths, allow_removals)
        now = self._previous.manifest if self._previous else None
        return self._report(gathered, now.generation if now else None, now.passages if now else 0, 0)

    def update(self, paths: Sequence[Path], allow_removals: bool) -> Report:
        """Build and publish a new generation, if anything differs from the last."""
        building = generations.new_folder(self._data)
        staged = building / "staging.sqlite"
        gathered = self._gather(staged, paths, allow_removals)
        if gathered.same and self._previous:
            generations.clear(building)
            now = self._previous.manifest
            return self._report(gathered, now.generation, now.passages, 0)
        return self._write(building, staged, gathered)

    def _gather(self, staged: Path, paths: Sequence[Path], allow_removals: bool) -> _Gathered:
        """Put all articles of the next generation into the file `staged`."""
        sources, wanted = self._sources(paths)
        staging = Staging(staged, self._folder() / "catalogue.sqlite" if self._previous else None)
        try:
            for label, path in sources.items():
                if label in wanted:
                    self._read_source(staging, label, path, allow_removals)
                else:
                    staging.carry_source(label)
            staging.assign_ids()
            difference = self._compare(staging, sources, allow_removals)
            same = self._same(staging, sources)
            return _Gathered(sources, difference, *staging.counts(), tuple(staging.skipped()), same)
        finally:
            staging.close()

    def _report(self, gathered: _Gathered, generation: str | None, passages: int, encoded: int) -> Report:
        return Report(
            generation, gathered.articles, passages, gathered.copies, **asdict(gathered.difference),
            skipped=gathered.skipped, encoded=encoded, took_ms=0,
        )  # fmt: skip

    def _write(self, building: Path, staged: Path, gathered: _Gathered) -> Report:
        encoder = self._encoder
        with Spool(self._data / "spool", encoder.fingerprint, encoder.dimension) as spool:
            reusable = None if self._full or not self._comparable() else self._previous
            writer = Writer(building, staged, encoder, self._options.words, reusable, self._progress)
            written = writer.write(gathered.sources, spool)
            staged.unlink()
            manifest = Manifest(
                generation=generations.next_name(self._data),
                built=datetime.now(UTC).isoformat(timespec="seconds"),
                encoder={
                    "name": encoder.name,
                    "fingerprint": encoder.fingerprint,
                    "query_prompt": encoder.prompts[0],
                    "passage_prompt": encoder.prompts[1],
                    "dimension": encoder.dimension,
                    "languages": list(encoder.languages),
                },
                settings=self._settings | {"limits": asdict(self._options.limits)},
                articles=written.articles,
                passages=written.passages,
                languages=written.languages,
            )
            self._progress("check", 0, 0)
            finished = LocalIndex(building, manifest)
            try:
                check_agreement(finished)
            finally:
                finished.close()
            generations.publish(self._data, building, manifest)
            spool.clear()
        return self._report(gathered, manifest.generation, written.passages, written.encoded)

    def _folder(self) -> Path:
        return generations.folder_of(self._data, generations.require_current(self._data))

    def _comparable(self) -> bool:
        """Whether the previous generation's passages were cut as this one's are."""
        if self._previous is None:
            return False
        manifest = self._previous.manifest
        same = {key: manifest.settings.get(key) for key in self._settings} == self._settings
        return same and manifest.encoder["fingerprint"] == self._encoder.fingerprint

    def _same(self, staging: Staging, sources: dict[str, Path]) -> bool:
        if self._previous is None or self._full or not self._comparable():
            return False
        old = set(self._previous.catalogue.query("SELECT source, name, size, mtime_ns FROM files"))
        known = self._previous.catalogue.sources
        return old == staging.files() and known == sources and staging.skipped() == self._previous.catalogue.skipped()

    def _sources(self, paths: Sequence[Path]) -> tuple[dict[str, Path], set[str]]:
        """Return all sources, by label, and the labels of those to bring up to date."""
        known = dict(self._previous.catalogue.sources) if self._previous else {}
        if not paths:
            if not known:
                raise SourceError(
                    "the archive has no sources yet", "Run `archivist index PATH` with your articles' folder"
                )
            return known, set(known)
        wanted = set()
        for path in dict.fromkeys(path.expanduser().resolve() for path in paths):
            label = next((label for label, source in known.items() if source == path), None)
            if label is None:
                self._refuse_overlap(path, known.values())
                label = _label(path, known)
                known[label] = path
            wanted.add(label)
        return known, wanted

    def _refuse_overlap(self, path: Path, known: Iterable[Path]) -> None:
        for source in known:
            if path.is_relative_to(source) or source.is_relative_to(path):
                raise SourceError(
                    f"{path} overlaps the source {source}, so its articles would be there twice",
                    f"Run `archivist index {source}`, or `archivist sources remove {source}` first",
                )

    def _read_source(self, staging: Staging, label: str, root: Path, allow_removals: bool) -> None:
        """Stage a source's articles: those of unchanged files from the last generation, the others from disk."""
        known = self._known_files(label)
        found: list[Found] = []
        for item in find_files(root):
            if isinstance(item, Found):
                found.append(item)
            else:
                staging.add_skipped(label, "", item)
        if known and not found and not allow_removals:
            raise SourceError(
                f"the source {root} is suddenly empty: it held {len(known)} files",
                "Is it mounted? If all of them were meant to go, run `archivist index --allow-removals`",
            )
        for done, file in enumerate(found):
            self._progress("read", done, len(found))
            if known.get(file.name) == (file.size_bytes, file.mtime_ns):
                staging.carry_file(label, file.name)
                continue
            staging.add_file(label, file.name, file.size_bytes, file.mtime_ns)
            for ordinal, article in enumerate(read_articles(file.path, file.name, self._options.limits)):
                if isinstance(article, Skipped):
                    staging.add_skipped(label, file.name, article)
                else:
                    staging.add_article(label, file.name, ordinal, _known_language(article))
        self._progress("read", len(found), len(found))

    def _known_files(self, label: str) -> dict[str, tuple[int, int]]:
        if self._previous is None or self._full or self._limits_changed:
            return {}
        rows = self._previous.catalogue.query("SELECT name, size, mtime_ns FROM files WHERE source = ?", (label,))
        return {name: (size, mtime_ns) for name, size, mtime_ns in rows}

    def _compare(self, staging: Staging, sources: dict[str, Path], allow_removals: bool) -> _Difference:
        """Count what differs from the previous generation; raise RemovalRefused where too much would go."""
        old: dict[str, tuple[str, bytes]] = {}
        if self._previous:
            rows = self._previous.catalogue.query("SELECT id, source, hash FROM articles")
            old = {article_id: (source, digest) for article_id, source, digest in rows}
        added = changed = unchanged = 0
        staged: set[str] = set()
        contents: set[bytes] = set()
        for article_id, _, digest in staging.hashes():
            staged.add(article_id)
            contents.add(digest)
            if article_id not in old:
                added += 1
            elif old[article_id][1] == digest:
                unchanged += 1
            else:
                changed += 1
        gone = [old[article_id] for article_id in old.keys() - staged]
        if not allow_removals:
            lost = [source for source, digest in gone if digest not in contents]  # the others only moved
            self._guard(lost, [source for source, _ in old.values()], sources)
        return _Difference(added, changed, len(gone), unchanged)

    def _guard(self, lost: list[str], before: list[str], sources: dict[str, Path]) -> None:
        for label, path in sources.items():
            going, had = lost.count(label), before.count(label)
            if going > self._options.max_removed and going > self._options.max_removed_share * had:
                raise RemovalRefused(
                    f"{going} of the {had} articles of {path} would leave the index",
                    "If they were meant to go, run `archivist index --allow-removals`",
                )


def _label(path: Path, known: dict[str, Path]) -> str:
    """Return a short name for a new source that no other has; articles without a URL are known by it."""
    base = path.name or "archive"
    number = 2
    label = base
    while label in known:
        label = f"{base}-{number}"
        number += 1
    return label


def _known_language(article: Article) -> Article:
    """Return `article` with its language, found out where the file does not state it."""
    return article if article.language else replace(article, language=detect_language(article.text))
