"""The archive as a script sees it.

from retrieval import Archive

with Archive.open("data") as archive:
    answer = archive.ask("When is the station planned for?")
    for hit in answer.hits:
        print(hit.passage.text, hit.article.title, hit.article.published)
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from retrieval.answer import Thresholds, status_of
from retrieval.calibration import Confidence, load, shipped
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import made_by
from retrieval.encoders.remembering import Remembering
from retrieval.errors import DamagedError, EncoderMismatch, QuestionError
from retrieval.following import turns_of
from retrieval.foreign import foreign_to
from retrieval.index import Index, Summary
from retrieval.index.withdrawals import WithdrawalsDamaged
from retrieval.inquiry import Inquiry
from retrieval.keeper import Keeper, LocalKeeper, Opened
from retrieval.preparing import Wishes
from retrieval.ranking import Ranking
from retrieval.rerankers import Reranking
from retrieval.serving import Serving
from retrieval.timeline import Timeline
from retrieval.turns import Turns
from retrieval.types import Answer, Article, Citation, Filters, Hit

QUESTIONS = 1024  # whose vectors are remembered: 1.5 MB with the default model
_SERVED = 64  # questions at once that a server is asked for: most of such a question is waiting
_NO_FILTERS = Filters()


class Archive:
    """An index, opened for asking. Serves the generation it was opened on until it is closed; safe between threads.

    `Archive.open` is the usual way to one; the constructor takes any index and the encoder that made it. `refresh`
    moves one that was opened from a data folder to the generation that is current there. What is withdrawn is gone from
    the next question on. `now` is what "last week" in a question is relative to, today if None; `times` is whether
    times are understood at all; `reranking` reads the best passages of each question again (`retrieval.rerankers`).
    `at_once` is how many questions are answered at the same time, one for each core if 0; the others wait their turn.
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
        confidence: Confidence | None = None,
        questions_kept: int = QUESTIONS,
        reranking: Reranking | None = None,
        at_once: int = 0,
    ) -> None:
        self._serving = Serving(index)
        self._data: Path | None = None
        self._keeper: Keeper | None = None
        self._refreshing = threading.Lock()
        self._encoder = Remembering(encoder, questions_kept)
        self._ranking = ranking
        self._thresholds = thresholds
        self._now = now
        self._times = times
        self._confidence = confidence or shipped()
        self._reranking = reranking
        self._turns = Turns(at_once or len(os.sched_getaffinity(0)))

    @classmethod
    def open(
        cls,
        data: str | Path = "data",
        *,
        generation: str | None = None,
        keeper: Keeper | None = None,
        encoder: Encoder | None = None,
        make_encoder: Callable[[Mapping[str, Any]], Encoder] = made_by,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
        now: date | None = None,
        times: bool = True,
        questions_kept: int = QUESTIONS,
        reranking: Reranking | None = None,
    ) -> Archive:
        """Open the current generation of the data folder `data`, or another that is named.

        `keeper` is what keeps the generations where that is not the data folder itself, but a server.

        Without an `encoder`, `make_encoder` makes it from what the manifest says of the one that made the index: as a
        rule that one is loaded again. The vectors of the last `questions_kept` questions are remembered. How sure
        answers are comes from the folder's own model, where `archivist calibrate` left one.

        Raises NoGeneration where nothing was indexed yet, DamagedError where files are missing or broken,
        EncoderMismatch where another encoder made the index, Unreachable where a server that keeps it is away.
        """
        folder = Path(data).expanduser()
        keeper = keeper or LocalKeeper(folder)
        index = keeper.open(generation)
        made = index.manifest.encoder
        try:
            confidence = load(folder)
            if encoder is None:
                encoder = make_encoder(made)
            _check_encoder(index, encoder, keeper.place)
        except BaseException:
            index.close()
            raise
        archive = cls(
            index,
            encoder,
            ranking=ranking,
            thresholds=thresholds,
            now=now,
            times=times,
            confidence=confidence,
            questions_kept=questions_kept,
            reranking=reranking,
            at_once=0 if isinstance(keeper, LocalKeeper) else _SERVED,
        )
        archive._data, archive._keeper = folder, keeper
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
        if self._keeper is None:
            return False
        with self._refreshing:
            if self._keeper.current() == self.generation:
                return False
            index = self._keeper.open()
            try:
                _check_encoder(index, self._encoder, self._keeper.place)
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
        previous: Answer | str | Sequence[str] | None = None,
        now: date | None = None,
        understand: bool = True,
        literally: Sequence[str] = (),
        prefer_recent_days: int | None = None,
    ) -> Answer:
        """Return the best `k` passages that `filters` allow, with how sure the archive is that they answer.

        The question's own words may set a time, relative to `now`, and whose articles are searched; without
        `understand` it is taken as it stands, and so are words of it that are among `literally`. Where nothing from
        then, or of theirs, answers, the nearest from other times (`outside`) or of others are returned, and never as
        `answered`. `previous` is the answer (or the question, or the questions, oldest first) that this one follows:
        where it leans on that, it takes its subject from there. `prefer_recent_days` prefers articles near `now`, see
        `retrieval.recency`; None is the ranking's own, 0 is off.

        Raises QuestionError for a question without words, one that is too long, or a `k` below 1.
        """
        started = time.perf_counter()
        wishes = self._wishes(previous, understand, prefer_recent_days, now)._replace(literally=tuple(literally))
        with self._turns, self._lent() as index:
            found = self._inquiry(index).ask(question, k, filters, wishes)
            status = status_of(found.confidence, self._thresholds)
            held = index.summary.languages
            return Answer(
                question=question,
                status=status,
                confidence=found.confidence,
                hits=found.hits,
                filters=filters,
                generation=index.summary.generation,
                took_ms=round((time.perf_counter() - started) * 1000, 1),
                undated=index.undated_left_out(filters),
                phrases_missing=found.phrases_missing,
                understood=found.understood,
                outside=found.outside,
                earlier=wishes.earlier,
                follows=found.prepared.follows,
                about=found.about,
                scope=found.scope,
                also_searched=found.prepared.also_searched,
                elsewhere=held if status != "answered" and foreign_to(question, held) else (),
            )

    def search(self, question: str, *, k: int = 5, filters: Filters = _NO_FILTERS) -> tuple[Hit, ...]:
        """Return the best `k` passages that `filters` allow, best first; the same errors as `ask`.

        The question is taken as it stands: its words set no time and nobody's articles.
        """
        with self._turns, self._lent() as index:
            return self._inquiry(index).ask(question, k, filters, self._wishes(understand=False)).hits

    def evidence(
        self,
        question: str,
        *,
        filters: Filters = _NO_FILTERS,
        previous: Answer | str | Sequence[str] | None = None,
        now: date | None = None,
    ) -> tuple[Hit, dict[str, float]] | None:
        """Return the best passage with what its answer's confidence is judged by (`retrieval.evidence`); None without.

        All as in `ask`.
        """
        with self._turns, self._lent() as index:
            found = self._inquiry(index).ask(question, 1, filters, self._wishes(previous, now=now))
            return (found.hits[0], found.evidence) if found.hits and found.evidence else None

    def search_in(self, article_id: str, question: str) -> tuple[Hit, ...]:
        """Return every passage of one article that has to do with a question, best first; the same errors as `ask`.

        That is: it holds a word of the question, or is at least half as near to it as the nearest of the article.
        """
        with self._turns, self._lent() as index:
            return self._inquiry(index).search_in(article_id, question)

    def rank_articles(
        self,
        question: str,
        *,
        k: int,
        filters: Filters = _NO_FILTERS,
        previous: Answer | str | Sequence[str] | None = None,
        now: date | None = None,
    ) -> list[tuple[int, float]]:
        """Return (row, score) of the best `k` articles, best first, copies included: what a run is made of.

        A row counts the articles in the order of `articles`, those that are withdrawn included. Where the question says
        when articles were written, those from then come first; where it names whose articles it asks for, only theirs
        come. `previous` and `now` are as in `ask`.
        """
        wishes = self._wishes(previous, now=now)
        with self._turns, self._lent() as index:
            return self._inquiry(index).rank_articles(question, k, filters, wishes)

    def timeline(
        self, question: str, *, filters: Filters = _NO_FILTERS, now: date | None = None, understand: bool = True
    ) -> Timeline:
        """Return when the archive wrote about what a question asks for: its relevant articles, by month or year.

        `now`, `understand` and the errors are those of `ask`.
        """
        wishes = self._wishes(understand=understand, now=now)
        with self._turns, self._lent() as index:
            return self._inquiry(index).timeline(question, filters, wishes)

    def cited(self, rows: Sequence[int]) -> list[Citation]:
        """Return the citations of the articles at these rows, as `rank_articles` counts them."""
        with self._lent() as index:
            return index.cited(rows)

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
                if self._keeper is None or isinstance(error, WithdrawalsDamaged):
                    raise
                raise DamagedError(error.message, self._keeper.remedy()) from error

    def _inquiry(self, index: Index) -> Inquiry:
        return Inquiry(index, self._encoder, self._ranking, self._thresholds, self._confidence, self._times)

    def _wishes(
        self,
        previous: Answer | str | Sequence[str] | None = None,
        understand: bool = True,
        prefer_recent_days: int | None = None,
        now: date | None = None,
    ) -> Wishes:
        days = self._ranking.prefer_recent_days if prefer_recent_days is None else prefer_recent_days
        if days < 0:
            raise QuestionError(f"prefer_recent_days is {days}", "Give a number of days, 0 for no preference")
        reading = self._reranking.reading() if self._reranking else None
        return Wishes(
            turns_of(previous), not understand, prefer_recent_days=days, now=now or self._now, reading=reading
        )


def _check_encoder(index: Opened, encoder: Encoder, place: str) -> None:
    """Raise EncoderMismatch where `encoder` is not the one that made the index."""
    made = index.manifest.encoder
    if encoder.fingerprint != made["fingerprint"]:
        raise EncoderMismatch(
            f"the index in {place} was made by {made['name']} ({made['fingerprint'][:12]}), "
            f"the encoder here is {encoder.name} ({encoder.fingerprint[:12]})",
            "Run `archivist index`, which encodes the archive anew, or set the encoder that made it",
        )
