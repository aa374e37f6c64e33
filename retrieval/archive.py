"""The archive as a script sees it.

from retrieval import Archive

with Archive.open("data") as archive:
    answer = archive.ask("When is the station planned for?")
    for hit in answer.hits:
        print(hit.passage.text, hit.article.title, hit.article.published)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from retrieval.answer import Thresholds, Weigher, confidence, status_of, to_hit
from retrieval.encoders import Encoder, SentenceTransformerEncoder
from retrieval.errors import EncoderMismatch
from retrieval.index import Index, Summary
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex
from retrieval.search import Question, Ranking, rank_articles, search, understand
from retrieval.types import Answer, Article, Citation, Filters, Hit

_NO_FILTERS = Filters()


class Archive:
    """An index, opened for asking. Serves the generation it was opened on until it is closed; safe between threads.

    `Archive.open` is the usual way to one; the constructor takes any index and the encoder that made it.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        *,
        ranking: Ranking = Ranking(),
        thresholds: Thresholds = Thresholds(),
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._ranking = ranking
        self._thresholds = thresholds

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

        Without an `encoder`, the one that the index names is loaded. Raises NoGeneration where nothing was indexed yet,
        DamagedError where files are missing or broken, EncoderMismatch where another encoder made the index.
        """
        folder = Path(data).expanduser()
        name = generations.require_current(folder)
        index = LocalIndex(generations.folder_of(folder, name))
        made = index.manifest.encoder
        try:
            if encoder is None:
                encoder = SentenceTransformerEncoder(
                    made["name"],
                    query_prompt=made["query_prompt"],
                    passage_prompt=made["passage_prompt"],
                    languages=tuple(made["languages"]),
                )
            if encoder.fingerprint != made["fingerprint"]:
                raise EncoderMismatch(
                    f"the index in {folder} was made by {made['name']} ({made['fingerprint'][:12]}), "
                    f"the encoder here is {encoder.name} ({encoder.fingerprint[:12]})",
                    "Run `archivist index`, which encodes the archive anew, or set the encoder that made it",
                )
        except BaseException:
            index.close()
            raise
        return cls(index, encoder, ranking=ranking, thresholds=thresholds)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give back the index's files and memory."""
        self._index.close()

    def ask(self, question: str, *, k: int = 5, filters: Filters = _NO_FILTERS) -> Answer:
        """Return the best `k` passages that `filters` allow, with how sure the archive is that they answer.

        Raises QuestionError for a question without words, one that is too long, or a `k` below 1.
        """
        started = time.perf_counter()
        understood = self._understand(question)
        hits, sure = self._ask(understood, k, filters)
        return Answer(
            question=question,
            status=status_of(sure, self._thresholds),
            confidence=sure,
            hits=hits,
            filters=filters,
            generation=self.status().generation,
            took_ms=round((time.perf_counter() - started) * 1000, 1),
            undated=self._index.undated_left_out(filters),
        )

    def search(self, question: str, *, k: int = 5, filters: Filters = _NO_FILTERS) -> tuple[Hit, ...]:
        """Return the best `k` passages that `filters` allow, best first; the same errors as `ask`."""
        return self._ask(self._understand(question), k, filters)[0]

    def rank_articles(self, question: str, *, k: int, filters: Filters = _NO_FILTERS) -> list[tuple[int, float]]:
        """Return (row, score) of the best `k` articles, best first, copies included: what a run is made of.

        A row counts the articles in the order of `articles`.
        """
        return rank_articles(self._index, self._encoder, self._understand(question), filters, k, self._ranking)

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where the archive has none of that id."""
        return self._index.article(article_id)

    def articles(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        return self._index.citations()

    def status(self) -> Summary:
        """Return what the index holds."""
        return self._index.summary

    def _understand(self, question: str) -> Question:
        return understand(question, self._index.summary.languages)

    def _ask(self, question: Question, k: int, filters: Filters) -> tuple[tuple[Hit, ...], float]:
        found = search(self._index, self._encoder, question, filters, k, self._ranking)
        weigher = Weigher(self._index, question)
        copies = self._index.copies([f.stored.row for f in found])
        hits = tuple(
            replace(to_hit(f, rank, weigher), also_in=tuple(copies[f.stored.row])) for rank, f in enumerate(found, 1)
        )
        return hits, confidence(found, weigher)
