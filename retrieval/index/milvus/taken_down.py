"""What is withdrawn from an archive on a server: every reader sees it within a second, every generation goes without.

Each withdrawal and each entry of the log is a row of its own, so that two machines can withdraw at once.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from retrieval.index import Summary
from retrieval.index.catalogue import text_hash
from retrieval.index.milvus import layout
from retrieval.index.milvus.contents import Contents
from retrieval.index.milvus.layout import quoted
from retrieval.index.milvus.server import MOST, Server
from retrieval.index.withdrawals import Logged, Withdrawals, Withdrawn

FRESH_S = 1.0  # for so long, what was seen is not looked up again


class TakenDown:
    """The withdrawals of the archive `prefix` on `server`."""

    def __init__(self, server: Server, prefix: str) -> None:
        self._server = server
        self._collection = layout.withdrawn(prefix)

    def prepare(self) -> None:
        """Make the collection, unless it is there; opens it either way."""
        if not self._server.has(self._collection):
            self._server.create(self._collection, layout.RECORDS)
            self._server.finish(self._collection, layout.RECORDS, "FLAT", {})
        self._server.load(self._collection)

    def load(self) -> Withdrawals:
        """Return all that is taken down, and the log."""
        if not self._server.has(self._collection):
            return Withdrawals()
        self._server.load(self._collection)
        found = [(str(row["key"]).partition(":")[0], json.loads(row["value"])) for row in self._rows()]
        articles = sorted((Withdrawn(**said) for kind, said in found if kind == "article"), key=lambda each: each.id)
        log = sorted((said["number"], Logged(**said["entry"])) for kind, said in found if kind == "log")
        return Withdrawals(tuple(articles), tuple(entry for _, entry in log))

    def add(self, article: Withdrawn) -> None:
        """Take an article down, unless it is."""
        self.prepare()
        if any(known.id == article.id for known in self.load().articles):
            return
        self._write(_key("article", article.id), json.dumps(article.to_dict()))
        self._log(Logged("withdraw", article.id, article.at, article.by, article.reason))

    def remove(self, article_id: str, entry: Logged) -> None:
        """Let an article be shown again."""
        self._server.delete(self._collection, f"key == {quoted(_key('article', article_id))}")
        self._log(entry)

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Yield all rows: in slices, by the first letters of their digests, where there are more than can be got."""
        count = self._server.count(self._collection, strong=True)
        slices = [""] if count < MOST // 2 else [f"{number:02x}" for number in range(256)]
        for kind in ("article", "log"):
            for begin in slices:
                condition = f'key like "{kind}:{begin}%"'
                yield from self._server.query(self._collection, condition, ("key", "value"), strong=True)

    def _log(self, entry: Logged) -> None:
        number = [time.time_ns(), secrets.token_hex(4)]
        self._write(_key("log", f"{number[0]}-{number[1]}"), json.dumps({"number": number, "entry": asdict(entry)}))

    def _write(self, name: str, value: str) -> None:
        self._server.upsert(self._collection, [{"key": name, "value": value, "nothing": [1.0, 0.0]}])
        self._server.keep(self._collection)


def _key(kind: str, name: str) -> str:
    return f"{kind}:{text_hash(name).hex()}"


class Followed:
    """Knows which ids are withdrawn, at most a second late; safe between threads."""

    def __init__(self, taken_down: TakenDown) -> None:
        self._taken_down = taken_down
        self._lock = threading.Lock()
        self._seen: frozenset[str] = frozenset()
        self._at = float("-inf")

    def names(self) -> frozenset[str]:
        """Return every id that may not be shown; raises as `Server` does."""
        with self._lock:
            if time.monotonic() - self._at > FRESH_S:
                self._seen = self._taken_down.load().names
                self._at = time.monotonic()
            return self._seen

    def forget(self) -> None:
        """Look it up anew at the next question."""
        with self._lock:
            self._at = float("-inf")


@dataclass(frozen=True, slots=True)
class Gone:
    """What is withdrawn of one generation: by which `names`, ids and rows, in how many passages a term stood there.

    `summary` is the generation's without it.
    """

    names: frozenset[str]
    summary: Summary
    ids: frozenset[str] = frozenset()
    rows: tuple[int, ...] = ()
    frequencies: Mapping[int, int] = field(default_factory=Counter)

    @classmethod
    def of(cls, names: frozenset[str], contents: Contents) -> Gone:
        """Return what `names` take from a generation."""
        found = contents.ids(sorted(names)) if names else {}
        if not found:
            return cls(names, contents.summary)
        rows = tuple(sorted(found.values()))
        frequencies: Counter[int] = Counter()
        for row in rows:
            for passage in contents.select(contents.stem.passages, f"article == {row}", ("words",)):
                frequencies.update(int(number) for number in passage["words"])
        return cls(names, _left(contents, rows, frozenset(found)), frozenset(found), rows, frequencies)


def _left(contents: Contents, rows: tuple[int, ...], ids: frozenset[str]) -> Summary:
    """Return a generation's summary without the articles at `rows`."""
    summary, articles = contents.summary, contents.stem.articles
    gone = contents.articles(rows, ("published", "publisher", "passages"))
    publishers = {int(each["publisher"]) for each in gone if int(each["publisher"]) >= 0}
    without = f"row not in {list(rows)}"
    emptied = sum(
        not contents.select(articles, f"publisher == {number} and {without}", ("row",)) for number in publishers
    )
    first, last = summary.first, summary.last
    if {first, last} & {each["published"] for each in gone}:
        rest = [
            str(each["published"])
            for each in contents.scan(articles, summary.articles, ("published",), without)
            if each["published"]
        ]
        first, last = min(rest, default=None), max(rest, default=None)
    return replace(
        summary,
        articles=summary.articles - len(rows),
        passages=summary.passages - sum(int(each["passages"]) for each in gone),
        publishers=summary.publishers - emptied,
        undated=summary.undated - sum(not each["published"] for each in gone),
        first=first,
        last=last,
        withdrawn=ids,
    )
