"""XML of no standard whose elements are called as the fields of an article are: `headline`, `body`, `author`, `date`.

Agencies and newspapers export their own such formats (Ritzau's RBNews is one). An element with a text of three words or
more in a child that is called so is an article; a file that has no such element is refused. Its date may be an
attribute of it, as Reuters writes it in its corpus of 1996 and 1997.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.bylines import byline_authors, without_byline
from retrieval.reading.credits import Credits
from retrieval.reading.encodings import head_text
from retrieval.reading.fields import facts_of
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.markup import element_blocks, plain_words, text_blocks
from retrieval.reading.origins import BYLINE, OPENING, told
from retrieval.reading.signatures import looks_like
from retrieval.reading.xmltree import XmlFile, local, root_of, words
from retrieval.types import Article, Skipped

FORMAT = "xml"
_TEXTS = (
    "body",
    "content",
    "text",
    "articletext",
    "article_text",
    "bodytext",
    "maintext",
    "fulltext",
    "contenttext",
    "story",
    "article",
)
_LEADS = ("leadtext", "lead", "ingress", "standfirst")
_TITLES = ("headline", "title", "head", "articletitle", "article_title", "header", "subject")
_RIGHTS = ("copyright", "rights", "copyrightline")
_IDS = ("newsid", "itemid", "guid", "id", "articleid", "article_id", "documentid", "identifier")
_DATES = (
    "publishdate",
    "publicationdate",
    "datepublished",
    "published",
    "pubdate",
    "date",
    "issuedate",
    "coverdate",
    "created",
    "publishdatetime",
    "createddatetime",
    "updateddatetime",
)
_NAMES = ("byline", "author", "authors", "creator", "writer")
_SOURCES = ("origin", "publisher", "source", "newspaper", "publication", "publicationname", "credit")
_HEADS = ("head", "header", "metadata", "meta", "note-attributes")
_KNOWN = frozenset((*_TITLES, *_DATES, *_NAMES))
_DEEPEST = 3
_FORMS = re.compile(r"\s*(?:<\?xml\b|<!--|<!DOCTYPE\s+(?!html)|<[A-Za-z_][\w.:-]{0,80}[\s>])", re.I)
_PAGES = frozenset(
    ("html", "head", "body", "div", "p", "span", "article", "section", "svg", "table", "main", "a", "img")
)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is XML of a kind that has no reader of its own: it says so, or is called so and begins as XML."""
    if looks_like(head):
        return False
    text = head_text(head)
    name = root_of(head)[0]
    if not name or name.lower() in _PAGES or not _FORMS.match(text.lstrip("\ufeffï»¿")):
        return False
    declared = "<?xml" in text[:200]
    return declared or suffix == ".xml"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each element that has the fields of one, in the file's order.

    Raises ReadError where there is none, and OSError as reading does.
    """
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    seen: dict[str, int] = {}
    count = 0
    part_of_another: set[Any] = set()
    around: list[Any] = []  # the records that the element lies in
    for element in root.iter("{*}*"):
        fields = _fields(element) if element not in part_of_another else {}
        if not fields:
            continue
        above = set(element.iterancestors()) if around else set()
        while around and around[-1] not in above:
            around.pop()
        if len(around) < _DEEPEST:
            inner = [child for child in element if local(child).lower() in _TEXTS and _has_text(_fields(child))]
            if len(inner) > 1:  # what holds several records is none itself
                continue
            if inner:  # a record whose text says more of it: one article, not two
                part_of_another.add(inner[0])
                del fields[local(inner[0]).lower()]
                fields |= _fields(inner[0])
            if not _has_text(fields):
                continue
        count += 1
        if len(around) >= _DEEPEST:  # each would have the text of all that lie in it
            yield Skipped(f"{name} at record {count}", f"it lies in {_DEEPEST} records and is not read by itself")
            continue
        around.append(element)
        try:
            made = _article(element, fields, limits, count)
        except ReadError as error:
            yield Skipped(f"{name} at record {count}", error.message)
            continue
        times = seen[made.record] = seen.get(made.record, 0) + 1
        yield made if times == 1 else replace(made, record=f"{made.record} ({times})")
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")
    elif not count:
        raise ReadError(f"it looks like XML of a kind that is not read (its root element is {local(root)})")


def _fields(element: Any) -> dict[str, Any]:
    """The children of an element by their names, where they are called as those of an article; else nothing."""
    fields: dict[str, Any] = {}
    for child in element:
        name = local(child).lower()
        if name in _HEADS and any(local(inner) for inner in child):  # what it says is what its elements say
            for inner in child:
                fields.setdefault(local(inner).lower(), inner)
        elif name:
            fields.setdefault(name, child)
    named = not _KNOWN.isdisjoint(fields) and not fields.keys().isdisjoint(_TEXTS)
    return fields if named else {}


def _has_text(fields: dict[str, Any]) -> bool:
    return any(name in fields and len(words(fields[name]).split()) >= 3 for name in _TEXTS)


def _article(element: Any, fields: dict[str, Any], limits: Limits, number: int) -> Article:
    signed_by = byline_authors([words(fields[name]) for name in _NAMES if name in fields])
    authors, blocks = without_byline(signed_by, _text(fields))
    stated = {name.replace("-", "_"): _said(child) for name, child in fields.items()}
    attributes = {key.lower(): text for key, text in element.attrib.items()}
    date = _first(stated, _DATES) or _first(attributes, _DATES)
    facts = facts_of({**stated, "date": date, "author": "", "title": ""})
    title, blocks = headed(plain_words(_first(stated, _TITLES)), blocks)
    source = _first(stated, _SOURCES).strip("/ ")
    held = _holder(_first(stated, _RIGHTS))
    spoken = language_code(
        next((text for key, text in attributes.items() if re.fullmatch(r"(?:\{.*\})?lang(?:uage)?", key)), None)
    )
    said = Facts(
        title=title,
        authors=authors,
        publisher=re.sub(r"^via ", "", source, flags=re.I) or held,
        published=facts.published,
        url=facts.url,
        language=facts.language or spoken,
    )
    where = {name: found.replace("the field", "the element") for name, found in facts.origins}
    said = told(
        said,
        title=_place(stated, _TITLES) or OPENING,
        authors=_place(stated, _NAMES) if signed_by else BYLINE,
        publisher=_place(stated, _SOURCES) or _place(stated, _RIGHTS),
        published=_place(stated, _DATES) or "an attribute of the record",
        url=where.get("url", ""),
        language=where.get("language") or "an attribute of the record",
    )
    made = article(blocks, said, FORMAT, limits)
    return replace(made, record=_first(stated, _IDS) or _first(attributes, _IDS) or f"record {number}")


def _holder(line: str) -> str | None:
    """Whose the rights are, by a line that says so."""
    about = Credits()
    return about.facts().publisher if line and about.take(line) else None


def _text(fields: dict[str, Any]) -> list[Block]:
    """The longest text of a record, whether its markup is XML or escaped."""
    found = []
    for name in _TEXTS:
        if name in fields:
            part = fields[name]
            found.append(element_blocks(part) if len(part) else text_blocks(part.text or ""))
    longest = max(found, key=lambda blocks: sum(len(block.text) for block in blocks))
    lead = next((text_blocks(part.text or "") for name in _LEADS if (part := fields.get(name)) is not None), [])
    return longest if not lead or any(lead[0].text in block.text for block in longest[:3]) else [*lead, *longest]


def _said(child: Any) -> str:
    """What a field says: its own name or label, where it is described at length."""
    named = next((part for part in child if local(part).lower() in ("name", "label")), None)
    return words(child) if named is None else words(named)


def _place(stated: dict[str, str], names: tuple[str, ...]) -> str:
    return next((f"the element {name}" for name in names if stated.get(name)), "")


def _first(stated: dict[str, str], names: tuple[str, ...]) -> str:
    return next((stated[name] for name in names if stated.get(name)), "")
