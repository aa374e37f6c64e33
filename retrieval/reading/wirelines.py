"""The lines of a wire message, sorted into what they are: slug, headline, byline, notes, the text, its tables.

In ANPA a caret begins a line, `<` or `=` ends it; IPTC 7901's first lines go up to one that `=` ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from retrieval.reading.blocks import Block
from retrieval.reading.normalise import one_line
from retrieval.reading.people import ROLE, is_organisation
from retrieval.reading.wirecopy import wire_paragraphs
from retrieval.reading.wording import BYLINE

_NOTE = re.compile(
    r"\(?(?:eds?(?:itors?)?\b[:.']|ap (?:photos?|graphics?|video)\b|with ap\b|\(?achtung\)?$|eye?ditors:)", re.I
)
_MARK = re.compile(
    r"\d(?:st|nd|rd|th) (?:ld|lead|net|add|take|rpt|update|writethru)\b.*|(?:re-?file|urgent|update|correct(?:ion|ed)|"
    r"repeat|advisory|embargo(?:ed)?|eil(?:meldung)?|berichtigung|zusammenfassung|neu|\(?achtung\)?)\b.{0,20}",
    re.I,
)
_PRIVATE = re.compile(
    r"#{1,2} (?:notebook|notizblock)|the following information is not intended for publication|"
    r"(?:die )?folgende informationen? .{0,40}nicht (?:für die|zur) veröffentlichung.*",
    re.I,
)
_LAST_OF_HEAD = 12  # lines among which the byline stands
_FEWEST_SAID = 60  # characters that a summary has in common with the text that it sums up
_STAFF = re.compile(r"(?i:\s+(?:(?:staff )?(?:correspondent|reporter|writer)s?|staff))$")
_ROW = "\x1d"  # marks a line of a table; no text has it, since it is printed as a space
_RULE = re.compile(r"[\s_=*-]+")


@dataclass(slots=True)
class Lines:
    """What the lines of a message turn out to be."""

    slug: str = ""
    headlines: list[str] = field(default_factory=list)
    bylines: list[str] = field(default_factory=list)
    agency: str = ""
    blocks: list[Block] = field(default_factory=list)


def sorted_lines(body: str) -> Lines:
    """The lines of a message's text, sorted into what they are; the lines before the first paragraph are about it."""
    found = Lines()
    paragraphs: list[str] = []
    lines = _headed(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"), found)
    for number, raw in enumerate(lines):
        bare = one_line(printed(raw))
        if _PRIVATE.fullmatch(bare):
            break
        top = not any(paragraph.strip() for paragraph in paragraphs)
        if top and bare and _about(bare, raw, found, first=number == 0):
            continue
        if bare and _RULE.fullmatch(bare):
            paragraphs.append("")
            continue
        row = _row(raw)
        if row or bare.endswith(("<", "=")):
            bare = row or bare.rstrip("<= ")
            match = BYLINE.fullmatch(bare) if not row else None
            if match and number < _LAST_OF_HEAD:
                _sign(found, bare, match["who"])
                continue
            if found.bylines and number < _LAST_OF_HEAD and not row and ROLE.search(bare) and len(bare) <= 40:
                continue
            paragraphs += ["", _ROW + bare if row else bare, ""]
        else:
            paragraphs.append(_indented(raw))
    found.blocks = _without_summary(_blocks(paragraphs))
    return found


def _headed(lines: list[str], found: Lines) -> list[str]:
    """The lines behind those that stand together at the top up to one that `=` ends: headline and byline."""
    bare = [one_line(printed(line)) for line in lines[:_LAST_OF_HEAD]]
    start = next((at for at, line in enumerate(bare) if line), 0)
    end = next((at for at in range(start, len(bare)) if not bare[at]), len(bare))
    if any(line.startswith("^") for line in lines[start:end]) or not bare[start:end] or not bare[end - 1].endswith("="):
        return lines
    headline: list[str] = []
    for line in bare[start:end]:
        text = line.rstrip("= ")
        match = BYLINE.fullmatch(text)
        if match and (headline or found.bylines):
            _sign(found, text, match["who"])
        elif text and not (_MARK.fullmatch(text) and not headline) and not _NOTE.match(text):
            headline.append(text)
    if headline:
        found.headlines.append(" ".join(headline))
    return lines[end:] if headline else lines


def _without_summary(blocks: list[Block]) -> list[Block]:
    """The paragraphs without a first one that only sums up what the next begin with, in their own words."""
    if len(blocks) < 2 or len(blocks[0].text) < _FEWEST_SAID:
        return blocks
    opening = blocks[0].text[:_FEWEST_SAID]
    return blocks[1:] if any(opening in block.text for block in blocks[1:4]) else blocks


def _about(bare: str, raw: str, found: Lines, first: bool) -> bool:
    """Whether a line at the top is about the message, and is kept as what it is."""
    line = bare.rstrip("<=+ ").lstrip("*^ ")
    ended = bare.endswith(("<", "=", "+")) or raw.startswith("^")
    if _NOTE.match(line):
        return True
    if _is_slug(line, found, first, ended):
        found.slug = found.slug or _slug(line)
        return True
    match = BYLINE.fullmatch(line) if ended else None
    if match:
        _sign(found, line, match["who"])
        return True
    if ended and found.bylines and (is_organisation(line) or ROLE.search(line)):
        found.agency = _STAFF.sub("", line) if is_organisation(line) else found.agency
        return True
    if bare.endswith(("<", "=", "+")) and not found.headlines and not found.bylines and not _row(raw):
        found.headlines.append(line)
        return True
    return False


def _is_slug(line: str, found: Lines, first: bool, ended: bool) -> bool:
    if first and re.fullmatch(r"BC-\S+", line):
        return True
    return (first or not found.slug) and ended and bool(re.search(r"--|,\s?\d{2,4}$|^\d{3,5}$", line))


def _sign(found: Lines, line: str, who: str) -> None:
    """A byline names people, or the agency itself ("By The Associated Press")."""
    if is_organisation(who) and not re.search(r",| and ", who):
        found.agency = re.sub(r"^the ", "", _STAFF.sub("", who), flags=re.I)
    else:
        found.bylines.append(line)


def _blocks(paragraphs: list[str]) -> list[Block]:
    """Rows of a table stay lines of one block; everything else is flowing text."""
    blocks: list[Block] = []
    flowing: list[str] = []
    rows: list[str] = []
    for line in paragraphs:
        if line.startswith(_ROW):
            blocks += [Block(text) for text in wire_paragraphs("\n".join(flowing))]
            flowing = []
            rows.append(line.removeprefix(_ROW))
            continue
        if rows and line.strip():
            blocks.append(Block("\n".join(rows)))
            rows = []
        flowing.append(line)
    blocks += [Block("\n".join(rows))] if rows else []
    return blocks + [Block(text) for text in wire_paragraphs("\n".join(flowing))]


def _row(raw: str) -> str:
    """A line of a table, whose cells control characters divide; empty for any other line."""
    if not re.search("[\x1e\x1f]", raw):
        return ""
    cells = [one_line(printed(cell)).strip("^") for cell in re.split("[\x1e\x1f]+", raw)]
    return " | ".join(cell for cell in cells if cell)


def _indented(raw: str) -> str:
    text = printed(raw)
    begins = raw.startswith(("^", "\t")) or re.match(r"\s{2,}\S", raw)
    return f"    {one_line(text)}" if begins and text.strip() else one_line(text)


def printed(raw: str) -> str:
    """A line as print has it."""
    text = re.sub("[\x00-\x08\x0b-\x1f\x7f]", " ", raw.lstrip("^"))
    text = re.sub(r"(?<=\d)\{", "½", text)
    text = text.replace("``", '"').replace("''", '"')
    return re.sub(r"(?<=\s)_(?=\s)", "—", text)


def _slug(line: str) -> str:
    """A slug line as a title, where nothing better is there: without its service codes and word count."""
    return re.sub(r"^(?:[A-Z]{2,3}-)+-?|,\s?\d{2,4}$", "", line.partition("<")[0]).replace("--", ": ").strip(" -,*")
