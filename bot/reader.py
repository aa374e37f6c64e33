"""Articles as Discord shows them: their card, their text page by page, a passage among its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from discord import ui

from bot.citing import credit_of, title_of, web_address
from bot.limits import clip, escaped, one_line, plain, units
from bot.names import digest_of_id
from bot.quotes import Context, Quote, cite
from bot.render import citation, layout, quote_body
from bot.views import Press, link
from bot.words import Language, plural, text

if TYPE_CHECKING:
    from retrieval.archive import Archive
    from retrieval.types import Article, Citation

_PAGE_CHARS = 3500  # of escaped text; leaves room for the title
_AROUND_CHARS = 1100
_PASSAGE_CHARS = 1500
_MORE_A_PAGE = 2
_FILE_NAME_CHARS = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """An article with one page of its text, escaped; `pages` is how many there are."""

    citation: Citation
    words: int
    page: int
    pages: int
    text: str


def read(archive: Archive, article_id: str, page: int) -> Reading | None:
    """Return an article at a page of its text (the last one for any beyond), None where the archive has none such."""
    article = archive.article(article_id)
    if article is None:
        return None
    pages = text_pages(article.text)
    page = min(max(page, 0), len(pages) - 1)
    return Reading(cite(article_id, article), len(article.text.split()), page, len(pages), pages[page])


def as_file(article: Article) -> tuple[str, bytes]:
    """Return the name and content of a file that holds an article whole, with what is known about it on top."""
    known = [article.title, ", ".join(article.authors), article.publisher, article.published, article.url]
    head = "\n".join(dict.fromkeys(one_line(line) for line in known if line))  # some write for themselves
    stem = "".join(char if char.isalnum() else "-" for char in one_line(article.title).lower())
    stem = "-".join(filter(None, stem.split("-")))
    return f"{clip(stem, _FILE_NAME_CHARS).rstrip('…') or 'article'}.txt", f"{head}\n\n{article.text}\n".encode(
        "utf-8", "replace"
    )


def article_card(reading: Reading, locale: Language) -> ui.LayoutView:
    """Return what is known about an article, with buttons to read it."""
    return layout(ui.TextDisplay(_about(reading, locale)), ui.ActionRow(*_article_buttons(reading.citation, locale)))


def reader_card(reading: Reading, locale: Language) -> ui.LayoutView:
    """Return a page of an article's text."""
    head = f"**{title_of(reading.citation)}**"
    if reading.pages > 1:
        place = text("page {page} of {pages}", locale, page=reading.page + 1, pages=reading.pages)
        head += f"\n-# {place}"
    parts: list[ui.Item[Any]] = [ui.TextDisplay(head), ui.Separator(), ui.TextDisplay(reading.text)]
    if reading.pages > 1:
        ident, page, last = digest_of_id(reading.citation.id), reading.page, reading.pages - 1
        parts.append(
            ui.ActionRow(
                Press("leaf", ident, page - 1 if page else "first", text="◀", disabled=page == 0),
                Press("leaf", ident, page + 1 if page < last else "last", text="▶", disabled=page == last),
            )
        )
    return layout(*parts)


def more_card(
    article: Citation, others: Sequence[Quote], locale: Language, *, target: object = "", place: int = 0, page: int = 0
) -> ui.LayoutView:
    """Return an article with a page of what else it says on a question.

    `target` is the answer's id and `place` the passage in it that was pressed: what the buttons that turn pages need.
    """
    parts: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(_heading(article, locale)))]
    last = max(-(-len(others) // _MORE_A_PAGE) - 1, 0)
    page = min(max(page, 0), last)
    shown = others[page * _MORE_A_PAGE : (page + 1) * _MORE_A_PAGE]
    if shown:
        told = text("Also on this question:", locale)
        if last:
            first = page * _MORE_A_PAGE + 1
            span = {"first": first, "last": first + len(shown) - 1, "all": len(others)}
            told += "\n-# " + text("Passages {first}–{last} of {all}", locale, **span)
        parts += [ui.Separator(), ui.TextDisplay(told)]
        parts += [ui.TextDisplay(quote_body(quote, locale, _PASSAGE_CHARS, whole=True)) for quote in shown]
    else:
        parts.append(ui.TextDisplay(text("Nothing else in it comes near this question.", locale)))
    if last:
        before, after = (f"{place}-{number}" for number in (page - 1, page + 1))
        parts.append(
            ui.ActionRow(
                Press("more_page", target, before if page else "first", text="◀", disabled=page == 0),
                Press("more_page", target, after if page < last else "last", text="▶", disabled=page == last),
            )
        )
    parts.append(ui.ActionRow(*_article_buttons(article, locale)))
    return layout(*parts)


def context_card(context: Context, locale: Language) -> ui.LayoutView:
    """Return a passage between what stands before and after it."""
    parts: list[ui.Item[Any]] = [ui.TextDisplay(citation(context.quote, locale)), ui.Separator()]
    if context.before:
        parts.append(ui.TextDisplay(_clipped(context.before, from_end=True, whole=context.begins)))
    parts.append(ui.TextDisplay(quote_body(context.quote, locale, _PASSAGE_CHARS, whole=True)))
    if context.after:
        parts.append(ui.TextDisplay(_clipped(context.after, from_end=False, whole=context.ends)))
    if context.quote.state != "gone":
        parts.append(ui.ActionRow(*_article_buttons(context.quote.citation, locale)))
    return layout(*parts)


def text_pages(whole: str, limit: int = _PAGE_CHARS) -> list[str]:
    """Return a text escaped and cut into pages of at most `limit` units, between paragraphs or words if it can be."""
    pages = [""]
    for paragraph in plain(whole).split("\n\n"):  # before it is cut: a stack of accents may stand on two pages
        between = "\n\n"
        for piece in _pieces(paragraph, limit):
            joined = f"{pages[-1]}{between}{piece}" if pages[-1] else piece
            if units(joined) <= limit:
                pages[-1] = joined
            elif pages[-1]:
                pages.append(piece)
            between = " "
    return [page if page.strip() else "–" for page in pages]


def _pieces(paragraph: str, limit: int) -> list[str]:
    """Return a paragraph escaped: whole if it fits a page, else in pieces that do."""
    told = escaped(paragraph).strip()
    if units(told) <= limit:
        return [told] if told else []
    middle = paragraph.rfind(" ", 1, len(paragraph) // 2) + 1 or len(paragraph) // 2
    return _pieces(paragraph[:middle], limit) + _pieces(paragraph[middle:], limit)


def _clipped(around: str, *, from_end: bool, whole: bool) -> str:
    """Return text around a passage, escaped, cut on the side that is away from it; an ellipsis unless it is `whole`."""
    while units(told := escaped(around)) > _AROUND_CHARS:
        whole = False
        over = max(units(told) - _AROUND_CHARS, 20)
        around = around[over:] if from_end else around[:-over]
    if whole:
        return told
    return f"… {told}" if from_end else f"{told} …"


def _heading(article: Citation, locale: Language) -> list[str]:
    credit = credit_of(article, locale)
    return [f"### {title_of(article)}", *([credit] if credit else [])]


def _about(reading: Reading, locale: Language) -> str:
    words = plural("{n} word", "{n} words", reading.words, locale)
    pages = plural("{n} page", "{n} pages", reading.pages, locale)
    return "\n".join([*_heading(reading.citation, locale), f"-# {words} · {pages}"])


def _article_buttons(article: Citation, locale: Language) -> list[ui.Item[Any]]:
    ident = digest_of_id(article.id)
    buttons: list[ui.Item[Any]] = [
        Press("read", ident, 0, text=text("Read it here", locale)),
        Press("file", ident, text=text("As a file", locale)),
    ]
    url = web_address(article)
    return [*buttons, link(text("Open", locale), url)] if url else buttons
