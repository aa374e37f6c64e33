"""Who wrote an article, where a field of its file says so; such fields also hold initials, desks and newspapers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.reading.blocks import Block
from retrieval.reading.normalise import one_line
from retrieval.reading.people import byline_names, is_name, is_organisation, listed_authors, recased
from retrieval.reading.wording import BYLINE

_BY = re.compile(r"^(?:by|von|par|por|da|di|af|av|door)[\s:]+", re.I)
_DATELESS = re.compile(r"\s*[/|–—=<]\s*")


def byline_authors(bylines: Sequence[str]) -> tuple[str, ...]:
    """The people whom these lines name, in order; a line that names none ("gr/bp") gives nobody."""
    authors: list[str] = []
    for line in bylines:
        text = _BY.sub("", one_line(line)).strip(" .,;=<")
        names = byline_names(text) or _listed(text)
        authors.extend(name for name in names if name not in authors)
    return tuple(authors)


def person(name: str) -> str | None:
    """A name of one person as it is spoken, None for what is no such name (an account, initials, an organisation)."""
    bare = one_line(name)
    return recased(bare) if is_name(bare) and not is_organisation(bare) else None


def without_byline(authors: tuple[str, ...], blocks: list[Block]) -> tuple[tuple[str, ...], list[Block]]:
    """The authors, and the blocks without a first one that is a byline: it gives the authors where none are known."""
    if len(blocks) < 2 or len(blocks[0].text) > 200:
        return authors, blocks
    match = BYLINE.fullmatch(blocks[0].text)
    names = byline_names(match["who"]) if match else ()
    if not names and blocks[0].text.strip(" ;.") not in authors:
        return authors, blocks
    return authors or names, blocks[1:]


def _listed(text: str) -> tuple[str, ...]:
    parts = [part for author in listed_authors(text) for part in _DATELESS.split(author)]
    return tuple(name for part in parts if (name := person(part)))
