"""NITF, the News Industry Text Format of the IPTC (2.x to 3.x), with or without its namespace.

An article that its agency canceled, killed or withheld is not published, and so not indexed. What an embargo held back
is dated by its release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.bylines import byline_authors, without_byline
from retrieval.reading.dates import partial_date
from retrieval.reading.escapes import unescaped
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.markup import element_blocks
from retrieval.reading.origins import BYLINE, called, first_of, told
from retrieval.reading.wirecopy import is_sign_off
from retrieval.reading.xmltree import XmlFile, first, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "nitf"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ADDRESS = re.compile(r"\s*https?://\S+\s*")
_UNPUBLISHED = frozenset(("canceled", "cancelled", "withheld", "killed", "kill", "withdrawn"))
_SOURCES = ("aap-source", "ntbkilde", "source", "publisher")  # what agencies call themselves in `meta`


@dataclass(frozen=True, slots=True)
class Story:
    """What an NITF document holds: the blocks of its body, what it says about itself, its id, and its status."""

    blocks: list[Block]
    facts: Facts
    id: str = ""
    status: str = ""


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is NITF: its root element is called so."""
    return root_of(head)[0] == "nitf"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each NITF document in the file (archives often wrap several in one element of their own).

    Raises ReadError where there is none, and OSError as reading does.
    """
    xml = XmlFile(file, limits.file_bytes)
    count = 0
    for element in xml.elements(("nitf",)):
        count += 1
        try:
            yield _article(story_of(element), limits)
        except ReadError as error:
            yield Skipped(name, error.message)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")
    if not count and not xml.trouble:
        raise ReadError("it holds no NITF document")


def story_of(nitf: Any) -> Story:
    """What an `nitf` element holds."""
    about = first(nitf, "docdata")
    opening = first(nitf, "body.head")
    opening = nitf if opening is None else opening
    body = first(nitf, "body.content")
    blocks = unescaped(element_blocks(body)) if body is not None else []
    while len(blocks) > 1 and is_sign_off(blocks[-1].text):
        blocks.pop()
    lead = first(opening, "abstract")
    if lead is not None:
        blocks = _led(element_blocks(lead), blocks)
    stated = _stated(opening)
    authors, blocks = without_byline(stated, blocks)
    ids = first(nitf, "doc-id")
    publication = first(nitf, "pubdata")
    title, titled_in = first_of((
        *((name, stated_words(opening, name)) for name in ("hl1", "hedline")), ("title", stated_words(nitf, "title"))
    ))  # fmt: skip
    publisher, published_by = _publisher(nitf, opening, publication)
    published, dated_in = _published(nitf, publication)
    url, linked_in = _url(nitf, publication)
    facts = told(
        Facts(title or "", authors, publisher, published, url, language_code(nitf.get(_LANG) or nitf.get("baselang"))),
        title=f"the element {titled_in}",
        authors="the element byline" if stated else BYLINE,
        publisher=f"the element {published_by}",
        published=f"the element {dated_in}",
        url=f"the element {linked_in}",
        language="the language of the element nitf",
    )
    return Story(
        blocks,
        facts,
        id=(ids.get("id-string") or "").strip() if ids is not None else "",
        status=(about.get("management-status") or "").lower() if about is not None else "",
    )


def unpublished(status: str) -> str | None:
    """Why an article of this status ("canceled") is not read; None where it is published."""
    said = status.rpartition(":")[2].lower()
    return f"its agency marks it as {said}, so it is not taken for published" if said in _UNPUBLISHED else None


def _article(story: Story, limits: Limits) -> Article:
    reason = unpublished(story.status)
    if reason:
        raise ReadError(reason)
    facts = story.facts
    title, blocks = headed(facts.title, story.blocks)
    return replace(article(blocks, called(facts, title), FORMAT, limits), record=story.id)


def _led(lead: list[Block], body: list[Block]) -> list[Block]:
    """The body, after those paragraphs of the abstract that it does not begin with itself."""
    said = " ".join(block.text for block in body[:3])
    return [block for block in lead if block.text.rstrip(".… ") not in said] + body


def _stated(opening: Any) -> tuple[str, ...]:
    bylines = list(opening.iter("{*}byline"))
    people = [words(person) for byline in bylines for person in byline.iter("{*}person")]
    stated = people or [words_without(byline, "byttl") or words(byline) for byline in bylines]
    return byline_authors(stated)


def words_without(element: Any, name: str) -> str:
    """The text of an element on one line, without what its descendants of this name hold."""
    left_out = " ".join(words(part) for part in element.iter("{*}" + name))
    text = words(element)
    return text.replace(left_out, "").strip(" ,") if left_out else text


def _publisher(nitf: Any, opening: Any, publication: Any) -> tuple[str | None, str]:
    rights = first(nitf, "doc.copyright")
    sources = [meta for meta in nitf.iter("{*}meta") if (meta.get("name") or "").lower() in _SOURCES]
    found: Sequence[tuple[str, str | None]] = (
        ("pubdata", publication.get("name") if publication is not None else None),
        ("distributor", stated_words(opening, "distributor")),
        ("rights.owner", stated_words(opening, "rights.owner")),
        ("doc.copyright", rights.get("holder") if rights is not None else None),
        *((f"meta ({meta.get('name')})", meta.get("content")) for meta in sources),
        *(("from-src", source.get("src-name")) for source in nitf.iter("{*}from-src")),
    )
    return first_of((place, " ".join((name or "").split())) for place, name in found)


def _published(nitf: Any, publication: Any) -> tuple[str | None, str]:
    stated = [("pubdata", publication.get("date.publication"))] if publication is not None else []
    for name in ("date.release", "date.issue", "story.date", "revision-history"):
        stated += [(name, date.get("norm")) for date in nitf.iter("{*}" + name)][:1]
    stated += [("story.date", words(date)) for date in nitf.iter("{*}story.date")]
    return first_of((place, partial_date(text) if text else None) for place, text in stated)


def _url(nitf: Any, publication: Any) -> tuple[str | None, str]:
    ids = first(nitf, "doc-id")
    stated = [("pubdata", publication.get("ex-ref"))] if publication is not None else []
    stated += [("doc-id", ids.get("id-string"))] if ids is not None else []
    return first_of((place, url.strip()) for place, url in stated if url and _ADDRESS.fullmatch(url))
