"""What the readers of feeds have in common."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.types import Skipped

_SHOWN = 3


def titles_only(name: str, titles: Sequence[str], entries: int) -> Skipped:
    """One line for all entries of a feed that have no text, with the first titles, so that nothing is lost unseen.

    It is not by the name of the file itself, which would have a file that was read as far as it goes read by every run.
    """
    shown = "; ".join(title[:80] or "(untitled)" for title in titles[:_SHOWN])
    more = f" and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else ""
    return Skipped(
        f"{name} at its entries",
        f"{len(titles)} of its {entries} entries have no text, only a title or link: {shown}{more}",
    )
