"""NewsML 1.x, the IPTC's format before NewsML-G2: news items with components within components.

Each component with a headline and a text of its own is an article; of one text in several shapes the longest is read,
and of several revisions in a file the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.bylines import byline_authors, without_byline
from retrieval.reading.credits import Credits
from retrieval.reading.dates import partial_date
from retrieval.reading.escapes import unescaped
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.markup import element_blocks, text_blocks
from retrieval.reading.nitf import Story, story_of, unpublished
from retrieval.reading.origins import called, merged, signed, told
from retrieval.reading.xmltree import XmlFile, first, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "newsml-1"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


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
        yield from _articles(item, record, place, limits)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")
    elif not count:
        raise ReadError("it is NewsML without a news item")


def _articles(item: Any, record: str, place: str, limits: Limits) -> Iterator[Article | Skipped]:
    status = first(item, "Status")
    reason = unpublished(status.get("FormalName") or "") if status is not None else None
    stories = [(part, story) for part, story in _stories(item) if story.blocks]
    if not stories and not reason:
        kind = first(item, "MediaType")
        reason = f"holds no article text ({kind.get('FormalName') if kind is not None else 'an empty item'})"
    if reason:
        yield Skipped(place, reason)
        return
    for number, (part, story) in enumerate(stories, start=1):
        facts = _facts(item, part, story.facts)
        authors, blocks = without_byline(facts.authors, unescaped(story.blocks))
        title, blocks = headed(facts.title, blocks)
        try:
            made = article(blocks, signed(called(facts, title), authors), FORMAT, limits)
        except ReadError as error:
            yield Skipped(place, error.message)
            continue
        yield replace(made, record=record if number == 1 else f"{record}#{number}")


def _id(item: Any) -> str:
    """What is the same for all revisions of an item: its public identifier without the revision at its end."""
    parts = [stated_words(item, name) for name in ("ProviderId", "DateId", "NewsItemId")]
    return "urn:newsml:" + ":".join(parts) if all(parts) else stated_words(item, "NewsItemId", "PublicIdentifier")


def _revision(item: Any) -> int:
    stated = stated_words(item, "RevisionId")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 18 else 1


def _stories(item: Any) -> list[tuple[Any, Story]]:
    """The longest text of each component that has a headline, or of the item where none has, in the item's order."""
    longest: dict[Any, Story] = {}
    leads: dict[Any, list[Block]] = {}
    for content in item.iter("{*}DataContent"):
        around = (part for part in content.iterancestors("{*}NewsComponent") if part.find("{*}NewsLines") is not None)
        owner = next((part for part in around if stated_words(part.find("{*}NewsLines"), "HeadLine")), item)
        story = _story(content)
        if _role(content) == "lead":
            leads[owner] = story.blocks
        elif owner not in longest or _length(story) > _length(longest[owner]):
            longest[owner] = story
    for owner, lead in leads.items():
        body = longest.get(owner, Story([], Facts()))
        repeated = any(block.text in [other.text for other in body.blocks] for block in lead)
        longest[owner] = body if repeated else replace(body, blocks=[*lead, *body.blocks])
    return list(longest.items())


def _role(content: Any) -> str:
    """What part of a story a component is that holds nothing else ("lead", "title", "body")."""
    component = next(content.iterancestors("{*}NewsComponent"), None)
    role = component.find("{*}Role") if component is not None else None
    return (role.get("FormalName") or "").lower() if role is not None else ""


def _story(content: Any) -> Story:
    nitf = first(content, "nitf")
    if nitf is not None:
        return story_of(nitf)
    if not len(content):
        return Story(text_blocks(content.text or ""), Facts())
    body = first(content, "body.content", "body")
    body = content if body is None else body
    return Story(element_blocks(body) if len(body) else text_blocks(body.text or ""), Facts())


def _length(story: Story) -> int:
    return sum(len(block.text) for block in story.blocks)


def _facts(item: Any, part: Any, inner: Facts) -> Facts:
    """What the component of a story, else its item, says; and where they say nothing, what its text does."""
    language = first(part, "Language")
    language = first(item, "Language") if language is None else language
    authors = byline_authors([words(line) for line in part.iter("{*}ByLine")])
    dates = (stated_words(item, name) for name in ("FirstCreated", "DateAndTime", "ThisRevisionCreated", "DateId"))
    own = told(
        Facts(
            title=stated_words(part, "HeadLine"),
            authors=authors,
            publisher=_party(item),
            published=next((when for text in dates if (when := partial_date(text))), None),
            language=(language_code(language.get("FormalName")) if language is not None else None) or _spoken(part),
        ),
        title="the element HeadLine",
        authors="the element ByLine",
        publisher="the element Provider or Source",
        published="the dates of the item",
        language="the element Language",
    )
    inner = inner if not own.language else replace(inner, language=None)
    held = told(Facts(publisher=_holder(item)), publisher="the rights line")
    provider = Facts(publisher=stated_words(item, "ProviderId") or None)
    return merged(own, inner, held, told(provider, publisher="the element ProviderId"))


def _spoken(part: Any) -> str | None:
    """The language that a component is said to be in, itself or by what it lies in."""
    stated = (one.get(_LANG) for one in (part, *part.iterancestors()))
    return next((code for text in stated if (code := language_code(text))), None)


def _holder(item: Any) -> str | None:
    """Whose the rights are, by the line that says so."""
    about = Credits()
    line = stated_words(item, "CopyrightLine", "CopyrightHolder")
    return about.facts().publisher if line and about.take(line) else None


def _party(item: Any) -> str | None:
    for name in ("Provider", "Source"):
        for found in item.iter("{*}" + name):
            party = first(found, "Party")
            if party is not None and party.get("FormalName"):
                return str(party.get("FormalName")).strip() or None
    return None
