"""METS: an issue of a digitised newspaper, whose pages lie beside it as ALTO files.

Its logical structure says which blocks of which pages make an article; where it names none, each page is one. The
publisher is the newspaper. A METS file by itself holds no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Kind, Limits
from retrieval.reading.dates import partial_date
from retrieval.reading.issues import Pages, Piece, missing_pages, pieced_article, whole_pages
from retrieval.reading.metsdata import described, filled
from retrieval.reading.origins import told
from retrieval.reading.siblings import Siblings
from retrieval.reading.xmltree import XmlFile, local, root_of, words
from retrieval.types import Article, Skipped

FORMAT = "mets-alto"
_XLINK = "{http://www.w3.org/1999/xlink}"
_PUBLISHER = "{http://purl.org/dc/elements/1.1/}publisher"
_DESIGNATION = re.compile(r"\d{4}([-/.]\d\d){0,2}\b")
_HREF, _FROM, _TO = f"{_XLINK}href", f"{_XLINK}from", f"{_XLINK}to"
_ARTICLES = frozenset((
    "article", "advertisement", "advert", "ad", "obituary", "death_notice", "birth_notice", "notice", "letter",
    "editorial", "review", "poem", "news", "weather", "serial", "classified", "announcement", "contentunit",
    "contribution", "column", "feuilleton", "interview",
))  # fmt: skip
_TITLES = frozenset(("heading", "headline", "title", "overline", "subheadline", "subtitle", "section_title"))
_CAPTIONS = frozenset(("caption", "illustration", "picture", "image", "photograph"))


@dataclass(slots=True)
class _Unit:
    """An article of the logical structure: its facts, its id and its pieces."""

    facts: Facts
    id: str
    pieces: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class _Issue:
    facts: Facts
    units: list[_Unit]
    pages: list[tuple[str, str]]
    """The ALTO files, as they are referred to, with the labels of their pages."""
    contents: list[str]
    """The METS files that say in its place which articles it has (as the BnF's do), as they are referred to."""
    files: dict[str, str]
    labels: dict[str, str]


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is METS: its root element is called so."""
    return root_of(head)[0].lower() == "mets"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """Raise ReadError: without the files that lie beside it, METS holds no text."""
    raise ReadError(
        "it describes an issue whose pages lie beside it; they are read with it from a folder, not from here"
    )
    yield from ()


def references(file: BinaryIO, limits: Limits) -> tuple[str, ...]:
    """The files that are read as part of this one, as it refers to them. Raises ReadError for broken METS."""
    issue, _ = _issue(file, limits)
    return (*(reference for reference, _ in issue.pages), *issue.contents)


def read_issue(file: BinaryIO, name: str, limits: Limits, siblings: Siblings) -> Iterator[Article | Skipped]:
    """The articles of an issue, in its order, then the pages of which no article knows, and what of it is missing.

    Raises ReadError where the METS is broken beyond use, and OSError as reading does.
    """
    issue, trouble = _issue(file, limits)
    pages = Pages(siblings, limits)
    for contents in issue.contents if not issue.units else ():
        issue.units += _listed(contents, issue, siblings, limits, pages.missing)
    for unit in issue.units:
        try:
            made = pieced_article(pages, unit.pieces, filled(unit.facts, [issue.facts]), FORMAT, limits)
        except ReadError as error:
            yield Skipped(f"{name} at {unit.id}", error.message)
            continue
        if made:
            yield replace(made, record=unit.id)
        else:
            yield Skipped(f"{name} at {unit.id}", "no text was recognised for this article")
    left = 0
    for reference, label in issue.pages:
        blocks, whole = pages.unused(reference)
        if whole:
            yield from whole_pages(pages, reference, label, issue.facts, FORMAT, limits)
        else:
            left += blocks
    if left:
        # Not by the name of the file itself, which would have it read anew by every run.
        yield Skipped(
            f"{name} at its pages", f"{left} blocks (mastheads, running titles and the like) are in no article"
        )
    yield from missing_pages(pages, name)
    if trouble:
        yield Skipped(name, f"{trouble}; what could be read of it was")
    elif not issue.pages:
        raise ReadError("it names no page with text (ALTO)")


def _issue(file: BinaryIO, limits: Limits) -> tuple[_Issue, str | None]:
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    about = {section.get("ID"): described(section) for section in root.iter("{*}dmdSec")}
    files = _files(root)
    contents = [reference for reference in (files.pop(key, "") for key in _contents(root)) if reference]
    maps = list(root.iter("{*}structMap"))
    logical = _logical(maps)
    labels = _labels(maps, files, logical)
    units = _stated_units(root, about, files, labels)
    used = [piece.reference for unit in units for piece in unit.pieces]
    pages = [reference for key, reference in files.items() if key in labels or reference in used]
    pages = pages or [reference for reference in files.values() if reference.lower().endswith(".xml")]
    by_reference = {files[key]: label for key, label in labels.items()}
    listed = [(reference, by_reference.get(reference, "")) for reference in dict.fromkeys(pages)]
    return _Issue(_issue_facts(root, about), units, listed, contents, files, labels), xml.trouble


def _stated_units(root: Any, about: dict[str, Facts], files: dict[str, str], labels: dict[str, str]) -> list[_Unit]:
    """The articles that have pieces of pages, by the logical structure or the links from it."""
    logical = _logical(list(root.iter("{*}structMap")))
    units = _units(logical, about, files, labels) if logical is not None else []
    _link(root, units, files, labels)
    return [unit for unit in units if unit.pieces]


def _logical(maps: list[Any]) -> Any:
    return next((one for one in maps if any(_kind(div) in _ARTICLES for div in one.iter("{*}div"))), None)


def _contents(root: Any) -> list[str]:
    """The ids of the files that hold the issue's list of contents."""
    groups = (group for group in root.iter("{*}fileGrp") if (group.get("USE") or "").lower() == "toc")
    return [entry.get("ID") for group in groups for entry in group.iter("{*}file") if entry.get("ID")]


def _listed(contents: str, issue: _Issue, siblings: Siblings, limits: Limits, missing: dict[str, str]) -> list[_Unit]:
    """The articles that a list of contents names, in the files that the issue names."""
    name = siblings.find(contents)
    if name is None:
        return []
    try:
        with siblings.open(name) as file:
            root = XmlFile(file, limits.file_bytes).root()
    except (ReadError, OSError) as error:
        missing[contents] = error.message if isinstance(error, ReadError) else error.strerror or type(error).__name__
        return []
    about = {section.get("ID"): described(section) for section in root.iter("{*}dmdSec")}
    return _stated_units(root, about, issue.files, issue.labels)


def _files(root: Any) -> dict[str, str]:
    """The files that may be ALTO, by id: what is called XML, or is in a group called so."""
    found = {}
    for entry in root.iter("{*}file"):
        place = next(entry.iter("{*}FLocat"), None)
        reference = (place.get(_HREF) or place.get("href") or "") if place is not None else ""
        kind = (entry.get("MIMETYPE") or "").lower()
        if entry.get("ID") and reference and ("xml" in kind or reference.lower().endswith(".xml")):
            found[entry.get("ID")] = reference
    return found


def _labels(maps: list[Any], files: dict[str, str], logical: Any) -> dict[str, str]:
    """For each ALTO file that a page of the physical structure has the printed number of that page."""
    labels: dict[str, str] = {}
    for one in maps:
        if one is logical:
            continue
        for div in one.iter("{*}div"):
            own = [part for child in div if local(child) == "fptr" for part in child.iter("{*}fptr", "{*}area")]
            for part in own:
                key = part.get("FILEID")
                if key in files:
                    labels.setdefault(key, div.get("ORDERLABEL") or div.get("ORDER") or "")
    return labels


def _units(logical: Any, about: dict[str, Facts], files: dict[str, str], labels: dict[str, str]) -> list[_Unit]:
    """The outermost articles of the logical structure, in its order."""
    from lxml import etree

    units: list[_Unit] = []
    depth = 0
    path: list[str] = []
    for event, node in etree.iterwalk(logical, events=("start", "end")):
        name = local(node)
        if name == "div":
            kind = _kind(node)
            if event == "end":
                depth -= kind in _ARTICLES
                path.pop()
                continue
            if kind in _ARTICLES:
                if not depth:
                    units.append(_Unit(_unit_facts(node, about), node.get("ID") or f"article {len(units) + 1}"))
                depth += 1
            path.append(kind)
        elif name == "area" and event == "start" and depth and node.get("FILEID") in files and node.get("BEGIN"):
            key = node.get("FILEID")
            units[-1].pieces.append(_piece(files[key], node.get("BEGIN"), labels.get(key, ""), path))
    return units


def _link(root: Any, units: list[_Unit], files: dict[str, str], labels: dict[str, str]) -> None:
    """Give articles that name no blocks those of the physical divisions that the structural links lead to."""
    divisions = {div.get("ID"): div for div in root.iter("{*}div") if div.get("ID")}
    targets: dict[str, list[str]] = {}
    for link in root.iter("{*}smLink"):
        targets.setdefault(link.get(_FROM) or "", []).append(link.get(_TO) or "")
    for unit in units:
        if unit.pieces:
            continue
        for target in targets.get(unit.id, ()):
            for area in divisions[target].iter("{*}area") if target in divisions else ():
                key = area.get("FILEID")
                if key in files and area.get("BEGIN"):
                    unit.pieces.append(Piece(files[key], area.get("BEGIN"), labels.get(key, "")))


def _piece(reference: str, region: str, label: str, path: list[str]) -> Piece:
    kinds = set(path[-4:])
    titled = bool(kinds & _TITLES)
    kind: Kind = "heading" if titled else "caption" if kinds & _CAPTIONS else "text"
    return Piece(reference, region, label, kind, titled and "body" not in kinds)


def _kind(div: Any) -> str:
    return (div.get("TYPE") or "").lower()


def _unit_facts(div: Any, about: dict[str, Facts]) -> Facts:
    stated = [about[key] for key in (div.get("DMDID") or "").split() if key in about]
    title = next((facts.title for facts in stated if facts.title), "") or _label(div)
    origins = dict(next((facts.origins for facts in stated if facts.title), ()))
    return told(replace(filled(Facts(), stated), title=title), title=origins.get("title", "its label in METS"))


def _label(div: Any) -> str:
    label = " ".join((div.get("LABEL") or "").split()).lstrip("–—- ")
    return label if any(char.isalpha() for char in label) else ""


def _issue_facts(root: Any, about: dict[str, Facts]) -> Facts:
    """What is said of the issue: by the sections that its own divisions name, then by those that no article does."""
    issue_keys = [
        key
        for div in root.iter("{*}div")
        if _kind(div) in ("issue", "newspaper", "volume", "newspaperissue", "periodical", "newspaper issue")
        for key in (div.get("DMDID") or "").split()
    ]
    # The innermost says the most: the issue has a date, the newspaper only a title.
    ordered = [about[key] for key in reversed(issue_keys) if key in about] or (
        [facts for facts in about.values() if facts.published][:1] or list(about.values())[:1]
    )
    title = next((facts.title for facts in ordered if facts.title), "")
    if _DESIGNATION.match(title):  # "1915-12-01 (Année 12, Numéro 78)" is no newspaper's name
        title = next((name for part in root.iter(_PUBLISHER) if (name := words(part)) and not name.startswith("[")), "")
    label = root.get("LABEL") or ""
    facts = filled(Facts(), ordered)
    if not facts.published:
        facts = told(replace(facts, published=partial_date(label)), published="the label of the issue")
    told_in = "the newspaper's title in METS"
    return told(replace(facts, title=title, publisher=title or None), title=told_in, publisher=told_in)
