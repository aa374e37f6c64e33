"""What lies on a Milvus server, by name: three collections a generation, one of withdrawals, one alias.

```
<prefix>_0007_1a2b3c4d_passages   row, article, story, span, dates, names, hash, text, exact, vector, words
<prefix>_0007_1a2b3c4d_articles   row, id, about (a citation), dates, names, words
<prefix>_0007_1a2b3c4d_records    key -> value: manifest, whole articles in parts, terms, names, copies, bookkeeping
<prefix>_withdrawn                what is taken down, and the log of it
<prefix>_current                  the alias: the records of the generation that is asked
```
One alias says which generation is current, and whoever asks takes it once: no answer is mixed of two. A generation is
whole when its records hold a manifest, which is written last.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

Kind = Literal["int", "text", "ints", "vector", "sparse"]
VERSION = 2  # of all this; 2 has the passages and articles that are alike among the records
VARCHAR = 65_535  # bytes
PART = 60_000  # bytes of a part of a longer text
MANIFEST = "manifest"
AUTHORS = 1_024  # of an article that a filter may name
ID = 1_000  # letters of an article's id that are compared first


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `size` is the dimension of a vector, the most bytes of a text or the most numbers of `ints`."""

    name: str
    kind: Kind
    size: int = 0
    primary: bool = False
    indexed: bool = False


_DATED = (
    Field("first", "int", indexed=True),
    Field("last", "int", indexed=True),
    Field("publisher", "int", indexed=True),
    Field("authors", "ints", AUTHORS, indexed=True),
)
ARTICLES = (
    Field("row", "int", primary=True),
    Field("id", "text", 4096, indexed=True),
    Field("story", "int", indexed=True),
    *_DATED,
    Field("published", "text", 16),
    Field("about", "text", VARCHAR),
    Field("seal", "text", 32),
    Field("passages", "int"),
    Field("words", "sparse"),
)
RECORDS = (
    Field("key", "text", 256, primary=True),
    Field("value", "text", VARCHAR),
    Field("nothing", "vector", 2),  # a collection without a vector cannot be made
)


def passages(dimension: int) -> tuple[Field, ...]:
    """Return the columns of the passages' collection, for vectors of `dimension` numbers."""
    return (
        Field("row", "int", primary=True),
        Field("article", "int", indexed=True),
        Field("story", "int"),
        Field("start", "int"),
        Field("end", "int"),
        *_DATED,
        Field("hash", "text", 32, indexed=True),
        Field("place", "text", VARCHAR),
        Field("text", "text", VARCHAR),
        Field("exact", "text", VARCHAR),
        Field("vector", "vector", dimension),
        Field("words", "sparse"),
    )


@dataclass(frozen=True, slots=True)
class Stem:
    """What a generation's collections are called: the archive's prefix, the generation, its seal's first letters."""

    prefix: str
    generation: str
    mark: str

    def __str__(self) -> str:
        return f"{self.prefix}_{self.generation}_{self.mark}"

    @property
    def passages(self) -> str:
        """The passages' collection."""
        return f"{self}_passages"

    @property
    def articles(self) -> str:
        """The articles' collection."""
        return f"{self}_articles"

    @property
    def records(self) -> str:
        """The collection of everything else."""
        return f"{self}_records"

    @property
    def collections(self) -> tuple[str, str, str]:
        """All three, in the order in which they are removed: without records nobody takes the rest for whole."""
        return self.records, self.passages, self.articles


def stem_of(prefix: str, collection: str) -> Stem | None:
    """Return whose records a collection holds; None where it is none of the archive's."""
    found = re.fullmatch(rf"{re.escape(prefix)}_(\d{{4,}})_([0-9a-f]{{8}})_(?:records|passages|articles)", collection)
    return Stem(prefix, found[1], found[2]) if found else None


def current(prefix: str) -> str:
    """Return the alias of the generation that is asked."""
    return f"{prefix}_current"


def withdrawn(prefix: str) -> str:
    """Return the collection of what is taken down."""
    return f"{prefix}_withdrawn"


def key(kind: str, name: str | int, part: int = 0) -> str:
    """Return the key of a record; a long name is known by its hash."""
    text = str(name)
    if len(text.encode("utf-8", "surrogatepass")) > 160 or not text.isprintable():
        text = f"={blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"
    return f"{kind}:{text}:{part}"


def parts(text: str) -> list[str]:
    """Return `text` in parts that each fit a VARCHAR; at least one."""
    if len(text) * 4 <= PART:
        return [text]
    found, at = [], 0
    while at < len(text):
        size = PART // 4
        while size < PART and at + size < len(text) and len(text[at : at + size * 2].encode("utf-8")) <= PART:
            size *= 2
        found.append(text[at : at + size])
        at += size
    return found or [""]


def quoted(text: str) -> str:
    """Return a text as a filter names it."""
    return json.dumps(text, ensure_ascii=False)


def encodable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which a broken file may hold and no server takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
