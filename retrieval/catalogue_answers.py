"""What the catalogue says to a question about articles. The rule by which articles are counted is `CatalogueAnswer`'s.

It names and counts what is there; what the articles say, their passages say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from retrieval.catalogue_questions import CatalogueQuestion
from retrieval.index import Index, Rows
from retrieval.types import CatalogueAnswer, CatalogueRule, Filters, Order

_CITED = 5  # articles, at least: that many fit on a screen
_AUTHORS = 10


def catalogue_answer(
    index: Index,
    asked: CatalogueQuestion,
    terms: Sequence[Sequence[str]],
    filters: Filters,
    k: int,
    order: Order | None = None,
) -> CatalogueAnswer:
    """Return what the catalogue says, with at most max(k, 5) articles cited; `terms` are the topic's analysed words.

    What the asker's `filters` bound, they bound; the question's own words bound the rest. Articles come in the `order`
    that is asked for; else by how well they suit the topic, the oldest first for "when", the newest first where no
    topic is given. Undated ones come last where dates order.
    """
    bounded = bounds(asked, filters)
    rows, rule = matching(index, asked.topic, terms, bounded)
    tally = index.tally(rows)
    places = list(range(len(rows)))
    if order or asked.kind == "when_published" or rule == "all":
        newest_first = order == "latest" or (order is None and asked.kind != "when_published")
        dated = [i for i in places if tally.dates[i]]
        dated.sort(key=lambda i: tally.dates[i] or "", reverse=newest_first)
        places = [*dated, *(i for i in places if not tally.dates[i])]
    return CatalogueAnswer(
        kind=asked.kind,
        topic=asked.topic,
        rule=rule,
        count=len(rows),
        articles=tuple(index.cited([int(rows[i]) for i in places[: max(k, _CITED)]])),
        publisher=None if filters.publishers else asked.publisher,
        author=None if filters.authors else asked.author,
        after=bounded.after,
        before=bounded.before,
        first=tally.first,
        last=tally.last,
        authors=tally.authors[:_AUTHORS],
        unsigned=tally.unsigned,
        with_copies=len(index.holding(terms, bounded, whole=rule == "article", copies=True)) if len(rows) else 0,
    )


def bounds(asked: CatalogueQuestion, filters: Filters) -> Filters:
    """Return `filters` with what the question's own words bound, where the asker left it open."""
    if asked.publisher and not filters.publishers:
        filters = replace(filters, publishers=(asked.publisher,))
    if asked.author and not filters.authors:
        filters = replace(filters, authors=(asked.author,))
    if (asked.after or asked.before) and not (filters.after or filters.before):
        filters = replace(filters, after=asked.after, before=asked.before)
    return filters


def matching(index: Index, topic: str, terms: Sequence[Sequence[str]], filters: Filters) -> tuple[Rows, CatalogueRule]:
    """Return the rows of the articles to count, best first, and the rule by which they were found.

    `terms` are the analysed words of the `topic`; without a topic, all that `filters` allow are counted.
    """
    if not topic:
        return index.holding((), filters), "all"
    if not terms:  # a topic without a word that could be looked for
        return np.empty(0, np.int64), "passage"
    rows = index.holding(terms, filters)
    if len(rows) or len(terms) < 2:
        return rows, "passage"
    rows = index.holding(terms, filters, whole=True)
    return rows, "article" if len(rows) else "passage"
