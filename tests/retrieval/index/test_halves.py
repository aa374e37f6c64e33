"""Searching halved vectors finds what searching the vectors finds, and damage to them is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import DamagedError
from retrieval.index.dense import DenseIndex, write_dense
from retrieval.index.halves import APART, write_halves

ROWS, DIMENSION = 3_000, 32


def _vectors(seed: int, apart: float) -> Any:
    """Vectors about one direction: the closer together, the more of them rounding cannot tell apart."""
    draw = np.random.default_rng(seed)
    vectors = np.ones(DIMENSION) / DIMENSION**0.5 + apart * draw.normal(size=(ROWS, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module", params=[1.0, 0.05, 0.0005, 0.0])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, DenseIndex]:
    vectors = _vectors(5, request.param)
    path = tmp_path_factory.mktemp("dense") / "dense.faiss"
    assert write_dense(path, [vectors[:1_000], vectors[1_000:]], DIMENSION, ROWS + 1) is None
    assert path.with_name("halves.faiss").exists()
    return vectors, DenseIndex(path, ROWS, DIMENSION)


@given(
    seed=st.integers(0, 10_000), n=st.sampled_from([1, 7, 100, 2_990, 5_000]), share=st.sampled_from([None, 0.5, 0.002])
)
def test_the_nearest_by_halves_are_the_nearest(
    made: tuple[Any, DenseIndex], seed: int, n: int, share: float | None
) -> None:
    vectors, index = made
    draw = np.random.default_rng(seed)
    query = vectors[draw.integers(ROWS)] + 0.05 * draw.normal(size=DIMENSION).astype(np.float32)
    query /= np.linalg.norm(query)
    allowed = None if share is None else draw.random(ROWS) < share
    rows, scores = index.search(query, n, allowed)
    every = np.arange(ROWS) if allowed is None else np.flatnonzero(allowed)
    cosines = index.scores(query, every)
    order = np.lexsort((every, -cosines))[:n]
    assert scores.tolist() == cosines[order].tolist()
    # Of those that are just as near as the last any may be left out.
    sure = cosines[order] > cosines[order][-1:].min(initial=2)
    assert rows[sure].tolist() == every[order][sure].tolist()


def test_the_file_is_what_faiss_itself_would_write_but_for_the_last_bit_of_a_number(tmp_path: Path) -> None:
    vectors = _vectors(6, 1.0)
    write_halves(tmp_path / "halves.faiss", [vectors], DIMENSION)
    whole: Any = faiss.IndexScalarQuantizer(DIMENSION, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    whole.add(vectors)
    written, expected = (tmp_path / "halves.faiss").read_bytes(), faiss.serialize_index(whole).tobytes()
    head = len(expected) - ROWS * DIMENSION * 2
    assert (len(written), written[:head]) == (len(expected), expected[:head])
    ours, theirs = (np.frombuffer(each[head:], np.float16) for each in (written, expected))
    assert ours.tolist() == vectors.astype(np.float16).ravel().tolist()
    assert np.abs(ours.view(np.int16) - theirs.view(np.int16)).max() <= 1


def test_halving_moves_no_cosine_further_than_is_counted_on(made: tuple[Any, DenseIndex]) -> None:
    vectors, _ = made
    halved = vectors.astype(np.float16).astype(np.float64)
    assert np.abs((halved - vectors.astype(np.float64)) @ vectors[:200].T.astype(np.float64)).max() < APART


def test_a_generation_of_before_there_were_halves_is_searched_by_its_vectors(tmp_path: Path) -> None:
    vectors = _vectors(7, 1.0)
    path = tmp_path / "dense.faiss"
    write_dense(path, [vectors], DIMENSION, ROWS + 1)
    there = DenseIndex(path, ROWS, DIMENSION).search(vectors[3], 20, None)
    path.with_name("halves.faiss").unlink()
    older = DenseIndex(path, ROWS, DIMENSION)
    assert [each.tolist() for each in older.search(vectors[3], 20, None)] == [each.tolist() for each in there]
    assert older.halves_problem() is None


def test_halves_of_other_vectors_or_of_another_length_are_seen(tmp_path: Path) -> None:
    vectors = _vectors(8, 1.0)
    path = tmp_path / "dense.faiss"
    write_dense(path, [vectors], DIMENSION, ROWS + 1)
    assert DenseIndex(path, ROWS, DIMENSION).halves_problem() is None
    write_halves(path.with_name("halves.faiss"), [np.roll(vectors, 1, axis=0)], DIMENSION)
    assert "passage 0 is not its vector, halved" in (DenseIndex(path, ROWS, DIMENSION).halves_problem() or "")
    write_halves(path.with_name("halves.faiss"), [vectors[1:]], DIMENSION)
    with pytest.raises(DamagedError, match=r"halves\.faiss holds 2999 vectors"):
        DenseIndex(path, ROWS, DIMENSION)
    path.with_name("halves.faiss").write_bytes(b"dust")
    with pytest.raises(DamagedError, match=r"halves\.faiss cannot be read"):
        DenseIndex(path, ROWS, DIMENSION)
