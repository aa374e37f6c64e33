"""Captions and credits of photographs among the paragraphs of a plain text.

A credit ("(Photo : A. Name/An Agency)") is about the picture and is not text; the lines right above and below it are
the picture's title and caption, and stay as captions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.reading.paragraphs import Paragraph

_LONGEST = 700
_WHO = r"(?:photo(?:graph|s)?|image|picture|foto|illustration|(?:(?:photo|image|picture) )?(?:credits?|courtesy))"
_AGENCY = r"(?:ap|afp|reuters|epa|dpa|getty|upi|file) (?:photo|images?|pool|archive)"
_CREDIT = re.compile(
    rf"[(\[]?\s?(?:{_WHO}\s?(?::|©|by\b|/|of\b(?=.*/))\s?[^()]{{2,150}}|{_AGENCY}\b[^()]{{0,150}}|"
    r"[^()]{2,60}/getty images)[)\]]?\.?",
    re.I,
)
_CREDIT_AT_END = re.compile(
    rf"(?P<caption>.{{10,}})[(\[]\s?(?:{_WHO}\s?(?::|by\b|/)|{_AGENCY}\b|[^()\[\]]{{2,60}}/(?:getty|afp|ap|reuters)\b)[^()\[\]]{{0,150}}[)\]]\.?",
    re.I,
)
_LABELLED = re.compile(r"(?:(?:photo|image|picture) )?(?:caption|bildunterschrift|légende) ?: ?(?P<caption>.+)", re.I)
# Agencies open a caption with the place in capitals and the day: "BERLIN, GERMANY DECEMBER 01: …".
_DATED = re.compile(
    r"[A-Z][A-Z .,'’()-]{2,80}?(?: ?[-–—])? ?(?:JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|"
    r"NOVEMBER|DECEMBER) [0-9]{1,2}(?:, ?[0-9]{4})? ?: "
)


@dataclass(frozen=True, slots=True)
class Photographs:
    """Which paragraphs (by number) are `captions`, with their text, and which are `credits` and go."""

    captions: dict[int, str]
    credits: frozenset[int]


def find_photographs(parts: Sequence[Paragraph], heading_like: Callable[[str], bool]) -> Photographs:
    """The captions and credits among paragraphs; `heading_like` says what could be a picture's title."""
    sizes = Counter(part.block for part in parts)
    captions: dict[int, str] = {}
    credits: set[int] = set()  # noqa: A001 - the word for it
    for number, part in enumerate(parts):
        if len(part.text) > _LONGEST:
            continue
        if match := _LABELLED.fullmatch(part.text):
            captions[number] = match["caption"]
        elif _CREDIT.fullmatch(part.text):
            credits.add(number)
        elif match := _CREDIT_AT_END.fullmatch(part.text):
            captions[number] = match["caption"].strip(" ,;|-–—")
        elif _DATED.match(part.text):
            captions[number] = part.text
    for number in credits:
        for beside in _beside(parts, number, sizes, heading_like):
            if beside not in credits:
                captions.setdefault(beside, parts[beside].text)
    return Photographs(captions, frozenset(credits))


def _beside(
    parts: Sequence[Paragraph], number: int, sizes: Counter[int], heading_like: Callable[[str], bool]
) -> list[int]:
    """The paragraphs around a credit that belong to its picture.

    A picture is a few lines between blank lines. In a text without blank lines only a line that could be a title,
    after another such line, is the picture's own; the article's first line never is.
    """
    own = sizes[parts[number].block] <= 4
    found = []
    above, below = number - 1, number + 1
    if above > 0 and (heading_like(parts[above].text) or (own and len(parts[above].text) <= 400)):
        same = parts[above].block == parts[number].block
        if (own and same) or heading_like(parts[above - 1].text):
            found.append(above)
    if own and below < len(parts) and parts[below].block == parts[number].block and len(parts[below].text) <= 400:
        found.append(below)
    return found
