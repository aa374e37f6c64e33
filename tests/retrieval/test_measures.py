from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.measures import Evaluation, Outcome, answer_measures, auroc, holds, judge_quote, ranking_measures
from retrieval.types import Citation, Hit, Passage, Skipped, Span


def quoted(text: str, *highlights: Span) -> Hit:
    return Hit(1, 1.0, Passage("a#0", "a", 0, len(text), text), Citation("a"), highlights)


def evaluation(**measures: Any) -> Evaluation:
    rankings = ranking_measures({}, {}, 100)
    counts: dict[str, Any] = {
        "dataset": "town",
        "articles": 1200,
        "passages": 3000,
        "queries": 5,
        "judged": 0,
        "index_s": None,
    }
    fields: dict[str, Any] = counts | rankings | answer_measures([]) | measures
    return Evaluation(**fields)


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 5), max_size=12))
def test_auroc_is_the_share_of_pairs_in_order_with_ties_as_halves(positive: list[int], negative: list[int]) -> None:
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positive for n in negative]
    expected = pytest.approx(sum(pairs) / len(pairs), abs=5.1e-5) if pairs else None
    assert auroc(positive, negative) == expected


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("It opened in the 1920s.", "The 1920s", True),
        ("It opened in the 1920s.", "1920", False),
        ("“No,” she said—twice.", "she said twice", True),
        ("An apple a day", "apple day", True),
        ("Anything goes", "...", False),
        ("El Niño returned", "niño", True),
    ],
)
def test_an_answer_is_held_as_whole_words_in_order(text: str, answer: str, expected: bool) -> None:
    assert holds(text, ["zeppelin", answer]) is expected


def test_a_judged_query_without_results_counts_as_nothing() -> None:
    found = ranking_measures({"a": {"x": 1}, "b": {"y": 1}}, {"a": {"x": 1.0}}, 100)
    assert found == {"ndcg_10": 0.5, "recall_10": 0.5, "recall_100": 0.5, "rr_10": 0.5}


@pytest.mark.parametrize("depth", [5, 10])
def test_what_a_run_is_too_short_for_is_not_measured(depth: int) -> None:
    found = ranking_measures({"a": {"x": 1}}, {"a": {"x": 1.0}}, depth)
    short = 1.0 if depth == 10 else None
    assert found == {"ndcg_10": short, "recall_10": short, "recall_100": None, "rr_10": short}


def test_shares_are_of_those_who_say_whether_they_can_be_answered() -> None:
    outcomes = [
        Outcome(True, "answered", 0.9, 10.0),
        Outcome(True, "unsure", 0.4, 20.0),
        Outcome(True, "not_found", 0.1, 30.0),
        Outcome(True, "answered", 0.8, 40.0),
        Outcome(False, "answered", 0.85, 50.0),
        Outcome(False, "not_found", 0.1, None),
        Outcome(None, "answered", 1.0, 60.0),
    ]
    found = answer_measures(outcomes)
    assert found["answered_of_answerable"] == 0.5
    assert found["not_refused_of_answerable"] == 0.75
    assert found["refused_of_unanswerable"] == 0.5
    assert found["answered_of_unanswerable"] == 0.5
    assert found["auroc"] == 0.5625  # of 8 pairs, 4 are in order and one is tied: the 0.1s
    assert (found["ask_ms_median"], found["ask_ms_p95"]) == (35.0, 57.5)


def test_highlight_accuracy_is_over_first_passages_that_hold_an_answer_to_an_answerable_query() -> None:
    outcomes = [
        Outcome(True, "answered", 0.9, 1.0, found=True, marked=True),
        Outcome(True, "answered", 0.9, 1.0, found=True, marked=False),
        Outcome(True, "answered", 0.9, 1.0, found=True, marked=True),
        Outcome(True, "answered", 0.9, 1.0, found=False, marked=False),
        Outcome(True, "answered", 0.9, 1.0),
        Outcome(False, "answered", 0.9, 1.0, found=True, marked=False),
    ]
    found = answer_measures(outcomes)
    assert (found["highlight_accuracy"], found["first_passage_holds_answer"]) == (0.6667, 3)


def test_a_quote_is_judged_by_its_first_passage_alone() -> None:
    text = "Rain fell. The bridge opened in May."
    second = quoted("It was the mayor.", (0, 17))
    assert judge_quote([quoted(text, (0, 10), (11, 36)), second], ["in May"]) == (True, True)
    assert judge_quote([quoted(text, (0, 10)), second], ["in May"]) == (True, False)
    assert judge_quote([quoted(text), second], ["mayor"]) == (False, False)
    assert judge_quote([], ["mayor"]) == (False, False)
    assert judge_quote([quoted(text)], []) == (None, None)


def test_what_does_not_apply_is_none_and_shown_as_a_dash() -> None:
    bare = evaluation(ndcg_10=0.5, skipped_articles=(Skipped("corpus.jsonl at line 2", "no text"),))
    rows = dict(bare.rows())
    assert (rows["nDCG@10"], rows["R@10"], rows["AUROC"], rows["index s"]) == ("0.5000", "–", "–", "–")
    assert (rows["dataset"], rows["articles"], rows["skipped articles"]) == ("town", "1,200", "1")
    assert bare.to_dict()["R@10"] is None


def test_the_dictionary_is_json_with_the_usual_names_of_measures() -> None:
    full = evaluation(ndcg_10=0.5, recall_10=0.6, recall_100=0.7, rr_10=0.8, auroc=0.9, index_s=1.5)
    loaded = json.loads(json.dumps(full.to_dict()))
    assert [loaded[name] for name in ("nDCG@10", "R@10", "R@100", "RR@10", "AUROC")] == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert (loaded["dataset"], loaded["index_s"], loaded["skipped_queries"]) == ("town", 1.5, [])
    assert [name for name, _ in full.rows()] == [name.replace("_", " ") for name in loaded if name != "intervals"]
