"""ninjs, the IPTC's news in JSON (1.x to 3.x): one item, a list of them, or a service's answer around them.

A picture's caption is an article of its own where the picture is an item, and a caption where it goes with a story.
Of several versions of an item in a file the newest is read; what is canceled or withheld is not.

Version 3 writes in capitals within words (`versionCreated`) what the others do not: names are compared without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.bylines import byline_authors, without_byline
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import head_text
from retrieval.reading.headlines import headed
from retrieval.reading.jsonvalues import json_values, listed, mapped, text_of
from retrieval.reading.languages import language_code
from retrieval.reading.markup import plain_words, text_blocks
from retrieval.reading.nitf import unpublished
from retrieval.reading.origins import called, first_of, signed, told
from retrieval.types import Article, Skipped

FORMAT = "ninjs"
_OPENING = re.compile(r"\ufeff?\s*[\[{]")
_TELLING = re.compile(
    r'"(?:versioncreated|firstcreated|contentcreated|pubstatus|body_html|body_xhtml|body_text|slugline|usageterms|'
    r'description_text|description_html|copyrightnotice|headline|headlines|bodies|renditions)"\s*:',
    re.I,
)
_SAID = re.compile(r'"standard"\s*:\s*\{[^{}]{0,400}"ninjs"')
_WRAPPERS = ("data", "item", "items", "_items", "news", "results", "result", "response")
_DEEPEST = 8
_DATES = ("firstpublished", "firstcreated", "contentcreated", "versioncreated")
_BODIES = ("body_xhtml", "body_html", "body_nitf", "body_text", "body")
_DESCRIPTIONS = ("description_html", "description_text", "description_caption", "description", "caption")

Item = dict[str, object]


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is ninjs: JSON that says so, or with three or more of the names that it gives to things."""
    text = head_text(head)
    if not _OPENING.match(text):
        return False
    return bool(_SAID.search(text)) or len({name.lower() for name in _TELLING.findall(text)}) >= 3


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each item, in the file's order; items without text are skipped and named.

    Raises ReadError where the file is no JSON or holds no item, and OSError as reading does.
    """
    items = [item for value in json_values(file, limits) for item in _items(value, 0)]
    if not items:
        raise ReadError("it is JSON without a news item")
    newest: dict[str, tuple[float, int]] = {}
    for number, item in enumerate(items):
        newest[_id(item)] = max(newest.get(_id(item), (-1.0, -1)), (_version(item), number))
    for number, item in enumerate(items):
        record = _id(item)
        place = f"{name} at {record}" if record else name
        if record and newest[record][1] != number:
            yield Skipped(
                place, f"version {text_of(item.get('version')) or '1'} is an older one of an item that is read"
            )
            continue
        try:
            yield _article(item, limits)
        except ReadError as error:
            yield Skipped(place, error.message)


def _items(value: object, depth: int) -> Iterator[Item]:
    """The items in a document, and those among an item's associations that have a text of their own."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for part in value:
            yield from _items(part, depth + 1)
    elif isinstance(value, dict):
        value = {name.lower(): part for name, part in value.items()}
        if _is_item(value):
            yield value
            for part in _associated(value):
                if any(text_of(part.get(body)).strip() for body in _BODIES) and part.get("type") != "picture":
                    yield from _items(part, depth + 1)
            return
        for name in _WRAPPERS:
            if isinstance(value.get(name), dict | list):
                yield from _items(value[name], depth + 1)


def _is_item(value: Item) -> bool:
    named = any(name in value for name in ("uri", "guid", "altids", "_id", "id"))
    return named and any(name in value for name in ("headline", "headlines", "bodies", "versioncreated", *_BODIES))


def _article(item: Item, limits: Limits) -> Article:
    reason = unpublished(text_of(item.get("pubstatus")))
    if reason:
        raise ReadError(reason)
    facts = _facts(item)
    authors, blocks = without_byline(facts.authors, _text(item))
    if not blocks:
        elsewhere = "; its text stands elsewhere (see its renditions)" if item.get("renditions") else ""
        raise ReadError(f"holds no article text (an item of type {text_of(item.get('type')) or 'unknown'}{elsewhere})")
    blocks += [Block(text, "caption") for part in _associated(item) for text in _caption(part)]
    title, blocks = headed(facts.title, blocks)
    made = article(blocks, signed(called(facts, title), authors), FORMAT, limits)
    return replace(made, record=_id(item))


def _text(item: Item) -> list[Block]:
    """The item's body where it has one, else its description or a picture's caption."""
    # A picture's "body" is a label; what it shows is described.
    names = (*_DESCRIPTIONS, *_BODIES) if text_of(item.get("type")) == "picture" else (*_BODIES, *_DESCRIPTIONS)
    roles = [mapped(part) for key in ("bodies", "descriptions") for part in listed(item.get(key))]
    stated = [text_of(item.get(name)) for name in names] + [text_of(part.get("value")) for part in roles]
    return next((blocks for text in stated if text.strip() and (blocks := text_blocks(text))), [])


def _associated(item: Item) -> list[Item]:
    related = item.get("associations")
    parts = list(related.values()) if isinstance(related, dict) else listed(related)
    return [part for part in parts if isinstance(part, dict)]


def _caption(part: Item) -> list[str]:
    if part.get("type") not in ("picture", "graphic", "video"):
        return []
    texts = [text_of(part.get(name)) for name in _DESCRIPTIONS]
    texts += [text_of(mapped(one).get("value")) for one in listed(part.get("descriptions"))]
    return [text for stated in texts if (text := plain_words(stated))][:1]


def _facts(item: Item) -> Facts:
    headlines = [mapped(line) for line in listed(item.get("headlines"))]
    main = sorted(headlines, key=lambda line: text_of(line.get("role")).lower() not in ("main", "headline"))
    titles = [("headline", text_of(item.get("headline")))]
    titles += [("headlines", text_of(line.get("value"))) for line in main] + [("title", text_of(item.get("title")))]
    title, titled_in = first_of((name, plain_words(stated)) for name, stated in titles)
    publisher, published_by = _publisher(item)
    published, dated_in = _published(item)
    url, linked_in = _url(item)
    return told(
        Facts(title or "", _authors(item), publisher, published, url, language_code(item.get("language"))),
        title=f"the field {titled_in}",
        authors="the field byline, authors or people",
        publisher=f"the field {published_by}",
        published=f"the field {dated_in}",
        url=f"the field {linked_in}",
        language="the field language",
    )


def _authors(item: Item) -> tuple[str, ...]:
    bylines = [text_of(item.get("byline")), text_of(item.get("by"))]
    bylines += [
        text_of(mapped(line).get("byline") or mapped(line).get("value")) for line in listed(item.get("bylines"))
    ]
    people = [text_of(mapped(one).get("name")) for one in listed(item.get("authors"))]
    written = [text_of(mapped(one).get("name")) for one in listed(item.get("people")) if "author" in str(one)]
    stated = byline_authors([plain_words(line) for line in bylines if line])
    return stated or tuple(dict.fromkeys(name for name in (*people, *written) if name))


def _publisher(item: Item) -> tuple[str | None, str]:
    sources = [mapped(one).get("name") for one in listed(item.get("infosource") or item.get("infosources"))]
    provider = item.get("provider")
    stated = [
        ("source", item.get("source")),
        ("provider", mapped(provider).get("name") or provider),
        ("copyrightholder", item.get("copyrightholder")),
        *(("infosource", name) for name in sources),
    ]
    return first_of((place, plain_words(text_of(value))) for place, value in stated)


def _published(item: Item) -> tuple[str | None, str]:
    when, stated = first_of((name, partial_date(text_of(item.get(name)))) for name in _DATES)
    embargo = partial_date(text_of(item.get("embargoed")))
    return (embargo, "embargoed") if when and embargo and embargo > when else (when, stated)


def _url(item: Item) -> tuple[str | None, str]:
    links = [mapped(link) for link in listed(item.get("links"))]
    stated = [("links", link.get("href")) for link in links if link.get("rel") in ("canonical", "alternate", "self")]
    stated += [(name, item.get(name)) for name in ("canonical", "url", "uri")]
    texts = ((place, text_of(value)) for place, value in stated)
    return first_of((place, url) for place, url in texts if re.fullmatch(r"https?://\S+", url))


def _id(item: Item) -> str:
    stated = (
        item.get("guid"),
        mapped(item.get("altids")).get("itemid"),
        item.get("uri"),
        item.get("_id"),
        item.get("id"),
    )
    return next((text for value in stated if (text := text_of(value))), "")


def _version(item: Item) -> float:
    try:
        return float(text_of(item.get("version")) or 1)
    except ValueError:
        return 1
