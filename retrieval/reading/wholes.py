"""Makes one article of several web pages: of its pages, in their order; of versions of one text, the fuller.

Of two pages that are not numbered apart, one has to hold most of the other's words; else they are two articles,
whatever their addresses say. What is made depends on the pages alone and never on their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from retrieval.copies import Hashes, runs, shared
from retrieval.reading.leaves import Leaf, numbers
from retrieval.reading.paging import MOST_PAGES, unnumbered_title
from retrieval.types import Article, Span

_SAME = 0.6  # of the shorter text's runs of words that are in the longer: versions of one text, under one title
_SAME_RETITLED = 0.8
_HELD = 0.8  # of all pages' runs of words that are in one text: it is the whole article
_MOST_CHARS = 5_000_000


class Whole(NamedTuple):
    """An article made of several pages: that which stands for it, the article itself, its pages, the other versions."""

    shown: Leaf
    article: Article
    parts: list[Leaf]
    versions: list[Leaf]

    @property
    def keys(self) -> list[int]:
        """The keys of all pages that it is made of."""
        return [page.key for page in (*self.parts, *self.versions)]


class _Held:
    """What share of their words pages have in common; the words of a page are taken where they are asked for."""

    def __init__(self, articles: Mapping[int, Article]) -> None:
        self._articles = articles
        self._runs: dict[int, Hashes] = {}

    def share(self, one: int, other: int) -> float:
        """The share of the shorter page's runs of words that the longer one holds."""
        if self._articles[one].text == self._articles[other].text:
            return 1.0
        for key in (one, other):
            if key not in self._runs:
                self._runs[key] = runs(self._articles[key].text)
        return shared(self._runs[one], self._runs[other])


def wholes(group: Sequence[Leaf], articles: Mapping[int, Article]) -> list[Whole]:
    """The articles that a group of pages makes, each of two pages or more; `articles` are the pages' own, by key."""
    number = numbers(group)
    held = _Held(articles)
    told = {target for page in group for target in page.targets("print")}
    printed = {page.key for page in group if page.unprinted or told & set(page.addresses)}
    left = sorted(group, key=lambda page: _order(page, number[page.key], page.key in printed, articles[page.key]))
    found = []
    while len(left) > 1:
        whole = _whole(left, number, articles, held)
        taken = set(whole.keys)
        left = [page for page in left if page.key not in taken]
        if len(taken) > 1:
            found.append(whole)
    return found


def _order(
    page: Leaf, number: int, printed: bool, article: Article
) -> tuple[int, bool, tuple[int, ...], int, str, str, str]:
    """By number; of one number first what is no printed version, then the newest, then the longest."""
    newest = tuple(-ord(letter) for letter in article.last_seen or "") or (1,)
    return number, printed, newest, -len(article.text), article.text, page.own, page.place


def _whole(pages: Sequence[Leaf], number: Mapping[int, int], articles: Mapping[int, Article], held: _Held) -> Whole:
    """The article that the first of the pages begins."""
    parts: list[Leaf] = []
    versions: list[Leaf] = []
    size = 0
    for page in pages:
        text = articles[page.key].text
        if any(held.share(page.key, part.key) >= _least(page, part) for part in parts):
            versions.append(page)
        elif not parts or (
            number[page.key] not in {number[part.key] for part in parts}
            and len(parts) < MOST_PAGES
            and size + len(text) <= _MOST_CHARS
        ):
            parts.append(page)
            size += len(text)
    made = _concatenated([articles[part.key] for part in parts])
    fullest = max(versions, key=lambda page: (len(articles[page.key].text), articles[page.key].text), default=None)
    if fullest and _fuller(articles[fullest.key], made, [articles[part.key] for part in parts]):
        full = articles[fullest.key]
        made = replace(made, text=full.text, headings=full.headings, captions=full.captions, pages=full.pages)
    for page in (*parts[1:], *versions):  # what the first page does not state, another may
        other = articles[page.key]
        made = replace(
            made, title=made.title or other.title, authors=made.authors or other.authors,
            published=made.published or other.published, publisher=made.publisher or other.publisher,
            language=made.language or other.language,
        )  # fmt: skip
    return Whole(parts[0], made, parts, versions)


def _fuller(version: Article, made: Article, parts: Sequence[Article]) -> bool:
    """Whether a version has more of the text than the pages together, and no later capture has cut it."""
    if len(version.text) <= len(made.text):
        return False
    if len(parts) == 1 and version.last_seen and parts[0].last_seen and version.last_seen < parts[0].last_seen:
        return False
    return shared(runs(made.text), runs(version.text)) >= _HELD


def _least(page: Leaf, part: Leaf) -> float:
    return _SAME if unnumbered_title(page.title) == unnumbered_title(part.title) else _SAME_RETITLED


def _concatenated(parts: Sequence[Article]) -> Article:
    """The parts' texts behind each other, without the paragraphs that a page repeats of those before it."""
    if len(parts) == 1:
        return parts[0]
    pieces: list[str] = []
    headings: list[Span] = []
    captions: list[Span] = []
    known: set[str] = set()
    start = 0
    for part in parts:
        at, new = 0, set()
        for block in part.text.split("\n\n"):
            span = (at, at + len(block))
            at = span[1] + 2
            if block in known or not block.strip():
                continue
            new.add(block)
            pieces.append(block)
            headings += [(start, start + len(block))] if span in part.headings else []
            captions += [(start, start + len(block))] if span in part.captions else []
            start += len(block) + 2
        known |= new
    return replace(
        parts[0], text="\n\n".join(pieces), headings=tuple(headings), captions=tuple(captions), pages=(), links=()
    )
