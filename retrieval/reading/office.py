"""What the documents of word processors have in common: which of their properties can be believed, and their title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.opening import credited
from retrieval.reading.origins import all_from, called, merged, only, told
from retrieval.reading.people import is_name, is_organisation, listed_authors
from retrieval.reading.plain import without_title
from retrieval.reading.titles import could_be_title, untitled
from retrieval.types import Article

_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)|powerpoint presentation|adobe|quark|indesign)\b.*|"
    r"(?:untitled|document|doc|dokument|slide|book|layout|template|print|title|page|seite|unbenannt|scan)[\s_-]*\d*|"
    r".*\.(?:docx?|odt|rtf|indd|qxd|qxp|pdf|tex|dvi|ps|eps|txt|html?|pptx?|xlsx?|pub|wpd|pages|cdr|ai|fm)|"
    r"(?:[A-Z]:\\|/|file:|https?:).*|[\W\d_]*|\S*[_/\\]\S*|\S*\d\S*",
    re.I,
)
_NOBODY = re.compile(r"(?:your|user|windows|admin|microsoft|office|owner|default|unknown|python)\b", re.I)
_LONGEST = 400


def is_title(title: str) -> bool:
    """Whether a property can be a document's title, and is no file's name or what a program wrote in its place."""
    return 2 < len(title) <= _LONGEST and not _NO_TITLE.fullmatch(title)


def people(stated: str) -> tuple[str, ...]:
    """The authors that a property names, if all of them are people's names; else none (a login is no author)."""
    names = [" ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in listed_authors(stated)]
    if not all(is_name(name) and not is_organisation(name) for name in names):
        return ()
    return tuple(name for name in names if not _NOBODY.match(name))


def document_article(blocks: Sequence[Block], styled: str, facts: Facts, format: str, limits: Limits) -> Article:  # noqa: A002
    """A document's article; `styled` is the paragraph set as its title, `facts` its properties as they stand.

    Raises ReadError where it has no text, or too much.
    """
    if not blocks:
        raise ReadError("the document has no text")
    stated, kept = credited(blocks)
    believed = replace(
        facts,
        title=facts.title if is_title(facts.title) else "",
        authors=people("; ".join(facts.authors)),
        url=None,
    )
    properties = all_from(believed, "the document's properties")
    known = merged(
        only(properties, "language"),
        told(Facts(title=styled), title="the paragraph that is set as its title"),
        only(properties, "title"),
        only(stated, "authors", "publisher", "published", "url", "language"),
        properties,
    )
    first, title = kept[0], known.title
    if (
        not title
        and len(kept) > 1
        and (first.kind == "heading" or (could_be_title(first.text) and "\n" not in first.text))
    ):
        title = first.text
        known = called(known, title, "its first line")
    known = called(known, title or untitled(first.text))
    return article(without_title(kept, title) if title else kept, known, format, limits)
