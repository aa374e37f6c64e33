"""Fitting how sure answers are to a user's own archive, from questions with judgements.

An answer is *right* where its first passage is of an article that is judged relevant and the question is not marked as
unanswerable. What is fitted is drawn towards the model that ships, so that a few questions move it a little and many
move it far: a coefficient as if `STRENGTH` questions spoke for the shipped one, the intercept `LEVEL`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.archive import Archive
from retrieval.calibration import Confidence, fit, save, shipped
from retrieval.dataset import load_dataset
from retrieval.encoders import Encoder
from retrieval.errors import DatasetError, QuestionError
from retrieval.evaluate import Corpus, source_of
from retrieval.evidence import NAMES
from retrieval.indexing import Options, run_index
from retrieval.measures import auroc
from retrieval.ranking import Ranking
from retrieval.reliability import expected_calibration_error
from retrieval.types import Skipped

STRENGTH, LEVEL, SLOPE = 20.0, 2.0, 2.0
FEWEST = 20  # queries to fit to
FOLDS = 5

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Examples:
    """What was found to the queries of one dataset whose answerability is known.

    `rows` is (queries, kinds of evidence), `right` whether the first passage answers, `answerable` whether any does.
    """

    dataset: str
    rows: NDArray[np.float64]
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]
    skipped: tuple[Skipped, ...] = ()

    def confidences(self, model: Confidence) -> list[float]:
        """Return how sure `model` is of each query's answer."""
        return [model.of(dict(zip(NAMES, row, strict=True))) for row in self.rows.tolist()]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a fit changed, over `queries` of which `right` were answered right.

    Calibration errors and AUROC (of answerable against unanswerable, None without both) are of the model that ships and
    of the fit, the latter by cross-validation: each fifth of the queries by a fit to the others.
    """

    datasets: tuple[str, ...]
    queries: int
    right: int
    ece_before: float | None
    ece_after: float | None
    auroc_before: float | None
    auroc_after: float | None
    model: Confidence
    skipped: tuple[Skipped, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as `archivist calibrate --json` prints it."""
        named = dict(zip(NAMES, self.model.coefficients, strict=True))
        coefficients = {name: round(c, 4) for name, c in ({"intercept": self.model.intercept} | named).items()}
        return asdict(self) | {
            "datasets": list(self.datasets),
            "model": coefficients,
            "skipped": [asdict(skipped) for skipped in self.skipped],
        }


def gather(
    dataset: Path,
    encoder: Encoder,
    *,
    options: Options = Options(),
    ranking: Ranking = Ranking(),
    data: Path | None = None,
    progress: Progress = lambda phase, done, total: None,
) -> Examples:
    """Index the articles of the folder `dataset` and ask all of its queries whose answerability is known.

    The index is thrown away unless a folder `data` is given. Raises what `evaluate` raises.
    """
    loaded = load_dataset(dataset)
    rows, right, answerable, skipped = [], [], [], []
    with TemporaryDirectory(prefix="archivist-calibrate-") as folder:
        work = (data or Path(folder)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        source = source_of(loaded, work)
        run_index(work / "index", [source], encoder, options, allow_removals=True, progress=progress)
        with Archive.open(work / "index", encoder=encoder, ranking=ranking) as archive:
            corpus = Corpus(loaded, source, archive)
            loaded.check_judged(corpus.known)
            for done, query in enumerate(loaded.queries):
                progress("ask", done, len(loaded.queries))
                if query.answerable is None:
                    continue
                try:
                    found = archive.evidence(query.text, previous=query.history, now=query.asked)
                except QuestionError as error:
                    skipped.append(Skipped(query.id, error.message))
                    continue
                if found is None:  # nothing is found in an archive without articles alone
                    skipped.append(Skipped(query.id, "nothing was found"))
                    continue
                hit, evidence = found
                relevant = loaded.qrels.get(query.id, {}).get(corpus.of(hit.article.id), 0) > 0
                rows.append([evidence[name] for name in NAMES])
                right.append(relevant and query.answerable)
                answerable.append(query.answerable)
            progress("ask", len(loaded.queries), len(loaded.queries))
    table = np.array(rows, np.float64).reshape(len(rows), len(NAMES))
    return Examples(loaded.name, table, np.array(right, bool), np.array(answerable, bool), tuple(skipped))


def calibrate(examples: Sequence[Examples]) -> Calibration:
    """Return the model fitted to `examples`, with what it changed; every dataset counts the same.

    Raises DatasetError for fewer than 20 queries, or where all or none were answered right: nothing can be learnt then.
    """
    right = np.concatenate([e.right for e in examples])
    queries = len(right)
    if queries < FEWEST or right.all() or not right.any():
        what = f"{queries} queries, {int(right.sum())} of them answered right"
        raise DatasetError(
            f"there are {what}: too little to fit confidence to",
            f"Give at least {FEWEST} queries that say whether they are answerable, among them some that are not",
        )
    rows = np.vstack([e.rows for e in examples])
    weights = np.concatenate([np.full(len(e.right), queries / len(e.right) / len(examples)) for e in examples])
    model = fitted(rows, right, weights, shipped())
    fold = np.concatenate([np.arange(len(e.right)) % FOLDS for e in examples])
    answerable = np.concatenate([e.answerable for e in examples])
    before, after = np.zeros(queries), np.zeros(queries)
    for i in range(FOLDS):
        own = fold == i
        unseen = fitted(rows[~own], right[~own], weights[~own], shipped())
        after[own] = _confidences(unseen, rows[own])
        before[own] = _confidences(shipped(), rows[own])
    return Calibration(
        datasets=tuple(e.dataset for e in examples),
        queries=queries,
        right=int(right.sum()),
        ece_before=expected_calibration_error(before.tolist(), right.tolist()),
        ece_after=expected_calibration_error(after.tolist(), right.tolist()),
        auroc_before=auroc(before[answerable].tolist(), before[~answerable].tolist()),
        auroc_after=auroc(after[answerable].tolist(), after[~answerable].tolist()),
        model=model,
        skipped=tuple(skipped for e in examples for skipped in e.skipped),
    )


def keep(data: Path, calibration: Calibration) -> Path:
    """Write the fitted model into the data folder, which uses it from its next opening on; return the file."""
    data.mkdir(parents=True, exist_ok=True)
    known = {key: value for key, value in calibration.to_dict().items() if key not in {"model", "skipped", "datasets"}}
    return save(data, calibration.model, {"fitted_on": list(calibration.datasets), "by": "archivist calibrate"} | known)


def fitted(
    rows: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64], prior: Confidence
) -> Confidence:
    """Return the model fitted to answers of which `right` were, drawn towards `prior`.

    How sure it is as a whole, and how steeply that rises, is fitted first (Platt scaling), and then each coefficient:
    an archive differs from others above all in how much of what is asked there it can answer.
    """
    told = prior.vector[0] + rows @ prior.vector[1:]
    level, slope = fit(told[:, None], right, weights, np.array([0.0, 1.0]), np.array([LEVEL, SLOPE]))
    scaled = slope * prior.vector
    scaled[0] += level
    beta = fit(rows, right, weights, scaled, np.array([LEVEL, *[STRENGTH] * rows.shape[1]]))
    return Confidence(float(beta[0]), tuple(beta[1:].tolist()))


def _confidences(model: Confidence, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([model.of(dict(zip(NAMES, row, strict=True))) for row in rows.tolist()])
