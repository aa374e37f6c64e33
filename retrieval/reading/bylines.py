"""Who wrote an article, where a field of its file says so; such fields also hold initials, desks and newspapers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.reading.blocks import Block
from retrieval.reading.normalise import one_line
from retrieval.reading.people import ROLE, byline_names, is_name, is_organisation, listed_authors, recased
from retrieval.reading.wording import BYLINE

_BY = re.compile(r"^(?:by|von|par|por|da|di|af|av|door)[\s:]+", re.I)
_TOP = 8  # blocks among which a byline may stand
_INITIALS = re.compile(r"[A-Z]{2,6}|\w{1,3}")
_DATELESS = re.compile(r"\s*[/|–—=<]\s*")


def byline_authors(bylines: Sequence[str]) -> tuple[str, ...]:
    """The people whom these lines name, in order; a line that names none ("gr/bp") gives nobody."""
    authors: list[str] = []
    for line in bylines:
        text = _BY.sub("", one_line(line)).strip(" .,;=<")
        names = byline_names(text) if not _INITIALS.fullmatch(text) else ()
        names = names or _listed(text)
        authors.extend(name for name in names if name not in authors)
    return tuple(authors)


def person(name: str) -> str | None:
    """A name of one person as it is spoken, None for what is no such name (an account, initials, an organisation)."""
    bare = one_line(name)
    return recased(bare) if is_name(bare) and not is_organisation(bare) else None


def without_byline(authors: tuple[str, ...], blocks: list[Block]) -> tuple[tuple[str, ...], list[Block]]:
    """The authors, and the blocks without a byline among the first: it gives the authors where none are known."""
    for place, block in enumerate(blocks[:_TOP]):
        if len(block.text) > 120 or len(blocks) == 1:
            continue
        match = BYLINE.fullmatch(block.text.rstrip("=< "))
        names = byline_names(match["who"]) if match else ()
        if names or block.text.strip(" ;.") in authors:
            return authors or names, blocks[:place] + blocks[place + 1 :]
    return authors, blocks


def _listed(text: str) -> tuple[str, ...]:
    parts = [part for author in listed_authors(text) for part in _DATELESS.split(author)]
    return tuple(name for part in parts if (name := _named(part.strip(" _"))))


def _named(part: str) -> str | None:
    """A part of a byline that can be a name; one word is enough, since it stands where names do."""
    whole = is_name(part, words=1) and not is_organisation(part) and not _INITIALS.fullmatch(part)
    return recased(part) if whole and not ROLE.search(part) else None
