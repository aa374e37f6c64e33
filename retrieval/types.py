"""The values that pass between the rooms of `retrieval`: frozen, slotted, and importing nothing of ours.

A date known only in part stays as it is known: `published` is `2021`, `2021-09` or `2021-09-07`.
Every offset counts characters (Unicode code points, as Python's `str` does), ends are exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Span = tuple[int, int]
Status = Literal["answered", "unsure", "not_found"]
Order = Literal["latest", "first"]
CatalogueKind = Literal["who_wrote", "when_published", "how_many", "publisher_said", "by_author", "list"]
CatalogueRule = Literal["passage", "article", "all"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Who published what, where and when: all that is needed to cite an article.

    `id` is the article's URL where it has one, else its place in the archive. `published` is ISO 8601 to the
    precision known, or None. `path` is the file that the article was read from, for the archive's owner; `record` is
    the article's own name within that file, if the file holds several. `first_seen` and `last_seen` are the ISO 8601
    days on which a web archive captured it, which say nothing of when it was published.
    """

    id: str
    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    path: str = ""
    record: str = ""
    language: str | None = None
    format: str = ""
    first_seen: str | None = None
    last_seen: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article as a reader understood it: clean text, with what is known about it.

    `text` holds paragraphs divided by blank lines. `headings` and `captions` are spans of `text` that hold a
    section's heading or a photograph's caption. `record` tells the articles of one file apart (a line's `_id` in JSON
    Lines, say); it is empty where a file is one article. `language` is an ISO 639-1 code. `pages` says, in order,
    from which character of `text` on the article stands on the printed page of that name. `first_seen` and `last_seen`
    are the ISO 8601 days of the first and last capture by a web archive. `origins` are (field, where it was found), for
    `archivist inspect`; they are not kept in an index and make no difference between two articles. `links` are what a
    web page says of the pages beside it (`reading.paging`), until its article is whole; they make none either.
    """

    text: str
    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None
    format: str = ""
    record: str = ""
    headings: tuple[Span, ...] = ()
    captions: tuple[Span, ...] = ()
    pages: tuple[tuple[int, str], ...] = ()
    first_seen: str | None = None
    last_seen: str | None = None
    origins: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    links: tuple[tuple[str, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in the archive that could not be used, with the reason, as it is told to the archive's owner."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: `text == article.text[start:end]`, always.

    `id` is `<article id>#<start>`; `heading` is the section heading that it stands under, if any; `page` is the name of
    the printed page that it begins on, where the article tells its pages.
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str
    heading: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What an asker allows: publication from `after` (inclusive) to `before` (exclusive), by publishers, by authors.

    Within a field any value may match, all fields must; an empty field allows everything. An article dated in part
    passes where the time it may have been published in overlaps the range. `undated` lets articles without a date
    pass a date range. `articles` holds article ids. Names are compared without case.
    """

    after: date | None = None
    before: date | None = None
    publishers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    undated: bool = False

    def __bool__(self) -> bool:
        return bool(self.after or self.before or self.publishers or self.authors or self.articles)


@dataclass(frozen=True, slots=True)
class Understood:
    """Words of a question that set its time: `text == question[start:end]`.

    They ask for what was published from `after` (inclusive) to `before` (exclusive), or, with an `order`, for the
    latest or the first. `written` is whether the range is said of writing itself ("articles from 2010"); else it is
    said of what happened, which an article from elsewhen may tell that names the time.
    """

    text: str
    start: int
    end: int
    after: date | None = None
    before: date | None = None
    order: Order | None = None
    written: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; a higher `score` is better, `rank` counts from 1.

    `highlights` (the sentences that answer) and `matches` (the question's words) are spans of `passage.text`.
    `also_in` cites the other articles that carry the same passage.
    """

    rank: int
    score: float
    passage: Passage
    article: Citation
    highlights: tuple[Span, ...] = ()
    matches: tuple[Span, ...] = ()
    also_in: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueAnswer:
    """What the catalogue says to a question about articles: how many there are, and the first of them, cited.

    `count` counts texts, copies once; `with_copies` counts each copy, too. `rule` tells which are counted: those with a
    passage that holds, with the title, every word of the `topic` ("passage"); where no passage does, those whose whole
    text does ("article"); all that the bounds leave where no topic is given ("all"). The bounds are `publisher`,
    `author`, `after` (inclusive) and `before` (exclusive). `first` and `last` bound the publication of those that have
    a date; `authors` are their authors with how many each wrote, most first, `unsigned` how many have none.
    """

    kind: CatalogueKind
    topic: str
    rule: CatalogueRule
    count: int
    articles: tuple[Citation, ...]
    publisher: str | None = None
    author: str | None = None
    after: date | None = None
    before: date | None = None
    first: str | None = None
    last: str | None = None
    authors: tuple[tuple[str, int], ...] = ()
    unsigned: int = 0
    with_copies: int = 0


@dataclass(frozen=True, slots=True)
class NameScope:
    """A publisher or an author whom a question names, and whose articles are searched therefore.

    `text` is what the question says, at `start` to `end`. `kept` is False where nothing of theirs answers: the passages
    are then those of everybody.
    """

    text: str
    start: int
    end: int
    publisher: str | None = None
    author: str | None = None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the archive says to a question: its own passages, best first, and how far they can be trusted.

    `confidence` is between 0 and 1. `undated` is how many undated articles a date range left out. `phrases_missing`
    are the question's quoted phrases where no allowed passage holds them all: the passages are then the nearest
    without them, and the status is `not_found`. `understood` are the words of the question that set its time, as far as
    they were followed: `filters` does not hold them. Where nothing from then answers, the passages are the nearest from
    other times, `outside` is true, and the status is never `answered`. `earlier` are the questions asked before it,
    oldest first; `follows` is the one before it where it takes its subject from there, empty where it stands by itself.
    `about` is what the catalogue says where the question is about articles, `scope` whose articles it asks for.
    `also_searched` pairs words that the archive does not know with those that were searched beside them. `elsewhere`
    holds the archive's languages, commonest first, where the question seems to be in another and was not answered.
    """

    question: str
    status: Status
    confidence: float
    hits: tuple[Hit, ...]
    filters: Filters
    generation: str
    took_ms: float
    undated: int = 0
    phrases_missing: tuple[str, ...] = ()
    understood: tuple[Understood, ...] = ()
    outside: bool = False
    earlier: tuple[str, ...] = ()
    follows: str = ""
    about: CatalogueAnswer | None = None
    scope: NameScope | None = None
    also_searched: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[str, ...] = ()
