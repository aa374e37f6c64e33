"""Questions about the articles themselves: "who wrote about …", "how many articles about … in 2021".

Recognised by rules, in English and German, and by the archive's own names: "when did Darwin write about worms" is a
question about the catalogue only where Darwin is a publisher or an author in it. What is not plainly about articles is
left alone ("how many articles has the constitution", "who wrote Hamlet"), since whoever is wrong about it misleads; and
whatever is recognised, the passages are found all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from retrieval.catalogue_patterns import DATES, MONTHS, PATTERNS, TAILS, Pattern
from retrieval.terms import words
from retrieval.types import CatalogueKind, Span

_LONGEST = 300  # characters: what is longer is a text, and costs the patterns time


class Names(Protocol):
    """The names in an archive, as an asker may write them."""

    def publisher_named(self, text: str) -> str | None:
        """Return the publisher that `text` names, as the archive spells it; None for none."""
        ...

    def author_named(self, text: str) -> str | None:
        """Return the one author whose name or last name `text` is, as the archive spells it; None for none."""
        ...


@dataclass(frozen=True, slots=True)
class CatalogueQuestion:
    """What a question wants to know of the catalogue.

    `topic` is what the articles are to be about, in the asker's words, empty for any; `publisher` and `author` are
    names of the archive, and `named` is where the question has them. `after` (inclusive) and `before` (exclusive)
    bound the publication.
    """

    kind: CatalogueKind
    topic: str = ""
    publisher: str | None = None
    author: str | None = None
    named: Span = (0, 0)
    after: date | None = None
    before: date | None = None


def recognise(question: str, names: Names) -> CatalogueQuestion | None:
    """Return what `question` wants to know of the catalogue, None where it is about the world."""
    text = question.rstrip(" \t\n?!.")
    if len(text) > _LONGEST:
        return None
    for pattern in PATTERNS:
        match = pattern.matcher.fullmatch(text)
        if match is None:
            continue
        found = _resolved(pattern, match, names)
        if found is not None:
            return found
    return None


def _resolved(pattern: Pattern, match: re.Match[str], names: Names) -> CatalogueQuestion | None:
    """Return the question with its names looked up; None where it names somebody whom the archive does not know."""
    groups = match.groupdict()
    found = CatalogueQuestion(pattern.kind)
    press, author = groups.get("press"), groups.get("author")
    if press is not None:
        publisher = names.publisher_named(press)
        if publisher is not None:
            found = replace(found, publisher=publisher, named=match.span("press"))
        elif pattern.writers and (writer := names.author_named(press)) is not None:
            found = replace(found, author=writer, named=match.span("press"))
        else:
            return None
    if author is not None:
        writer = names.author_named(author)
        if writer is None:
            return None
        found = replace(found, author=writer, named=match.span("author"))
    topic = groups.get("topic")
    if topic is not None:
        tailed = _without_tails(found, topic, match.start("topic"), names)
        if tailed is None:
            return None
        found = tailed
        if not any(words(found.topic)) and not (found.author or found.publisher):
            return None
    if stated := next((text for name, text in groups.items() if name.startswith("date") and text), None):
        found = _dated(found, stated)
    return found


def _without_tails(found: CatalogueQuestion, topic: str, start: int, names: Names) -> CatalogueQuestion | None:
    """Take from the end of `topic`, which begins at `start`, what bounds the articles: dates, publishers, authors.

    None where the articles are to be of a writer whom the archive does not know.
    """
    while True:
        topic = topic.rstrip(" ,?!.")
        for tail in TAILS:
            match = tail.search(topic)
            if match is None:
                continue
            groups = match.groupdict()
            if groups.get("date"):
                found = _dated(found, groups["date"])
            elif name := groups.get("name") or groups.get("writer"):
                group = "name" if groups.get("name") else "writer"
                named = (start + match.start(group), start + match.end(group))
                publisher = names.publisher_named(name)
                author = None if publisher else names.author_named(name)
                if publisher and not found.publisher:
                    found = replace(found, publisher=publisher, named=named)
                elif author and not found.author:
                    found = replace(found, author=author, named=named)
                elif group == "writer" and not (publisher or author):
                    return None
                else:
                    continue
            topic = topic[: match.start()]
            break
        else:
            return replace(found, topic=_bare(topic))


def _bare(topic: str) -> str:
    """Return `topic` without quotation marks around the whole of it."""
    stripped = topic.strip()
    match = re.fullmatch(r"[\"“„«]([^\"“”„«»]+)[\"”“»]", stripped)
    return match.group(1) if match else stripped


def _dated(found: CatalogueQuestion, text: str) -> CatalogueQuestion:
    """Return `found` bounded by a date's words: "in March 2003", "since 2020", "vor 2010"."""
    match = DATES.search(text)
    if match is None:
        return found
    year, month = int(match["year"]), MONTHS.get((match["month"] or "").casefold().rstrip("."), 0)
    if not 1 <= year <= 9998:
        return found
    first = date(year, month or 1, 1)
    end = date(year + 1, 1, 1) if month in {0, 12} else date(year, month + 1, 1)
    word = (match["when"] or "in").casefold()
    if word in {"since", "seit", "ab"}:  # an article "from 2021" is one of 2021
        return replace(found, after=first)
    if word in {"after", "nach"}:
        return replace(found, after=end)
    if word in {"before", "until", "vor", "bis"}:
        return replace(found, before=first if word in {"before", "vor"} else end)
    return replace(found, after=first, before=end)
