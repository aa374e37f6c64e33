"""What of an article goes into the full text, the same for every engine: its terms, passage by passage, and whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from retrieval.index.columns import days
from retrieval.index.lexical import Entry
from retrieval.terms import analysed, stems
from retrieval.timescope.mentions import resolved_dates
from retrieval.types import Article, Span


def entries(
    row: int, first: int, article: Article, spans: Iterable[Span]
) -> tuple[list[Entry], Entry, list[Collection[str]]]:
    """Return the entries of an article's passages, which have the rows from `first` on, and of the whole article.

    Third come the words as they are spelt, of the title and of each passage.
    """
    about = (*days(article.published), article.publisher, article.authors)
    title = analysed(article.title, article.language)
    whole = list(title.stems)
    spelt: list[Collection[str]] = [title.letters]
    found = []
    for at, (start, end) in enumerate(spans, first):
        text = article.text[start:end]
        own = analysed(text, article.language)
        said = [*own.stems, *_told_dates(text, article)]
        spelt.append(own.letters)
        found.append(Entry(at, row, [*title.stems, *said], own.forms, *about))
        whole += said
    return found, Entry(row, row, whole, (), *about), spelt


def _told_dates(text: str, article: Article) -> list[str]:
    """Return the terms of the dates that a passage tells by its article's: "last August" is found as August 2021."""
    dates = " ".join(resolved_dates(text, article.published, article.language))
    return stems(dates, article.language)
