"""Articles in, answers out: the archive as a Python library. Knows nothing of Discord.

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrieval.errors import ArchivistError
from retrieval.types import Answer, Article, Citation, Filters, Hit, Passage, Skipped

if TYPE_CHECKING:
    from retrieval.archive import Archive
    from retrieval.indexing import run_index

__all__ = [
    "Answer",
    "Archive",
    "ArchivistError",
    "Article",
    "Citation",
    "Filters",
    "Hit",
    "Passage",
    "Skipped",
    "run_index",
]


def __getattr__(name: str) -> Any:
    if name == "Archive":
        from retrieval.archive import Archive

        return Archive
    if name == "run_index":
        from retrieval.indexing import run_index

        return run_index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
