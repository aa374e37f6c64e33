"""What lies in a generation's collections, as values: manifest, passages, citations, whole articles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.errors import DamagedError
from retrieval.index import Source, Stored, Summary
from retrieval.index.catalogue import ARTICLE, article_from_row, text_hash
from retrieval.index.generation import Manifest, OldFormat, check_format
from retrieval.index.milvus import layout
from retrieval.index.milvus.filters import among, both
from retrieval.index.milvus.layout import Stem, quoted
from retrieval.index.milvus.ledger import LEDGER
from retrieval.index.milvus.records import Records
from retrieval.index.milvus.server import MOST, Server
from retrieval.types import Article, Citation, Passage

COLUMNS = (
    "row", "id", "source", "file", "ordinal", "record", "title", "authors", "publisher", "published", "url", "language",
    "format", "first_seen", "last_seen", "hash", "story", "passages", "boilerplate", "lines", "sketch", "headings",
    "captions", "pages", "text",
)  # fmt: skip
"""The catalogue's columns of an article, in its order."""
_HINT = "Run `archivist index --full`, which loads it anew"
_FEW = 1_000  # rows with long texts that are asked for at once


def sealed(server: Server, stem: Stem) -> dict[str, Any]:
    """Return what was written down of a generation last, whichever version of the program wrote it.

    Raises DamagedError where it was never finished.
    """
    value = Records(server, stem.records).one("manifest", layout.MANIFEST, strong=True)
    if value is None:
        raise DamagedError(f"generation {stem.generation} on {server.uri} was never finished", _HINT)
    found: dict[str, Any] = json.loads(value)
    return found


class Contents:
    """Reads the generation `stem`; raises DamagedError where what has to be there is not, and OldFormat for a
    generation that an earlier version of the program loaded."""

    def __init__(self, server: Server, stem: Stem) -> None:
        self._server = server
        self.stem = stem
        self.records = Records(server, stem.records)
        self._known = sealed(server, stem)
        check_format(self._known["manifest"]["format"], str(stem))
        if self._known.get("layout", 1) < layout.VERSION:
            raise OldFormat(f"{stem} was loaded by an earlier version", "Run `archivist index`, which loads it anew")
        self.manifest = Manifest(**self._known["manifest"])
        stored = self._known["summary"]
        self.summary = Summary(
            **stored | {"languages": tuple(stored["languages"]), "withdrawn": frozenset(stored["withdrawn"])}
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows were loaded into each collection, before the manifest."""
        return dict(self._known["counts"])

    @property
    def vocabulary(self) -> list[str]:
        """The names of the vocabulary's files."""
        return list(self._known["vocabulary"])

    def ledger(self) -> Iterator[str]:
        """Yield the rows of the catalogue's small tables, some at a time, as they were packed."""
        for number in range(self._known["ledger"]):
            yield self.records.need("ledger", number)

    def holdings(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path."""
        return [Source(**each) for each in self._known["holdings"]]

    def passages(self, rows: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the `fields` of the passages at `rows`, in that order."""
        return self._at(self.stem.passages, rows, fields)

    def articles(self, rows: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the `fields` of the articles at `rows`, in that order."""
        return self._at(self.stem.articles, rows, fields)

    def select(self, collection: str, condition: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Return the `fields` of at most `MOST` rows that satisfy a condition."""
        return self._server.query(collection, condition, fields)

    def scan(
        self, collection: str, count: int, fields: Sequence[str], condition: str = "", step: int = MOST
    ) -> Iterator[dict[str, Any]]:
        """Yield the `fields` of all rows that satisfy a condition, by row, of a collection that counts `count`."""
        for start in range(0, count, step):
            between = f"row >= {start} and row < {start + step}"
            found = self._server.query(collection, both(between, condition), ("row", *fields))
            yield from sorted(found, key=lambda each: int(each["row"]))

    def rows_of(self, article_ids: Sequence[str]) -> list[int]:
        """Return the rows of those articles that there are, ascending."""
        return sorted(self.ids(article_ids).values())

    def ids(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return the rows, by id, of those articles that there are."""
        wanted = set(article_ids)
        found: dict[str, int] = {}
        listed = sorted({layout.encodable(name[: layout.ID]) for name in wanted})
        for at in range(0, len(listed), _FEW):
            named = ", ".join(map(quoted, listed[at : at + _FEW]))
            rows = self._server.query(self.stem.articles, f"id in [{named}]", ("row",))
            for row, citation in self.citations([int(each["row"]) for each in rows]).items():
                if citation.id in wanted:
                    found[citation.id] = row
        return found

    def citations(self, rows: Sequence[int]) -> dict[int, Citation]:
        """Return the citations of the articles at `rows`, each checked against its hash."""
        found: dict[int, Citation] = {}
        wanted = sorted({int(row) for row in rows})
        for each in self._at(self.stem.articles, wanted, ("about", "seal")):
            found[int(each["row"])] = self._citation(each)
        return found

    def all_citations(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by row."""
        fields = ("about", "seal", "passages")
        for each in self.scan(self.stem.articles, self.manifest.articles, fields, step=_FEW):
            yield self._citation(each), int(each["passages"])

    def stored(self, row: Mapping[str, Any], citation: Citation) -> Stored:
        """Return a passage as the index holds it; raises DamagedError where it is not what was indexed."""
        start, end, text, place = int(row["start"]), int(row["end"]), str(row["text"]), str(row["place"])
        if not place:
            text, place = self._long(int(row["article"]), start, end)
        if text_hash(text).hex() != row["hash"]:
            where = f"{start}–{end} of {citation.id} on {self._server.uri}"
            raise DamagedError(f"passage {where} is not what was indexed", _HINT)
        heading, page = json.loads(place)
        passage = Passage(f"{citation.id}#{start}", citation.id, start, end, text, heading, page)
        return Stored(int(row["row"]), passage, citation, bytes.fromhex(str(row["hash"])))

    def _long(self, article: int, start: int, end: int) -> tuple[str, str]:
        """Return the text and the place of a passage that did not fit its row."""
        return self.article(article)[0].text[start:end], self.records.need("place", f"{article}#{start}")

    def whole(self, rows: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return all that the catalogue knew of the articles at `rows`, by its columns' names."""
        found = {int(row): dict(zip(COLUMNS, LEDGER.loads(value), strict=True))
                 for row, value in self.records.get("article", rows).items()}  # fmt: skip
        if missing := [row for row in rows if row not in found]:
            raise DamagedError(f"{self.stem.records} has no article {missing[0]}", _HINT)
        return found

    def article(self, row: int) -> tuple[Article, bytes]:
        """Return the article at a row and the hash that it had."""
        whole = self.whole([row])[row]
        return article_from_row([whole[name] for name in ARTICLE.split(", ")]), whole["hash"]

    def vocabulary_file(self, name: str) -> str:
        """Return a file of the vocabulary, as base64."""
        return self.records.need("words", name)

    def _citation(self, row: Mapping[str, Any]) -> Citation:
        about = str(row["about"]) or self.records.need("about", int(row["row"]))
        if text_hash(about).hex() != row["seal"]:
            raise DamagedError(f"what is cited of article {row['row']} of {self.stem} is not what was indexed", _HINT)
        said = json.loads(about)
        return Citation(**said | {"authors": tuple(said["authors"])})

    def _at(self, collection: str, rows: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        wanted = sorted({int(row) for row in rows})
        for at in range(0, len(wanted), _FEW):
            condition = among("row", wanted[at : at + _FEW])
            found |= {int(each["row"]): each for each in self._server.query(collection, condition, ("row", *fields))}
        if len(found) != len(wanted):
            missing = next(row for row in wanted if row not in found)
            raise DamagedError(f"{collection} has no row {missing}", _HINT)
        return [found[int(row)] for row in rows]
