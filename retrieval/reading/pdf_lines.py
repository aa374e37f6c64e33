"""The lines of a PDF's pages in reading order, without the headers, footers and numbers that its pages repeat."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_MARGIN = 0.12  # of the page's height, above and below, in which headers and footers are looked for
_NUMBER_MARGIN = 0.18  # and in which a number that stands alone is the page's
_HEAD_BANDS, _FOOT_BANDS = 14, 5
_MOST_LINES = 3000  # of a page whose columns are looked for; a broadsheet has a thousand
_FEWEST_CHARS = 16  # a column's lines have more, a table's cells fewer
_NUMBER = re.compile(
    r"(?:page |seite |p\. ?|[-–—•|] ?)?(?:[0-9]{1,4}|[ivxlc]{1,7})(?: ?(?:of|von|/|sur|de) ?[0-9]{1,4})?(?: ?[-–—•|])?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or the part of one that a wide gap ends, with its box in points from the page's lower left corner.

    `size` is the height of its letters, `weight` its boldness (400 is plain), `broken` says that it ends in a word
    broken by a hyphen.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    weight: int
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines, in any order. `label` is what is printed on it, or its number."""

    label: str
    height: float
    lines: tuple[Line, ...]


def without_margins(pages: Sequence[Page]) -> tuple[list[Page], list[str]]:
    """The pages without running headers and footers and without page numbers; and the texts that were running.

    A line runs where its words, numbers aside, stand in the same margin of three pages at the same height; of two,
    where there are but two or three or it is the first or last of its page.
    """
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_key(line, page) for line in page.lines if _in_margin(line, page)})
    fewest = 2 if len(pages) <= 3 else 3
    running: dict[str, None] = {}
    kept = []
    for page in pages:
        edges = _edges(page)
        lines = []
        for line in page.lines:
            outermost = line.top >= edges[1] or line.bottom <= edges[0]
            if outermost and _in_margin(line, page, _NUMBER_MARGIN) and _is_number(line, page):
                continue
            if _in_margin(line, page) and seen[_key(line, page)] >= (2 if outermost else fewest):
                running[line.text] = None
                continue
            lines.append(line)
        kept.append(Page(page.label, page.height, tuple(lines)))
    return kept, list(running)


def _in_margin(line: Line, page: Page, share: float = _MARGIN) -> bool:
    return line.bottom > page.height * (1 - share) or line.top < page.height * share


def _key(line: Line, page: Page) -> tuple[str, int]:
    words = re.sub(r"[0-9]+|\b[ivxlc]+\b", "#", line.text.casefold())
    return re.sub(r"\s+", " ", words), round((page.height - line.top) / 8)


def _edges(page: Page) -> tuple[float, float]:
    """The foot of the lowest line and the top of the highest one."""
    return min((line.bottom for line in page.lines), default=0.0), max((line.top for line in page.lines), default=0.0)


def _is_number(line: Line, page: Page) -> bool:
    if not _NUMBER.fullmatch(line.text.strip()):
        return False
    # Alone in its row: a table's figures have neighbours.
    if any(other is not line and abs(other.bottom - line.bottom) < line.size / 2 for other in page.lines):
        return False
    return bool(re.search("[0-9]", line.text)) or line.text.casefold() == page.label.casefold()


def in_order(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of a page as regions (a column, or what goes over all columns) in reading order, each from its top."""
    if not lines:
        return []
    return _regions(list(lines), 0)


def _regions(lines: list[Line], depth: int) -> list[list[Line]]:
    if not 4 <= len(lines) <= _MOST_LINES or depth > 12:
        return [_from_top(lines)]
    gutter = _gutter(lines)
    if gutter is not None:
        left = [line for line in lines if line.right <= gutter]
        right = [line for line in lines if line.right > gutter]
        sides = (right, left) if _is_right_to_left(lines) else (left, right)
        return [region for side in sides for region in _regions(side, depth + 1)]
    bands = _bands(lines)
    for first, last in _trims(len(bands)):
        middle = [line for band in bands[first:last] for line in band]
        if _gutter(middle) is not None:
            above = [line for band in bands[:first] for line in band]
            below = [line for band in bands[last:] for line in band]
            parts = (
                [_from_top(above)] if above else [],
                _regions(middle, depth + 1),
                [_from_top(below)] if below else [],
            )
            return [region for part in parts for region in part]
    cut = _widest(bands)
    if cut:
        halves = (bands[:cut], bands[cut:])
        return [region for half in halves for region in _regions([line for band in half for line in band], depth + 1)]
    return [_from_top(lines)]


def _trims(count: int) -> list[tuple[int, int]]:
    """Which bands may go over all columns: some at the head, a few at the foot; the fewest first."""
    pairs = [(first, count - last) for first in range(_HEAD_BANDS) for last in range(_FOOT_BANDS) if first or last]
    return sorted(((first, last) for first, last in pairs if last - first >= 3), key=lambda pair: pair[0] - pair[1])


def _widest(bands: Sequence[Sequence[Line]]) -> int:
    """The band above which the widest gap is, wider than between lines; 0 where there is none."""
    gaps = [
        (min(line.bottom for line in upper) - max(line.top for line in lower), -place)
        for place, (upper, lower) in enumerate(pairwise(bands), start=1)
    ]
    widest = max(gaps, default=(0.0, 0))
    size = median(line.size for band in bands for line in band)
    return -widest[1] if widest[0] > size else 0


def _gutter(lines: Sequence[Line]) -> float | None:
    """The middle of the widest upright gap that divides lines of text into two columns, or None."""
    if len(lines) < 6:
        return None
    size = median(line.size for line in lines)
    best: tuple[float, float] | None = None
    covered = -1e9
    for line in sorted(lines, key=lambda line: line.left):
        if covered > -1e9 and line.left - covered >= 0.7 * size:
            best = max(best or (0.0, 0.0), (line.left - covered, (line.left + covered) / 2))
        covered = max(covered, line.right)
    if best is None:
        return None
    left = [line for line in lines if line.right <= best[1]]
    right = [line for line in lines if line.right > best[1]]
    if min(len(left), len(right)) < 3 or min(_typical(left), _typical(right)) < _FEWEST_CHARS:
        return None
    # Beside each other, not one below the other.
    low, high = (
        max(min(line.bottom for line in side) for side in (left, right)),
        min(max(line.top for line in side) for side in (left, right)),
    )
    return best[1] if high - low > 2 * size else None


def _typical(lines: Sequence[Line]) -> float:
    return median(len(line.text) for line in lines)


def _is_right_to_left(lines: Sequence[Line]) -> bool:
    text = "".join(line.text for line in lines[:40])
    return 2 * len(re.findall("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]", text)) > len(text)


def _bands(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines between the gaps that go across the whole page, from the top."""
    rows = sorted(lines, key=lambda line: -line.top)
    bands: list[list[Line]] = [[rows[0]]]
    floor = rows[0].bottom
    for line in rows[1:]:
        if line.top <= floor:
            bands.append([])
        bands[-1].append(line)
        floor = min(floor, line.bottom)
    return bands


def _from_top(lines: Sequence[Line]) -> list[Line]:
    """Rows from the top, each from the left; what overlaps by half its height is in one row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (-(line.top + line.bottom) / 2, line.left)):
        if rows and _same_row(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    rtl = _is_right_to_left(lines)
    by_place: Callable[[Line], float] = (lambda line: -line.right) if rtl else (lambda line: line.left)
    return [line for row in rows for line in sorted(row, key=by_place)]


def _same_row(row: Sequence[Line], line: Line) -> bool:
    other = row[0]
    overlap = min(other.top, line.top) - max(other.bottom, line.bottom)
    return overlap > 0.5 * min(other.top - other.bottom, line.top - line.bottom)


def rows_of(region: Sequence[Line]) -> list[list[Line]]:
    """The lines of an ordered region, by rows."""
    rows: list[list[Line]] = []
    for line in region:
        if rows and _same_row(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def leading_of(rows: Sequence[Sequence[Line]]) -> float:
    """The usual distance from one row's foot to the next one's, in points; 0 where there is but one row."""
    steps: defaultdict[float, int] = defaultdict(int)
    for upper, lower in pairwise(rows):
        step = round(2 * (upper[0].bottom - lower[0].bottom)) / 2
        if step > 0:
            steps[step] += 1
    return max(steps, key=lambda step: (steps[step], -step), default=0.0)
