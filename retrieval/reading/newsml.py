"""NewsML-G2 of the IPTC: news items, by themselves or many in one message.

An item's text stands in it as NITF, XHTML or plain text; a picture's is its caption. Of several versions of one item
in a file the newest is read. What is canceled or withheld is not published, and so not indexed. Items without text
(packages, concepts, events, planning) are named with what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.bylines import byline_authors, person, without_byline
from retrieval.reading.dates import partial_date
from retrieval.reading.escapes import unescaped
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.markup import element_blocks, text_blocks
from retrieval.reading.nitf import Story, story_of, unpublished
from retrieval.reading.normalise import one_line
from retrieval.reading.origins import called, merged, signed, told
from retrieval.reading.xmltree import XmlFile, first, local, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "newsml"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_KINDS = {
    "packageItem": "a package, which lists other items",
    "conceptItem": "a concept item, which describes a person, place or thing",
    "knowledgeItem": "a knowledge item, which describes people, places or events",
    "planningItem": "a planning item, which announces coverage",
    "catalogItem": "a catalog of codes",
}
_ITEMS = ("newsItem", *_KINDS)
_ROOTS = frozenset((*_ITEMS, "newsMessage", "itemSet"))
_NAMESPACE = "iptc.org/std/nar/"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is NewsML-G2: its root is one of its elements, or in its namespace."""
    name, attributes = root_of(head)
    return name in _ROOTS or (_NAMESPACE in attributes and name not in ("nitf", "html"))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a file's news items, in its order; each other item is skipped with what it is.

    Raises ReadError where there is no item at all, and OSError as reading does.
    """
    xml = XmlFile(file, limits.file_bytes)
    newest: dict[str, tuple[float, int]] = {}
    for number, item in enumerate(xml.elements(_ITEMS)):
        guid = item.get("guid")
        if guid:
            newest[guid] = max(newest.get(guid, (-1.0, -1)), (_version(item), number))
    count = 0
    for number, item in enumerate(xml.elements(_ITEMS)):
        count += 1
        guid = item.get("guid") or ""
        place = f"{name} at {guid}" if guid else name
        if guid and newest[guid][1] != number:
            yield Skipped(place, f"version {item.get('version') or '1'} is an older one of an item that is read")
            continue
        try:
            yield item_article(item, limits)
        except ReadError as error:
            yield Skipped(place, error.message)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")
    elif not count:
        raise ReadError("it is a part of NewsML-G2 that holds no news item")


def item_article(item: Any, limits: Limits) -> Article:
    """The article of a news item. Raises ReadError where it has no text, is not published, or is of another kind."""
    kind = local(item)
    if kind in _KINDS:
        raise ReadError(f"holds no article text ({_KINDS[kind]})")
    about, content = first(item, "itemMeta"), first(item, "contentMeta")
    status = first(about, "pubStatus") if about is not None else None
    reason = unpublished((status.get("qcode") or words(status)) if status is not None else "")
    if reason:
        raise ReadError(reason)
    story = _story(item, content)
    facts = _facts(item, about, content, story.facts)
    authors, blocks = without_byline(facts.authors, unescaped(story.blocks))
    if not blocks:
        raise ReadError(f"holds no article text ({_class(about)})")
    title, blocks = headed(facts.title, blocks)
    made = article(blocks, signed(called(facts, title), authors), FORMAT, limits)
    return replace(made, record=item.get("guid") or story.id)


def _version(item: Any) -> float:
    try:
        return float(item.get("version") or 1)
    except ValueError:
        return 1


def _class(about: Any) -> str:
    stated = first(about, "itemClass") if about is not None else None
    name = (stated.get("qcode") or "").rpartition(":")[2] if stated is not None else ""
    return f"an item of class {name}" if name else "an empty item"


def _story(item: Any, content: Any) -> Story:
    """The longest of the texts that an item holds (they are the same in other shapes), else its caption or summary."""
    found = [_inline(part) for part in item.iter("{*}inlineXML")]
    found += [Story(text_blocks("".join(part.itertext())), Facts()) for part in item.iter("{*}inlineData")]
    found = [story for story in found if story.blocks]
    if found:
        return max(found, key=lambda story: sum(len(block.text) for block in story.blocks))
    described = [words(text) for text in content.iter("{*}description")] if content is not None else []
    return Story([Block(text) for text in dict.fromkeys(described) if text], Facts())


def _inline(part: Any) -> Story:
    nitf = first(part, "nitf")
    if nitf is not None:
        return story_of(nitf)
    body = first(part, "body")
    body = part if body is None else body
    for header in [found for found in body.iter("{*}header") if first(found, "h1") is not None]:
        header.clear(keep_tail=True)  # the slug line, the date and the headline, which the item states itself
    return Story(element_blocks(body), Facts())


def _facts(item: Any, about: Any, content: Any, inner: Facts) -> Facts:
    """What an item says, and where it says nothing, what its text does."""
    authors = _authors(content)
    own = told(
        Facts(
            title=_headline(content),
            authors=() if len(inner.authors) > len(authors) else authors,
            publisher=_publisher(item, about, content),
            published=_published(about, content),
            url=_url(item),
            language=_language(item, content),
        ),
        title="the headline in contentMeta",
        authors="by or creator in contentMeta",
        publisher="the provider, the information source or the copyright holder",
        published="the dates in itemMeta and contentMeta",
        url="the guid or a link",
        language="the language in contentMeta or of the item",
    )
    called_by = Facts(title=stated_words(about, "title")) if about is not None else Facts()
    return merged(own, inner, told(called_by, title="the title in itemMeta"))


def _headline(content: Any) -> str:
    if content is None:
        return ""
    headlines = [line for line in content.iter("{*}headline") if words(line)]
    main = [line for line in headlines if "sub" not in (line.get("role") or "").lower()]
    return words((main or headlines)[0]) if headlines else ""


def _authors(content: Any) -> tuple[str, ...]:
    if content is None:
        return ()
    stated = byline_authors([words(line) for line in content.iter("{*}by")])
    if stated:
        return stated
    roles = [part for part in content.iter("{*}creator") if "source" not in (part.get("role") or "").lower()]
    names = (person(_name(part)) for part in roles)
    return tuple(dict.fromkeys(name for name in names if name))


def _name(party: Any) -> str:
    name = first(party, "name")
    return words(name) if name is not None else one_line(party.get("literal") or "")


def _publisher(item: Any, about: Any, content: Any) -> str | None:
    provider = first(about, "provider") if about is not None else None
    holder = first(item, "copyrightHolder")
    sources = list(content.iter("{*}infoSource")) if content is not None else []
    original = [source for source in sources if (source.get("role") or "").lower().endswith(("source", "origprov"))]
    found = [
        stated_words(provider, "name") if provider is not None else "",
        *(_name(source) for source in original),
        _name(holder) if holder is not None else "",
        one_line(provider.get("literal") or "") if provider is not None else "",
        *(_name(source) for source in sources),
        # A code's last part is the provider's own short name ("nprov:AFP").
        (provider.get("qcode") or "").rpartition(":")[2] if provider is not None else "",
    ]
    return next((name for name in found if name), None)


def _published(about: Any, content: Any) -> str | None:
    """The day of the first version, or the end of its embargo where that is later."""
    dates = {name: _date(about, name) for name in ("firstCreated", "versionCreated", "embargoed")}
    when = dates["firstCreated"] or _date(content, "contentCreated") or dates["versionCreated"]
    return max(when, dates["embargoed"]) if when and dates["embargoed"] else when


def _date(parent: Any, name: str) -> str | None:
    stated = first(parent, name) if parent is not None else None
    return partial_date(words(stated)) if stated is not None else None


def _language(item: Any, content: Any) -> str | None:
    stated = first(content, "language") if content is not None else None
    return (
        language_code(stated.get("tag")) or language_code(item.get(_LANG))
        if stated is not None
        else language_code(item.get(_LANG))
    )


def _url(item: Any) -> str | None:
    guid = item.get("guid") or ""
    if guid.startswith(("http://", "https://")):
        return str(guid)
    for link in item.iter("{*}link"):
        relation = (link.get("rel") or "").rpartition(":")[2].lower()
        if relation in ("canonical", "webcanonical", "alternate", "self") and (link.get("href") or "").startswith(
            "http"
        ):
            return str(link.get("href"))
    return None
