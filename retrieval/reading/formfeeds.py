"""Printed pages of a plain text, which form feeds divide, as `pdftotext` and recognisers of scans write them."""

from __future__ import annotations

import re
from collections import Counter

from retrieval.reading.normalise import normalised
from retrieval.reading.paragraphs import paragraphs

_FEWEST = 3  # pages on which a line has to repeat before it is taken for a running title
_TRIED = 5  # paragraphs of a page that are looked for in the article
_MOST_SEARCHED = 500_000_000  # characters of the article that are looked through, all pages together


def without_running_titles(text: str) -> str:
    """The text without first and last lines that most of its pages share, numbers aside ("12  THE COURIER")."""
    pages = [page.split("\n") for page in text.replace("\r\n", "\n").split("\f")]
    if len(pages) < _FEWEST:
        return text
    for last in (False, True):
        places = [_edge(lines, last) for lines in pages]
        shapes = Counter(_shape(lines[at]) for lines, at in zip(pages, places, strict=True) if at is not None)
        running = {shape for shape, count in shapes.items() if count >= max(_FEWEST, len(pages) // 2)}
        for lines, at in zip(pages, places, strict=True):
            if at is not None and _shape(lines[at]) in running:
                lines[at] = ""
    return "\f".join("\n".join(lines) for lines in pages)


def printed_pages(text: str, article: str) -> tuple[tuple[int, str], ...]:
    """For each page of `text` from which character of the article made of it on it stands there, and its number.

    A page of which nothing is found in the article has no place in it.
    """
    found: list[tuple[int, str]] = []
    at, left = -1, _MOST_SEARCHED
    for number, page in enumerate(text.split("\f"), start=1):
        for paragraph in paragraphs(normalised(page))[:_TRIED]:
            if left < 0:
                return tuple(found)
            start = article.find(paragraph.text[:60], at + 1)
            left -= (start if start >= 0 else len(article)) - at
            if start > at:
                at = start
                found.append((start, str(number)))
                break
    return tuple(found)


def _edge(lines: list[str], last: bool) -> int | None:
    places = [at for at, line in enumerate(lines) if line.strip()]
    return (places[-1] if last else places[0]) if len(places) > 1 else None


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split())).casefold()
