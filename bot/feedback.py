"""A server's votes as a dataset: queries and qrels in BEIR's layout, which `archivist evaluate` reads; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.records import Judgement, question_key


def queries_and_qrels(judgements: Sequence[Judgement]) -> tuple[str, str]:
    """Return `queries.jsonl` and `qrels.tsv`; an article is relevant (1) where more were for it than against it.

    Spellings of a question are one query, under the first of them. Questions and articles come in their first order.
    """
    questions: dict[str, str] = {}
    sums: dict[tuple[str, str], int] = {}
    for each in judgements:
        key = question_key(each.question)
        questions.setdefault(key, each.question)
        sums[key, each.article_id] = sums.get((key, each.article_id), 0) + each.vote
    names = {key: f"q{number}" for number, key in enumerate(questions, 1)}
    queries = "".join(
        json.dumps({"_id": names[key], "text": question}, ensure_ascii=False) + "\n"
        for key, question in questions.items()
    )
    rows = [f"{names[key]}\t{_cell(article)}\t{int(votes > 0)}\n" for (key, article), votes in sums.items()]
    return queries, "query-id\tcorpus-id\tscore\n" + "".join(rows)


def _cell(text: str) -> str:
    return " ".join(text.split())
