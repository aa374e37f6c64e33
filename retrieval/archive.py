"""The archive as a script sees it.

from retrieval import Archive

with Archive.open("data") as archive:
    answer = archive.ask("When is the station planned for?")
    for hit in answer.hits:
        print(hit.passage.text, hit.article.title, hit.article.published)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from retrieval.answer import Thresholds, read, status_of, to_hit
from retrieval.calibration import Confidence, load, shipped
from retrieval.encoders import Encoder, SentenceTransformerEncoder
from retrieval.errors import DamagedError, EncoderMismatch
from retrieval.evidence import PASSAGES, evidence
from retrieval.index import Index, Summary
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex, open_current
from retrieval.index.withdrawals import WithdrawalsDamaged
from retrieval.ranking import Ranking
from retrieval.search import check_k, rank_articles, search, understand
from retrieval.serving import Serving
from retrieval.types import Answer, Article, Citation, Filters, Hit
from retrieval.weighing import Weigher

_NO_FILTERS = Filters()


class Archive:
    """An index, opened for asking. Serves the generation it was opened on until it is closed; safe between threads.

    `Archive.open` is the usual way to one; the constructor takes any index and the encoder that made it. `refresh`
    moves one that was opened from a data folder to the generation that is current there. What is withdrawn is gone from
    the next question on.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        *,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
        confidence: Confidence | None = None,
    ) -> None:
        self._serving = Serving(index)
        self._data: Path | None = None
        self._refreshing = threading.Lock()
        self._encoder = encoder
        self._ranking = ranking
        self._thresholds = thresholds
        self._confidence = confidence or shipped()

    @classmethod
    def open(
        cls,
        data: str | Path = "data",
        *,
        encoder: Encoder | None = None,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
    ) -> Archive:
        """Open the current generation of the data folder `data`.

        Without an `encoder`, the one that the index names is loaded. How sure answers are comes from the folder's own
        model, where `archivist calibrate` left one. Raises NoGeneration where nothing was indexed yet,
        DamagedError where files are missing or broken, EncoderMismatch where another encoder made the index.
        """
        folder = Path(data).expanduser()
        index = open_current(folder)
        made = index.manifest.encoder
        try:
            confidence = load(folder)
            if encoder is None:
                encoder = SentenceTransformerEncoder(
                    made["name"],
                    query_prompt=made["query_prompt"],
                    passage_prompt=made["passage_prompt"],
                    languages=tuple(made["languages"]),
                )
            _check_encoder(index, encoder, folder)
        except BaseException:
            index.close()
            raise
        archive = cls(index, encoder, ranking=ranking, thresholds=thresholds, confidence=confidence)
        archive._data = folder
        return archive

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give back the index's files and memory, when the questions in flight are done."""
        self._serving.close()

    @property
    def generation(self) -> str:
        """The name of the generation that the next question is answered from."""
        return self.status().generation

    def refresh(self) -> bool:
        """Move to the generation that is current now, the newest or one rolled back to; return whether it is another.

        Questions in flight finish on the one they began with, which is closed after the last of them. Takes
        milliseconds. An archive that was not opened from a data folder stays as it is. Raises EncoderMismatch where
        another encoder made the current generation (open the archive anew), DamagedError or GenerationError where it
        cannot be opened; the archive then goes on with the generation that it has.
        """
        if self._data is None:
            return False
        with self._refreshing:
            if generations.require_current(self._data) == self.generation:
                return False
            index = open_current(self._data)
            try:
                _check_encoder(index, self._encoder, self._data)
            except BaseException:
                index.close()
                raise
            self._serving.replace(index)
        return True

    def ask(self, question: str, *, k: int = 5, filters: Filters = _NO_FILTERS) -> Answer:
        """Return the best `k` passages that `filters` allow, with how sure the archive is that they answer.

        Raises QuestionError for a question without words, one that is too long, or a `k` below 1.
        """
        started = time.perf_counter()
        with self._lent() as index:
            found = self._ask(index, question, k, filters)
            return Answer(
                question=question,
                status=status_of(found.confidence, self._thresholds),
                confidence=found.confidence,
                hits=found.hits,
                filters=filters,
                generation=index.summary.generation,
                took_ms=round((time.perf_counter() - started) * 1000, 1),
                undated=index.undated_left_out(filters),
                phrases_missing=found.phrases_missing,
            )

    def search(self, question: str, *, k: int = 5, filters: Filters = _NO_FILTERS) -> tuple[Hit, ...]:
        """Return the best `k` passages that `filters` allow, best first; the same errors as `ask`."""
        with self._lent() as index:
            return self._ask(index, question, k, filters).hits

    def evidence(self, question: str, *, filters: Filters = _NO_FILTERS) -> tuple[Hit, dict[str, float]] | None:
        """Return the best passage with what its answer's confidence is judged by (`retrieval.evidence`); None without.

        The same errors as `ask`.
        """
        with self._lent() as index:
            found = self._ask(index, question, 1, filters)
            return (found.hits[0], found.evidence) if found.hits else None

    def rank_articles(self, question: str, *, k: int, filters: Filters = _NO_FILTERS) -> list[tuple[int, float]]:
        """Return (row, score) of the best `k` articles, best first, copies included: what a run is made of.

        A row counts the articles in the order of `articles`, those that are withdrawn included.
        """
        with self._lent() as index:
            understood = understand(question, index.summary.languages)
            return rank_articles(index, self._encoder, understood, filters, k, self._ranking)

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where the archive has none of that id."""
        with self._lent() as index:
            return index.article(article_id)

    def articles(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        with self._lent() as index:
            yield from index.citations()

    def status(self) -> Summary:
        """Return what the index holds."""
        with self._lent() as index:
            return index.summary

    @contextmanager
    def _lent(self) -> Iterator[Index]:
        """Lend the index to one question; a hint tells how to go back where it proves damaged."""
        with self._serving.index() as index:
            try:
                yield index
            except DamagedError as error:
                if self._data is None or isinstance(error, WithdrawalsDamaged):
                    raise
                raise DamagedError(error.message, generations.remedy(self._data)) from error

    def _ask(self, index: Index, text: str, k: int, filters: Filters) -> _Asked:
        check_k(k)
        question = understand(text, index.summary.languages)
        wide = max(k, PASSAGES)  # how sure the archive is does not hang on how much of it is shown
        found = search(index, self._encoder, question, filters, wide, self._ranking)
        missing: tuple[str, ...] = ()
        if not found and question.phrases:
            missing = question.quoted
            question = question.without_phrases()
            found = search(index, self._encoder, question, filters, wide, self._ranking)
        weigher = Weigher(index, question)
        shown = found[:k]
        copies = index.copies([f.stored.row for f in shown])
        passages = [read(f, weigher) for f in shown]
        hits = tuple(
            replace(to_hit(f, rank, passage, weigher), also_in=tuple(copies[f.stored.row]))
            for rank, (f, passage) in enumerate(zip(shown, passages, strict=True), 1)
        )
        grounds = evidence(found[:PASSAGES], passages[0], weigher) if found else {}
        sure = self._confidence.of(grounds) if grounds else 0.0
        if missing:  # what was asked for word for word is not there, whatever else is
            sure = round(sure * self._thresholds.unsure * 0.99, 4)
        return _Asked(hits, sure, missing, grounds)


class _Asked(NamedTuple):
    hits: tuple[Hit, ...]
    confidence: float
    phrases_missing: tuple[str, ...]
    evidence: dict[str, float]


def _check_encoder(index: LocalIndex, encoder: Encoder, data: Path) -> None:
    """Raise EncoderMismatch where `encoder` is not the one that made the index."""
    made = index.manifest.encoder
    if encoder.fingerprint != made["fingerprint"]:
        raise EncoderMismatch(
            f"the index in {data} was made by {made['name']} ({made['fingerprint'][:12]}), "
            f"the encoder here is {encoder.name} ({encoder.fingerprint[:12]})",
            "Run `archivist index`, which encodes the archive anew, or set the encoder that made it",
        )
