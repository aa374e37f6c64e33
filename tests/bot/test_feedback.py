from __future__ import annotations

import json

from bot.feedback import queries_and_qrels
from bot.records import Judgement


def test_spellings_are_one_query_and_votes_are_weighed() -> None:
    queries, qrels = queries_and_qrels(
        [
            Judgement("When did the mill close?", "a", 1),
            Judgement("when did the mill close", "a", 1),
            Judgement("When did the mill close?", "a", -1),
            Judgement("When did the mill close?", "b", -1),
            Judgement("Who built it?", "a", 1),
            Judgement("Who built it?", "a", -1),
        ]
    )
    assert [json.loads(line) for line in queries.splitlines()] == [
        {"_id": "q1", "text": "When did the mill close?"},
        {"_id": "q2", "text": "Who built it?"},
    ]
    assert qrels == "query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tb\t0\nq2\ta\t0\n"


def test_what_would_break_the_table_is_spaced() -> None:
    queries, qrels = queries_and_qrels([Judgement("A\nquestion\u2028?", "a\tb\nc", 1)])
    assert len(queries.split("\n")) == 2
    assert json.loads(queries)["text"] == "A\nquestion\u2028?"
    assert qrels.split("\n")[1:] == ["q1\ta b c\t1", ""]


def test_no_votes_are_no_queries() -> None:
    assert queries_and_qrels([]) == ("", "query-id\tcorpus-id\tscore\n")
