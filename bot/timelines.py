"""Timelines as Discord shows them: a chart with its text alternative, and the passage of each peak.

`find_timeline` reads the archive and draws, and so belongs on a thread (`Asking.search`); the rest is pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.citing import filter_labels, web_address
from bot.limits import ALTERNATIVE_CHARS, LAYOUT_CHARS, clip, escaped_line, units
from bot.names import digest_of_id
from bot.quotes import Quote, quote_of
from bot.render import citation, layout, quote_body
from bot.views import Press, link
from bot.words import Language, day, number, plural, text
from retrieval.types import Filters

if TYPE_CHECKING:
    from retrieval.archive import Archive
    from retrieval.periods import Period, Unit
    from retrieval.timeline import Timeline

PICTURE = "timeline.png"
_SPARE = 100  # of a layout's characters, left free
_QUESTION_CHARS, _WORDS_CHARS, _NOTE_CHARS, _PASSAGE_CHARS = 300, 200, 200, 700


@dataclass(frozen=True, slots=True)
class Drawn:
    """A timeline with the quotes of its peaks and its chart, a PNG; None where there is nothing to draw."""

    timeline: Timeline
    quotes: tuple[Quote, ...]
    picture: bytes | None


def find_timeline(archive: Archive, question: str, filters: Filters, locale: Language) -> Drawn:
    """Return when the archive wrote about something, drawn; the same errors as `Archive.timeline`."""
    found = archive.timeline(question, filters=filters)
    picture = None
    if found.periods:
        from retrieval.chart import draw

        names = [period_name(period, found.unit, locale) for period in found.periods]
        picture = draw(found.periods, names, {peak.period.first for peak in found.peaks})
    return Drawn(found, tuple(quote_of(peak.hit) for peak in found.peaks), picture)


def timeline_card(drawn: Drawn, locale: Language) -> ui.LayoutView:
    """Return the card of a timeline; its picture is the attachment called `PICTURE`."""
    found = drawn.timeline
    head, notes = "\n".join(_head(found, locale)), "\n".join(_notes(found, locale))
    told = alternative(found, locale)
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    if drawn.picture is not None:
        item = discord.MediaGalleryItem(f"attachment://{PICTURE}", description=told)
        parts.append(ui.MediaGallery(item))
    room = LAYOUT_CHARS - _SPARE - units(head) - units(notes) - units(told)
    for peak, quote in zip(found.peaks, drawn.quotes, strict=True):
        articles = plural("{n} article", "{n} articles", peak.period.count, locale)
        when = f"**{period_name(peak.period, found.unit, locale)}** · {articles}\n{citation(quote, locale)}"
        share = room // len(found.peaks) - units(when) - 1
        body = quote_body(quote, locale, min(share, _PASSAGE_CHARS), whole=False)
        parts += [ui.Separator(), ui.TextDisplay(f"{when}\n{body}"), ui.ActionRow(*_buttons(quote, locale))]
    if notes:
        parts += [ui.Separator(), ui.TextDisplay(notes)]
    return layout(*parts)


def alternative(timeline: Timeline, locale: Language) -> str:
    """Return what the chart shows, in words, within Discord's limit: the peaks first, then every bar; not escaped."""
    if not timeline.periods:
        return ""
    unit, periods = timeline.unit, timeline.periods
    span = {"first": period_name(periods[0], unit, locale), "last": period_name(periods[-1], unit, locale)}
    if unit == "month":
        told = text("Chart: articles by month, {first} to {last}.", locale, **span)
    elif unit == "year":
        told = text("Chart: articles by year, {first} to {last}.", locale, **span)
    else:
        told = text("Chart: articles by decade, {first} to {last}.", locale, **span)
    peaks = _numbers([peak.period for peak in timeline.peaks], unit, locale)
    bars = _numbers([period for period in periods if period.count], unit, locale)
    lines = [told, text("Peaks: {numbers}.", locale, numbers=peaks), text("All: {numbers}.", locale, numbers=bars)]
    return clip(" ".join(lines), ALTERNATIVE_CHARS)


def period_name(period: Period, unit: Unit, locale: Language) -> str:
    """Return what a period is called: `March 2021`, `2021`, `1990s`."""
    if unit == "decade":
        return text("{year}s", locale, year=int(period.last) // 10 * 10)
    return day(period.first, locale)


def _head(found: Timeline, locale: Language) -> Iterator[str]:
    yield f"### {escaped_line(found.question, _QUESTION_CHARS)}"
    words = escaped_line(", ".join(f"“{word}”" for word in found.words), _WORDS_CHARS)
    if not words and found.rule != "all":
        yield text("There is no word in it that articles could be looked for by.", locale)
        return
    articles = plural("{n} article", "{n} articles", found.count, locale)
    if found.rule == "passage":
        held = text("with {words} in one passage or its article's title", locale, words=words)
        yield f"**{articles}** {held}"
    elif found.rule == "article":
        yield f"**{articles}** {text('with {words} somewhere in the text', locale, words=words)}"
    else:
        yield f"**{articles}**"
    filters = " · ".join(label for _, label in filter_labels(found.filters, locale))
    if filters:
        yield "-# " + text("Only {filters}", locale, filters=escaped_line(filters, _NOTE_CHARS))
    for each in found.understood:
        yield "-# " + text("“{words}” set the time.", locale, words=escaped_line(each.text, _NOTE_CHARS))
    for word, searched in found.also_searched:
        told = text(
            "Also searched “{searched}”: no article has “{word}”.", locale,
            searched=escaped_line(searched, _WORDS_CHARS), word=escaped_line(word, _WORDS_CHARS),
        )  # fmt: skip
        yield f"-# {told}"


def _notes(found: Timeline, locale: Language) -> Iterator[str]:
    """Yield what of the count stands in no bar, and how it was counted."""
    if found.year_only:
        years = _numbers(found.year_only, "year", locale)
        yield "-# " + text("Of unknown month, and in no bar: {years}.", locale, years=years)
    if found.undated and (found.filters.after or found.filters.before):
        yield "-# " + plural(
            "{n} article without a date was left out by the dates.",
            "{n} articles without a date were left out by the dates.",
            found.undated,
            locale,
        )
    elif found.undated:
        yield "-# " + plural(
            "{n} article without a date is in no bar.",
            "{n} articles without a date are in no bar.",
            found.undated,
            locale,
        )
    if found.count:
        yield "-# " + text("Articles count by the day of their publication, copies once.", locale)


def _numbers(periods: list[Period] | tuple[Period, ...], unit: Unit, locale: Language) -> str:
    """Return how many lie in each of some periods."""
    return ", ".join(f"{period_name(each, unit, locale)} ({number(each.count, locale)})" for each in periods)


def _buttons(quote: Quote, locale: Language) -> list[ui.Item[Any]]:
    buttons: list[ui.Item[Any]] = [Press("read", digest_of_id(quote.citation.id), 0, text=text("Read it here", locale))]
    url = web_address(quote.citation)
    return [*buttons, link(text("Open", locale), url)] if url else buttons
