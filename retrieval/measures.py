"""What is measured over a dataset: how well articles are ranked, and whether the answers know what they know.

Ranking is measured by `ir-measures`; the measures of answers are defined here. Nothing here asks anything.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from retrieval.reliability import Reliability
from retrieval.resampling import Interval, auroc_interval, interval
from retrieval.types import Hit, Skipped, Status

_MARKS = re.compile("[" + re.escape(string.punctuation + "“”‘’–—") + "]")
_ARTICLES = re.compile(r"\b(?:an?|the)\b")
_NOTHING = Reliability(0, None, None, (), None, ())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was answered to one query, as far as it is measured.

    `found` is whether the first passage holds one of the known answers, `marked` whether a highlight of it does;
    both are None where no answer is known. `right` is as `reliability` has it, None where nobody knows.
    """

    answerable: bool | None
    status: Status
    confidence: float
    took_ms: float | None
    found: bool | None = None
    marked: bool | None = None
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of one dataset; None where one does not apply.

    `articles` and `passages` count what was indexed, `judged` the queries with judgements. nDCG@10, R@10, R@100 and
    RR@10 are means over the judged queries, with articles ranked by their best passages. `auroc` is the chance that an
    answerable query has a higher confidence than an unanswerable one. `highlight_accuracy` is over the answerable
    queries whose first passage holds a known answer (`first_passage_holds_answer` of them): the share where a highlight
    holds one too. `ask_ms_*` is the time of `Archive.ask`; `index_s` is None where a finished index was there.
    `skipped_articles` and `skipped_queries` name what could not be read or asked, with the reason,
    `skipped_judgements` what was not judged by. `intervals` holds the 95 % bootstrap intervals of the measures that
    have one, by their names in JSON; `reliability` says what confidences are worth.
    """

    dataset: str
    articles: int
    passages: int
    queries: int
    judged: int
    ndcg_10: float | None
    recall_10: float | None
    recall_100: float | None
    rr_10: float | None
    auroc: float | None
    answered_of_answerable: float | None
    not_refused_of_answerable: float | None
    refused_of_unanswerable: float | None
    answered_of_unanswerable: float | None
    highlight_accuracy: float | None
    first_passage_holds_answer: int
    ask_ms_median: float | None
    ask_ms_p95: float | None
    index_s: float | None
    skipped_articles: tuple[Skipped, ...] = ()
    skipped_queries: tuple[Skipped, ...] = ()
    skipped_judgements: tuple[Skipped, ...] = ()
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    reliability: Reliability = _NOTHING

    def to_dict(self) -> dict[str, Any]:
        """Return the evaluation as `archivist evaluate --json` prints it; measures go by their usual names."""
        told = asdict(self)
        worth = told.pop("reliability")
        named = {_NAMES.get(key, key): value for key, value in told.items()}
        return named | {
            "skipped_articles": [asdict(skipped) for skipped in self.skipped_articles],
            "skipped_queries": [asdict(skipped) for skipped in self.skipped_queries],
            "skipped_judgements": [asdict(skipped) for skipped in self.skipped_judgements],
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "first_right": worth["right"],
            "first_right_of": worth["judged"],
            "calibration_error": worth["error"],
            "calibration_bins": [each._asdict() for each in self.reliability.bins],
            "risk_coverage_area": worth["area"],
            "risk_coverage": [each._asdict() for each in self.reliability.points],
        }

    def rows(self) -> list[tuple[str, str]]:
        """Return (name, value) for people, in the order of the fields; what does not apply is a dash."""
        shown = self.to_dict() | {
            "skipped_articles": len(self.skipped_articles),
            "skipped_queries": len(self.skipped_queries),
            "skipped_judgements": len(self.skipped_judgements),
            "calibration_bins": _in_line(
                f"{b.confidence:.0%} sure: {b.right:.0%} right of {b.answers:,}" for b in self.reliability.bins
            ),
            "risk_coverage": _in_line(f"{p.risk:.1%} wrong at {p.coverage:.0%}" for p in self.reliability.points),
        }
        del shown["intervals"]
        return [(name.replace("_", " "), self._with_interval(name, value)) for name, value in shown.items()]

    def _with_interval(self, name: str, value: str | float | None) -> str:
        ends = self.intervals.get(name)
        return _shown(name, value) + (f"  [{ends[0]:.4f}, {ends[1]:.4f}]" if ends else "")


_NAMES = {
    "ndcg_10": "nDCG@10",
    "recall_10": "R@10",
    "recall_100": "R@100",
    "rr_10": "RR@10",
    "auroc": "AUROC",
}


def _in_line(parts: Iterable[str]) -> str | None:
    return "; ".join(parts) or None


def _shown(name: str, value: str | float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}" if name.startswith(("ask_ms", "index_s")) else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else value


def ranking_measures(
    qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]], k: int
) -> dict[str, float | None]:
    """Return the fields of an Evaluation that judge a ranking: means over all of `qrels`, to four places.

    `run` holds the scores of the best `k` articles of each query; no two of one query are equal. A judged query
    without results counts as 0. None for all without judgements, and for a measure that looks further down than `k`.
    """
    found = ranking_values(qrels, run, k)
    return {name: round(sum(of.values()) / len(of), 4) if of else None for name, of in found.items()}


def ranking_values(
    qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]], k: int
) -> dict[str, dict[str, float]]:
    """Return, for each field as `ranking_measures` has them, the value of each judged query; empty for None."""
    from ir_measures import RR, R, iter_calc, nDCG

    wanted = {
        "ndcg_10": (nDCG @ 10, 10),
        "recall_10": (R @ 10, 10),
        "recall_100": (R @ 100, 100),
        "rr_10": (RR @ 10, 10),
    }
    measures = {measure: name for name, (measure, depth) in wanted.items() if qrels and depth <= k}
    found = {name: dict.fromkeys(qrels if name in measures.values() else (), 0.0) for name in wanted}
    for each in iter_calc(list(measures), qrels, run) if measures else ():
        found[measures[each.measure]][each.query_id] = float(each.value)
    return found


def intervals_of(
    rankings: Mapping[str, Mapping[str, float]], outcomes: Sequence[Outcome]
) -> dict[str, tuple[float, float]]:
    """Return the 95 % bootstrap intervals of an Evaluation's measures, by their names in JSON."""
    yes = [outcome.confidence for outcome in outcomes if outcome.answerable]
    no = [outcome.confidence for outcome in outcomes if outcome.answerable is False]
    marked = [float(bool(o.marked)) for o in outcomes if o.answerable and o.found]
    right = [float(o.right) for o in outcomes if o.right is not None]
    found = {_NAMES[name]: interval(list(of.values())) for name, of in rankings.items()}
    found |= {"AUROC": auroc_interval(yes, no), "highlight_accuracy": interval(marked), "first_right": interval(right)}
    return {name: ends for name, ends in found.items() if ends}


def answer_measures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the fields of an Evaluation that judge answers: shares to four places, times in milliseconds."""
    yes = [outcome for outcome in outcomes if outcome.answerable]
    no = [outcome for outcome in outcomes if outcome.answerable is False]
    marked = [bool(outcome.marked) for outcome in yes if outcome.found]
    took = [outcome.took_ms for outcome in outcomes if outcome.took_ms is not None]
    return {
        "auroc": auroc([o.confidence for o in yes], [o.confidence for o in no]),
        "answered_of_answerable": _share(o.status == "answered" for o in yes),
        "not_refused_of_answerable": _share(o.status != "not_found" for o in yes),
        "refused_of_unanswerable": _share(o.status == "not_found" for o in no),
        "answered_of_unanswerable": _share(o.status == "answered" for o in no),
        "highlight_accuracy": _share(marked),
        "first_passage_holds_answer": len(marked),
        "ask_ms_median": round(float(np.percentile(took, 50)), 1) if took else None,
        "ask_ms_p95": round(float(np.percentile(took, 95)), 1) if took else None,
    }


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return the area under the ROC curve, to four places; None where one side is empty.

    It is the Mann-Whitney statistic: the share of pairs in which the positive one is higher, ties counting half.
    """
    if not positive or not negative:
        return None
    ordered = np.sort(np.asarray(negative))
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return round(float((below + not_above).sum()) / 2 / len(positive) / len(negative), 4)


def judge_quote(hits: Sequence[Hit], answers: Sequence[str]) -> tuple[bool | None, bool | None]:
    """Return whether the first passage holds one of `answers`, and whether one of its highlights does.

    (None, None) where no answer is known. What is compared is words: case, punctuation and English articles do not
    count, as in the evaluation of SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250, section 6.1).
    """
    if not answers:
        return None, None
    if not hits:
        return False, False
    text = hits[0].passage.text
    return holds(text, answers), any(holds(text[start:end], answers) for start, end in hits[0].highlights)


def holds(text: str, answers: Iterable[str]) -> bool:
    """Whether the words of one of `answers` stand in `text`, whole and in order; an answer without words never does."""
    words = f" {_plain(text)} "
    return any(f" {plain} " in words for plain in map(_plain, answers) if plain)


def _plain(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", _MARKS.sub(" ", text.lower())).split())


def _share(outcomes: Iterable[bool]) -> float | None:
    counted = list(outcomes)
    return round(sum(counted) / len(counted), 4) if counted else None
