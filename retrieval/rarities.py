"""Exact names are not buried: a word that one article alone has brings that article, whatever else is near in meaning.

An encoder that has never seen a name places it by its syllables, and a long question's common words outweigh one rare
one. So the passages with such a word are always among the candidates, and the best of them is among the first `PLACE`
of the ranking. A word that the encoder knows ("lighthouse") is left to the ranking, unless it is written as a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders import Encoder, KnowsWords
from retrieval.index import Candidates, Index, Rows
from retrieval.terms import stems, words
from retrieval.types import Filters

if TYPE_CHECKING:
    from retrieval.search import Question

PLACE = 3  # the best passage with a rare name comes third at worst
_PASSAGES = 8  # of an article with the word: where there are more, the ranking finds it by itself
_NAMES = 2  # such words of one question


def rare_names(index: Index, encoder: Encoder, question: Question) -> tuple[tuple[str, ...], ...]:
    """Return those of the question's own words, at most two, that few passages have and that are names."""
    groups = [g for i, g in enumerate(question.terms) if not question.weights or question.weights[i] == 1]
    flat = [form for group in groups for form in group]
    counts = dict(zip(flat, index.document_frequencies(flat), strict=True))
    rare = [group for group in groups if 0 < max(counts[form] for form in group) <= _PASSAGES]
    if not rare:
        return ()
    written = _written_as_names(question, encoder)
    rare = [group for group in rare if not written.isdisjoint(group)]
    return tuple(sorted(rare, key=lambda group: (max(counts[form] for form in group), group))[:_NAMES])


def rows_of(index: Index, names: Sequence[tuple[str, ...]], filters: Filters) -> list[Rows]:
    """Return for each name that one article alone has the rows of its passages with it, those `filters` allow."""
    found = []
    for group in names:
        everywhere = index.holding([group], Filters())
        rows = index.rows_holding([group], filters)
        if len(everywhere) == 1 and len(rows):
            found.append(rows)
    return found


def lifted(
    candidates: Candidates, scores: NDArray[np.float64], order: NDArray[np.int64], names: Sequence[Rows]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return scores and order with the best passage of each name in a place not after `PLACE`.

    One that is moved takes the score of the passage whose place it takes: scores fall from place to place.
    """
    if not names:
        return scores, order
    scores, places = scores.copy(), order.tolist()
    kept: set[int] = set()
    for rows in names:
        best = next(i for i in places if candidates.rows[i] in rows)
        target = max(PLACE - 1 - len(kept), 0)
        at = places.index(best)
        kept.add(best)
        if at > target:
            scores[best] = scores[places[target]]
            places.insert(target, places.pop(at))
    return scores, np.array(places, np.int64)


def _written_as_names(question: Question, encoder: Encoder) -> set[str]:
    """Return the terms of the words that are names: by a capital within the sentence, a digit, or their strangeness."""
    terms: set[str] = set()
    knows = encoder if isinstance(encoder, KnowsWords) else None
    for i, word in enumerate(words(question.text)):
        surface = question.text[word.start : word.end]
        capital = i > 0 and surface[0].isupper() and question.language != "de"
        if capital or knows is None or not knows.is_word(word.form):
            terms.update(stems(surface, question.language))
    return terms
