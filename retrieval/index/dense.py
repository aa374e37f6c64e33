"""The dense side of a generation: the passages' vectors in FAISS, row i = passage i.

Scores are exact inner products of L2-normalised vectors, which are the cosines, rounded to 1e-5, since the last bits of
a float32 sum depend on how the library walks the rows. A small archive is searched exactly, by numbers of half the size
(`halves`); in a large one, lists (`lists`) name thousands of candidates, unless a filter leaves few, and of these a
byte a number tells (`codes`) the hundreds that are worth comparing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Rows, Scores, scored
from retrieval.index.codes import Codes, write_codes
from retrieval.index.floats import Floats, write_floats
from retrieval.index.halves import Halves, write_halves
from retrieval.index.lists import Lists, Tuned, sample_size, tune, write_lists
from retrieval.index.mapped import mapped_index

DECIMALS = 5
_LISTS, _CODES, _HALVES = "lists.faiss", "codes.bin", "halves.faiss"
_FEW = 4_000  # passages that are all candidates: the lists would give no fewer
# As many, or so great a share of all, are all compared by their codes: going through the lists for them takes longer.
_FEW_CODES, _SHARE_CODES = 10_000, 0.03
_CANDIDATES, _AT_LEAST = 20, 4_000  # times as many from the lists as are asked for, and how many at least
_COMPARED = 1.25  # times as many as are asked for are compared by their vectors, and some more
_MORE = 15
_USUAL = 100  # passages that are asked for as a rule: more of them lie in more lists


class DenseIndex:
    """Searches the vectors stored at `path`, mapped from disk. Safe to ask from several threads.

    `tuned` says how the lists beside them are searched; None for an archive that has none.
    """

    def __init__(self, path: Path, passages: int, dimension: int, tuned: Tuned | None = None) -> None:
        import faiss

        self._faiss: Any = faiss
        self._index = mapped_index(path, passages, dimension)
        self._lists: tuple[Lists, Floats, int] | None = None
        self._codes: Codes | None = None
        self._few = _FEW
        if tuned:
            codes = path.with_name(_CODES)
            # A generation of before there were codes has none: all candidates are compared.
            if codes.exists():
                self._codes = Codes(codes, passages, dimension)
                self._few = max(_FEW_CODES, int(_SHARE_CODES * passages))
            lists = Lists(path.with_name(_LISTS), passages, dimension)
            self._lists = lists, Floats(path, passages, dimension), tuned.nprobe
        halves = path.with_name(_HALVES)  # a generation of before there were any has none
        self._halves = Halves(halves, passages, dimension) if not tuned and halves.exists() else None

    def search(self, vector: NDArray[np.float32], n: int, allowed: NDArray[np.bool_] | None) -> tuple[Rows, Scores]:
        """Return the `n` nearest rows among those `allowed` (a mask over all rows; None for all), with their cosines.

        Fewer come back where fewer are allowed. Ordered by falling score, then by row.
        """
        count = self._index.ntotal if allowed is None else int(np.count_nonzero(allowed))
        n = min(n, count)
        if n == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # One query is one thread's work. FAISS would still gather a team for it, and wait for each on a busy machine.
        self._faiss.omp_set_num_threads(1)  # for this thread alone
        if self._lists:
            lists, _, nprobe = self._lists
            if allowed is not None and count <= self._few:
                return self._compared(vector, n, np.flatnonzero(allowed))
            return self._compared(vector, n, _near(lists, vector, n, nprobe, allowed))
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        selected = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selected = self._faiss.SearchParameters(sel=self._faiss.IDSelectorBitmap(bits))
        if self._halves:
            best, cosines = _ordered(*self._halves.nearest(query, n, partial(self.scores, vector), selected))
            return best[:n], cosines[:n]
        found = self._index.search(query, n, params=selected)[1][0]
        return _ordered(found, self.scores(vector, found))

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """Return the vectors of `rows`: shape (len(rows), dimension), float32."""
        if self._lists:
            return self._lists[1].rows(rows)
        found: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    def scores(self, vector: NDArray[np.float32], rows: Rows, known: tuple[Rows, Scores] | None = None) -> Scores:
        """Return the cosine of `vector` with each of `rows`, rounded as `search` rounds.

        `known` are those of some of `rows`, which are then ascending, as `search` gave them.
        """
        if known is not None and len(known[0]):
            return scored(rows, known, partial(self.scores, vector))
        if not len(rows):
            return np.empty(0, np.float32)
        # In float64: a float32 sum's last bits depend on how many rows are asked for, and rounding lets some through.
        return rounded_scores(self.vectors(rows).astype(np.float64) @ vector.ravel().astype(np.float64))

    def tuned(self, sample: Rows) -> Tuned | None:
        """Return how the lists must be searched to find what comparing with all finds; measured at the rows `sample`.

        None where there are no lists.
        """
        if not self._lists:
            return None
        lists, floats, _ = self._lists

        def found(vector: NDArray[np.float32], nprobe: int) -> Rows:
            return self._compared(vector, _USUAL, _near(lists, vector, _USUAL, nprobe, None))[0]

        return tune(floats, sample, lists, found)

    def problem(self) -> str | None:
        """Return what is wrong with the lists, None where nothing is or there are none."""
        return self._lists[0].problem(self.vectors) if self._lists else None

    def codes_problem(self, sample: int = 1_000) -> str | None:
        """Return what is wrong with the codes of an even sample, None where nothing is or there are none."""
        rows = self._even(sample)
        return self._codes.problem(rows, self.vectors(rows)) if self._codes and len(rows) else None

    def halves_problem(self, sample: int = 1_000) -> str | None:
        """Return what is wrong with the halved vectors of an even sample, None where nothing is or there are none."""
        rows = self._even(sample)
        return self._halves.problem(rows, self.vectors(rows)) if self._halves and len(rows) else None

    def _even(self, sample: int) -> Rows:
        """Return at most `sample` rows, as far from each other as can be."""
        count = self._index.ntotal
        return np.unique(np.linspace(0, count - 1, min(sample, count), dtype=np.int64))

    def close(self) -> None:
        """Close the file of vectors, where it was opened beside the mapping."""
        if self._lists:
            self._lists[1].close()

    def _compared(self, vector: NDArray[np.float32], n: int, rows: Rows) -> tuple[Rows, Scores]:
        """Return the `n` best of `rows` by the vectors of those that come first by their codes."""
        if self._codes:
            rows = self._codes.best(vector, rows, int(_COMPARED * n) + _MORE)
        best, scores = _ordered(rows, self.scores(vector, rows))
        return best[:n], scores[:n]


def _near(lists: Lists, vector: NDArray[np.float32], n: int, nprobe: int, allowed: NDArray[np.bool_] | None) -> Rows:
    """Return rows of which the `n` nearest are the `n` nearest of all, nearly always."""
    probed = int(np.ceil(nprobe * max(1.0, n / _USUAL) ** 0.5))
    return lists.near(vector, max(_AT_LEAST, _CANDIDATES * n), probed, allowed)


def _ordered(rows: Rows, scores: Scores) -> tuple[Rows, Scores]:
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]


def rounded_scores(scores: NDArray[np.floating[Any]]) -> Scores:
    """Return `scores` rounded to 1e-5: what two ways of adding the same numbers agree on."""
    return np.round(scores.astype(np.float64), DECIMALS).astype(np.float32)


def write_dense(
    path: Path,
    batches: Iterable[NDArray[np.float32]],
    dimension: int,
    exact_below: int | None = None,
    sample: Callable[[int], Rows] | None = None,
) -> Tuned | None:
    """Write the vectors of all passages, in row order, to `path`; return how they are searched if not exactly.

    From `exact_below` passages on (None: never), lists are written beside them, below that all vectors in half of their
    size. `sample` returns the `n` rows whose
    passages have the smallest hashes, by hash (None: the first): by these lists are made and measured.
    """
    count = write_floats(path, batches, dimension)
    floats = Floats(path, count, dimension)
    try:
        if exact_below is None or count < max(1, exact_below):
            write_halves(path.with_name(_HALVES), floats.all(), dimension)
            return None
        rows = sample(sample_size(count)) if sample else np.arange(sample_size(count))
        write_lists(path.with_name(_LISTS), floats, rows)
        write_codes(path.with_name(_CODES), floats.all())
    finally:
        floats.close()
    index = DenseIndex(path, count, dimension, Tuned(0, 1, 0.0))
    try:
        return index.tuned(rows)
    finally:
        index.close()
