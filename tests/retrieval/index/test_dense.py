from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.index.dense import DenseIndex, write_dense

ROWS, DIMENSION = 300, 16


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    normalised: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return normalised


def drawn() -> NDArray[np.float32]:
    vectors = unit(np.random.default_rng(7).normal(size=(ROWS, DIMENSION)))
    vectors[200:230] = vectors[10:40]  # equal vectors, so that ties must be broken
    return vectors


VECTORS = drawn()


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    path = tmp_path_factory.mktemp("dense") / "dense.faiss"
    write_dense(path, (VECTORS[at : at + 64] for at in range(0, ROWS, 64)), DIMENSION)
    return DenseIndex(path, ROWS, DIMENSION)


def brute_force(vector: NDArray[np.float32], allowed: NDArray[np.bool_] | None) -> list[tuple[float, int]]:
    cosines = np.round(VECTORS.astype(np.float64) @ vector.astype(np.float64), 5)
    rows = range(ROWS) if allowed is None else np.flatnonzero(allowed).tolist()
    return sorted((-float(cosines[row]), row) for row in rows)


def agrees(dense: DenseIndex, vector: NDArray[np.float32], n: int, allowed: NDArray[np.bool_] | None) -> None:
    rows, scores = dense.search(vector, n, allowed)
    expected = brute_force(vector, allowed)
    assert len(rows) == len(scores) == min(n, len(expected))
    assert len(set(rows.tolist())) == len(rows)
    if allowed is not None:
        assert allowed[rows].all()
    # float32 sums may round to the neighbouring 1e-5, so the oracle is met to that.
    assert scores == pytest.approx([-score for score, _ in expected[: len(rows)]], abs=2.1e-5)
    order = list(zip((-scores).tolist(), rows.tolist(), strict=True))
    assert order == sorted(order)


@pytest.mark.parametrize("n", [1, 7, ROWS, 10 * ROWS])
def test_without_a_mask_the_nearest_rows_are_those_of_brute_force(dense: DenseIndex, n: int) -> None:
    for vector in (VECTORS[0], VECTORS[15], unit(np.ones(DIMENSION))):
        agrees(dense, vector, n, None)


@given(st.lists(st.booleans(), min_size=ROWS, max_size=ROWS), st.integers(0, ROWS - 1), st.integers(1, ROWS + 5))
@settings(max_examples=60, deadline=None)
def test_within_any_mask_the_nearest_rows_are_those_of_brute_force(
    dense: DenseIndex, mask: list[bool], query: int, n: int
) -> None:
    agrees(dense, VECTORS[query], n, np.array(mask))


@pytest.mark.parametrize("row", [0, 1, 7, 8, 63, 64, 255, ROWS - 1])
def test_a_mask_of_one_row_gives_that_row(dense: DenseIndex, row: int) -> None:
    mask = np.zeros(ROWS, np.bool_)
    mask[row] = True
    rows, scores = dense.search(VECTORS[3], 10, mask)
    assert rows.tolist() == [row]
    assert scores == pytest.approx([float(VECTORS[3] @ VECTORS[row])], abs=1e-5)


def test_a_mask_that_allows_nothing_finds_nothing(dense: DenseIndex) -> None:
    rows, scores = dense.search(VECTORS[0], 10, np.zeros(ROWS, np.bool_))
    assert (len(rows), len(scores)) == (0, 0)


def test_equal_vectors_come_in_the_order_of_their_rows(dense: DenseIndex) -> None:
    rows, scores = dense.search(VECTORS[15], 2, None)
    assert rows.tolist() == [15, 205]
    assert scores.tolist() == [1.0, 1.0]


@given(st.lists(st.integers(0, ROWS - 1), unique=True, max_size=40).map(sorted), st.integers(0, ROWS - 1))
@settings(max_examples=40, deadline=None)
def test_a_rows_score_does_not_depend_on_the_rows_beside_it(dense: DenseIndex, rows: list[int], query: int) -> None:
    together = dense.scores(VECTORS[query], np.array(rows, np.int64))
    alone = [float(dense.scores(VECTORS[query], np.array([row]))[0]) for row in rows]
    assert together.tolist() == alone
    exact = np.round(VECTORS[rows].astype(np.float64) @ VECTORS[query].astype(np.float64), 5).astype(np.float32)
    assert together.tolist() == exact.tolist()


def test_vectors_come_back_bit_for_bit(dense: DenseIndex) -> None:
    rows = np.array([0, 299, 17, 17])
    assert dense.vectors(rows).tobytes() == VECTORS[rows].tobytes()


def test_no_vectors_are_an_index_that_finds_nothing(tmp_path: Path) -> None:
    write_dense(tmp_path / "dense.faiss", [], DIMENSION)
    empty = DenseIndex(tmp_path / "dense.faiss", 0, DIMENSION)
    assert len(empty.search(VECTORS[0], 5, None)[0]) == 0
    assert len(empty.scores(VECTORS[0], np.empty(0, np.int64))) == 0


@pytest.mark.parametrize(("rows", "dimension"), [(ROWS - 1, DIMENSION), (ROWS, DIMENSION + 1)])
def test_another_number_of_vectors_than_expected_is_damage(tmp_path: Path, rows: int, dimension: int) -> None:
    write_dense(tmp_path / "dense.faiss", [VECTORS], DIMENSION)
    with pytest.raises(DamagedError, match=rf"dense\.faiss holds 300 vectors of 16 numbers, not {rows} of {dimension}"):
        DenseIndex(tmp_path / "dense.faiss", rows, dimension)


@pytest.mark.parametrize("content", [b"", b"dust", bytes(1000)])
def test_a_file_that_holds_no_vectors_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dense.faiss").write_bytes(content)
    with pytest.raises(DamagedError, match=r"dense\.faiss"):
        DenseIndex(tmp_path / "dense.faiss", 3, DIMENSION)
