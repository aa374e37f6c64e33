"""JATS and NLM, the XML of scholarly and trade journals: an article each, a collection of them (PubMed Central) too.

Title, authors, journal, date and DOI are those of `front`; the text is the abstract and the body, without references,
footnotes and what only a machine needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import head_text
from retrieval.reading.languages import language_code
from retrieval.reading.origins import told
from retrieval.reading.sections import section_blocks
from retrieval.reading.xmltree import XmlFile, first, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "jats"
_ROOTS = ("article", "sub-article", "pmc-articleset", "articles")
_SIGN = re.compile(r"<(?:\w+:)?(?:front|article-meta|journal-meta)\b")
_LEFT_OUT = frozenset((
    "xref", "fn", "fn-group", "ref-list", "back", "object-id", "label", "graphic", "inline-graphic", "alternatives",
    "tex-math", "disp-formula", "permissions", "supplementary-material",
))  # fmt: skip
_DATES = ("epub", "epub-ppub", "ppub", "pub", "collection")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a journal's article in XML: its root is called so, and it has the front of one."""
    return root_of(head)[0] in _ROOTS and bool(_SIGN.search(head_text(head)))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a file. Raises ReadError where it holds none, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    count = 0
    for number, element in enumerate(xml.elements(("article",)), 1):
        try:
            yield _article(element, limits)
            count += 1
        except ReadError as error:
            yield Skipped(f"{name} at article {number}", error.message)
            count += 1
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was" if count else xml.trouble)
    elif not count:
        raise ReadError("it holds no journal article")


def _article(element: Any, limits: Limits) -> Article:
    front = first(element, "article-meta", "front-stub", "front")
    front = element if front is None else front
    journal = first(element, "journal-meta")
    blocks: list[Block] = []
    for name in ("abstract", "body"):
        part = first(front if name == "abstract" else element, name)
        blocks += section_blocks(part, _LEFT_OUT) if part is not None else []
    ids = {identity.get("pub-id-type"): words(identity) for identity in front.iter("{*}article-id")}
    doi = ids.get("doi", "").removeprefix("https://doi.org/")
    publisher = stated_words(journal, "journal-title", "publisher-name") if journal is not None else ""
    facts = told(
        Facts(
            title=stated_words(front, "article-title"),
            authors=_authors(front),
            publisher=publisher or None,
            published=_published(front),
            url=f"https://doi.org/{doi}" if re.fullmatch(r"10\.\d{4,9}/\S+", doi) else None,
            language=language_code(element.get(_LANG)),
        ),
        title="the element article-title",
        authors="the element contrib",
        publisher="the element journal-title or publisher-name",
        published="the element pub-date",
        url="its DOI",
        language="the language of the element article",
    )
    return article(blocks, facts, FORMAT, limits)


def _authors(front: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for person in front.iter("{*}contrib"):
        if person.get("contrib-type", "author") != "author":
            continue
        given, family = stated_words(person, "given-names"), stated_words(person, "surname")
        name = f"{given} {family}".strip() or stated_words(person, "string-name", "collab")
        if name:
            found[name] = None
    return tuple(found)


def _published(front: Any) -> str | None:
    dates = list(front.iter("{*}pub-date"))
    dates.sort(key=lambda date: next((n for n, kind in enumerate(_DATES) if kind in _kinds(date)), len(_DATES)))
    for date in dates:
        parts = [stated_words(date, name) for name in ("year", "month", "day")]
        known = [part.zfill(2) for part in parts[: next((n for n, part in enumerate(parts) if not part.isdigit()), 3)]]
        if known and (published := partial_date("-".join(known))):
            return published
        if published := partial_date(date.get("iso-8601-date") or stated_words(date, "string-date")):
            return published
    return None


def _kinds(date: Any) -> tuple[str, str]:
    return date.get("pub-type") or "", date.get("date-type") or ""
