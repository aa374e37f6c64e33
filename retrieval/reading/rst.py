"""reStructuredText: its titles, marks and directives written as Markdown has them, what its fields say kept.

What a directive only shows (a picture, a list of contents, raw HTML) is left out; notes, quotes and code are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from retrieval.reading.blocks import Limits, check_length
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.fields import facts_of
from retrieval.reading.frontmatter import front_matter
from retrieval.reading.markdown import markdown_article
from retrieval.reading.normalise import normalised
from retrieval.reading.origins import merged
from retrieval.reading.signatures import looks_like
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "rst"
_SUFFIXES = (".rst", ".rest", ".restx")
_ADORNED = re.compile(r"(?P<mark>[=\-~`'\"^_*+#:.<>])(?P=mark){2,200}[ \t]*")
_FIELD = re.compile(r":(?P<key>[A-Za-z][\w -]{0,30}): *(?P<value>.*)")
_DIRECTIVE = re.compile(
    r"\.\.(?: (?:(?P<name>[\w:.-]{1,40}?)::(?: (?P<rest>.*))?|\[(?P<note>[^\]]{1,40})\] (?P<said>.*)|.*))?"
)
_SHOWN = frozenset((
    "contents", "toctree", "raw", "include", "literalinclude", "index", "meta", "highlight", "replace", "image", "date",
    "unicode", "class", "role", "default-role", "sectnum", "target-notes", "math", "graphviz", "digraph", "graph",
    "automodule", "autoclass", "autofunction", "automethod", "autosummary", "currentmodule", "module", "program",
    "chart", "gallery", "slides", "post-list", "listing", "soundcloud", "vimeo", "youtube", "header", "footer",
))  # fmt: skip
"""Directives of which nothing is text."""
_PICTURES = ("figure", "thumbnail")
_CODE = ("code", "code-block", "sourcecode", "parsed-literal")
_SAYING = frozenset((
    "note", "warning", "tip", "hint", "important", "attention", "caution", "danger", "error", "admonition", "epigraph",
    "pull-quote", "highlights", "topic", "sidebar", "rubric", "title", "versionadded", "versionchanged", "deprecated",
    "option", "compound", "centered",
))  # fmt: skip
"""Directives whose argument is text by itself; that of others is only where it stands over a text."""
_LINK = re.compile(r"(?<!`)`([^`<>]{1,300}?)\s*<[^`<>]{1,500}>`__?(?!`)")  # `words <address>`_
_NO_TEXT = re.compile(r"__ \S+|\+[-=+]{3,}\+|=[= ]{4,}=")  # an address for a link without a name, a table's lines
_INLINE = (
    (re.compile(r":[a-zA-Z][\w:+-]{0,30}:`~?([^`\n]{1,300})`"), r"\1"),
    (re.compile(r"(?<!`)`([^`\n]{1,300})`(?:__?|:[a-z][\w-]{0,30}:)?(?!`)"), r"\1"),
    (re.compile(r"(?<=\w)__?(?=[\s.,;:!?)]|$)"), ""),
    (re.compile(r"(?<!\w)\|([^|\s][^|\n]{0,60})\|_{0,2}(?!\w)"), r""),
    (re.compile(r"[ \t]?\[[#*]?[\w-]{0,20}\]_"), ""),
)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is reStructuredText: it is called so, or begins with its comments as blogs write them."""
    if looks_like(head):
        return False
    return suffix in _SUFFIXES or head_text(head[:200]).lstrip().startswith((".. title: ", ".. slug: "))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a file. Raises ReadError where there is none, and OSError as reading does."""
    text = normalised(decode(read_whole(file, limits)))
    check_length(text, limits, times=2)
    facts, body = front_matter(text)
    fields: dict[str, object] = {}
    body = _LINK.sub(r"\1", body.expandtabs(4))
    marked = "\n".join(_marked(body.split("\n"), fields))
    title = str(fields.pop("", "")) if not facts.title else ""
    known = merged(facts, facts_of({**fields, **({"title": title} if title else {})}))
    yield markdown_article(marked, limits, FORMAT, known)


def _marked(lines: list[str], fields: dict[str, object]) -> Iterator[str]:
    """The lines as Markdown; the fields at the top go to `fields`, and the first title there by the name ""."""
    marks: list[str] = []
    top, at = True, 0
    while at < len(lines):
        line = lines[at]
        over = bool(_ADORNED.fullmatch(line)) and at + 2 < len(lines) and lines[at + 2].rstrip() == line.rstrip()
        title = lines[at + 1].strip() if over else line.strip()
        under = lines[at + 2 if over else at + 1] if at + (2 if over else 1) < len(lines) else ""
        adorned = _ADORNED.fullmatch(under)
        field = _FIELD.fullmatch(line) if top else None
        if (
            title
            and adorned
            and (over or len(under.rstrip()) >= min(len(title), 4))
            and not line.startswith(" ") | over
        ):
            mark = adorned["mark"] + ("o" if over else "")
            marks += [mark] if mark not in marks else []
            if top and not fields:
                fields[""] = _inline(title)
            yield from ("", "#" * min(6, marks.index(mark) + 1) + " " + _inline(title), "")
            at += 3 if over else 2
        elif field:
            more, at = _indented(lines, at + 1)
            values = [value.strip().removeprefix("- ") for value in (field["value"], *more) if value.strip()]
            fields.setdefault(
                field["key"].lower(), "; ".join(values) if "author" in field["key"].lower() else " ".join(values)
            )
        elif line.startswith(".."):
            block, at = _indented(lines, at + 1)
            yield from _directive(line, block)
        else:
            top = top and not line.strip()
            at += 1
            if not _ADORNED.fullmatch(line) and not _NO_TEXT.fullmatch(line.strip()):
                yield _inline("" if line.strip() == "::" else re.sub(r"::$", ":", line))


def _indented(lines: list[str], at: int) -> tuple[list[str], int]:
    """The indented lines that follow, without their indent, and the place behind them."""
    start = at
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith("  ")):
        at += 1
    while at > start and not lines[at - 1].strip():
        at -= 1
    block = lines[start:at]
    indent = min((len(line) - len(line.lstrip()) for line in block if line.strip()), default=0)
    return [line[indent:] for line in block], at


def _directive(line: str, block: list[str]) -> Iterator[str]:
    """What of a directive is text: what a note, quote or caption says, and code; footnotes with their number."""
    match = _DIRECTIVE.fullmatch(line)
    name = (match["name"] or "") if match else ""
    if match and match["said"]:
        yield from ("", _inline(f"[{match['note']}] " + " ".join([match["said"], *block]).strip()), "")
    elif match and name and name not in _SHOWN:
        while block and (_FIELD.fullmatch(block[0]) or not block[0].strip()):
            block = block[1:]
        if name in _CODE:
            yield from ("", "```", *block, "```", "")
            return
        said = (match["rest"] or "") if name in _SAYING or (block and name not in _PICTURES) else ""
        yield from ("", _inline(said), "", *map(_inline, block), "")


def _inline(line: str) -> str:
    """A line with its references and roles as the words that they show; what is literal stays as it is."""
    pieces = re.split(r"(``[^`\n]{1,500}``)", line)
    for at in range(0, len(pieces), 2):
        for pattern, shown in _INLINE:
            pieces[at] = pattern.sub(shown, pieces[at])
    return "".join(pieces)
