"""A PDF's lines, in reading order, to paragraphs, headings and tables; broken words mended, pages joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from retrieval.reading.blocks import Block
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.pdf_lines import Line, Page, in_order, leading_of, rows_of

_ENDS = re.compile(r"[.!?:;…。！？؟][\"'”’»)\]]*\d{0,2}$")
_BULLET = re.compile(r"(?:[•◦▪‣●○■–—*-]|\(?[0-9]{1,3}[.)]|\(?[a-z][.)])\s?(?=\S)")
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]++)[-\u2010\u00ad]$")
_OPENS = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SECTION = re.compile(
    r"(?:[0-9.]+ )?(?:(?:table of )?contents|abstract|summary|introduction|references|inhalt(?:sverzeichnis)?|sommaire|"
    r"índice|news|opinion|sports?|business|world)",
    re.I,
)
_LEADERS = re.compile(r"(?<!\.)(?<!\. )(?:\. ?+){4,}+\s*+(?:\| )?[0-9ivxlc]{1,6}$", re.I)
_LONGEST_HEADING = 160
_LIGATURES = {chr(0xFB00 + number): plain for number, plain in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LIGATURE = re.compile("[\ufb00-\ufb06]")


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    weight: int
    cells: int


@dataclass(slots=True)
class _Part:
    """A paragraph that is being collected; `open` says that what follows on the next page may belong to it."""

    rows: list[str]
    page: str
    kind: str
    size: float
    open: bool


def document_blocks(pages: Sequence[Page], outline: Sequence[str] = ()) -> tuple[list[Block], str]:
    """The blocks of a document, and the words set largest at the top of its first page, or "" where none stand out.

    `outline` holds the titles of its bookmarks, which are headings wherever they stand alone.
    """
    body, weight = _body(pages)
    marks = {_bare(title) for title in outline} - {""}
    parts: list[_Part] = []
    for page in pages:
        regions = [part for region in in_order(page.lines) for part in _parts(region, page.label, body, weight, marks)]
        _join_over(parts, regions)
    words = _known_words(parts)
    blocks = [Block(_mended(part, words), "heading" if part.kind == "heading" else "text", part.page) for part in parts]
    return blocks, _largest(parts, blocks, body, pages[0].label if pages else "")


def _body(pages: Sequence[Page]) -> tuple[float, int]:
    """The size and weight in which most of the text is set."""
    sizes: Counter[tuple[float, int]] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2, line.weight] += len(line.text)
    return max(sizes, key=lambda key: (sizes[key], key), default=(10.0, 400))


def _row(lines: Sequence[Line]) -> _Row:
    cells = 1
    text = lines[0].text
    for before, line in pairwise(lines):
        if line.size < 0.85 * before.size and line.bottom > before.bottom + 0.15 * before.size and line.text.isdigit():
            text += line.text.translate(_RAISED)
            continue
        gap = max(line.left - before.right, before.left - line.right)
        if gap >= 1.0 * max(line.size, before.size):
            cells += 1
            text += " | " + line.text
        else:
            text += (" " if gap > 0.15 * line.size else "") + line.text
    largest = max(lines, key=lambda line: len(line.text))
    return _Row(
        one_line(normalised(_LIGATURE.sub(lambda found: _LIGATURES[found[0]], text))),
        min(line.left for line in lines), max(line.right for line in lines),
        largest.bottom, largest.top, largest.size, largest.weight, cells,
    )  # fmt: skip


def _parts(region: Sequence[Line], page: str, body: float, weight: int, marks: set[str]) -> list[_Part]:
    grouped = rows_of(region)
    rows = [_row(row) for row in grouped]
    leading = leading_of(grouped)
    parts: list[_Part] = []
    before: _Row | None = None
    column = [row for row in rows if row.cells == 1 and len(row.text) > 20] or rows
    left, right = min(row.left for row in column), max(row.right for row in column)
    for place, found in enumerate(rows):
        if not found.text:
            continue
        following = rows[place + 1] if place + 1 < len(rows) else None
        kind = _kind(found, before, following, (body, weight), marks)
        row = found if kind == "table" else replace(found, text=found.text.replace(" | ", " "))
        if before is None or not parts or _begins(parts[-1], before, row, kind, leading, (left, right)):
            parts.append(_Part([row.text], page, kind, row.size, True))
        else:
            parts[-1].rows.append(row.text)
        parts[-1].open = kind == "text" and not _ENDS.search(row.text)
        before = row
    return parts


def _kind(row: _Row, before: _Row | None, following: _Row | None, body: tuple[float, int], marks: set[str]) -> str:
    beside = row.cells > 1 and any(other is not None and other.cells > 1 for other in (before, following))
    if beside or _LEADERS.search(row.text):  # the latter of a table of contents
        return "table"
    return "heading" if _is_heading(row, body, marks) else "text"


def _is_heading(row: _Row, body: tuple[float, int], marks: set[str]) -> bool:
    size, weight = body
    if len(row.text) > _LONGEST_HEADING or not re.search(r"[^\W\d_]", row.text):
        return False
    if _bare(row.text) in marks or (row.size >= 1.15 * size and len(row.text) > 1):
        return True
    bold = row.weight >= max(600, weight + 150) or (weight < 400 and row.weight >= weight + 150)
    return bold and len(row.text) <= 100 and not re.search(r"[.,;]$", row.text) and row.size >= 0.95 * size


def _begins(part: _Part, before: _Row, row: _Row, kind: str, leading: float, column: tuple[float, float]) -> bool:
    """Whether a row begins a part of its own."""
    step = before.bottom - row.bottom
    if kind != part.kind:
        return True
    if kind == "table":
        return step > 3 * max(leading, row.size)
    if kind == "heading":
        return abs(row.size - part.size) > 0.1 * part.size or step > 2 * row.size or len("".join(part.rows)) > 200
    far = bool(leading) and step > 1.35 * leading + 0.5
    return far or step < -row.size or abs(row.size - before.size) > 0.2 * before.size or _begins_in(before, row, column)


def _begins_in(before: _Row, row: _Row, column: tuple[float, float]) -> bool:
    """Whether a row, at the usual distance, begins a paragraph: by its bullet, its indent, or a short row before it."""
    left, right = column
    ended = bool(_ENDS.search(before.text))
    if _BULLET.match(row.text) and not _BROKEN.search(before.text) and (row.left > left + 2 or ended):
        return True
    indented = row.left > left + 0.8 * row.size and before.left < row.left - 0.5 * row.size
    short = before.right < right - 0.12 * (right - left)
    return (indented and (short or ended)) or (short and ended and row.left <= left + row.size)


def _join_over(parts: list[_Part], following: list[_Part]) -> None:
    """Add a page's parts, its first text to the paragraph that the page before (or a column) left open."""
    for part in following:
        last = parts[-1] if parts else None
        goes_on = last is not None and last.open and last.kind == part.kind == "text"
        if last is not None and goes_on and _continues(last.rows[-1], part.rows[0]):
            last.rows += part.rows
            last.open = part.open
        else:
            parts.append(part)


def _continues(end: str, start: str) -> bool:
    return (
        start[0].islower()
        or (bool(_BROKEN.search(end)) and start[0].isalpha())
        or (end[-1] == "," and not _BULLET.match(start))
    )


def _known_words(parts: Sequence[_Part]) -> Counter[str]:
    return Counter(word.casefold() for part in parts for row in part.rows for word in _WORDS.findall(row))


def _mended(part: _Part, words: Counter[str]) -> str:
    if part.kind == "table":
        return "\n".join(part.rows)
    text = part.rows[0]
    for row in part.rows[1:]:
        broken, opening = _BROKEN.search(text[-60:]), _OPENS.match(row)
        if broken and opening and row[0].islower():
            text = (text[:-1] if _is_one_word(broken[1], opening[0], words) else text) + row
        else:
            text += ("" if _without_spaces(text[-1], row[0]) else " ") + row
    return one_line(text)


def _is_one_word(head: str, tail: str, words: Counter[str]) -> bool:
    """Whether a typesetter broke this word; a compound's own hyphen stays, where the document shows that it is one."""
    head, tail = head.casefold(), tail.casefold()
    whole, compound = words[head + tail], words[f"{head}-{tail}"]
    if whole or compound:
        return whole >= compound
    return not (len(head) > 2 and len(tail) > 2 and words[head] > 1 and words[tail] > 1)


def _without_spaces(end: str, start: str) -> bool:
    """Whether two lines are of a script that writes no spaces between words."""
    return all(
        "\u2e80" <= char <= "\ua4cf" or "\uf900" <= char <= "\ufaff" or "\uff00" <= char <= "\uff60"
        for char in (end, start)
    )


def _largest(parts: Sequence[_Part], blocks: Sequence[Block], body: float, first: str) -> str:
    opening = [
        (part.size, -place)
        for place, part in enumerate(parts[:12])
        if part.page == first
        and part.kind == "heading"
        and part.size >= 1.2 * body
        and len(blocks[place].text) <= 250
        and not _SECTION.fullmatch(blocks[place].text)
    ]
    return blocks[-max(opening)[1]].text if opening else ""


def _bare(text: str) -> str:
    return re.sub(r"^[\W\d]+|\W+", " ", text.casefold()).strip()
