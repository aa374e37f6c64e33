"""A second reading of the best candidates, by a cross-encoder: a model that reads question and passage together.

It is slow, so it reads the best few only, best first, for as long as its time budget lasts. What it has read changes
places with its like: the places that those passages had are given out anew by its scores, and each place keeps the
score that the ranking gave it, so that scores still fall. What it has not read keeps its place.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import EncoderError, RerankerError
from retrieval.models import model_folder

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

    from retrieval.index import Index

BATCH = 8  # passages scored at once, at most: what is begun is finished, so a batch must be short
_SHORTEST = 200  # characters that a text costs at least
_HINT = "Set search.reranker to a sentence-transformers CrossEncoder with one label, or to nothing for none"


class Reranker(Protocol):
    """Tells how well passages answer a question."""

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    def prepare(self) -> None:
        """Load what is needed, so that no question's budget is spent on it; quick after the first time."""
        ...

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one finite number a text, higher is better: shape (len(texts),)."""
        ...


@dataclass(frozen=True, slots=True)
class Reranking:
    """How candidates are read again: by what, the best `n` of them, for `budget_ms` a question (0: without end)."""

    reranker: Reranker
    n: int = 30
    budget_ms: int = 300

    def reading(self) -> Reading:
        """Return the reading of one question."""
        return Reading(self)


class Reading:
    """The reading of one question, whose budget lasts over all the searches that it takes; for one thread.

    A passage is read once for one wording. `spent_ms` is what scoring took; it goes beyond the budget by no more than
    a first passage takes, or a batch that took longer than those before it.
    """

    def __init__(self, reranking: Reranking) -> None:
        self._by = reranking
        self._scores: dict[tuple[str, int], float] = {}
        self._slowest = 0.0  # ms a character, of what was read so far
        self.spent_ms = 0.0

    def reordered(
        self,
        index: Index,
        question: str,
        rows: NDArray[np.int64],
        scores: NDArray[np.float64],
        order: NDArray[np.int64],
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return (scores, order) of candidates after the best were read; both count candidates, as they come in.

        `rows` are the candidates' passages, `order` holds their numbers, best first. Ties keep the order they had.
        Raises RerankerError where the model cannot be used, DamagedError where a passage is damaged.
        """
        best = [int(i) for i in order[: self._by.n]]
        self._read(index, question, [int(rows[i]) for i in best])
        places = [at for at, i in enumerate(best) if (question, int(rows[i])) in self._scores]
        if len(places) < 2:
            return scores, order
        read = [best[at] for at in places]
        again = sorted(read, key=lambda i: -self._scores[question, int(rows[i])])
        scores, order = scores.copy(), order.copy()
        order[places] = again
        scores[again] = scores[read]
        return scores, order

    def _read(self, index: Index, question: str, rows: Sequence[int]) -> None:
        left = [row for row in rows if (question, row) not in self._scores]
        if left:
            self._by.reranker.prepare()
        while left and (n := self._affordable(index, left)):
            texts = [stored.passage.text for stored in index.passages(left[:n])]
            started = time.perf_counter()
            found = np.asarray(self._by.reranker.score(question, texts), np.float64)
            took_ms = (time.perf_counter() - started) * 1000
            if found.shape != (n,) or not np.isfinite(found).all():
                raise RerankerError(f"{self._by.reranker.name} gives no score to some passages", _HINT)
            self.spent_ms += took_ms
            self._slowest = max(self._slowest, took_ms / _cost(texts))
            # The last digits of a score depend on what else is in its batch.
            self._scores |= {(question, row): round(float(s), 5) for row, s in zip(left, found, strict=False)}
            left = left[n:]

    def _affordable(self, index: Index, rows: Sequence[int]) -> int:
        """Return how many of `rows` can be read within the budget, judged by the slowest batch so far."""
        if not self._by.budget_ms:
            return min(BATCH, len(rows))
        room_ms = self._by.budget_ms - self.spent_ms
        if room_ms <= 0:
            return 0
        if not self._slowest:
            return 1
        texts = [stored.passage.text for stored in index.passages(rows[:BATCH])]
        return max((n for n in range(len(texts) + 1) if self._slowest * _cost(texts[:n]) <= room_ms), default=0)


def _cost(texts: Sequence[str]) -> int:
    """Return what texts cost together: each is padded to the longest."""
    return len(texts) * max((_SHORTEST, *map(len, texts))) if texts else 0


class CrossEncoderReranker:
    """A CrossEncoder of the sentence-transformers library, run by PyTorch on the processor.

    `model` is a folder or a name on the model hub. Nothing is loaded before the first question.
    Raises RerankerError where the model cannot be found, cannot be loaded, or does not give one number a passage.
    """

    def __init__(self, model: str, *, threads: int = 0) -> None:
        self.name = model
        self._threads = threads or len(os.sched_getaffinity(0))
        self._lock = threading.Lock()
        self._model: CrossEncoder | None = None
        try:
            self._folder = model_folder(model if "/" in model else f"cross-encoder/{model}")
        except EncoderError as error:
            raise RerankerError(
                f"the reranker {model} is no folder, and the model hub does not give it", _HINT
            ) from error

    def prepare(self) -> None:
        """Load the model and let it read once, which takes longer than later readings."""
        with self._lock:
            if self._model is not None:
                return
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
            try:
                from sentence_transformers import CrossEncoder

                model = CrossEncoder(str(self._folder), device="cpu", local_files_only=True)
                labels = int(model.num_labels)
            except Exception as error:
                raise RerankerError(
                    f"the reranker {self.name} in {self._folder} cannot be loaded: {error}", _HINT
                ) from error
            if labels != 1:
                raise RerankerError(f"the reranker {self.name} has {labels} labels, so its scores rank nothing", _HINT)
            model.eval()
            self._model = model
        self.score("Is it ready?", ["It is ready."] * BATCH)

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one number a text: shape (len(texts),)."""
        if self._model is None:
            self.prepare()
        if self._model is None or not texts:
            return np.empty(0, np.float32)
        import torch

        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        pairs = [(question, text) for text in texts]
        try:
            found = self._model.predict(pairs, batch_size=len(pairs), show_progress_bar=False)
        except Exception as error:
            raise RerankerError(f"the reranker {self.name} cannot read a passage: {error}", _HINT) from error
        return np.asarray(found, np.float32).reshape(-1)
