"""How the additions of an answer are shown: what the catalogue says, what else was searched, what was understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from retrieval.console import one_line
from retrieval.foreign import language_name
from retrieval.told_time import range_in_words
from retrieval.types import Answer, CatalogueAnswer, Citation, NameScope

Cite = Callable[[Citation], dict[str, Any]]
InWords = Callable[[str], str]  # an ISO 8601 date as it is read
_LANGUAGES = 3  # named in a hint: the commonest
_HELD = {"passage": "with all words in one passage", "article": "with all words somewhere in the text"}


def understood_documents(answer: Answer) -> list[dict[str, Any]]:
    """Return whose articles the question was understood to ask for, as `filters.understood` lists it."""
    scope = answer.scope
    if scope is None:
        return []
    told: dict[str, Any] = {"text": scope.text, "start": scope.start, "end": scope.end, "after": None, "before": None}
    named = {"publisher": scope.publisher} if scope.publisher else {"author": scope.author}
    return [told | named | {"kept": scope.kept}]


def addition_documents(answer: Answer, cite: Cite) -> dict[str, Any]:
    """Return the keys of `ask --json` that hold what the catalogue says and what else was searched."""
    return {
        "about": about_document(answer.about, cite) if answer.about else None,
        "also_searched": [{"word": word, "searched": searched} for word, searched in answer.also_searched],
        "follows": answer.follows or None,
        "elsewhere": list(answer.elsewhere),
    }


def about_document(about: CatalogueAnswer, cite: Cite) -> dict[str, Any]:
    """Return what the catalogue says, JSON-ready."""
    return {
        "kind": about.kind,
        "topic": about.topic,
        "rule": about.rule,
        "count": about.count,
        "with_copies": about.with_copies,
        "publisher": about.publisher,
        "author": about.author,
        "after": about.after.isoformat() if about.after else None,
        "before": about.before.isoformat() if about.before else None,
        "first": about.first,
        "last": about.last,
        "authors": [{"name": name, "articles": articles} for name, articles in about.authors],
        "unsigned": about.unsigned,
        "articles": [cite(article) for article in about.articles],
    }


def addition_lines(answer: Answer) -> Iterator[str]:
    """Yield what was made of the question beside its words: one line each."""
    if answer.follows:
        yield f"Taken together with the question before it: “{one_line(answer.follows)}”."
    for word, searched in answer.also_searched:
        yield f"Also searched “{one_line(searched)}”: no article has “{one_line(word)}”."
    if answer.scope is not None and answer.scope.kept:
        yield f"Understood: only articles {_whose(answer.scope)}. With --as-asked, all are searched."
    if answer.elsewhere:
        held = " and ".join(map(language_name, answer.elsewhere[:_LANGUAGES]))
        yield f"The archive holds articles in {held}; the question seems to be in another language."


def passages_heading(answer: Answer) -> str:
    """Return what stands above the passages: that they are not what was asked for; empty where they may be."""
    others = answer.scope is not None and not answer.scope.kept
    if others and answer.outside:
        return f"Nothing {_whose(answer.scope)}, or from then, answers it. The nearest of others, from other times:"
    if others:
        return f"Nothing {_whose(answer.scope)} answers it. The nearest of others:"
    if answer.outside:
        return "Nothing from then answers it. The nearest from other times:"
    if answer.phrases_missing:
        phrases = " and ".join(f"“{one_line(phrase)}”" for phrase in answer.phrases_missing)
        return f"No passage holds {phrases} word for word. The nearest without:"
    return "Nearest passages:" if answer.status == "not_found" else ""


def _whose(scope: NameScope | None) -> str:
    if scope is None:
        return ""
    return one_line(f"published by {scope.publisher}" if scope.publisher else f"written by {scope.author}")


def about_lines(about: CatalogueAnswer, in_words: InWords) -> Iterator[str]:
    """Yield what the catalogue says: how many articles, of when and by whom, then those that are cited."""
    count = f"{about.count:,} {'article' if about.count == 1 else 'articles'}" if about.count else "No article"
    count += f" ({about.with_copies:,} with copies)" if about.with_copies > about.count else ""
    topic = f" about “{one_line(about.topic)}”" if about.topic else ""
    rule = f" ({_HELD[about.rule]})" if about.topic else ""
    yield f"In the catalogue: {count}{_bounds(about)}{topic}{rule}."
    if about.first and about.last:
        first, last = in_words(about.first), in_words(about.last)
        yield f"Published {first}." if first == last else f"Published {first} to {last}."
    if about.kind == "who_wrote" and about.count:
        known = [f"{one_line(name)} ({articles:,})" for name, articles in about.authors]
        unsigned = [f"{about.unsigned:,} without a name"] if about.unsigned else []
        yield f"Written by {', '.join([*known, *unsigned])}."
    for article in about.articles:
        published = in_words(article.published) if article.published else ""
        known = [article.title or article.id, ", ".join(article.authors), article.publisher or "", published]
        yield "- " + " · ".join(one_line(part) for part in dict.fromkeys(known) if part)


def _bounds(about: CatalogueAnswer) -> str:
    dated = range_in_words(about.after, about.before)
    told = f" dated {dated}" if dated else ""
    if about.publisher:
        told += f" published by {one_line(about.publisher)}"
    if about.author:
        told += f" written by {one_line(about.author)}"
    return told
