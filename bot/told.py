"""How the additions of an answer stand on its card; all that comes from an archive or a member is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bot.additions import Additions, Catalogued
from bot.citing import credit_of, title_of
from bot.limits import escaped_line, one_line
from bot.quotes import cite
from bot.words import Language, day, language_names, number, plural, text
from retrieval.foreign import foreign_to
from retrieval.types import Citation

if TYPE_CHECKING:
    from retrieval.archive import Archive

_WORD_CHARS, _TOPIC_CHARS = 60, 100
_LANGUAGES = 3  # named in a hint: the commonest


def cited_in(archive: Archive, additions: Additions) -> tuple[Citation, ...]:
    """Return the citations of the catalogue's articles, but for those that are gone. Belongs on a thread."""
    ids = additions.catalogue.articles if additions.catalogue else ()
    found = ((article_id, archive.article(article_id)) for article_id in ids)
    return tuple(cite(article_id, article) for article_id, article in found if article is not None)


def addition_labels(additions: Additions) -> list[tuple[str, str]]:
    """Return (name, words) of what was understood and can be dropped; the name is what `Additions.without` takes."""
    if not additions.said or not additions.kept:
        return []
    return [("whose", f"“{one_line(additions.said)}”")]


def addition_text(additions: Additions, cited: tuple[Citation, ...], locale: Language) -> str:
    """Return what a card says beside its passages, escaped; empty for nothing."""
    return "\n".join([*_catalogue(additions.catalogue, cited, locale), *_understood(additions, locale)])


def _catalogue(about: Catalogued | None, cited: tuple[Citation, ...], locale: Language) -> Iterator[str]:
    if about is None:
        return
    topic = escaped_line(about.topic, _TOPIC_CHARS)
    if topic and not about.count:
        told = text("No article about “{topic}”", locale, topic=topic)
    elif topic:
        told = plural("{n} article about “{topic}”", "{n} articles about “{topic}”", about.count, locale, topic=topic)
    else:
        told = plural("{n} article", "{n} articles", about.count, locale)
    if about.with_copies > about.count:
        told += " " + text("({n} with copies)", locale, n=number(about.with_copies, locale))
    span = dict.fromkeys(day(date, locale) for date in (about.first, about.last) if date)
    dates = f", {' – '.join(span)}" if span else ""
    yield f"**{text('In the catalogue', locale)}**: {told}{dates}"
    for article in cited:
        credit = credit_of(article, locale)
        yield f"- {title_of(article)}" + (f" · {credit}" if credit else "")


def _understood(additions: Additions, locale: Language) -> Iterator[str]:
    for word, searched in additions.also_searched:
        told = text(
            "Also searched “{searched}”: no article has “{word}”.", locale,
            searched=escaped_line(searched, _WORD_CHARS), word=escaped_line(word, _WORD_CHARS),
        )  # fmt: skip
        yield f"-# {told}"
    if additions.whose and additions.kept:
        name = escaped_line(additions.whose, _WORD_CHARS)
        yield "-# " + text("Only articles of {name}, whom the question names.", locale, name=name)


def passages_heading(additions: Additions, outside: bool, misses: bool, locale: Language) -> str:
    """Return what stands above passages that are not what was asked for; empty where they may be.

    With `outside` they are from other times, with `misses` they do not seem to answer.
    """
    name = escaped_line(additions.from_others, _WORD_CHARS)
    if name and outside:
        told = text(
            "Nothing of {name}, or from then, answers it. These are the nearest of others, from other times:", locale,
            name=name,
        )  # fmt: skip
    elif name:
        told = text("Nothing of {name} answers it. These are of others:", locale, name=name)
    elif outside:
        told = text("Nothing from then answers it. These are the nearest, from other times:", locale)
    else:
        told = text("These passages come nearest, and do not seem to answer it:", locale) if misses else ""
    return told


def languages_held(question: str, held: Sequence[str], locale: Language) -> str:
    """Return that a question seems to be in a language that the archive holds nothing in; empty where it is not."""
    if foreign_to(question, held) is None:
        return ""
    names = language_names(held[:_LANGUAGES], locale)
    return text(
        "The archive holds articles in {languages}; the question seems to be in another language.", locale,
        languages=names,
    )  # fmt: skip
