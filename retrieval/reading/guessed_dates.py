"""What is known of a page's day where the page does not state it as data: what htmldate finds, and how far it holds."""

from __future__ import annotations

import re
from typing import Any

from retrieval.reading.lone_date import lone_date


def guessed_date(tree: Any, found: str, markup: str) -> tuple[str | None, str]:
    """What is known of a date that htmldate `found` in a page, or of that which stands alone in it."""
    if found and _undecided(found, markup):
        return found[:4], "the year of a date whose day and month nobody can tell apart"
    if not found or found.endswith("-01"):
        alone = lone_date(tree)
        if alone and (not found or alone == found):
            return alone, "the one day that stands alone in the page"
    if not found:
        return None, ""
    # htmldate writes the first of the month, or of January, for what it does not know.
    precision = 4 if found.endswith("-01-01") else 7 if found.endswith("-01") else 10
    return found[:precision], "the date that htmldate found"


def _undecided(found: str, markup: str) -> bool:
    """Whether a day that was found (ISO 8601) may be another: the page writes 03/04/1998, and nothing that decides."""
    year, month, day = (int(part) for part in found.split("-"))
    if day > 12 or day == month or found in markup:
        return False
    either = f"0?{day}([/-])0?{month}|0?{month}([/-])0?{day}"
    written = rf"(?<![\d/-])(?:{either})(?(1)\1|\2)(?:{year}|{year % 100:02})(?![\d/-])"
    return re.search(written, markup) is not None
