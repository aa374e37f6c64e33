"""Discord's limits and Markdown, in one place: text that cannot style, ping, link or impersonate, and fits.

Lengths are counted in UTF-16 units, the most that Discord may count for a character.
"""

from __future__ import annotations

import re
import unicodedata

LAYOUT_CHARS = 4000  # all text of a layout together
LAYOUT_COMPONENTS = 40  # nested ones and the containers themselves counted
CONTENT_CHARS = 2000
LABEL_CHARS = 80
CUSTOM_ID_CHARS = 100
CHOICES, CHOICE_CHARS = 25, 100
THREAD_NAME_CHARS = 100
MODAL_TITLE_CHARS = 45
URL_CHARS = 512
ALTERNATIVE_CHARS = 1024  # what is read out instead of a picture

_MARKS_A_LETTER = 4  # accents stacked on one letter; more is no writing but vandalism
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_STYLED = re.compile(r"[\\*_~`|<>\[\]]|:(?=//)")
_LINE_START = re.compile(r"^([^\S\n]*)([-+#]|[0-9]+(?=[.)]))", re.MULTILINE)
_PING = re.compile(r"@(?=everyone|here|[!&]?[0-9])", re.IGNORECASE)
# What turns the direction of the text around it; the marks that only state a letter's own direction stay.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def plain(text: str) -> str:
    """Return `text` without what does not show as it stands: controls, turned directions, stacks of accents."""
    text = _BREAKS.sub("\n", text).translate(_TURNING)
    shown: list[str] = []
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > _MARKS_A_LETTER or kind == "Cs":
            continue
        if kind == "Cc" and char != "\n":
            char = " "  # noqa: PLW2901 - a tab, or what should not be there
        shown.append(char)
    return "".join(shown)


def one_line(text: str) -> str:
    """Return `text` on one line, as `plain` does."""
    return " ".join(plain(text).split())


def escaped(text: str) -> str:
    """Return `text` such that Discord's Markdown shows just its characters: no style, link, mention or ping."""
    return _escape(plain(text))


def escaped_line(text: str, limit: int) -> str:
    """Return `text` escaped, on one line, and cut to `limit` units with an ellipsis."""
    return _fitting(one_line(text), limit)


def clip(text: str, limit: int) -> str:
    """Return `text`, which needs no escaping, cut to `limit` units with an ellipsis."""
    if units(text) <= limit:
        return text
    kept: list[str] = []
    left = limit - 1
    for char in text:
        left -= units(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(char > "\uffff" for char in text)


def label(text: str) -> str:
    """Return a button's label: one line, as long as one may be, never empty."""
    return clip(one_line(text), LABEL_CHARS) or "–"


def quoted(text: str, bold: tuple[tuple[int, int], ...], limit: int, *, open_start: bool, open_end: bool) -> str:
    """Return a passage as a block quote of at most `limit` units with the spans `bold` in bold.

    An ellipsis marks a beginning or an end that is not the passage's own.
    """
    inside = limit
    while True:
        shown, cut = _cut(text, inside)
        quote = _quote(shown, bold, "… " if open_start else "", " …" if open_end or cut else "")
        over = units(quote) - limit
        if over <= 0 or not shown:
            return quote if over <= 0 else ""
        inside = min(inside, units(shown)) - max(over // 2, 1)


def _fitting(text: str, limit: int) -> str:
    """Return one line escaped, cut so that the escaped text fits."""
    whole = _escape(text)
    if units(whole) <= limit:
        return whole
    inside = limit
    while inside > 0:
        shown = _escape(clip(text, inside))
        over = units(shown) - limit
        if over <= 0:
            return shown
        inside -= max(over // 2, 1)
    return ""


def _escape(text: str) -> str:
    text = _STYLED.sub(lambda mark: "\\" + mark[0], text)
    text = _LINE_START.sub(_escape_start, text)
    return _PING.sub("@\u200b", text)


def _escape_start(mark: re.Match[str]) -> str:
    """Escape what makes a line a heading, a list or small print; of a number, its dot."""
    space, sign = mark[1], mark[2]
    return f"{space}{sign}\\" if sign.isdigit() else f"{space}\\{sign}"


def _cut(text: str, limit: int) -> tuple[str, bool]:
    """Return what of `text` fits into `limit` units, between words where that leaves most of it, and whether less."""
    if units(text) <= limit:
        return text, False
    kept = 0
    left = max(limit, 0)
    for char in text:
        left -= units(char)
        if left < 0:
            break
        kept += 1
    space = text.rfind(" ", 0, kept + 1)
    return text[: space if space > kept * 0.7 else kept], True


def _quote(text: str, bold: tuple[tuple[int, int], ...], before: str, after: str) -> str:
    parts: list[str] = []
    at = 0
    for start, end in sorted(bold):
        start, end = max(start, at), min(end, len(text))  # noqa: PLW2901 - what of it is left to show
        if start >= end:
            continue
        parts += [escaped(text[at:start]), *_bold_lines(text[start:end])]
        at = end
    parts.append(escaped(text[at:]))
    lines = (before + "".join(parts) + after).split("\n")
    return "\n".join(f"> {line.strip()}" for line in lines)


def _bold_lines(text: str) -> list[str]:
    """Return a span in bold, line by line: bold neither crosses a block quote's lines nor begins at a space."""
    told = []
    for number, line in enumerate(escaped(text).split("\n")):
        inner = line.strip()
        lead, trail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
        told.append(("\n" if number else "") + lead + (f"**{inner}**" if inner else "") + trail)
    return told
