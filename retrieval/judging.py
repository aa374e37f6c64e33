"""What is known of one answer, and which judgements count: the ties between a dataset and what an archive answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from retrieval.dataset import QRELS, Dataset, Query
from retrieval.measures import Outcome, judge_quote
from retrieval.types import Answer, Skipped


def judged_here(dataset: Dataset, known: frozenset[str]) -> tuple[Dataset, tuple[Skipped, ...]]:
    """Return `dataset` as far as an archive that holds the articles `known` can be judged by it, and what was left out.

    Left out are judgements of articles that the archive does not hold (any more), and queries without a relevant
    article among those it holds: nothing that is found could be right. Those are asked, and not judged.
    """
    skipped: list[Skipped] = []
    qrels: dict[str, dict[str, int]] = {}
    for query_id, judged in dataset.qrels.items():
        absent = [corpus_id for corpus_id in judged if corpus_id not in known]
        skipped += [
            Skipped(f"{QRELS}: {query_id}, {corpus_id}", "the archive has no such article") for corpus_id in absent
        ]
        here = {corpus_id: relevance for corpus_id, relevance in judged.items() if corpus_id in known}
        if any(relevance > 0 for relevance in here.values()):
            qrels[query_id] = here
        else:
            skipped.append(Skipped(f"{QRELS}: {query_id}", "no article of the archive is judged relevant"))
    queries = tuple(
        replace(query, answerable=None) if query.implied and query.id not in qrels else query
        for query in dataset.queries
    )
    return replace(dataset, queries=queries, qrels=qrels), tuple(skipped)


def outcome_of(query: Query, answer: Answer | None, dataset: Dataset, corpus_of: Callable[[str], str]) -> Outcome:
    """Return what is measured of an answer; None for a question that could not be asked, which counts as refused."""
    judged = dataset.qrels.get(query.id)
    right: bool | None = False if query.answerable is False else None
    if answer is None:
        if query.answerable and judged:
            right = False
        return Outcome(query.answerable, "not_found", 0.0, None, right=right)
    if query.answerable and judged:
        first = [a for hit in answer.hits[:1] for a in (hit.article, *hit.also_in)]
        right = any(judged.get(corpus_of(article.id), 0) > 0 for article in first)
    found, marked = judge_quote(answer.hits, query.answers)
    return Outcome(query.answerable, answer.status, answer.confidence, answer.took_ms, found, marked, right)
