"""EPUB: each document of the reading order that has a title is an article of the book or issue, with its own link name.

What a publication is made of beside its texts (cover, title page, copyright, contents) is passed over and counted. The
date is the publication's own; the day on which its file was changed is not read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from urllib.parse import unquote

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.opening import credited
from retrieval.reading.origins import all_from, called, merged, only, told
from retrieval.reading.plain import without_title
from retrieval.reading.richtext import html_root, local_name, tree_blocks, xml_root
from retrieval.reading.titles import untitled
from retrieval.reading.zipped import ZippedParts
from retrieval.types import Article, Skipped

FORMAT = "epub"
_MOST_DOCUMENTS = 5000
_SHORTEST = 400  # characters: what is shorter and has no title of its own belongs to no article
_FRONT = re.compile(
    r"(?:cover|title[ _-]?page|half[ _-]?title|copyright|colophon|imprint|impressum|(?:table of )?contents|toc|nav|"
    r"dedication|about the publisher|also by(?: .*)?|by the same author|index|list of (?:illustrations|figures|tables)|"
    r"inhalt(?:sverzeichnis)?|sommaire|table des matières|couverture|índice|advertisements?|backcover|halftitle\w*)",
    re.I,
)
_FRONT_TYPES = frozenset(
    ("cover", "titlepage", "halftitlepage", "copyright-page", "toc", "landmarks", "loi", "lot", "index")
)


@dataclass(frozen=True, slots=True)
class _Book:
    """What the package says: its documents in reading order as paths, and the title of each that contents lists."""

    documents: tuple[str, ...]
    titles: dict[str, str]
    facts: Facts
    encrypted: frozenset[str]


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is an EPUB: a zip archive that begins with the type's name, or is called so."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    return b"application/epub+zip" in head[:200] or suffix == ".epub"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each titled document. Raises ReadError for a file that is no EPUB, or has no text at all."""
    parts = ZippedParts(file, limits)
    book = _book(parts)
    front: list[str] = []
    found = False
    taken: list[Block] = []
    opened: tuple[str, str] | None = None  # the document that began the article being collected, and its title
    for path in book.documents[:_MOST_DOCUMENTS]:
        try:
            title, kind, blocks = _document(parts, path, book)
        except ReadError as error:
            yield Skipped(f"{name}: {path}", error.message)
            continue
        if _is_front(title, kind, path, blocks):
            front.append(posixpath.basename(path))
            continue
        if not blocks:
            continue
        if opened is None or title or path in book.titles:
            if opened is not None:
                yield from _given(taken, opened, book, name, limits)
            taken, opened = [], (path, title)
            found = True
        taken += blocks
    if opened is not None:
        yield from _given(taken, opened, book, name, limits)
    if len(book.documents) > _MOST_DOCUMENTS:
        yield Skipped(name, f"only the first {_MOST_DOCUMENTS:,} of its {len(book.documents):,} documents are read")
    if front and found:
        listed = ", ".join(front[:5]) + (", …" if len(front) > 5 else "")
        yield Skipped(f"{name}: front matter", f"{len(front)} without articles passed over ({listed})")
    if not found:
        raise ReadError("none of its documents holds an article")


def _given(
    blocks: list[Block], opened: tuple[str, str], book: _Book, name: str, limits: Limits
) -> Iterator[Article | Skipped]:
    path, title = opened
    try:
        titled_in = "the contents" if book.titles.get(path) else "its heading"
        yield replace(_article(blocks, title, titled_in, book.facts, limits), record=path)
    except ReadError as error:
        yield Skipped(f"{name}: {path}", error.message)


def _article(blocks: list[Block], title: str, titled_in: str, book: Facts, limits: Limits) -> Article:
    kept = without_title(blocks, title) if title else blocks
    stated, kept = credited(kept)
    facts = merged(
        told(Facts(title=_in_book(title, book.title)), title=titled_in),
        only(stated, "authors", "url"),
        book,
        only(stated, "published"),
    )
    return article(kept, called(facts, facts.title or untitled(kept[0].text)), FORMAT, limits)


def _in_book(chapter: str, book: str) -> str:
    """What a chapter is cited by: "A Book: Chapter II", since "Chapter II" alone says nothing of where it stands."""
    if not chapter or not book or book.casefold() in chapter.casefold():
        return chapter
    return f"{book}: {chapter}"


def _document(parts: ZippedParts, path: str, book: _Book) -> tuple[str, str, list[Block]]:
    """A document's title, its `epub:type` and its blocks."""
    if path in book.encrypted:
        raise ReadError("it is encrypted (copy protection)")
    text = decode(parts.read(path))
    root = _page(text)
    body = next((element for element in root.iter() if local_name(element) == "body"), root)
    blocks = tree_blocks(body)
    heading = next((block.text for block in blocks[:3] if block.kind == "heading"), "")
    listed = book.titles.get(path, "")
    kinds = [_type(element) for element in (body, *list(body)[:2]) if isinstance(element.tag, str)]
    return heading if heading and not listed else listed, " ".join(kinds), blocks


def _page(text: str) -> Any:
    """XHTML as XML, where a tag may close itself; as HTML where it is not well-formed."""
    if re.search(r"<html[^>]{0,300}xmlns|^\s*<\?xml", text[:3000]):
        root = xml_root(text)
        if local_name(root) == "html":
            return root
    root = html_root(text)
    if root is None:
        raise ReadError("it is empty")
    return root


def _type(element: Any) -> str:
    return next((str(value) for key, value in element.attrib.items() if str(key).endswith("}type")), "")


def _is_front(title: str, kind: str, path: str, blocks: Sequence[Block]) -> bool:
    if _FRONT_TYPES & set(kind.lower().split()):
        return True
    stem = posixpath.splitext(posixpath.basename(path))[0]
    named = bool(_FRONT.fullmatch(title.strip()) or _FRONT.fullmatch(re.sub(r"^[\d_-]+|[\d_-]+$", "", stem)))
    length = sum(len(block.text) for block in blocks)
    return (named and (length < 5 * _SHORTEST or bool(_FRONT.fullmatch(title.strip())))) or (
        not title and length < _SHORTEST // 4
    )


def _book(parts: ZippedParts) -> _Book:
    package = _package(parts)
    root = xml_root(decode(parts.read(package)))
    base = posixpath.dirname(package)
    items: dict[str, tuple[str, str, str]] = {}
    order: list[str] = []
    contents = ""
    for element in root.iter():
        name = local_name(element)
        if name == "item":
            path = _resolved(base, element.get("href") or "")
            items[element.get("id") or ""] = (path, element.get("media-type") or "", element.get("properties") or "")
        elif name == "itemref":
            order.append(element.get("idref") or "")
        elif name == "spine":
            contents = element.get("toc") or ""
    documents = [items[key][0] for key in order if key in items and "html" in items[key][1] + items[key][0]]
    if not documents:  # a package without a reading order
        documents = [path for path, kind, _ in items.values() if "html" in kind]
    listings = [path for path, kind, properties in items.values() if "nav" in properties.split() or "dtbncx" in kind]
    listings += [items[contents][0]] if contents in items else []
    titles: dict[str, str] = {}
    for path in dict.fromkeys(listings):
        for target, title in _contents(parts, path):
            titles.setdefault(target, title)
    navigation = {path for path, _, properties in items.values() if "nav" in properties.split()}
    encrypted = _encrypted(parts)
    kept = tuple(path for path in dict.fromkeys(documents) if path not in navigation)
    return _Book(kept, titles, _facts(root), encrypted)


def _package(parts: ZippedParts) -> str:
    if "META-INF/container.xml" in parts.names:
        root = xml_root(decode(parts.read("META-INF/container.xml")))
        for element in root.iter():
            path = element.get("full-path") if local_name(element) == "rootfile" else None
            if path and path in parts.names:
                return str(path)
    found = sorted(name for name in parts.names if name.endswith(".opf"))
    if not found:
        raise ReadError("it has no package document (.opf): it is no EPUB")
    return found[0]


def _resolved(base: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(base, unquote(href.partition("#")[0])))


def _contents(parts: ZippedParts, path: str) -> Iterator[tuple[str, str]]:
    """The documents that a table of contents (nav or NCX) lists by their beginnings, with their titles."""
    try:
        root = xml_root(decode(parts.read(path)))
    except ReadError:  # the documents have headings of their own
        return
    base = posixpath.dirname(path)
    for element in root.iter():
        name = local_name(element)
        if name == "a" and element.get("href"):
            yield _resolved(base, element.get("href")), one_line(normalised("".join(element.itertext())))
        elif name == "navpoint":
            texts = [child for child in element.iter() if local_name(child) == "text"]
            source = next((child for child in element if local_name(child) == "content"), None)
            if texts and source is not None and source.get("src"):
                yield _resolved(base, source.get("src")), one_line(normalised(texts[0].text or ""))


def _encrypted(parts: ZippedParts) -> frozenset[str]:
    """The documents under copy protection; the fonts that are only scrambled are none."""
    if "META-INF/encryption.xml" not in parts.names:
        return frozenset()
    try:
        root = xml_root(decode(parts.read("META-INF/encryption.xml")))
    except ReadError:
        return frozenset()
    return frozenset(
        unquote(element.get("URI") or "") for element in root.iter() if local_name(element) == "cipherreference"
    )


def _facts(root: Any) -> Facts:
    values: dict[str, list[str]] = {}
    for element in root.iter():
        name = local_name(element)
        if name in ("title", "creator", "publisher", "language", "source") or (name == "date" and _is_issued(element)):
            text = one_line(normalised("".join(element.itertext())))
            if text and not (name == "creator" and _role(element) not in ("", "aut")):
                values.setdefault(name, []).append(text)
    first = {name: found[0] for name, found in values.items()}
    facts = Facts(
        title=first.get("title", ""),
        authors=tuple(dict.fromkeys(_spoken(name) for name in values.get("creator", ()))),
        publisher=first.get("publisher"),
        published=next((when for text in values.get("date", ()) if (when := _day(text))), None),
        language=language_code(first.get("language")),
    )
    return all_from(facts, "the package document")


def _attribute(element: Any, name: str) -> str:
    return next(
        (str(value).lower() for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), ""
    )


def _is_issued(element: Any) -> bool:
    return _attribute(element, "event") in ("", "publication", "original-publication", "issued")


def _role(element: Any) -> str:
    return _attribute(element, "role")


def _spoken(name: str) -> str:
    return " ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name


def _day(text: str) -> str | None:
    # Programs write the first of January 101 where they know no date.
    return None if text.startswith("0101") else partial_date(text)
