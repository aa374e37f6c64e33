"""What a METS file says about an issue and its articles: MODS or Dublin Core, by the ids of its sections."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from retrieval.reading.blocks import Facts
from retrieval.reading.bylines import byline_authors, person
from retrieval.reading.dates import partial_date
from retrieval.reading.languages import language_code
from retrieval.reading.origins import all_from, merged
from retrieval.reading.people import recased
from retrieval.reading.xmltree import first, words

_END = re.compile(r"(?<=\w{3})[ .,;]+$|[ ,;]+$")
_LABELLED = re.compile(r"[^\W_]")


def described(section: Any) -> Facts:
    """What a `dmdSec` (or any element that holds MODS or Dublin Core) says."""
    facts = Facts(
        title=_title(section),
        authors=_authors(section),
        published=_date(section),
        url=_url(section),
        language=_language(section),
    )
    return all_from(facts, "its description in MODS or Dublin Core")


def filled(facts: Facts, others: Iterable[Facts]) -> Facts:
    """What is said, and where nothing is, what the first of the others says; but no title."""
    return merged(facts, *(replace(other, title="") for other in others))


def _title(section: Any) -> str:
    """The first title with a letter in it; a subtitle goes with its title."""
    for info in section.iter("{*}titleInfo"):
        if info.get("type") in ("abbreviated", "uniform", "alternative"):
            continue
        parts = [words(info.find("{*}" + name)) for name in ("nonSort", "title")]
        subtitle = words(info.find("{*}subTitle"))
        title = " ".join(part for part in parts if part).replace("' ", "'")
        if _LABELLED.search(title):
            return f"{title}: {subtitle}" if subtitle else title
    dublin = (words(title) for title in section.iter("{http://purl.org/dc/elements/1.1/}title"))
    return next((title for title in dublin if _LABELLED.search(title)), "")


def _authors(section: Any) -> tuple[str, ...]:
    names = []
    for name in section.iter("{*}name"):
        roles = [words(role).lower() for role in name.iter("{*}roleTerm")]
        if any(role in ("aut", "author", "creator", "cre") for role in roles):
            names.append(_person(name))
    creators = (words(creator) for creator in section.iter("{http://purl.org/dc/elements/1.1/}creator"))
    names += [person(creator) or "" for creator in creators]
    return tuple(dict.fromkeys(name for name in names if name)) or byline_authors(
        [words(note) for note in section.iter("{*}note") if note.get("type") == "statement of responsibility"]
    )


def _person(name: Any) -> str:
    parts = {part.get("type"): words(part) for part in name.iter("{*}namePart")}
    if parts.get("family"):
        return f"{parts.get('given', '')} {parts['family']}".strip()
    shown = first(name, "displayForm")
    stated = words(shown) if shown is not None else next(iter(parts.values()), "")
    return recased(_END.sub("", stated))


def _date(section: Any) -> str | None:
    for name in ("dateIssued", "issued", "date", "dateCreated", "dateCaptured"):
        for stated in section.iter("{*}" + name):
            if stated.get("point") != "end" and (when := partial_date(words(stated))):
                return when
    return None


def _url(section: Any) -> str | None:
    stated = [words(part) for name in ("url", "identifier") for part in section.iter("{*}" + name)]
    return next((url for url in stated if re.fullmatch(r"https?://\S+", url)), None)


def _language(section: Any) -> str | None:
    """The one language that is stated; where several are, it is left to the text."""
    stated = [words(term) for name in ("languageTerm", "language") for term in section.iter("{*}" + name)]
    codes = {code for term in stated if (code := language_code(term))}
    return codes.pop() if len(codes) == 1 else None
