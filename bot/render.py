"""Answers as Discord shows them: values in, Components V2 out. Nothing is looked up here.

All that comes from an archive or a member is escaped, and every layout keeps within Discord's limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.citing import credit_lines, filter_labels, heard_labels, title_of, web_address, years_of
from bot.limits import LAYOUT_CHARS, escaped_line, quoted, units
from bot.quotes import Quote
from bot.told import addition_labels, addition_text, languages_held, passages_heading
from bot.views import Press, link
from bot.words import Language, percent, plural, text
from retrieval.types import Citation, Filters, Status

if TYPE_CHECKING:
    from bot.records import PostedAnswer
    from retrieval.index import Summary

PER_PAGE = 3
_COLOURS: dict[Status, int] = {"answered": 0x2DA44E, "unsure": 0xD29922, "not_found": 0x6E7781}
_SPARE = 100  # of a layout's characters, left free
_QUESTION_CHARS = 300
_WHOLE_CHARS, _EXCERPT_CHARS = 1700, 700


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be done where a card is shown: whether only its asker sees it, may it be shared, may it get a thread."""

    private: bool = False
    share: bool = False
    threads: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its passages, the first of them being number `first` (from 0) of all.

    `cited` are the articles that the catalogue answers with.
    """

    number: int
    quotes: tuple[Quote, ...]
    summary: Summary
    cited: tuple[Citation, ...] = ()

    @property
    def first(self) -> int:
        """The index among all passages of the first that this page shows."""
        return self.number * PER_PAGE


def answer_card(
    posted: PostedAnswer, page: Page, reach: Reach, locale: Language, *, shared: bool = False
) -> ui.LayoutView:
    """Return the card of an answer, also of one that found nothing. With `shared` it names its asker."""
    head = _head(posted, page, locale, shared)
    notes = _notes(posted, page, locale)
    added = addition_text(posted.additions, page.cited, locale)
    room = LAYOUT_CHARS - _SPARE - units(head) - units(notes) - units(added)
    quotes = quote_texts(page.quotes, page.first, locale, room, misses=posted.status == "not_found")
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    if added:
        parts.append(ui.TextDisplay(added))
    parts += [ui.ActionRow(*drops) for drops in _drops(posted, locale) if drops]
    for place, (quote, told) in enumerate(zip(page.quotes, quotes, strict=True), page.first):
        parts += [ui.Separator(), ui.TextDisplay(told)]
        buttons = _quote_buttons(posted, place, quote, locale)
        if buttons:
            parts.append(ui.ActionRow(*buttons))
    parts.append(ui.Separator())
    if notes:
        parts.append(ui.TextDisplay(notes))
    parts.append(ui.ActionRow(*_turning(posted, page), *_votes(posted, page), _deletion(posted, locale)))
    parts.append(ui.ActionRow(*_doings(posted, reach, locale)))
    return layout(*parts, colour=_COLOURS[posted.status])


def layout(*parts: ui.Item[Any], colour: int | None = None) -> ui.LayoutView:
    """Return a layout of one container. Its buttons are handled by their ids, so it is never waited for."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*parts, accent_colour=colour))
    return view


def pages_of(posted: PostedAnswer) -> int:
    """Return how many pages an answer has, at least one."""
    return max(-(-len(posted.hits) // PER_PAGE), 1)


def quote_texts(quotes: Sequence[Quote], first: int, locale: Language, room: int, *, misses: bool = False) -> list[str]:
    """Return each quote with its citation, all of them within `room` units.

    The very first passage stands whole; of `misses` it does not, and no sentence is marked as if it answered.
    """
    heads = [citation(quote, locale, f"{first + i + 1} · ") for i, quote in enumerate(quotes)]
    left = room - sum(units(head) + 1 for head in heads)
    told = []
    for i, (quote, head) in enumerate(zip(quotes, heads, strict=True)):
        whole = first + i == 0 and not misses
        # Those that follow need little, so that the first may take what they leave.
        others = len(quotes) - 1
        most = max(left - _EXCERPT_CHARS * others, left // len(quotes)) if whole else _EXCERPT_CHARS
        body = quote_body(quote, locale, min(most, left, _WHOLE_CHARS), whole=whole, marked=not misses)
        left -= units(body)
        told.append(f"{head}\n{body}")
    return told


def quote_body(quote: Quote, locale: Language, limit: int, *, whole: bool, marked: bool = True) -> str:
    """Return a quote's own words as a block quote, or what became of them."""
    if quote.state == "gone":
        return "> *" + text("This article is no longer in the archive.", locale) + "*"
    if quote.state == "changed":
        return "> *" + text("This passage has changed since it was quoted here. Ask again to see it.", locale) + "*"
    start, end = (0, len(quote.text)) if whole else quote.excerpt
    bold = tuple((a - start, b - start) for a, b in quote.ref.highlights if marked and a >= start and b <= end)
    return quoted(quote.text[start:end], bold, limit, open_start=start > 0, open_end=end < len(quote.text))


def citation(quote: Quote, locale: Language, before: str = "") -> str:
    """Return a quote's title, after what stands before it, and its credit below."""
    return "\n".join([f"**{before}{title_of(quote.citation)}**", *credit_lines(quote, locale)])


def searched(summary: Summary, filters: Filters, locale: Language) -> str:
    """Return what was searched: how many articles, of which years."""
    if filters:
        told = plural(
            "Searched what the filters leave of {n} article",
            "Searched what the filters leave of {n} articles",
            summary.articles,
            locale,
        )
    else:
        told = plural("Searched {n} article", "Searched {n} articles", summary.articles, locale)
    years = years_of(summary)
    return f"{told}, {years}." if years else f"{told}."


def _head(posted: PostedAnswer, page: Page, locale: Language, shared: bool) -> str:
    lines = [f"### {escaped_line(posted.question, _QUESTION_CHARS)}"]
    if posted.previous:
        before = escaped_line(posted.previous, _QUESTION_CHARS // 2)
        lines.append("-# " + text("following up “{question}”", locale, question=before))
    if shared:
        lines.append("-# " + text("asked by {member}", locale, member=f"<@{posted.asker_id}>"))
    sure = text("{percent} sure", locale, percent=percent(posted.confidence, locale))
    if posted.additions.counted:  # the odds are those of the passages
        sure = text("from the catalogue", locale)
    found = searched(page.summary, posted.filters, locale)
    match posted.status:
        case "answered":
            lines.append(_state(text("In the archive", locale), sure))
        case "unsure":
            lines.append(_state(text("Perhaps in the archive", locale), sure))
        case "not_found":
            lines.append(_state(text("Not in the archive", locale), found))
    if posted.status != "answered":
        lines.append(languages_held(posted.question, page.summary.languages, locale))
    if page.quotes:
        lines.append(passages_heading(posted.additions, posted.heard.outside, posted.status == "not_found", locale))
    elif posted.filters:
        lines.append(text("No article passes these filters. Drop one to search more.", locale))
    return "\n".join(filter(None, lines))


def _state(state: str, more: str) -> str:
    return f"**{state}** · {more}"


def _notes(posted: PostedAnswer, page: Page, locale: Language) -> str:
    lines = []
    if posted.undated:
        lines.append(
            plural(
                "{n} article without a date was left out by the dates.",
                "{n} articles without a date were left out by the dates.",
                posted.undated,
                locale,
            )
        )
    if pages_of(posted) > 1:
        last = page.first + len(page.quotes)
        told = text("Passages {first}–{last} of {all}", locale, first=page.first + 1, last=last, all=len(posted.hits))
        lines.append(told)
    return "\n".join(f"-# {line}" for line in lines)


def _drops(posted: PostedAnswer, locale: Language) -> list[list[ui.Item[Any]]]:
    """Return a row of what the asker set, and one of what was understood."""
    understood = [*addition_labels(posted.additions), *heard_labels(posted.heard, locale)]
    return [
        [Press("drop", posted.id, name, text=f"✕ {words}") for name, words in labels[:5]]  # a row's width
        for labels in (filter_labels(posted.filters, locale), understood)
    ]


def _quote_buttons(posted: PostedAnswer, place: int, quote: Quote, locale: Language) -> list[ui.Item[Any]]:
    buttons: list[ui.Item[Any]] = []
    if quote.state == "same":
        buttons.append(Press("context", posted.id, place, text=text("Context", locale)))
    if quote.state != "gone":
        buttons.append(Press("more", posted.id, place, text=text("More from this article", locale)))
        url = web_address(quote.citation)
        if url:
            buttons.append(link(text("Open", locale), url))
    return buttons


def _turning(posted: PostedAnswer, page: Page) -> list[ui.Item[Any]]:
    last = pages_of(posted) - 1
    if not last:
        return []
    return [
        Press("page", posted.id, page.number - 1 if page.number else "first", text="◀", disabled=page.number == 0),
        Press(
            "page", posted.id, page.number + 1 if page.number < last else "last", text="▶", disabled=page.number >= last
        ),
    ]


def _votes(posted: PostedAnswer, page: Page) -> list[ui.Item[Any]]:
    if not page.quotes:
        return []
    return [Press("up", posted.id, page.first, emoji="👍"), Press("down", posted.id, page.first, emoji="👎")]


def _doings(posted: PostedAnswer, reach: Reach, locale: Language) -> list[ui.Item[Any]]:
    primary = discord.ButtonStyle.primary
    buttons: list[ui.Item[Any]] = [Press("follow", posted.id, text=text("Follow up", locale), style=primary)]
    if reach.threads:
        buttons.append(Press("thread", posted.id, text=text("Ask in a thread", locale)))
    if reach.share:
        buttons.append(Press("share", posted.id, text=text("Share", locale)))
    return buttons


def _deletion(posted: PostedAnswer, locale: Language) -> ui.Item[Any]:
    return Press("delete", posted.id, text=text("Delete", locale))
