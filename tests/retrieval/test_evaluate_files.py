from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import ARTICLES, QUERIES, HashedWords, corpus_lines, read_run, write_dataset

from retrieval.encoders import Vectors
from retrieval.errors import DatasetError
from retrieval.evaluate import evaluate, falling


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "town")


def test_the_run_has_every_query_and_ranks_by_falling_score(dataset: Path, tmp_path: Path) -> None:
    evaluate(dataset, HashedWords(), run=tmp_path / "run.txt")
    run = read_run(tmp_path / "run.txt")
    assert run.keys() == {query["_id"] for query in QUERIES}
    for rows in run.values():
        assert [rank for _, rank, _ in rows] == list(range(1, len(rows) + 1))
        assert all(above[2] > below[2] for above, below in pairwise(rows))
        assert {corpus_id for corpus_id, _, _ in rows} == {i for i, _, _ in ARTICLES}
    assert run["q1"][0][0] == "ferry"
    assert run["q2"][0][0] == "library"


def test_k_counts_articles_of_the_run(dataset: Path, tmp_path: Path) -> None:
    result = evaluate(dataset, HashedWords(), k=2, run=tmp_path / "run.txt")
    assert {len(rows) for rows in read_run(tmp_path / "run.txt").values()} == {2}
    assert (result.ndcg_10, result.recall_100) == (None, None)


def test_the_same_dataset_gives_the_same_files(dataset: Path, tmp_path: Path) -> None:
    for name in "ab":
        evaluate(dataset, HashedWords(), run=tmp_path / f"{name}.run", answers=tmp_path / f"{name}.jsonl")
    assert (tmp_path / "a.run").read_bytes() == (tmp_path / "b.run").read_bytes()
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


@pytest.mark.parametrize("letter", [" ", "\u2003", "\u00a0"])
def test_ids_with_white_space_can_be_measured_but_not_written_as_a_run(tmp_path: Path, letter: str) -> None:
    name = f"the{letter}ferry"
    corpus = corpus_lines([(name, *ARTICLES[0][1:])])
    folder = write_dataset(tmp_path / "spaces", corpus, QUERIES[:1], [("q1", name, 1)])
    with pytest.raises(DatasetError, match="TREC run"):
        evaluate(folder, HashedWords(), run=tmp_path / "run.txt")
    assert evaluate(folder, HashedWords()).rr_10 == 1.0


def test_a_run_that_cannot_be_written_is_refused_before_anything_is_encoded(dataset: Path, tmp_path: Path) -> None:
    encoder = HashedWords()
    with pytest.raises(DatasetError, match="cannot be written"):
        evaluate(dataset, encoder, run=tmp_path / "nowhere" / "run.txt")
    assert not encoder.passages


def test_an_evaluation_that_fails_leaves_the_last_run_as_it_was(dataset: Path, tmp_path: Path) -> None:
    class FailsAtPears(HashedWords):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            if "pears" in texts[0]:
                raise OSError("no pears")
            return super().encode_queries(texts)

    evaluate(dataset, HashedWords(), run=tmp_path / "run.txt")
    before = (tmp_path / "run.txt").read_bytes()
    with pytest.raises(OSError, match="no pears"):
        evaluate(dataset, FailsAtPears(), run=tmp_path / "run.txt")
    assert (tmp_path / "run.txt").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.txt", "town"]


@given(st.lists(st.integers(0, 40), max_size=60))
def test_scores_fall_strictly_and_keep_their_order_and_nearly_their_value(steps: list[int]) -> None:
    ranked = [(row, step / 1_000_000) for row, step in enumerate(sorted(steps, reverse=True))]
    fallen = falling(ranked)
    assert [row for row, _ in fallen] == [row for row, _ in ranked]
    single = [np.float32(score) for _, score in fallen]
    assert all(above > below for above, below in pairwise(single))
    assert all(0 <= own - new <= len(steps) * 1.01e-6 for (_, own), (_, new) in zip(ranked, fallen, strict=True))
