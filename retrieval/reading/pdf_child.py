"""Run as a program of its own: the lines of a PDF's pages, from standard input to standard output, as lines of JSON.

PDFium is C++ and is given files of any origin: here it may crash, hang or ask for all memory, and only this process
ends. It imports nothing of ours. Arguments: the first page (from 0), the most bytes of memory, the most seconds of CPU.

The first line is `{"pages", "info", "outline", "attachments"}` or `{"error"}`; then comes one line for each page,
`{"page", "label", "size", "lines", "objects"}` or `{"page", "error"}`. A line of a page is
`[text, left, bottom, right, top, font size, weight, hyphen]`, in points from the lower left corner of the page, turned
so that most of its letters stand upright.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from typing import Any

_MOST_CHARS = 1_000_000  # of one page; a printed page has ten thousand
_MOST_OUTLINE = 2000
_SAMPLED = 400  # characters by which it is told which way a page is written
_SAMPLE = 12  # characters whose weight stands for a line's


def main(first: int, memory: int, seconds: int) -> None:
    """Write what standard input holds, from page `first` on."""
    _limit(memory, seconds)
    import pypdfium2 as pdfium

    with os.fdopen(0, "rb", closefd=False) as file:
        file.seek(0)
        try:
            document = pdfium.PdfDocument(file)
            count = len(document)
        except Exception as error:  # PDFium's, or whatever a file makes the bindings say
            _write({"error": str(error)})
            return
        _write({"pages": count, **_about(document)})
        for number in range(first, count):
            try:
                _write({"page": number, "label": _label(document, number), **_page(document[number])})
            except Exception as error:  # a page that is broken leaves the others whole
                _write({"page": number, "error": str(error)})


def _limit(memory: int, seconds: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # there is none on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(record: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def _about(document: Any) -> dict[str, Any]:
    info: dict[str, str] = {}
    outline: list[str] = []
    attachments = 0
    with contextlib.suppress(Exception):
        info = {key: str(value)[:2000] for key, value in document.get_metadata_dict(skip_empty=True).items()}
    with contextlib.suppress(Exception):
        for mark in document.get_toc(max_depth=4):
            outline.append(str(mark.get_title())[:300])
            if len(outline) >= _MOST_OUTLINE:
                break
    with contextlib.suppress(Exception):
        attachments = document.count_attachments()
    return {"info": info, "outline": outline, "attachments": attachments}


def _label(document: Any, number: int) -> str:
    try:
        return str(document.get_page_label(number))[:40].strip()
    except Exception:  # labels are a broken number tree now and then; the page's number does as well
        return ""


def _page(page: Any) -> dict[str, Any]:
    from pypdfium2 import raw

    text = page.get_textpage()
    handle, count = text.raw, text.count_chars()
    if count > _MOST_CHARS:
        raise ValueError(f"the page has {count:,} characters, more than a page can hold")
    width, height = page.get_size()
    if page.get_rotation() in (90, 270):  # the size is that of the page as it is shown, the places of the letters not
        width, height = height, width
    lines = _Lines(handle, raw, _turned(handle, count, raw), (width, height))
    for index in range(count):
        lines.take(index)
    lines.end(False)
    return {"size": lines.size, "lines": lines.found, "objects": raw.FPDFPage_CountObjects(page.raw)}


def _turned(handle: Any, count: int, raw: Any) -> int:
    """How many quarter turns, with the clock, most of the page's letters are turned by."""
    step = max(1, count // _SAMPLED)
    letters = [index for index in range(0, count, step) if raw.FPDFText_GetUnicode(handle, index) > 32]
    angles = [raw.FPDFText_GetCharAngle(handle, index) for index in letters]
    turns = [round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0]
    return max(range(4), key=lambda turn: (turns.count(turn), -turn))


class _Lines:
    """Characters to lines: one ends where PDFium says so, where the next is not beside it, and at a wide gap."""

    def __init__(self, handle: Any, raw: Any, turn: int, size: tuple[float, float]) -> None:
        self.found: list[list[Any]] = []
        self.size = size if turn % 2 == 0 else size[::-1]
        self._turn, self._width, self._height = turn, *size
        self._handle, self._raw, self._box = handle, raw, raw.FS_RECTF()
        self._chars: list[tuple[str, float, float, float, float]] = []
        self._sizes: list[float] = []
        self._first = 0
        self._space = False
        self._high = ""

    def take(self, index: int) -> None:
        raw, handle = self._raw, self._handle
        code = raw.FPDFText_GetUnicode(handle, index)
        if code in (10, 13):
            self.end(False)
            return
        if code == 0 or (code < 32 and code not in (2, 9)):
            return
        char = self._character(code)
        if not char:
            return
        if char.isspace():
            self._space = True
            return
        if not raw.FPDFText_GetLooseCharBox(handle, index, self._box):
            return
        angle = (raw.FPDFText_GetCharAngle(handle, index) - self._turn * math.pi / 2) % (2 * math.pi)
        if 0.2 < angle < 6.08:  # radians: a watermark, or a stamp along the margin
            return
        left, bottom, right, top = self._upright()
        if self._chars and not self._goes_on(left, bottom, right, top):
            self.end(False)
        if not self._chars:
            self._first = index
        elif self._space:
            self._chars.append((" ", left, bottom, left, top))
        self._space = False
        self._chars.append(("-" if code == 2 else char, left, bottom, right, top))
        self._sizes.append(top - bottom)
        if code == 2:  # a hyphen that PDFium saw at a line's end
            self.end(True)

    def _upright(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of the letter, as they are once the page is turned so that it can be read."""
        left, bottom, right, top = self._box.left, self._box.bottom, self._box.right, self._box.top
        if self._turn == 3:
            return bottom, self._width - right, top, self._width - left
        if self._turn == 2:
            return self._width - right, self._height - top, self._width - left, self._height - bottom
        if self._turn == 1:
            return self._height - top, left, self._height - bottom, right
        return left, bottom, right, top

    def _character(self, code: int) -> str:
        if 0xD800 <= code <= 0xDBFF:
            self._high = chr(code)
            return ""
        if 0xDC00 <= code <= 0xDFFF:
            pair, self._high = self._high + chr(code), ""
            return pair.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return chr(code) if code <= 0x10FFFF else ""

    def _goes_on(self, left: float, bottom: float, right: float, top: float) -> bool:
        _, last_left, last_bottom, last_right, last_top = self._chars[-1]
        height = max(top - bottom, last_top - last_bottom, 1.0)
        if min(top, last_top) - max(bottom, last_bottom) < 0.3 * min(top - bottom, last_top - last_bottom):
            return False
        gap = max(left - last_right, last_left - right)
        return gap < 1.25 * height if self._space else gap < 1.0 * height

    def end(self, hyphen: bool) -> None:
        """End the line that is being collected."""
        if self._chars:
            text = _reading_order(self._chars)
            sizes = sorted(self._sizes)
            box = [
                min(char[1] for char in self._chars), min(char[2] for char in self._chars),
                max(char[3] for char in self._chars), max(char[4] for char in self._chars),
            ]  # fmt: skip
            weight = self._raw.FPDFText_GetFontWeight(self._handle, self._first)
            self.found.append(
                [text, *(round(side, 1) for side in box), round(sizes[len(sizes) // 2], 1), weight, hyphen]
            )
        self._chars, self._sizes, self._space = [], [], False


def _reading_order(chars: list[tuple[str, float, float, float, float]]) -> str:
    """The characters of a line as they are read; PDFs paint Arabic and Hebrew in whatever order they like."""
    import unicodedata

    def is_right_to_left(char: str) -> bool:
        return unicodedata.bidirectional(char[0]) in ("R", "AL")

    if not any(char[0] >= "\u0590" and is_right_to_left(char[0]) for char in chars):
        return "".join(char[0] for char in chars)
    # What stands in one box (a ligature) comes in reverse from PDFium, and so does not depend on the sorting.
    placed = sorted(enumerate(chars), key=lambda item: (-item[1][3], -item[0]))
    letters = [char for _, (char, *_) in placed]
    rtl = sum(1 for char in letters if is_right_to_left(char))
    ltr = sum(1 for char in letters if unicodedata.bidirectional(char[0]) == "L")
    runs: list[list[str]] = []
    for char in letters:
        way = unicodedata.bidirectional(char[0])
        left_to_right = way in ("L", "EN", "AN") or (
            way in ("CS", "ES", "ET", "WS") and bool(runs) and runs[-1][0] == "L"
        )
        if not runs or (runs[-1][0] == "L") != left_to_right:
            runs.append(["L" if left_to_right else "R"])
        runs[-1].append(char)
    parts = [run[:0:-1] if run[0] == "L" else run[1:] for run in runs]
    if ltr > rtl:
        parts.reverse()
    return "".join(char for part in parts for char in part)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
