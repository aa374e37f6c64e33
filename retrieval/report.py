"""An evaluation as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.

Whatever comes from a dataset or an archive is text, never markup. The same evaluation gives the same page, but for its
times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from retrieval.charts import STYLE, curve_chart, histogram_chart, interval_chart, reliability_chart
from retrieval.console import clean, one_line
from retrieval.dataset import Dataset, Query
from retrieval.measures import Evaluation, Outcome
from retrieval.reliability import risk_coverage
from retrieval.types import Answer, Span

WORST = 20  # queries listed of each kind
_SHOWN = 3  # passages of each
_PAGE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--card:#f5f6f8;--line:#e1e4e8;--faint:#6a737d;--one:#1f6feb;
--two:#c2410c;--mark:#fff3b0}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#15181c;--card:#1f242a;--line:#333a42;--faint:#9aa4ae;
--one:#6cb0ff;--two:#ff9d66;--mark:#5c4d00}}
*{box-sizing:border-box}body{margin:0 auto;padding:1rem;max-width:60rem;font:16px/1.5 system-ui,sans-serif;
color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .5rem;text-align:left;
border-bottom:1px solid var(--line);vertical-align:top}td+td{font-variant-numeric:tabular-nums}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}
section,figure{margin:0 0 1.5rem}figcaption,.faint{color:var(--faint);font-size:.9rem}
article{background:var(--card);border-radius:.5rem;padding:.75rem 1rem;margin:0 0 .75rem}
article h3{margin:0 0 .25rem;font-size:1rem}article p{margin:.25rem 0}ol{padding-left:1.25rem;margin:.5rem 0}
mark{background:var(--mark);color:inherit}
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as the report shows it."""

    corpus_id: str
    title: str
    published: str | None
    text: str
    highlights: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One query with what was answered to it; `passages` are the first few."""

    query: Query
    outcome: Outcome
    passages: tuple[Shown, ...]


def told(query: Query, outcome: Outcome, answer: Answer | None, corpus_of: Callable[[str], str]) -> Told:
    """Return what the report may need of an answer."""
    hits = answer.hits[:_SHOWN] if answer else ()
    passages = tuple(
        Shown(corpus_of(h.article.id), h.article.title, h.article.published, h.passage.text, h.highlights) for h in hits
    )
    return Told(query, outcome, passages)


def report_page(result: Evaluation, dataset: Dataset, queries: Sequence[Told], ndcg: Mapping[str, float]) -> str:
    """Return the page of an evaluation; `ndcg` holds the nDCG@10 of each judged query, if it was measured."""
    title = f"Evaluation on {_flat(result.dataset)}"
    rows = "".join(f"<tr><th scope=row>{_flat(name)}</th><td>{_flat(value)}</td></tr>" for name, value in result.rows())
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_PAGE}{STYLE}</style></head><body><h1>{title}</h1>"
        '<p class="faint">In brackets: 95 % bootstrap intervals over the queries. An answer is right where the '
        "question is answerable and the first article is judged relevant.</p>"
        f'<section class="charts">{_charts(result, queries, ndcg)}</section>'
        f"{_worst_ranked(dataset, queries, ndcg)}{_worst_answered(dataset, queries)}{_skipped(result)}"
        f"<section><h2>All measures</h2><table>{rows}</table></section></body></html>\n"
    )


def _charts(result: Evaluation, queries: Sequence[Told], ndcg: Mapping[str, float]) -> str:
    found = result.to_dict()
    rows = [(n.replace("_", " "), float(found[n]), *ends) for n, ends in result.intervals.items()]
    parts = []
    if rows:
        told_rows = "; ".join(f"{name} {value:.3f}, {low:.3f} to {high:.3f}" for name, value, low, high in rows)
        parts.append(_figure("Measures with 95 % intervals", interval_chart(rows, told_rows)))
    outcomes = [each.outcome for each in queries]
    judged = [(o.confidence, o.right) for o in outcomes if o.right is not None]
    worth = result.reliability
    if judged:
        label = "; ".join(f"{b.confidence:.0%} sure, {b.right:.0%} right, {b.answers} answers" for b in worth.bins)
        caption = f"Calibration: share right in ten bins of equal width, expected calibration error {worth.error:.3f}"
        parts.append(_figure(caption, reliability_chart(worth.bins, label)))
        coverage, risk, _ = risk_coverage([sure for sure, _ in judged], [right for _, right in judged])
        label = "; ".join(f"{p.risk:.1%} wrong at {p.coverage:.0%} answered" for p in worth.points)
        chart = curve_chart(
            list(zip(coverage.tolist(), risk.tolist(), strict=True)),
            "share answered, surest first",
            "share wrong",
            label,
        )
        parts.append(_figure(f"Risk and coverage: area under the curve {worth.area:.3f}", chart))
    sides = [
        (name, [o.confidence for o in outcomes if o.answerable is side])
        for name, side in (("answerable", True), ("not answerable", False))
    ]
    sides = [(name, values) for name, values in sides if values]
    if sides:
        label = "; ".join(f"{name}: {len(values)} questions" for name, values in sides)
        parts.append(_figure("Confidence", histogram_chart(sides, "confidence", 1.0, label)))
    if ndcg:
        label = f"{sum(value == 0 for value in ndcg.values())} of {len(ndcg)} questions at 0"
        chart = histogram_chart([("questions", list(ndcg.values()))], "nDCG@10", 1.0, label, bins=10)
        parts.append(_figure("nDCG@10, question by question", chart))
    took = [o.took_ms for o in outcomes if o.took_ms is not None]
    if took:
        high = max(sorted(took)[min(int(len(took) * 0.99), len(took) - 1)], 1.0)
        label = f"median {result.ask_ms_median} ms, 95th percentile {result.ask_ms_p95} ms"
        parts.append(_figure(f"Time of an answer: {label}", histogram_chart([("", took)], "ms", high, label)))
    return "".join(parts)


def _figure(caption: str, chart: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{chart}</figure>"


def _worst_ranked(dataset: Dataset, queries: Iterable[Told], ndcg: Mapping[str, float]) -> str:
    judged = [each for each in queries if ndcg.get(each.query.id, 1.0) < 1]
    judged.sort(key=lambda each: (ndcg[each.query.id], -each.outcome.confidence))  # the surest mistakes first
    parts = [_card(each, dataset, f"nDCG@10 {ndcg[each.query.id]:.3f}") for each in judged[:WORST]]
    return _section("Worst rankings", parts, len(judged), "Every judged question has its articles first.")


def _worst_answered(dataset: Dataset, queries: Iterable[Told]) -> str:
    wrong = [each for each in queries if each.outcome.right is False and each.outcome.status == "answered"]
    wrong.sort(key=lambda each: -each.outcome.confidence)
    kinds = {True: "answerable", False: "not answerable"}
    parts = [_card(each, dataset, kinds[bool(each.outcome.answerable)]) for each in wrong[:WORST]]
    return _section("Answered, and wrong", parts, len(wrong), "No answer that was given is known to be wrong.")


def _section(name: str, parts: Sequence[str], total: int, none: str) -> str:
    of = f'<p class="faint">{len(parts)} of {total:,}</p>' if total > len(parts) else ""
    return f"<section><h2>{name}</h2>{of}{''.join(parts) or f'<p>{none}</p>'}</section>"


def _card(each: Told, dataset: Dataset, measure: str) -> str:
    outcome = each.outcome
    relevant = [i for i, relevance in dataset.qrels.get(each.query.id, {}).items() if relevance > 0]
    wanted = f'<p class="faint">Relevant: {_flat(", ".join(relevant))}</p>' if relevant else ""
    passages = "".join(f"<li>{_passage(passage, passage.corpus_id in relevant)}</li>" for passage in each.passages)
    status = outcome.status.replace("_", " ")
    return (
        f"<article><h3>{_flat(each.query.text)}</h3>"
        f'<p class="faint">{_flat(each.query.id)} · {measure} · {status}, confidence {outcome.confidence:.0%}</p>'
        f"{wanted}{f'<ol>{passages}</ol>' if passages else '<p>Nothing was returned.</p>'}</article>"
    )


def _passage(passage: Shown, relevant: bool) -> str:
    dated = f", {_flat(passage.published)}" if passage.published else ""
    note = " · relevant" if relevant else ""
    named = f"<strong>{_flat(passage.title or passage.corpus_id)}</strong>{dated}"
    return f'{named} <span class="faint">{_flat(passage.corpus_id)}{note}</span><p>{_marked(passage)}</p>'


def _marked(passage: Shown) -> str:
    text, parts, at = clean(passage.text), [], 0
    for start, end in sorted(passage.highlights):
        parts += [escape(text[at:start]), f"<mark>{escape(text[start:end])}</mark>"]
        at = end
    return "".join(parts) + escape(text[at:])


def _skipped(result: Evaluation) -> str:
    kinds = {
        "Articles that could not be read": result.skipped_articles,
        "Questions that could not be asked": result.skipped_queries,
        "Judgements that were left out": result.skipped_judgements,
    }
    return "".join(
        f"<section><h2>{name}</h2><ul>"
        + "".join(f"<li>{_flat(each.path)}: {_flat(each.reason)}</li>" for each in skipped)
        + "</ul></section>"
        for name, skipped in kinds.items()
        if skipped
    )


def _flat(text: str) -> str:
    return escape(one_line(text))
