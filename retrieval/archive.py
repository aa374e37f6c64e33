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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from retrieval.answer import EVIDENCE, Thresholds, Weigher, confidence, status_of, to_hit
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import made_by
from retrieval.encoders.remembering import Remembering
from retrieval.errors import DamagedError, EncoderMismatch, QuestionError
from retrieval.index import Index, Summary
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex, open_current
from retrieval.index.withdrawals import WithdrawalsDamaged
from retrieval.search import Ranking, rank_articles, search, understand
from retrieval.serving import Serving
from retrieval.types import Answer, Article, Citation, Filters, Hit

QUESTIONS = 1024  # whose vectors are remembered: 1.5 MB with the default model
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
        questions_kept: int = QUESTIONS,
    ) -> None:
        self._serving = Serving(index)
        self._data: Path | None = None
        self._refreshing = threading.Lock()
        self._encoder = Remembering(encoder, questions_kept)
        self._ranking = ranking
        self._thresholds = thresholds

    @classmethod
    def open(
        cls,
        data: str | Path = "data",
        *,
        encoder: Encoder | None = None,
        make_encoder: Callable[[Mapping[str, Any]], Encoder] = made_by,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
        questions_kept: int = QUESTIONS,
    ) -> Archive:
        """Open the current generation of the data folder `data`.

        Without an `encoder`, `make_encoder` makes it from what the manifest says of the one that made the index: as a
        rule that one is loaded again. The vectors of the last `questions_kept` questions are remembered.

        Raises NoGeneration where nothing was indexed yet, DamagedError where files are missing or broken,
        EncoderMismatch where another encoder made the index.
        """
        folder = Path(data).expanduser()
        index = open_current(folder)
        made = index.manifest.encoder
        try:
            if encoder is None:
                encoder = make_encoder(made)
            _check_encoder(index, encoder, folder)
        except BaseException:
            index.close()
            raise
        archive = cls(index, encoder, ranking=ranking, thresholds=thresholds, questions_kept=questions_kept)
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
        question = understand(text, index.summary.languages)
        if k < 1:
            raise QuestionError(f"k is {k}", "Ask for at least one passage")
        wide = max(k, EVIDENCE)  # how sure the archive is does not hang on how much of it is shown
        found = search(index, self._encoder, question, filters, wide, self._ranking)
        missing: tuple[str, ...] = ()
        if not found and question.phrases:
            missing = question.quoted
            question = question.without_phrases()
            found = search(index, self._encoder, question, filters, wide, self._ranking)
        weigher = Weigher(index, question)
        shown = found[:k]
        copies = index.copies([f.stored.row for f in shown])
        hits = tuple(
            replace(to_hit(f, rank, weigher), also_in=tuple(copies[f.stored.row])) for rank, f in enumerate(shown, 1)
        )
        sure = confidence(found[:EVIDENCE], weigher)
        if missing:  # what was asked for word for word is not there, whatever else is
            sure = round(sure * self._thresholds.unsure * 0.99, 4)
        return _Asked(hits, sure, missing)


class _Asked(NamedTuple):
    hits: tuple[Hit, ...]
    confidence: float
    phrases_missing: tuple[str, ...]


def _check_encoder(index: LocalIndex, encoder: Encoder, data: Path) -> None:
    """Raise EncoderMismatch where `encoder` is not the one that made the index."""
    made = index.manifest.encoder
    if encoder.fingerprint != made["fingerprint"]:
        raise EncoderMismatch(
            f"the index in {data} was made by {made['name']} ({made['fingerprint'][:12]}), "
            f"the encoder here is {encoder.name} ({encoder.fingerprint[:12]})",
            "Run `archivist index`, which encodes the archive anew, or set the encoder that made it",
        )
