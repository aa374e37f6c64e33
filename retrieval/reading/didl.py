"""Newspapers of the Dutch national library (Delpher): an issue in MPEG-21 DIDL, the articles' texts beside it.

The texts (`…_articletext.xml`, `delpher.py`) have their newspaper, date and pages from the issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.delpher import FORMAT, article_text
from retrieval.reading.headlines import headed
from retrieval.reading.issues import Pages, Piece, missing_pages
from retrieval.reading.metsdata import described, filled
from retrieval.reading.origins import called, told
from retrieval.reading.siblings import Siblings
from retrieval.reading.xmltree import XmlFile, first, local, root_of, stated_words
from retrieval.types import Article, Skipped

_DC = "{http://purl.org/dc/elements/1.1/}"
_BROKEN_TITLE = re.compile(r"[-¬]$")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An article of an issue: its id, what is said of it, the file of its text, and its blocks on the pages."""

    id: str
    facts: Facts
    text: str
    pieces: tuple[Piece, ...]
    kind: str


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is such an issue: its root element is called so."""
    return root_of(head)[0] == "DIDL"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """Raise ReadError: without the files that lie beside it, an issue holds no text."""
    raise ReadError("it describes an issue whose articles lie beside it; they are read with it from a folder")
    yield from ()


def references(file: BinaryIO, limits: Limits) -> tuple[str, ...]:
    """The files that are read as part of this one, as it calls them: texts, and the pages that hold the same words."""
    root = XmlFile(file, limits.file_bytes).root()
    named = [entry.text for entry in _entries(root)] + list(_pages(root))
    return tuple(dict.fromkeys(reference for reference in named if reference))


def read_issue(file: BinaryIO, name: str, limits: Limits, siblings: Siblings) -> Iterator[Article | Skipped]:
    """The articles of an issue, in its order; one whose text is missing is put together from its pages' blocks.

    Raises ReadError where the file is broken beyond use, and OSError as reading does.
    """
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    issue = _issue_facts(root)
    pages = Pages(siblings, limits)
    entries = _entries(root)
    for entry in entries:
        try:
            title, blocks = _entry_text(entry, pages, siblings, limits)
            if not blocks:
                raise ReadError("no text was recognised for this article")
            facts = filled(entry.facts, [issue])
            # A title is often the first line as it stands, broken off in a word.
            stated = entry.facts.title if not _BROKEN_TITLE.search(entry.facts.title) else ""
            title, blocks = headed(stated or title, blocks)
            facts = told(replace(facts, title=stated), title="its description in MODS or Dublin Core")
            facts = called(facts, title, "its heading")
            made = article(blocks, facts, FORMAT, limits)
            yield replace(made, record=entry.id)
        except ReadError as error:
            yield Skipped(f"{name} at {entry.id}", error.message)
        except OSError as error:
            yield Skipped(f"{name} at {entry.id}", f"its text cannot be read: {error.strerror or type(error).__name__}")
    yield from missing_pages(pages, name)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")
    elif not entries:
        raise ReadError("it names no article")


def _entry_text(entry: _Entry, pages: Pages, siblings: Siblings, limits: Limits) -> tuple[str, list[Block]]:
    name = siblings.find(entry.text) if entry.text else None
    label = entry.pieces[0].label if entry.pieces else ""
    if name is None:
        return "", pages.blocks(entry.pieces)
    with siblings.open(name) as file:
        title, blocks = article_text(XmlFile(file, limits.file_bytes).root())
    return title, [replace(block, page=label) for block in blocks]


def _entries(root: Any) -> list[_Entry]:
    labels = {_identifier(item): stated_words(item, "nativePageNumber") for item in root.iter("{*}Item")}
    found = []
    for item in root.iter("{*}Item"):
        roles = {_role(part): part for part in item if local(part) == "Component"}
        if "ocr" not in roles:
            continue
        resource = first(roles["ocr"], "Resource")
        facts = described(roles["metadata"]) if "metadata" in roles else Facts()
        kind = stated_words(roles["metadata"], "subject") if "metadata" in roles else ""
        pieces = tuple(_pieces(item, labels))
        found.append(_Entry(_identifier(item), facts, _file(resource), pieces, kind))
    return found


def _pieces(item: Any, labels: dict[str, str]) -> Iterator[Piece]:
    for part in item.iter("{*}article-part"):
        page = part.get("pageid") or ""
        label = labels.get(page) or page.rpartition(":p")[2].lstrip("0")
        for blocks in part.iter("{*}blocks"):
            for block in blocks.iter("{*}TextBlock"):
                yield Piece(blocks.get("alto") or "", block.get("ID") or "", label)


def _pages(root: Any) -> Iterator[str]:
    for component in root.iter("{*}Component"):
        if _role(component) == "alto":
            yield _file(first(component, "Resource"))


def _role(component: Any) -> str:
    return stated_words(component, "Statement")


def _identifier(item: Any) -> str:
    return item.get(_DC + "identifier") or item.get("identifier") or ""


def _file(resource: Any) -> str:
    """The name of a resource's file: it states one beside its address."""
    if resource is None:
        return ""
    named = [value for key, value in resource.attrib.items() if key.rpartition("}")[2] == "filename"]
    return str(named[0] if named else resource.get("ref") or "")


def _issue_facts(root: Any) -> Facts:
    top = first(root, "Item")
    component = next((part for part in top if local(part) == "Component"), None) if top is not None else None
    if component is None:
        return Facts()
    facts = described(component)
    named = replace(facts, title="", publisher=facts.title or None, url=None)
    return told(named, publisher="the newspaper's title in DIDL")
