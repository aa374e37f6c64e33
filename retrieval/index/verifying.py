"""Is a generation what was published, to the last bit, and do its parts speak of the same passages?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import ArchivistError, DamagedError
from retrieval.index.catalogue import ARTICLE, article_from_row, article_hash, text_hash
from retrieval.index.columns import days, name_key
from retrieval.index.durable import sha256_of
from retrieval.index.generation import Manifest, load_manifest
from retrieval.index.local import LocalIndex, check_agreement
from retrieval.index.lock import ReaderLock

_BATCH = 4_096  # vectors held in memory at a time


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and with which file of the generation (a path relative to its folder)."""

    file: str
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a full check of a generation found; it is `ok` where there is no problem. `files` counts those checked."""

    generation: str
    files: int
    articles: int
    passages: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the generation is whole."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return it as `archivist verify --json` prints it."""
        return asdict(self) | {"ok": self.ok, "problems": [asdict(problem) for problem in self.problems]}


def verify_folder(folder: Path) -> Verification:
    """Check every file of the generation in `folder` and that its parts agree; name all that is damaged.

    What a file says is only looked into where all are to the bit what was published: a broken file can bring down the
    library that reads it. Raises Retired where the generation is removed meanwhile, GenerationError where it is of
    another format.
    """
    try:
        manifest = load_manifest(folder)
    except DamagedError as error:
        return Verification(folder.name, 0, 0, 0, (Problem("manifest.json", error.message),))
    with closing(ReaderLock(folder / "manifest.json")):
        problems = list(_files(folder, manifest))
        if not problems:
            problems = list(_contents(folder))
    return Verification(folder.name, len(manifest.files), manifest.articles, manifest.passages, tuple(problems))


def check_rows(index: LocalIndex) -> None:
    """Raise DamagedError unless the parts of a new index agree, row by row, and `check_agreement` is content.

    That takes milliseconds for a thousand articles. Their hashes, which were only just taken, are left out.
    """
    for problem in (*_columns(index), *_dense(index), *_lists(index), *_lexical(index)):
        raise DamagedError(f"{problem.file}: {problem.problem}", "Run `archivist index --full`")
    check_agreement(index)


def _files(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    if manifest.generation != folder.name:
        yield Problem("manifest.json", f"it belongs to generation {manifest.generation}")
    for name, published in manifest.files.items():
        path = folder / name
        try:
            size, digest = path.stat().st_size, sha256_of(path)
        except OSError as error:
            yield Problem(name, f"it is missing or cannot be read: {error.strerror}")
            continue
        if size != published["size"]:
            yield Problem(name, f"it has {size} bytes, not {published['size']}")
        elif digest != published["sha256"]:
            yield Problem(name, "it is not what was published: its sha256 differs")
    known = {"manifest.json", *manifest.files}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in known and not path.is_dir():
            yield Problem(name, "it does not belong to the generation")


def _contents(folder: Path) -> Iterator[Problem]:
    try:
        with closing(LocalIndex(folder)) as index:
            yield from _catalogue(index)
            yield from _columns(index)
            yield from _dense(index)
            yield from _lists(index)
            yield from _lexical(index)
            check_agreement(index)
    except ArchivistError as error:
        yield Problem("manifest.json", error.message)


def _catalogue(index: LocalIndex) -> Iterator[Problem]:
    """Every article and passage against its hash, and the rows' order."""
    file, catalogue = "catalogue.sqlite", index.catalogue
    ids = [article_id for (article_id,) in catalogue.query("SELECT id FROM articles ORDER BY row")]
    if len(ids) != index.manifest.articles or ids != sorted(ids, key=lambda name: name.encode("utf-8")):
        yield Problem(file, f"it holds {len(ids)} articles, not {index.manifest.articles} in the order of their ids")
    at = 0
    for row in range(len(ids)):
        found = catalogue.query(f"SELECT hash, passages, {ARTICLE} FROM articles WHERE row = ?", (row,))  # noqa: S608
        if not found:
            yield Problem(file, f"it has no article {row}")
            continue
        article = article_from_row(found[0][2:])
        if article_hash(article) != found[0][0]:
            yield Problem(file, f"the article {ids[row]} is not what was read")
        passages = catalogue.query("SELECT row, start, end, hash FROM passages WHERE article = ? ORDER BY row", (row,))
        starts = [start for _, start, _, _ in passages]
        if [number for number, *_ in passages] != list(range(at, at + found[0][1])) or starts != sorted(set(starts)):
            yield Problem(file, f"the passages of {ids[row]} are not in order")
        at += len(passages)
        for _, start, end, digest in passages:
            if text_hash(article.text[start:end]) != digest:
                yield Problem(file, f"the passage {ids[row]}#{start} is not what was indexed")
    if at != index.manifest.passages:
        yield Problem(file, f"it holds {at} passages, not {index.manifest.passages}")


def _columns(index: LocalIndex) -> Iterator[Problem]:
    """The columns that filters are decided by, against the catalogue."""
    rows = index.catalogue.query("SELECT published, publisher, story FROM articles ORDER BY row")
    numbers = dict(index.catalogue.query("SELECT key, number FROM publishers"))
    expected = [
        (*days(published), numbers.get(name_key(publisher)) if publisher else -1, story)
        for published, publisher, story in rows
    ]
    if index.columns.articles.tolist() != expected:
        yield Problem("columns/articles.npy", "it does not agree with the catalogue's articles")
    of = [article for (article,) in index.catalogue.query("SELECT article FROM passages ORDER BY row")]
    if index.columns.article_of.tolist() != of:
        yield Problem("columns/passages.npy", "it does not agree with the catalogue's passages")


def _dense(index: LocalIndex) -> Iterator[Problem]:
    """One finite vector of length 1 for each passage; how many and how long was seen when it was opened."""
    for start in range(0, index.manifest.passages, _BATCH):
        rows = np.arange(start, min(start + _BATCH, index.manifest.passages))
        lengths = np.linalg.norm(index.dense.vectors(rows), axis=1)
        wrong = rows[~(np.abs(lengths - 1) < 1e-3)]  # so that NaN is wrong too
        if len(wrong):
            yield Problem("dense.faiss", f"the vector of passage {wrong[0]} does not have length 1")
            return


def _lists(index: LocalIndex) -> Iterator[Problem]:
    """Each row in one list, and of a sample each in the list nearest to it, with the codes of its vector."""
    if problem := index.dense.problem():
        yield Problem("lists.faiss", problem)
    if problem := index.dense.codes_problem():
        yield Problem("codes.bin", problem)
    if problem := index.dense.halves_problem():
        yield Problem("halves.faiss", problem)


def _lexical(index: LocalIndex) -> Iterator[Problem]:
    """Each row once in the full text, with its article and that article's dates."""
    table = index.columns.articles
    of = np.asarray(index.columns.article_of, np.int64)
    for name, lexical, articles in (
        ("lexical/passages", index.passage_texts, of),
        ("lexical/articles", index.article_texts, np.arange(len(table))),
    ):
        dates = table["first"][articles], table["last"][articles]
        if not np.array_equal(lexical.entries(), np.column_stack((np.arange(len(articles)), articles, *dates))):
            yield Problem(name, "its rows, articles or dates do not agree with the catalogue")
