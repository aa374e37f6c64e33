"""NewsML 1.x, the IPTC's format before NewsML-G2: news items with components within components.

Each item is one article: the text of its longest text component. Of several revisions in a file the last is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits, article
from retrieval.reading.bylines import byline_authors, without_byline
from retrieval.reading.dates import partial_date
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.markup import element_blocks, text_blocks
from retrieval.reading.nitf import Story, story_of, unpublished
from retrieval.reading.xmltree import XmlFile, first, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "newsml-1"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is NewsML 1: its root element says so."""
    return root_of(head)[0] in ("NewsML", "NewsItem")


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each news item, in the file's order; items without text are skipped and named.

    Raises ReadError where there is no item at all, and OSError as reading does.
    """
    xml = XmlFile(file, limits.file_bytes)
    newest: dict[str, tuple[int, int]] = {}
    for number, item in enumerate(xml.elements(("NewsItem",))):
        newest[_id(item)] = max(newest.get(_id(item), (-1, -1)), (_revision(item), number))
    count = 0
    for number, item in enumerate(xml.elements(("NewsItem",))):
        count += 1
        record = _id(item)
        place = f"{name} at {record}" if record else name
        if record and newest[record][1] != number:
            yield Skipped(place, f"revision {_revision(item)} is an older one of an item that is read")
            continue
        try:
            yield _article(item, record, limits)
        except ReadError as error:
            yield Skipped(place, error.message)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")
    elif not count:
        raise ReadError("it is NewsML without a news item")


def _article(item: Any, record: str, limits: Limits) -> Article:
    status = first(item, "Status")
    reason = unpublished(status.get("FormalName") or "") if status is not None else None
    if reason:
        raise ReadError(reason)
    story = _story(item)
    facts = _facts(item, story.facts)
    authors, blocks = without_byline(facts.authors, story.blocks)
    if not blocks:
        kind = first(item, "MediaType")
        raise ReadError(f"holds no article text ({kind.get('FormalName') if kind is not None else 'an empty item'})")
    title, blocks = headed(facts.title, blocks)
    made = article(blocks, replace(facts, title=title, authors=authors), FORMAT, limits)
    return replace(made, record=record)


def _id(item: Any) -> str:
    """What is the same for all revisions of an item: its public identifier without the revision at its end."""
    parts = [stated_words(item, name) for name in ("ProviderId", "DateId", "NewsItemId")]
    return "urn:newsml:" + ":".join(parts) if all(parts) else stated_words(item, "NewsItemId", "PublicIdentifier")


def _revision(item: Any) -> int:
    stated = stated_words(item, "RevisionId")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 18 else 1


def _story(item: Any) -> Story:
    found = []
    for content in item.iter("{*}DataContent"):
        nitf = first(content, "nitf")
        if nitf is not None:
            found.append(story_of(nitf))
        elif len(content):
            body = first(content, "body.content", "body")
            found.append(Story(element_blocks(content if body is None else body), Facts()))
        else:
            found.append(Story(text_blocks(content.text or ""), Facts()))
    return max(found, key=lambda story: sum(len(block.text) for block in story.blocks), default=Story([], Facts()))


def _facts(item: Any, inner: Facts) -> Facts:
    language = first(item, "Language")
    authors = byline_authors([words(line) for line in item.iter("{*}ByLine")])
    dates = (stated_words(item, name) for name in ("FirstCreated", "DateAndTime", "ThisRevisionCreated", "DateId"))
    return Facts(
        title=stated_words(item, "HeadLine") or inner.title,
        authors=authors or inner.authors,
        publisher=_party(item) or inner.publisher or stated_words(item, "ProviderId") or None,
        published=next((when for text in dates if (when := partial_date(text))), None) or inner.published,
        url=inner.url,
        language=language_code(language.get("FormalName")) if language is not None else inner.language,
    )


def _party(item: Any) -> str | None:
    for name in ("Provider", "Source"):
        for found in item.iter("{*}" + name):
            party = first(found, "Party")
            if party is not None and party.get("FormalName"):
                return str(party.get("FormalName")).strip() or None
    return None
