"""From what was typed to what is searched: names, misspelt words, earlier questions, dates that are preferred.

What a question asks of the catalogue, and whose articles it asks for, is read from it first; what it is then searched
by comes from there, from the questions before it and from the archive's own spellings. All of it is told in the answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from retrieval.catalogue_questions import CatalogueQuestion, recognise
from retrieval.encoders import Encoder
from retrieval.following import in_context
from retrieval.index import Index
from retrieval.misspelt import corrected
from retrieval.recency import Recency
from retrieval.rerankers import Reading
from retrieval.search import Question, understand
from retrieval.terms import words
from retrieval.types import Filters, NameScope


class Wishes(NamedTuple):
    """What an asker may say beside the question; `earlier` are the questions before it, oldest first.

    Without `literal`, names in the question's words set whose articles are searched, but for those that are among
    `literally`. With `prefer_recent_days`, articles near `now` are preferred. `reading` reads the best passages again.
    """

    earlier: tuple[str, ...] = ()
    literal: bool = False
    literally: tuple[str, ...] = ()
    prefer_recent_days: int = 0
    now: date | None = None
    reading: Reading | None = None


class Prepared(NamedTuple):
    """A question as it is searched, and what was made of it. `scope` is whose articles it asks for.

    `topic` holds the words that articles have to have for `about`; empty where it asks for no topic.
    """

    question: Question
    follows: str
    also_searched: tuple[tuple[str, str], ...]
    about: CatalogueQuestion | None
    scope: NameScope | None
    topic: tuple[tuple[str, ...], ...] = ()

    def bounded(self, filters: Filters) -> Filters:
        """Return `filters` with whose articles the question asks for."""
        if self.scope is None:
            return filters
        names = (self.scope.publisher,) if self.scope.publisher else ()
        authors = (self.scope.author,) if self.scope.author else ()
        return replace(filters, publishers=filters.publishers or names, authors=filters.authors or authors)


def prepare(
    index: Index, encoder: Encoder, text: str, filters: Filters, wishes: Wishes, *, searched: str | None = None
) -> Prepared:
    """Return how `text` is searched; raises QuestionError for what cannot be asked.

    `searched` is what it is searched by where it asks nothing of the catalogue: all of it if None.
    """
    languages = index.summary.languages
    typed = understand(text, languages)
    about = None if wishes.literal else recognise(typed.text, index)
    scope = _scope(about, typed.text, filters)
    if scope is not None and scope.text in wishes.literally:
        about = scope = None
    question = typed if searched is None else understand(searched, languages)
    if about is not None and any(words(about.topic)):  # the rest of its words are about articles, and not in them
        question = understand(about.topic, languages)
        question = question._replace(language=typed.language)
    question, also_searched = corrected(index, encoder, question, scope.text if scope else "")
    topic = question.terms if about is not None and about.topic else ()
    question, turns = in_context(question, wishes.earlier, encoder, languages, index)
    if about is not None and about.topic and not topic and turns:  # "who wrote about it?"
        topic = understand(turns[-1], languages).terms
        about = replace(about, topic=turns[-1])
    if wishes.prefer_recent_days:
        question = question._replace(recency=Recency(wishes.now or date.today(), wishes.prefer_recent_days))
    question = question._replace(reading=wishes.reading)
    return Prepared(question, turns[-1] if turns else "", also_searched, about, scope, topic)


def _scope(about: CatalogueQuestion | None, text: str, filters: Filters) -> NameScope | None:
    """Return whose articles a question asks for; None where it does not say, or the asker has said otherwise."""
    if about is None or not (about.publisher or about.author):
        return None
    publisher = None if filters.publishers else about.publisher
    author = None if filters.authors else about.author
    if not (publisher or author):
        return None
    start, end = about.named
    return NameScope(text[start:end], start, end, publisher, author)
