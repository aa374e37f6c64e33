"""How well an archive answers, measured over a dataset, through the same indexing and asking as anybody's.

A run is by article. Its scores fall strictly, since trec_eval and its kin order by score and not by rank.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from retrieval.answer import Thresholds
from retrieval.archive import Archive
from retrieval.dataset import ARTICLES, CORPUS, QUERIES, Dataset, Query, load_dataset
from retrieval.encoders import Encoder
from retrieval.encoders.remembering import Remembering
from retrieval.errors import DatasetError, QuestionError
from retrieval.indexing import Options, Progress, Report, run_index
from retrieval.judging import judged_here, outcome_of
from retrieval.measures import (
    Evaluation,
    Outcome,
    answer_measures,
    intervals_of,
    ranking_measures,
    ranking_values,
)
from retrieval.ranking import Ranking
from retrieval.reliability import reliability_of
from retrieval.report import Told, report_page, told
from retrieval.rerankers import Reranking
from retrieval.types import Answer, Citation, Skipped

_TEXTS = 16  # that one question, with what it follows, is encoded by
_QUOTES = 5  # passages of an answer
_STEP = 1e-6  # the scores' own precision
_TAG = "archivist"


def evaluate(
    dataset: Path,
    encoder: Encoder,
    *,
    options: Options = Options(),
    ranking: Ranking = Ranking(),
    thresholds: Thresholds = Thresholds(),
    k: int = 100,
    run: Path | None = None,
    answers: Path | None = None,
    data: Path | None = None,
    archive: Path | None = None,
    report: Path | None = None,
    reranking: Reranking | None = None,
    progress: Progress = lambda phase, done, total: None,
) -> Evaluation:
    """Index the articles of the folder `dataset`, ask all of its queries and return what can be measured.

    The best `k` articles of each query are ranked; the file `run` gets them as a TREC run, the file `answers` what was
    answered, one JSON object a query, the file `report` all of it as a page for people. They appear when whole. The
    index is thrown away, unless a folder `data` is given, which keeps it: the next evaluation there encodes only what
    changed. `progress` is told the phases of indexing, then "ask".

    A data folder `archive` is asked as it is, for a dataset without articles of its own: corpus ids are then the ids of
    its articles. What is judged there and has gone since is left out, and named in `skipped_judgements`.

    Raises DatasetError for a dataset that cannot be read or, with `run`, whose ids a run cannot hold, QuestionError for
    a `k` below 1, and what `run_index` raises.
    """
    if k < 1:
        raise QuestionError(f"k is {k}", "Rank at least one article")
    loaded = load_dataset(dataset, elsewhere=archive is not None)
    if run:
        _check_ids(loaded, (query.id for query in loaded.queries), "query")
        _check_ids(loaded, (loaded.records or {}).values(), "article")
    remembering = Remembering(encoder, _TEXTS)  # each is asked twice: for its answer and its run
    dropped: tuple[Skipped, ...] = ()
    with (
        _folder(data) as work,
        _written(run) as run_file,
        _written(answers) as answers_file,
        _written(report) as report_file,
    ):
        source = None if archive else source_of(loaded, work)
        built = (
            run_index(work / "index", [source], encoder, options, allow_removals=True, progress=progress)
            if source
            else None
        )
        with Archive.open(
            archive or work / "index",
            encoder=remembering,
            ranking=ranking,
            thresholds=thresholds,
            questions_kept=0,
            reranking=reranking,
        ) as opened:
            corpus = Corpus(loaded, source, opened)
            if archive:
                loaded, dropped = judged_here(loaded, corpus.known)
            loaded.check_judged(corpus.known)
            if run:
                _check_ids(loaded, corpus.rows, "article")
            remembering.encode_queries([loaded.queries[0].text])  # loads the model, which is no question's time
            asking = _Asking(opened, loaded, remembering, corpus, k, run_file, answers_file)
            for done, query in enumerate(loaded.queries):
                progress("ask", done, len(loaded.queries))
                asking.ask(query)
            progress("ask", len(loaded.queries), len(loaded.queries))
            summary = opened.status()
        rankings = ranking_values(loaded.qrels, asking.run, k)
        judged = [(o.confidence, o.right) for o in asking.outcomes if o.right is not None]
        result = Evaluation(
            dataset=loaded.name,
            articles=built.articles if built else summary.articles,
            passages=built.passages if built else summary.passages,
            queries=len(loaded.queries),
            judged=len(loaded.qrels),
            index_s=_index_seconds(built) if built else None,
            skipped_articles=built.skipped if built else (),
            skipped_queries=tuple(asking.skipped),
            skipped_judgements=dropped,
            intervals=intervals_of(rankings, asking.outcomes),
            reliability=reliability_of([sure for sure, _ in judged], [right for _, right in judged]),
            **(ranking_measures(loaded.qrels, asking.run, k) | answer_measures(asking.outcomes)),
        )
        if report_file:
            report_file.write(report_page(result, loaded, asking.told, rankings["ndcg_10"]))
    return result


class Corpus:
    """Leads from the archive's articles to the dataset's: `rows` holds the corpus id of each article in their order."""

    def __init__(self, dataset: Dataset, source: Path | None, archive: Archive) -> None:
        self.rows: list[str] = []
        self._by_article: dict[str, str] = {}
        for citation, _ in archive.articles():
            corpus_id = _corpus_id(citation, source, dataset.records) if source else citation.id
            self.rows.append(corpus_id)
            self._by_article[citation.id] = corpus_id
        self.known = frozenset(self.rows) | frozenset((dataset.records or {}).values())

    def of(self, article_id: str) -> str:
        """Return the corpus id of an article of the archive."""
        return self._by_article[article_id]


def _corpus_id(citation: Citation, source: Path, records: dict[str, str] | None) -> str:
    if not Path(citation.path).is_relative_to(source):
        raise DatasetError(
            f"the index to evaluate with holds {citation.path}, which is not of this dataset",
            "Keep the index of each dataset in a folder of its own",
        )
    if records is not None:
        return records[citation.record]
    place = Path(citation.path).relative_to(source).as_posix()
    return f"{place}#{citation.record}" if citation.record else place


class _Asking:
    """Asks query after query, writes what came back and keeps what is measured."""

    def __init__(
        self,
        archive: Archive,
        dataset: Dataset,
        remembering: Remembering,
        corpus: Corpus,
        k: int,
        run_file: TextIO | None,
        answers_file: TextIO | None,
    ) -> None:
        self.run: dict[str, dict[str, float]] = {}
        self.outcomes: list[Outcome] = []
        self.told: list[Told] = []
        self.skipped: list[Skipped] = []
        self._archive = archive
        self._dataset = dataset
        self._remembering = remembering
        self._corpus = corpus
        self._k = k
        self._run_file = run_file
        self._answers_file = answers_file

    def ask(self, query: Query) -> None:
        """Ask one query; one that the archive refuses to be asked counts as not answered."""
        self._remembering.forget()  # so that every answer's time holds its question's encoding
        try:
            answer = self._archive.ask(query.text, k=_QUOTES, previous=query.history, now=query.asked)
        except QuestionError as error:
            self.skipped.append(Skipped(f"{QUERIES}: {query.id}", error.message))
            self._keep(query, None)
            return
        self._keep(query, answer)
        ranked = falling(self._archive.rank_articles(query.text, k=self._k, previous=query.history, now=query.asked))
        cited = self._archive.cited([row for row, _ in ranked])
        scores = {self._corpus.of(article.id): score for article, (_, score) in zip(cited, ranked, strict=True)}
        if query.id in self._dataset.qrels:
            self.run[query.id] = scores
        if self._run_file:
            for rank, (corpus_id, score) in enumerate(scores.items(), 1):
                self._run_file.write(f"{query.id} Q0 {corpus_id} {rank} {score:.6f} {_TAG}\n")

    def _keep(self, query: Query, answer: Answer | None) -> None:
        outcome = outcome_of(query, answer, self._dataset, self._corpus.of)
        self.outcomes.append(outcome)
        self.told.append(told(query, outcome, answer, self._corpus.of))
        self._write_answer(query, answer)

    def _write_answer(self, query: Query, answer: Answer | None) -> None:
        if not self._answers_file:
            return
        row: dict[str, Any] = {
            "query_id": query.id,
            "status": answer.status if answer else "not_found",
            "confidence": answer.confidence if answer else 0.0,
            "passages": [
                {
                    "corpus_id": self._corpus.of(hit.article.id),
                    "text": hit.passage.text,
                    "highlights": [list(span) for span in hit.highlights],
                }
                for hit in (answer.hits if answer else ())
            ],
        }
        self._answers_file.write(json.dumps(row, ensure_ascii=False) + "\n")


def falling(ranked: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return (row, score) in the same order with every score below the one before, moved by no more than ties ask for.

    Scores are taken, and given back, as multiples of 1e-6: single precision, which trec_eval reads them in, holds those
    apart near 1.
    """
    steps: list[int] = []
    for _, score in ranked:
        own = round(score / _STEP)
        steps.append(min(own, steps[-1] - 1) if steps else own)
    return [(row, round(step * _STEP, 6)) for (row, _), step in zip(ranked, steps, strict=True)]


def _check_ids(dataset: Dataset, ids: Iterable[str], what: str) -> None:
    """Raise DatasetError for an id with white space, which divides the columns of a run."""
    for name in ids:
        if any(letter.isspace() for letter in name):
            raise DatasetError(
                f"{dataset.folder} has the {what} id {name!r}, which a TREC run cannot hold",
                "White space divides its columns: write ids without white space, or evaluate without a run",
            )


def _index_seconds(report: Report) -> float | None:
    """Return how long indexing took, None where everything was there already."""
    built = report.encoded or report.added or report.changed or report.removed
    return round(report.took_ms / 1000, 1) if built else None


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """Give the folder to work in, absolute: `data`, or one that is removed afterwards."""
    if data:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    with TemporaryDirectory(prefix="archivist-evaluate-") as folder:
        yield Path(folder).resolve()


def source_of(dataset: Dataset, work: Path) -> Path:
    """Return the folder to index: the articles alone, without the queries."""
    if dataset.records is None:
        return (dataset.folder / ARTICLES).resolve()
    source = work / ARTICLES
    source.mkdir(exist_ok=True)
    original, copy = (dataset.folder / CORPUS).resolve(), source / CORPUS
    copy.unlink(missing_ok=True)
    try:
        os.link(original, copy)
    except OSError:  # another file system, or one without links
        shutil.copy2(original, copy)  # its time of change too, by which an unchanged file is known
    return source


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO | None]:
    """Open a file to write beside `path`, which it takes the place of when all is done; None for None."""
    if path is None:
        yield None
        return
    part = path.with_name(path.name + ".part")
    try:
        file = part.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be written: {error.strerror}", "Name a file in a folder that exists"
        ) from error
    try:
        with file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
