"""The archive's names, to complete what is typed: publishers, authors, titles. Built on a thread, once a generation."""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.errors import Refusal
from bot.limits import CHOICE_CHARS, CHOICES, clip, escaped_line, one_line, units
from bot.words import marked

if TYPE_CHECKING:
    from retrieval.archive import Archive

Kind = Literal["publisher", "author", "article"]
_DIGEST = "id:"  # begins a value that stands for something longer than Discord takes
_NEAR = 3
_NAME_CHARS = 100
_UNKNOWN = {
    "publisher": (
        marked("The archive has no publisher called “{name}”."),
        marked("The archive has no publisher called “{name}”. Did you mean {near}?"),
    ),
    "author": (
        marked("The archive has no author called “{name}”."),
        marked("The archive has no author called “{name}”. Did you mean {near}?"),
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: the `label` that is read and the `value` that is sent, both as long as Discord takes."""

    label: str
    value: str


class Names:
    """What the articles of one generation are called, and their publishers and authors, the most frequent first."""

    def __init__(self, archive: Archive) -> None:
        publishers: Counter[str] = Counter()
        authors: Counter[str] = Counter()
        titles: list[tuple[str, Choice]] = []
        self._articles: dict[str, str] = {}
        self._long: dict[str, str] = {}
        for article, _ in archive.articles():
            publishers.update([article.publisher] if article.publisher else [])
            authors.update(article.authors)
            ident = digest_of_id(article.id)
            self._articles[ident] = article.id
            told = " · ".join(filter(None, (article.title, article.publisher, (article.published or "")[:4])))
            titles.append((_fold(article.title), Choice(clip(one_line(told), CHOICE_CHARS) or ident, _DIGEST + ident)))
        self._choices: dict[Kind, list[tuple[str, Choice]]] = {
            "publisher": [(_fold(name), self._choice(name)) for name, _ in publishers.most_common()],
            "author": [(_fold(name), self._choice(name)) for name, _ in authors.most_common()],
            "article": sorted(titles, key=lambda title: (title[0], title[1].value)),
        }
        self._known = {"publisher": {_fold(n): n for n in publishers}, "author": {_fold(n): n for n in authors}}

    def complete(self, kind: Kind, typed: str) -> list[Choice]:
        """Return what begins with what was typed, then what has a word that does, then what holds it at all."""
        wanted = _fold(typed)
        ranked: tuple[list[Choice], list[Choice], list[Choice]] = ([], [], [])
        for folded, choice in self._choices[kind]:
            at = folded.find(wanted)
            if at == 0:
                ranked[0].append(choice)
                if len(ranked[0]) == CHOICES:
                    break
            elif at > 0:
                ranked[1 if f" {wanted}" in folded else 2].append(choice)
        return [*ranked[0], *ranked[1], *ranked[2]][:CHOICES]

    def name(self, kind: Literal["publisher", "author"], value: str) -> str:
        """Return the name that a chosen or typed value means, as the archive spells it.

        Raises Refusal, with the nearest names, where the archive has none such.
        """
        if value in self._long:
            return self._long[value]
        known = self._known[kind]
        if _fold(value) in known:
            return known[_fold(value)]
        from difflib import get_close_matches

        near = [known[key] for key in get_close_matches(_fold(value), known, n=_NEAR)]
        near = near or [choice.label for choice in self.complete(kind, value)[:_NEAR]]
        told = {"name": escaped_line(value, _NAME_CHARS), "near": ", ".join(escaped_line(n, _NAME_CHARS) for n in near)}
        raise Refusal(_UNKNOWN[kind][bool(near)], **told)

    def article_id(self, value: str) -> str | None:
        """Return the id of the article that a chosen value, or a title typed whole, means; None where there is none."""
        if value.startswith(_DIGEST):
            return self._articles.get(value.removeprefix(_DIGEST))
        wanted = _fold(value)
        titles = self._choices["article"]
        at = bisect_left(titles, wanted, key=lambda title: title[0])
        if wanted and at < len(titles) and titles[at][0] == wanted:
            return self._articles[titles[at][1].value.removeprefix(_DIGEST)]
        return None

    def _choice(self, name: str) -> Choice:
        shown = one_line(name)
        if shown == name and 0 < units(name) <= CHOICE_CHARS:
            return Choice(name, name)
        value = _DIGEST + digest_of_id(name)
        self._long[value] = name
        return Choice(clip(shown, CHOICE_CHARS) or value, value)


def digest_of_id(text: str) -> str:
    """Return what stands for an article's id, or a long name, where Discord has no room for it: 24 hex digits."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _fold(text: str) -> str:
    """Return what two spellings of a name have in common: neither case, accents nor spaces count."""
    bare = (char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return " ".join("".join(bare).split())
