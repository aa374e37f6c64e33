"""Choosing an article by its title: what is offered while somebody types, and which article was meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.limits import CHOICE_CHARS, CHOICES, clip, one_line, units
from bot.records import digest_of
from retrieval.types import Citation

if TYPE_CHECKING:
    from retrieval.archive import Archive

Offer = tuple[str, str]  # what is shown, what is sent back


def offer(candidates: Iterable[tuple[str, str]], typed: str) -> list[Offer]:
    """Return at most 25 of (text, value) pairs whose text holds what was typed, those that begin with it first."""
    wanted = typed.casefold().strip()
    found = [(clip(one_line(shown), CHOICE_CHARS) or "–", value) for shown, value in candidates]
    matching = [pair for pair in found if wanted in pair[0].casefold()]
    return sorted(matching, key=lambda pair: not pair[0].casefold().startswith(wanted))[:CHOICES]


def articles_like(archive: Archive, typed: str) -> list[Offer]:
    """Return articles whose title, publisher or date holds what was typed."""
    return offer(((_shown(article), key_of(article.id)) for article, _ in archive.articles()), typed)


def article_meant(archive: Archive, chosen: str) -> Citation | None:
    """Return the article of a key, an id or a whole title; None where there is none such, or several."""
    titled = []
    for article, _ in archive.articles():
        if chosen in (article.id, key_of(article.id)):
            return article
        if article.title == chosen:
            titled.append(article)
    return titled[0] if len(titled) == 1 else None


def key_of(article_id: str) -> str:
    """Return what stands for an article in a choice: its id, or a hash of one that is too long for that."""
    return article_id if units(article_id) <= CHOICE_CHARS else f"#{digest_of(article_id)}"


def _shown(article: Citation) -> str:
    details = [each for each in (article.publisher, article.published) if each]
    title = clip(one_line(article.title or article.id), CHOICE_CHARS - 40)
    return " · ".join([title, *details])
