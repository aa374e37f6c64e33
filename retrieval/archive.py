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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple

from retrieval import dated
from retrieval.answer import EVIDENCE, Thresholds, Weigher, confidence, status_of, to_hit
from retrieval.encoders import Encoder, SentenceTransformerEncoder
from retrieval.errors import DamagedError, EncoderMismatch, QuestionError
from retrieval.index import Index, Summary
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex, open_current
from retrieval.index.withdrawals import WithdrawalsDamaged
from retrieval.search import Ranking, understand
from retrieval.serving import Serving
from retrieval.timescope import TimeScope
from retrieval.types import Answer, Article, Citation, Filters, Hit, Status

When = Literal["then", "whenever", "nearest"]
_NO_FILTERS = Filters()


class Archive:
    """An index, opened for asking. Serves the generation it was opened on until it is closed; safe between threads.

    `Archive.open` is the usual way to one; the constructor takes any index and the encoder that made it. `refresh`
    moves one that was opened from a data folder to the generation that is current there. What is withdrawn is gone from
    the next question on. `now` is what "last week" in a question is relative to, today if None; `times` is whether
    times are understood at all.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        *,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
        now: date | None = None,
        times: bool = True,
    ) -> None:
        self._serving = Serving(index)
        self._data: Path | None = None
        self._refreshing = threading.Lock()
        self._encoder = encoder
        self._ranking = ranking
        self._thresholds = thresholds
        self._now = now
        self._times = times

    @classmethod
    def open(
        cls,
        data: str | Path = "data",
        *,
        encoder: Encoder | None = None,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
        now: date | None = None,
        times: bool = True,
    ) -> Archive:
        """Open the current generation of the data folder `data`.

        Without an `encoder`, the one that the index names is loaded. Raises NoGeneration where nothing was indexed yet,
        DamagedError where files are missing or broken, EncoderMismatch where another encoder made the index.
        """
        folder = Path(data).expanduser()
        index = open_current(folder)
        made = index.manifest.encoder
        try:
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
        archive = cls(index, encoder, ranking=ranking, thresholds=thresholds, now=now, times=times)
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

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        filters: Filters = _NO_FILTERS,
        now: date | None = None,
        understand: bool = True,
        literally: Sequence[str] = (),
    ) -> Answer:
        """Return the best `k` passages that `filters` allow, with how sure the archive is that they answer.

        The question's own words may set a time, relative to `now`; without `understand` it is taken as it stands, and
        so are words of it that are among `literally`. Where nothing from that time answers, the nearest from other
        times are returned, marked `outside`, and never as `answered`.

        Raises QuestionError for a question without words, one that is too long, or a `k` below 1.
        """
        started = time.perf_counter()
        with self._lent() as index:
            scope = self._scope(index, question, filters, now, literally, understand)
            found = self._answered(index, scope, k, filters)
            return Answer(
                question=question,
                status=self._status(found),
                confidence=found.confidence,
                hits=found.hits,
                filters=filters,
                generation=index.summary.generation,
                took_ms=round((time.perf_counter() - started) * 1000, 1),
                undated=index.undated_left_out(filters),
                phrases_missing=found.phrases_missing,
                understood=scope.understood,
                outside=found.outside,
            )

    def search(self, question: str, *, k: int = 5, filters: Filters = _NO_FILTERS) -> tuple[Hit, ...]:
        """Return the best `k` passages that `filters` allow, best first; the same errors as `ask`."""
        with self._lent() as index:
            return self._ask(index, TimeScope(question, bare=question), k, filters).hits

    def rank_articles(
        self, question: str, *, k: int, filters: Filters = _NO_FILTERS, now: date | None = None
    ) -> list[tuple[int, float]]:
        """Return (row, score) of the best `k` articles, best first, copies included: what a run is made of.

        A row counts the articles in the order of `articles`, those that are withdrawn included. Where the question says
        when articles were written, those from then come first; nothing else in its words leaves any article behind.
        """
        with self._lent() as index:
            scope = self._scope(index, question, filters, now, ())
            understood = understand(question, index.summary.languages)
            return dated.rank_articles_then(index, self._encoder, understood, scope, filters, k, self._ranking)

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

    def _answered(self, index: Index, scope: TimeScope, k: int, filters: Filters) -> _Asked:
        """Ask in the time that `scope` sets; where nothing from then answers, in any."""
        if not dated.covers(index.summary, scope):
            return self._ask(index, scope, k, filters, when="whenever")
        found = self._ask(index, scope, k, filters)
        if self._is_nothing(found, scope):
            other = self._ask(index, scope, k, filters, when="nearest")
            if not (found.hits and scope.topic) or self._status(other) != "not_found":
                return other
        return found

    def _ask(self, index: Index, scope: TimeScope, k: int, filters: Filters, *, when: When = "then") -> _Asked:
        """Ask for what is from the time that `scope` sets, or from any: as it comes, or with the nearest first."""
        full = understand(scope.question, index.summary.languages)
        if k < 1:
            raise QuestionError(f"k is {k}", "Ask for at least one passage")
        # What an article's date tells, its text need not: the words that set a range are not missed in it.
        bare = understand(scope.bare, index.summary.languages) if dated.sets_range(scope) else full
        question = bare if scope.written or when == "nearest" else full
        setting = scope if when == "then" else dated.without_range(scope)
        # how sure the archive is does not hang on how much of it is shown
        wide = max(k, EVIDENCE, dated.WIDE if when == "nearest" or scope.order else 0)
        found = dated.search_then(index, self._encoder, question, setting, filters, wide, self._ranking)
        missing: tuple[str, ...] = ()
        if not found and question.phrases:
            missing = question.quoted
            question = question.without_phrases()
            found = dated.search_then(index, self._encoder, question, setting, filters, wide, self._ranking)
        weigher = Weigher(index, bare if bare.terms and when == "then" else full)
        shown = (dated.nearest(found, scope) if when == "nearest" else dated.by_time(found, scope))[:k]
        outside = when != "then" and not (when == "whenever" and found and dated.states(found[0], scope))
        copies = index.copies([f.stored.row for f in shown])
        hits = tuple(
            replace(to_hit(f, rank, weigher), also_in=tuple(copies[f.stored.row])) for rank, f in enumerate(shown, 1)
        )
        sure = confidence(found[:EVIDENCE], weigher)
        everything = when == "then" and dated.sets_range(scope) and not scope.topic
        if everything and found:  # all that is from then answers
            sure = max(sure, self._thresholds.unsure)
        if outside:  # it was asked for another time
            sure = min(sure, round(self._thresholds.answered * 0.99, 4))
        if missing:  # what was asked for word for word is not there, whatever else is
            sure = round(sure * self._thresholds.unsure * 0.99, 4)
        return _Asked(hits, sure, missing, outside)

    def _scope(
        self, index: Index, text: str, filters: Filters, now: date | None, literally: Sequence[str], listen: bool = True
    ) -> TimeScope:
        """Return the time that a question sets in this archive."""
        if not (listen and self._times):
            return TimeScope(text, bare=text)
        return dated.heard(text, now or self._now, filters, index.summary, literally)

    def _is_nothing(self, found: _Asked, scope: TimeScope) -> bool:
        """Whether nothing from the time that was asked for answers."""
        if not dated.sets_range(scope):
            return False
        from_then = scope.topic or any(hit.article.published for hit in found.hits)
        return not from_then or self._status(found) == "not_found"

    def _status(self, found: _Asked) -> Status:
        return status_of(found.confidence, self._thresholds)


class _Asked(NamedTuple):
    hits: tuple[Hit, ...]
    confidence: float
    phrases_missing: tuple[str, ...]
    outside: bool


def _check_encoder(index: LocalIndex, encoder: Encoder, data: Path) -> None:
    """Raise EncoderMismatch where `encoder` is not the one that made the index."""
    made = index.manifest.encoder
    if encoder.fingerprint != made["fingerprint"]:
        raise EncoderMismatch(
            f"the index in {data} was made by {made['name']} ({made['fingerprint'][:12]}), "
            f"the encoder here is {encoder.name} ({encoder.fingerprint[:12]})",
            "Run `archivist index`, which encodes the archive anew, or set the encoder that made it",
        )
