"""How articles are cited and filters are named in Discord: titles, credits, dates and addresses, escaped and cut."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.limits import URL_CHARS, escaped_line, one_line
from bot.quotes import Quote
from bot.records import Heard
from bot.words import Language, day, number, text
from retrieval.told_time import ends_shown
from retrieval.types import Citation, Filters, Understood

if TYPE_CHECKING:
    from retrieval.index import Summary

_TITLE_CHARS, _CREDIT_CHARS, _COPY_CHARS, _PAGE_CHARS = 120, 80, 50, 20
_ALSO_IN = 3


def web_address(citation: Citation) -> str | None:
    """Return an article's address if it is one that a button may open, None for all else, paths above all."""
    url = citation.url or ""
    try:
        split = urlsplit(url)
        good = (
            split.scheme in ("http", "https") and bool(split.hostname) and len(url) <= URL_CHARS and url.isprintable()
        )
    except ValueError:
        good = False
    return url if good and " " not in url else None


def years_of(summary: Summary) -> str:
    """Return the years that an archive's dated articles are of; empty where none is dated."""
    years = [published[:4] for published in (summary.first, summary.last) if published]
    return "–".join(dict.fromkeys(years))


def credit_of(citation: Citation, locale: Language) -> str:
    """Return who published an article and when, on one line, escaped; empty where nothing is known."""
    published = day(citation.published, locale) if citation.published else ""
    if not published and citation.first_seen:
        published = text("captured {day}", locale, day=day(citation.first_seen, locale))
    known = dict.fromkeys([citation.publisher or "", ", ".join(citation.authors), published])
    return " · ".join(escaped_line(part, _CREDIT_CHARS) for part in known if part)


def filter_labels(filters: Filters, locale: Language) -> list[tuple[str, str]]:
    """Return (name, words) of each filter; the name is what `without` takes."""
    told: list[tuple[str, str]] = []
    if filters.after:
        told.append(("after", text("from {day} on", locale, day=_short_day(filters.after, locale))))
    if filters.before:
        told.append(("before", text("before {day}", locale, day=_short_day(filters.before, locale))))
    told += [(f"publisher-{i}", name) for i, name in enumerate(filters.publishers)]
    told += [(f"author-{i}", text("by {name}", locale, name=name)) for i, name in enumerate(filters.authors)]
    return told


def heard_labels(heard: Heard, locale: Language) -> list[tuple[str, str]]:
    """Return (name, words) of what was understood of a question's words; the name is what `literally` takes."""
    return [
        (f"understood-{i}", f"“{one_line(each.text)}”: {_meant(each, locale)}")
        for i, each in enumerate(heard.understood)
    ]


def _meant(understood: Understood, locale: Language) -> str:
    if understood.order:
        latest = understood.order == "latest"
        return text("the latest first", locale) if latest else text("the earliest first", locale)
    first, last = ends_shown(understood.after, understood.before)
    if first and last:
        return day(first, locale) if first == last else f"{day(first, locale)} – {day(last, locale)}"
    if first:
        return text("from {day} on", locale, day=day(first, locale))
    before = understood.before
    return text("before {day}", locale, day=_short_day(before, locale)) if before else ""


def title_of(citation: Citation) -> str:
    """Return an article's title, escaped; without one its address, and never its path, the server's business."""
    return escaped_line(citation.title, _TITLE_CHARS) or escaped_line(_nameless(citation), _TITLE_CHARS)


def _nameless(citation: Citation) -> str:
    return web_address(citation) or "–"


def credit_lines(quote: Quote, locale: Language) -> list[str]:
    """Return the lines of small print below a quote's title."""
    credit = credit_of(quote.citation, locale)
    if quote.page:
        page = text("page {page}", locale, page=escaped_line(quote.page, _PAGE_CHARS))
        credit = f"{credit} · {page}" if credit else page
    lines = [f"-# {credit}"] if credit else []
    if quote.also_in:
        names = dict.fromkeys(_copy_name(copy, locale) for copy in quote.also_in[:_ALSO_IN])
        more = len(quote.also_in) - _ALSO_IN
        also = ", ".join(names) + (f" +{number(more, locale)}" if more > 0 else "")
        lines.append("-# " + text("also in {names}", locale, names=also))
    return lines


def _copy_name(copy: Citation, locale: Language) -> str:
    name = escaped_line(copy.publisher or copy.title or _nameless(copy), _COPY_CHARS)
    return f"{name} ({day(copy.published, locale)})" if copy.published else name


def _short_day(value: date, locale: Language) -> str:
    """Return a range's end as it was most likely given: a year or month for their first day."""
    iso = value.isoformat()
    return day(
        iso.removesuffix("-01").removesuffix("-01") if iso.endswith("-01-01") else iso.removesuffix("-01"), locale
    )
