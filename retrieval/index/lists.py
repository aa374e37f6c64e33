"""The approximate side of a large archive's dense search: which passages are worth comparing exactly?

Vectors lie in lists by the nearest of some thousands of centroids (an inverted file: Jégou, Douze and Schmid 2011), as
one bit a number (RaBitQ: Gao and Long 2024): a passage takes 64 bytes with the default model, and a search goes through
the lists nearest to a question, a filter deciding for each passage on the way. Whoever asks scores what comes back by
the vectors themselves.

How many lists are gone through is measured when they are made, so that they hold the ten nearest as often as `TARGET`
says. The same vectors with the same hashes give the same lists, bit for bit: centroids are found by one thread, from
fixed seeds, among the passages with the smallest hashes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Rows, Scores
from retrieval.index.faults import written
from retrieval.index.floats import Floats
from retrieval.index.mapped import mapped_index

TARGET = 0.985  # of the ten nearest; the index is meant to find 0.98 of them for questions that nobody measured
_A_LIST = 32  # vectors that a centroid is found from
_ROUNDS = 6  # of k-means: more lists, found less exactly, hold more of the nearest than few exact ones
_SEED = 1234
_BATCH = 65_536  # vectors held in memory at a time
_MEASURED = 200  # vectors that recall is measured with
_NEAREST = 10
_SAME = 0.95  # the cosine of copies
_TIE = 2e-5  # cosines are rounded to half of it
# Lengths of noise. Questions lie in other places than passages do: for a passage's vector moved as far as the second,
# more lists must be gone through than for 400 questions of public sets, over a hundred thousand passages as over a
# million (for a recall of 0.98, 286 lists instead of 170, and 602 instead of 256); moved as far as the first, its
# cosine with its nearest is as theirs (0.47).
_FAR, _FARTHER = 1.0, 3.0
_QUERY_BITS = 4
_COMPLETE = 0.03  # where a filter leaves no more than this share, all lists are gone through: most is only skipped


@dataclass(frozen=True, slots=True)
class Tuned:
    """How the lists are searched: `nprobe` of `lists`, which found `recall` of the ten nearest."""

    lists: int
    nprobe: int
    recall: float


class Lists:
    """The lists in the file at `path`, for `count` passages; safe to ask from several threads."""

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self._index = mapped_index(path, count, dimension)

    @property
    def size(self) -> int:
        """How many lists there are."""
        return int(self._index.nlist)

    def near(self, vector: NDArray[np.float32], n: int, nprobe: int, allowed: NDArray[np.bool_] | None) -> Rows:
        """Return about the `n` rows nearest to `vector` among those `allowed`, ascending; fewer only where fewer are.

        `nprobe` is how many lists are enough where everything is allowed: under a filter the nearest lie in more.
        """
        faiss = self._faiss
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        share, selector = 1.0, None
        if allowed is not None:
            share = np.count_nonzero(allowed) / len(allowed)
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
        probed = self.size if share <= _COMPLETE else min(self.size, int(np.ceil(nprobe / share**0.25)))
        n = min(n, round(share * self._index.ntotal))
        while True:
            parameters = faiss.IVFRaBitQSearchParameters(nprobe=probed, sel=selector, qb=_QUERY_BITS, centered=False)
            found: Rows = self._index.search(query, n, params=parameters)[1][0]
            found = np.sort(found[found >= 0])
            if len(found) >= n or probed == self.size:
                return found
            probed = min(self.size, 4 * probed)

    def places(self, queries: NDArray[np.float32], floats: Floats, rows: Sequence[Rows]) -> NDArray[np.int64]:
        """Return of each query's `rows`, all in one array, how many lists are nearer to the query than the row's."""
        with _one_thread(self._faiss):
            order = np.argsort(self._index.quantizer.search(queries, self.size)[1], axis=1)
            found = [
                order[i, self._index.quantizer.search(floats.rows(near), 1)[1][:, 0]] for i, near in enumerate(rows)
            ]
        return np.concatenate([*found, np.empty(0, np.int64)]).astype(np.int64)

    def problem(self, vectors: Callable[[Rows], NDArray[np.float32]], sample: int = 1_000) -> str | None:
        """Return what is wrong: a row that is not in just one list, or, of an even sample, one in another's list."""
        faiss, count = self._faiss, int(self._index.ntotal)
        of = np.full(count, -1, np.int64)
        for number in range(self.size):
            size = self._index.invlists.list_size(number)
            if size:
                ids = faiss.rev_swig_ptr(self._index.invlists.get_ids(number), size)
                if not ((ids >= 0) & (ids < count)).all() or (of[ids] >= 0).any() or len(np.unique(ids)) < size:
                    return f"list {number} holds rows that there are not, or that another holds"
                of[ids] = number
        if (of < 0).any():
            return f"passage {int(np.argmin(of))} is in no list"
        rows = np.unique(np.linspace(0, count - 1, min(sample, count), dtype=np.int64))
        with _one_thread(faiss):
            nearest = self._index.quantizer.search(vectors(rows), 2 if self.size > 1 else 1)
        clear = nearest[0][:, 0] - nearest[0][:, -1] > 1e-4 if self.size > 1 else np.ones(len(rows), np.bool_)
        wrong = rows[clear & (nearest[1][:, 0] != of[rows])]
        return f"passage {wrong[0]} is not in the list nearest to it" if len(wrong) else None


def lists_for(count: int) -> int:
    """Return how many lists so many vectors lie in: about four times the root, a power of two; at least 8 a list."""
    size = math.log2(max(1, count))
    return 1 << max(0, min(round(size / 2) + 2, math.floor(size) - 3))


def sample_size(count: int) -> int:
    """Return how many rows, those of the smallest hashes, `write_lists` needs for so many vectors."""
    return min(count, _A_LIST * lists_for(count) + _MEASURED)


def write_lists(path: Path, floats: Floats, sample: Rows) -> None:
    """Write the lists of all vectors to `path`; `sample` are the `sample_size` rows of the smallest hashes, in order.

    The codes of all vectors are held in memory meanwhile, 64 bytes each with the default model.
    """
    import faiss

    count, dimension = floats.count, floats.dimension
    number = lists_for(count)
    with _one_thread(faiss):
        quantizer = faiss.IndexFlatIP(dimension)
        clustering = faiss.Clustering(dimension, number)
        clustering.niter, clustering.seed, clustering.spherical = _ROUNDS, _SEED, True
        clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, _A_LIST * 2
        training = floats.rows(sample[: _A_LIST * number])
        clustering.train(training, quantizer)
        index = faiss.IndexIVFRaBitQ(quantizer, dimension, number, faiss.METRIC_INNER_PRODUCT)
        index.train(training)
        for start in range(0, count, _BATCH):
            index.add(floats.between(start, start + _BATCH))
    with written(path, RuntimeError):
        faiss.write_index(index, str(path))


def tune(floats: Floats, sample: Rows, lists: Lists, found: Callable[[NDArray[np.float32], int], Rows]) -> Tuned:
    """Return how many lists must be gone through for the lists of the ten nearest to be among them, by `TARGET`.

    `found` returns the rows found for a vector by so many lists, best first: the recall is measured with it, where what
    is as near as another will do for it. Measured with passages that centroids were not found from, where there are
    enough, moved by noise; themselves and their copies left out. The recall that is stated is the share of the nearest
    that lie in these lists for vectors moved far, times the share that is found for vectors moved less.
    """
    rows = sample[-_MEASURED:]
    own = floats.rows(rows)
    far, near, _ = _moved(floats, own, _FARTHER)
    places = np.sort(lists.places(far, floats, near))
    nprobe = int(places[int(np.ceil(TARGET * len(places))) - 1]) + 1 if len(places) else 1
    queries, _, best = _moved(floats, own, _FAR)
    shares = []
    for vector, query, cosines in zip(own, queries, best, strict=True):
        others = floats.rows(found(query, nprobe))
        shares.append(recall((others @ query)[others @ vector <= _SAME], cosines))
    held = float(np.mean(places < nprobe)) if len(places) else 1.0
    return Tuned(lists.size, nprobe, round(held * float(np.mean(shares)), 4) if shares else 1.0)


def recall(found: NDArray[np.float32], best: NDArray[np.float32]) -> float:
    """Return what share of the `best` cosines `found` reaches, both by falling cosine; a tie counts."""
    reached = np.count_nonzero(found[: len(best)] >= best[-1] - _TIE) if len(best) else 0
    return float(reached / len(best)) if len(best) else 1.0


def _moved(
    floats: Floats, vectors: NDArray[np.float32], noise: float
) -> tuple[NDArray[np.float32], list[Rows], list[Scores]]:
    """Return `vectors` moved by noise of so great a length, the rows nearest to each, and their cosines."""
    drawn = np.random.default_rng(_SEED).standard_normal(vectors.shape, np.float32)
    queries = vectors + drawn * np.float32(noise / floats.dimension**0.5)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    near, cosines = _nearest(floats, queries, _NEAREST, vectors)
    real = cosines > -2  # there may be fewer than ten others
    return (
        queries,
        [a[kept] for a, kept in zip(near, real, strict=True)],
        [a[kept] for a, kept in zip(cosines, real, strict=True)],
    )


def _nearest(
    floats: Floats, queries: NDArray[np.float32], n: int, but: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the `n` rows nearest to each of `queries`, best first, by comparing with all; and their cosines.

    Without those that are all but the same as the query's vector in `but`: they lie in its list, whatever the question.
    """
    best = np.full((len(queries), n), -2, np.float32)
    rows = np.full((len(queries), n), -1, np.int64)
    for start in range(0, floats.count, _BATCH // 4):
        block = floats.between(start, start + _BATCH // 4)
        cosines = queries @ block.T
        cosines[but @ block.T > _SAME] = -2
        here = np.broadcast_to(np.arange(start, start + len(block)), cosines.shape)
        best, rows = np.hstack((best, cosines)), np.hstack((rows, here))
        kept = _top(best, n)
        best, rows = np.take_along_axis(best, kept, 1), np.take_along_axis(rows, kept, 1)
    return rows, best


def _top(scores: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    kept = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    order = np.argsort(-np.take_along_axis(scores, kept, 1), axis=1, kind="stable")
    taken: NDArray[np.int64] = np.take_along_axis(kept, order, 1)
    return taken


@contextmanager
def _one_thread(faiss: Any) -> Iterator[None]:
    """Let FAISS use one thread inside of the block: sums must not depend on how many there are."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
