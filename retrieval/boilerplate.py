"""Lines that stand in many articles of one publisher: "Follow us", "All rights reserved", an author's standing line.

They are no part of any story, so no passage is made of them; the article's own text keeps them. How often a line
occurs is counted over stories, not articles: a report that five papers carry repeats all of its lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.types import Span

_LINE = re.compile(r"[^\n]+")
_LONGEST = 600  # characters: what is longer is somebody's paragraph
_LEAST, _ENOUGH, _SHARE = 4, 20, 0.1  # stories: never below 4, always at 20, between them a tenth of a publisher's

Hashes = NDArray[np.uint64]


def line_hashes(text: str) -> bytes:
    """Return a 64-bit hash of each line of `text` that is not blank, in order, for the catalogue."""
    return b"".join(blake2b(line.encode("utf-8", "surrogatepass"), digest_size=8).digest() for line in _lines(text))


def repeated(articles: Iterable[tuple[int, int, bytes]]) -> dict[int, Hashes]:
    """Return for each publisher the hashes of the lines that repeat across its articles, ascending.

    `articles` are (publisher's number, story, `line_hashes`); a line counts once for each story.
    """
    held = [(publisher, story, np.frombuffer(stored, np.uint64)) for publisher, story, stored in articles]
    if not held:
        return {}
    sizes = [len(part) for *_, part in held]
    publishers = np.repeat(np.array([publisher for publisher, *_ in held], np.int64), sizes)
    stories = np.repeat(np.array([story for _, story, _ in held], np.int64), sizes)
    lines = np.concatenate([part for *_, part in held])
    order = np.lexsort((stories, lines, publishers))
    publishers, stories, lines = publishers[order], stories[order], lines[order]
    new_line = _differs(publishers) | _differs(lines)
    begins = np.flatnonzero(new_line)
    counts = np.add.reduceat((new_line | _differs(stories)).astype(np.int64), begins) if len(begins) else begins
    least = _least((publisher, story) for publisher, story, _ in held)
    often = counts >= np.array([least[int(publisher)] for publisher in publishers[begins]])
    of, found = publishers[begins][often], lines[begins][often]
    return {int(publisher): found[of == publisher] for publisher in np.unique(of)}


def spans_of(text: str, stored: bytes, often: Hashes, keep: Collection[Span] = ()) -> list[Span]:
    """Return the spans of the lines of `text`, whose hashes are `stored`, that are among `often`.

    Lines in a span of `keep` (headings, say) are none. Where nothing else would be left, no line is.
    """
    kept = set(keep)
    hashes = np.frombuffer(stored, np.uint64)
    again = np.isin(hashes, often)
    if not again.any() or again.all():
        return []
    found = [match.span() for match in _LINE.finditer(text) if match.group().strip()]
    spans = [span for span, repeats in zip(found, again, strict=True) if repeats]
    return [span for span in spans if span[1] - span[0] <= _LONGEST and span not in kept]


def _least(held: Iterable[tuple[int, int]]) -> dict[int, float]:
    """Return in how many stories of each publisher a line must stand."""
    stories: dict[int, set[int]] = defaultdict(set)
    for publisher, story in held:
        stories[publisher].add(story)
    return {publisher: max(_LEAST, min(_ENOUGH, _SHARE * len(own))) for publisher, own in stories.items()}


def _differs(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where a value is not the one before it; the first never is."""
    return np.concatenate((np.ones(min(len(values), 1), np.bool_), values[1:] != values[:-1]))


def _lines(text: str) -> Sequence[str]:
    return [" ".join(line.split()) for line in _LINE.findall(text) if line.strip()]
