"""TEI, the XML of scholarly editions and newspaper corpora: an article for each text that a file holds.

Where the header describes the printed source, that says who wrote it and when; the edition's own date is only taken
where nothing else is known. A `div` of the type "article" in a newspaper's issue is an article of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits, article
from retrieval.reading.dates import partial_date
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.origins import told
from retrieval.reading.sections import section_blocks
from retrieval.reading.xmltree import XmlFile, first, local, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "tei"
_ROOTS = ("TEI", "TEI.2", "teiCorpus", "teiCorpus.2")
_LEFT_OUT = frozenset(("note", "fw", "figure", "gap", "del", "sic", "orig", "teiHeader", "ref-list", "listBibl"))
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ID = "{http://www.w3.org/XML/1998/namespace}id"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is TEI: its root element is called so."""
    return root_of(head)[0] in _ROOTS


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a file. Raises ReadError where it holds no text, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    count = 0
    for element in xml.elements(("TEI", "TEI.2")):
        facts = _facts(element)
        for number, part in enumerate(_parts(element), 1):
            count += 1
            try:
                yield _article(element, part, facts, number, limits)
            except ReadError as error:
                yield Skipped(f"{name} at text {count}", error.message)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was" if count else xml.trouble)
    elif not count:
        raise ReadError("it is TEI without a text")


def _parts(element: Any) -> list[Any]:
    """The articles that a text is divided into; the body as a whole where it is not."""
    bodies = [body for body in element.iter("{*}body") if not any(local(up) == "body" for up in body.iterancestors())]
    divided = [
        part
        for body in bodies
        for part in body.iter("{*}div", "{*}div1", "{*}div2", "{*}div3")
        if (part.get("type") or "").lower() == "article"
    ]
    return divided or bodies


def _article(element: Any, part: Any, facts: Facts, number: int, limits: Limits) -> Article:
    blocks = section_blocks(part, _LEFT_OUT)
    own = _own(part) if local(part) != "body" else ""
    title, blocks = headed(own or facts.title, blocks)
    record = part.get(_ID) or element.get(_ID) or (f"text {number}" if own else "")
    made = article(blocks, told(replace(facts, title=title), title="the element head" if own else ""), FORMAT, limits)
    return replace(made, record=record)


def _own(part: Any) -> str:
    heads = [child for child in part if local(child) == "head"]
    return words(heads[0]) if heads else ""


def _facts(element: Any) -> Facts:
    header = first(element, "teiHeader")
    if header is None:
        return Facts(language=language_code(element.get(_LANG)))
    source, edition, stated = first(header, "sourceDesc"), first(header, "publicationStmt"), first(header, "titleStmt")
    language = next((item.get("ident") for item in header.iter("{*}language")), None)
    places = [place for place in (source, edition) if place is not None]
    publishers = [stated_words(place, "publisher") for place in places]
    people = [stated, source] if stated is not None else [source]
    authors = next((names for place in people if place is not None and (names := _authors(place))), ())
    return told(
        Facts(
            title=stated_words(stated, "title") if stated is not None else "",
            authors=authors,
            publisher=next(filter(None, publishers), None),
            published=next((when for place in places if (when := _date(place))), None),
            language=language_code(language) or language_code(element.get(_LANG)),
        ),
        title="the element titleStmt",
        authors="the element author",
        publisher="the element publisher",
        published="the element date",
        language="the element language",
    )


def _authors(place: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for author in place.iter("{*}author") if (name := _turned(words(author)))))


def _turned(name: str) -> str:
    """A name in the order in which it is spoken: "Doe, Ann" is Ann Doe."""
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and given and "," not in given and not any(map(str.isdigit, given)) else name


def _date(place: Any) -> str | None:
    for date in place.iter("{*}date"):
        for stated in (date.get("when"), date.get("when-iso"), date.get("from"), words(date)):
            if stated and (written := partial_date(stated)):
                return written
    return None
