"""How a timeline is shown on the command line: a JSON document, or bars made of characters with each peak's passage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from retrieval.console import one_line
from retrieval.periods import Period, Unit
from retrieval.show import count, filters_in_words, hit_document, show_hanging, show_hit
from retrieval.told_time import date_in_words, range_in_words, understood_document
from retrieval.types import CatalogueRule

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.timeline import Timeline

_WIDEST = 100  # columns
_EMPTY = 3  # periods in a row without an article; so many or more take one line
_WHERE: dict[CatalogueRule, str] = {
    "passage": "in one passage or its article's title",
    "article": "somewhere in its text",
    "all": "",
}


def timeline_document(timeline: Timeline) -> dict[str, Any]:
    """Return a timeline as `timeline --json` prints it."""
    return {
        "question": timeline.question,
        "words": list(timeline.words),
        "rule": timeline.rule,
        "count": timeline.count,
        "undated": timeline.undated,
        "unit": timeline.unit,
        "periods": [_period_document(period) for period in timeline.periods],
        "year_only": [_period_document(period) for period in timeline.year_only],
        "peaks": [_period_document(peak.period) | {"passage": hit_document(peak.hit)} for peak in timeline.peaks],
        "filters": {
            "after": timeline.filters.after.isoformat() if timeline.filters.after else None,
            "before": timeline.filters.before.isoformat() if timeline.filters.before else None,
            "publishers": list(timeline.filters.publishers),
            "authors": list(timeline.filters.authors),
            "understood": [understood_document(each) for each in timeline.understood],
        },
        "also_searched": [{"word": word, "searched": searched} for word, searched in timeline.also_searched],
        "generation": timeline.generation,
    }


def period_in_words(period: Period, unit: Unit) -> str:
    """Return what a period is called: `March 2021`, `2021`, `1990s`."""
    told = date_in_words(period.first)
    return f"{int(period.last[:4]) // 10 * 10}s" if unit == "decade" else told


def show_timeline(console: Console, timeline: Timeline) -> None:
    """Print a timeline: what was counted, a bar for each period, and the passage of each peak."""
    from rich.text import Text

    width = min(console.width, _WIDEST)
    for line in _told(timeline):
        show_hanging(console, "", Text(line), width)
    peaks = {peak.period for peak in timeline.peaks}
    if timeline.periods:
        console.print()
    lines = list(bars(timeline.periods, timeline.unit, peaks))
    named = max((len(name) for name, _, _ in lines), default=0)
    most = max((number for _, number, _ in lines), default=0)
    for name, number, high in lines:
        head = f"{name:>{named}} {number:>{len(f'{most:,}')},} "
        long = max(round(number / most * max(width - len(head), 1)), 1) if number else 0
        console.print(Text.assemble((head, "bold" if high else ""), ("#" * long, "yellow" if high else "blue")))
    for peak in timeline.peaks:
        console.print()
        of = f"{period_in_words(peak.period, timeline.unit)}, {count(peak.period.count, 'article')}:"
        console.print(Text(of, "bold"), soft_wrap=True)
        show_hit(console, peak.hit, width)


def bars(periods: Sequence[Period], unit: Unit, peaks: set[Period]) -> Iterator[tuple[str, int, bool]]:
    """Yield (name, how many, whether it is a peak) of each line of a chart; longer stretches of nothing are one."""
    at = 0
    while at < len(periods):
        end = at
        while end < len(periods) and not periods[end].count:
            end += 1
        if end - at >= _EMPTY:
            yield f"{period_in_words(periods[at], unit)} to {period_in_words(periods[end - 1], unit)}", 0, False
            at = end
        else:
            yield period_in_words(periods[at], unit), periods[at].count, periods[at] in peaks
            at += 1


def _told(timeline: Timeline) -> Iterator[str]:
    """Yield what was counted, and what of it stands in no bar."""
    counted = "every article"
    if timeline.rule != "all":
        said = ", ".join(f"“{one_line(word)}”" for word in timeline.words)
        counted = f"articles with {said} {_WHERE[timeline.rule]}" if said else "articles by a word to look for"
    dates = range_in_words(timeline.filters.after, timeline.filters.before)
    others = filters_in_words(replace(timeline.filters, after=None, before=None))
    bound = "".join(f", {told}" for told in (f"dated {dates}" if dates else "", others) if told)
    if not timeline.count:
        yield f"No article: counted were {counted}{bound}."
    else:
        yield f"{count(timeline.count, 'article')}: counted were {counted}{bound}; copies once."
    for each in timeline.understood:
        yield f"“{one_line(each.text)}” set the time. With --as-asked, it is words like others."
    for word, searched in timeline.also_searched:
        yield f"Also searched “{one_line(searched)}”: no article has “{one_line(word)}”."
    if timeline.year_only:
        years = ", ".join(f"{period.count:,} of {date_in_words(period.first)}" for period in timeline.year_only)
        yield f"Of unknown month, and in no bar: {years}."
    if timeline.undated:
        out = "left out by the dates" if timeline.filters.after or timeline.filters.before else "in no bar"
        yield f"Without a date, and {out}: {count(timeline.undated, 'article')}."


def _period_document(period: Period) -> dict[str, Any]:
    return {"first": period.first, "last": period.last, "count": period.count}
