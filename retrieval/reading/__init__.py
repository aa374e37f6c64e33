"""Files in, articles out: each format has a small reader of its own, told apart by what the file holds.

Nothing is imported before it is used: a question needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.reading.articles import issue_parts, read_articles
    from retrieval.reading.blocks import Limits
    from retrieval.reading.dates import partial_date
    from retrieval.reading.files import Found, find_files
    from retrieval.reading.siblings import Siblings

__all__ = ["READING", "Found", "Limits", "Siblings", "find_files", "issue_parts", "partial_date", "read_articles"]

READING = 8  # changes when a file may be read in another way: then all are read again
_HOMES = {
    "Found": "files",
    "Limits": "blocks",
    "Siblings": "siblings",
    "find_files": "files",
    "issue_parts": "articles",
    "partial_date": "dates",
    "read_articles": "articles",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
