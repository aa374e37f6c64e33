"""One run of the indexer: the articles gathered, compared with those there were, written, checked and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.changes import Difference, compare, guard
from retrieval.copies import COPIES
from retrieval.encoders import Encoder
from retrieval.errors import DamagedError, SourceError
from retrieval.gathering import Gatherer, Progress
from retrieval.index import generation as generations
from retrieval.index import withdrawals
from retrieval.index.generation import Manifest
from retrieval.index.local import LocalIndex
from retrieval.index.staging import Staging
from retrieval.index.vectors import Spool, forget
from retrieval.index.verifying import check_rows
from retrieval.index.writing import Writer
from retrieval.reading import READING
from retrieval.reading.pool import Crew
from retrieval.reports import Options, Report
from retrieval.sources import remembered, with_new
from retrieval.terms import TERMS
from retrieval.types import Skipped

SPLITTING = 1  # changes when articles are divided in another way


@dataclass(frozen=True, slots=True)
class _Gathered:
    sources: dict[str, Path]
    difference: Difference
    articles: int
    copies: int
    formats: dict[str, int]
    skipped: tuple[Skipped, ...]
    carried: bool
    same: bool


class Run:
    """One run of the indexer."""

    def __init__(
        self,
        data: Path,
        encoder: Encoder,
        options: Options,
        previous: LocalIndex | None,
        full: bool,
        progress: Progress,
        stand_in: Path | None = None,
        crew: Crew | None = None,
    ) -> None:
        self._data = data
        self._stand_in = stand_in
        self._encoder = encoder
        self._options = options
        self._previous = previous
        self._full = full
        self._progress = progress
        self._withdrawn = withdrawals.load(withdrawals.path_in(data)).names
        self._cut = {"words": options.words, "splitting": SPLITTING}
        self._sketched = {"terms": TERMS, "copies": COPIES}
        self._settings = self._cut | self._sketched | {"reading": READING, "limits": asdict(options.limits)}
        self._gatherer = Gatherer(
            data, options.limits, previous, full, self._withdrawn, progress, options.processes, crew
        )

    def rehearse(self, paths: Sequence[Path], allow_removals: bool) -> Report:
        """Read, compare and count, in a temporary folder; the generation named is the one that there is."""
        now = self._previous.manifest if self._previous else None
        with TemporaryDirectory(prefix="archivist-") as folder:
            staged = Path(folder) / "staging.sqlite"
            gathered = self._gather(staged, *self._sources(paths), allow_removals)
            passages = now.passages if now and gathered.same else self._writer(Path(folder), staged).count()
        return self._report(gathered, now.generation if now else None, passages, 0)

    def update(self, paths: Sequence[Path], allow_removals: bool) -> Report:
        """Build and publish a new generation, if anything differs from the last."""
        return self._build(*self._sources(paths), allow_removals)

    def remove(self, path: Path) -> Report:
        """Build and publish a generation without the source at `path`."""
        sources = self._previous.catalogue.sources if self._previous else {}
        left = {label: source for label, source in sources.items() if source != path.expanduser().resolve()}
        if len(left) == len(sources):
            raise SourceError(f"{path} is no source of the archive", "`archivist sources` lists those there are")
        return self._build(left, set(), True)

    def _build(self, sources: dict[str, Path], wanted: set[str], allow_removals: bool) -> Report:
        building = generations.new_folder(self._data)
        staged = building / "staging.sqlite"
        try:
            gathered = self._gather(staged, sources, wanted, allow_removals)
            if gathered.same and self._previous:
                forget(self._data / "spool")
                now = self._previous.manifest
                return self._report(gathered, now.generation, now.passages, 0)
            if gathered.carried:
                self._check_previous()
            return self._write(building, staged, gathered)
        finally:
            generations.clear(building)  # nothing is there any more once it is published

    def _check_previous(self) -> None:
        """Refuse to carry damage over into a new generation, where every checksum would vouch for it."""
        if self._previous and (broken := generations.damage(self._folder(), self._previous.manifest)):
            raise DamagedError(
                f"generation {self._previous.manifest.generation} in {self._data} is not what was published: "
                f"{', '.join(broken)}",
                generations.remedy(self._data),
            )

    def _gather(self, staged: Path, sources: dict[str, Path], wanted: set[str], allow_removals: bool) -> _Gathered:
        """Put all articles of the next generation into the file `staged`: those of sources `wanted` are read."""
        catalogue = self._folder() / "catalogue.sqlite" if self._previous else None
        staging = Staging(staged, catalogue, self._made_with(self._sketched))
        try:
            for label, path in sources.items():
                if label in wanted:
                    self._gatherer.read(staging, label, path, allow_removals)
                else:
                    staging.carry_source(label)
            self._gatherer.close()
            staging.assign_ids(self._withdrawn)
            before = self._previous.catalogue if self._previous else None
            difference, removals = compare(before, staging, self._withdrawn)
            if not allow_removals:
                guard(removals, sources, self._options.max_removed, self._options.max_removed_share)
            withheld = [Skipped(article_id, "withdrawn") for *_, article_id in staging.withheld()]
            return _Gathered(
                sources,
                difference,
                *staging.counts(),
                staging.formats(),
                skipped=(*staging.skipped(), *withheld),
                carried=before is not None and (not self._full or wanted != set(sources)),
                same=self._same(staging, sources),
            )
        finally:
            self._gatherer.close()
            staging.close()

    def _report(self, gathered: _Gathered, generation: str | None, passages: int, encoded: int) -> Report:
        return Report(
            generation, gathered.articles, passages, gathered.copies, **asdict(gathered.difference),
            skipped=gathered.skipped, encoded=encoded, took_ms=0, formats=gathered.formats,
        )  # fmt: skip

    def _write(self, building: Path, staged: Path, gathered: _Gathered) -> Report:
        encoder = self._encoder
        with Spool(self._data / "spool", encoder.fingerprint, encoder.dimension) as spool:
            written = self._writer(building, staged).write(gathered.sources, spool)
            staged.unlink()
            manifest = Manifest(
                generation=generations.next_name(self._data, away.names() if (away := self._options.away) else ()),
                built=datetime.now(UTC).isoformat(timespec="seconds"),
                encoder={
                    "name": encoder.name,
                    "fingerprint": encoder.fingerprint,
                    "query_prompt": encoder.prompts[0],
                    "passage_prompt": encoder.prompts[1],
                    "dimension": encoder.dimension,
                    "languages": list(encoder.languages),
                    **encoder.method,
                },
                settings=self._settings,
                articles=written.articles,
                passages=written.passages,
                languages=written.languages,
                dense=asdict(written.lists) if written.lists else {},
            )
            self._progress("check", 0, 0)
            finished = LocalIndex(building, manifest)
            try:
                check_rows(finished)
            finally:
                finished.close()
            self._progress("check", 1, 1)
            generations.publish(self._data, building, manifest)
            spool.clear()
        return self._report(gathered, manifest.generation, written.passages, written.encoded)

    def _writer(self, folder: Path, staged: Path) -> Writer:
        previous, same_cut = None if self._full else self._previous, self._made_with(self._cut)
        words, below = self._options.words, self._options.exact_below
        return Writer(folder, staged, self._encoder, words, previous, same_cut, self._progress, below)

    def _folder(self) -> Path:
        return generations.folder_of(self._data, generations.require_current(self._data))

    def _made_with(self, settings: Mapping[str, object]) -> bool:
        """Whether the previous generation was made with these settings, and by this encoder."""
        if self._previous is None:
            return False
        made = self._previous.manifest
        same = all(made.settings.get(key) == value for key, value in settings.items())
        return same and made.encoder["fingerprint"] == self._encoder.fingerprint

    def _same(self, staging: Staging, sources: dict[str, Path]) -> bool:
        if self._previous is None or self._full or not self._made_with(self._settings):
            return False
        made = self._previous.manifest
        if bool(made.dense) != (made.passages >= self._options.exact_below):
            return False
        old = set(self._previous.catalogue.query("SELECT source, name, size, mtime_ns FROM files"))
        known = self._previous.catalogue.sources
        withheld = self._previous.catalogue.query("SELECT source, file, ordinal, id FROM withheld ORDER BY 1, 2, 3")
        return (
            old == staging.files()
            and known == sources
            and staging.skipped() == self._previous.catalogue.skipped()
            and staging.withheld() == withheld
        )

    def _sources(self, paths: Sequence[Path]) -> tuple[dict[str, Path], set[str]]:
        """Return all sources, by label, and the labels of those to bring up to date."""
        known = dict(self._previous.catalogue.sources) if self._previous else remembered(self._data)
        if not paths:
            if not known:
                raise SourceError(
                    "the archive has no sources yet", "Run `archivist index PATH` with your articles' folder"
                )
            return known, set(known)
        if self._stand_in not in [path.expanduser().resolve() for path in paths]:
            known = {label: source for label, source in known.items() if source != self._stand_in}
        sources, wanted = with_new(known, paths, self._data)
        return sources, wanted if self._previous else set(sources)  # or there is nothing to take the others over from
