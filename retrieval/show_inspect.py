"""What `archivist inspect` prints of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from retrieval.console import clean, one_line
from retrieval.inspecting import FIELDS, Inspected
from retrieval.show import count, show_rows
from retrieval.told_time import date_in_words
from retrieval.types import Skipped

if TYPE_CHECKING:
    from rich.console import Console

_NAMES = dict(
    zip(
        FIELDS,
        ("Title", "Authors", "Publisher", "Published", "Link", "Language", "First captured", "Last captured"),
        strict=True,
    )
)
_OPENING = 60  # characters of each passage that are shown where the text is not


def show_inspected(console: Console, items: Iterable[Inspected | Skipped], whole: bool) -> None:
    """Print each article's metadata with where each came from, and its passages, or with `whole` all of its text."""
    from rich.text import Text

    for number, item in enumerate(items):
        if number:
            console.print()
        if isinstance(item, Skipped):
            console.print(Text(f"Skipped: {one_line(item.path)}: {one_line(item.reason)}"), soft_wrap=True)
            continue
        show_rows(console, _rows(item))
        console.print()
        for passage in item.passages:
            place = f"{passage.start}–{passage.end}" + (f", page {passage.page}" if passage.page else "")
            if whole:
                console.print(Text(f"[{place}]", "bold"))
                console.print(Text(clean(passage.text)), soft_wrap=True)
                console.print()
            else:
                opening = one_line(passage.text)
                more = "…" if len(opening) > _OPENING else ""
                console.print(Text(f"  {place:>13}  {opening[:_OPENING]}{more}"), soft_wrap=True)


def _rows(item: Inspected) -> list[tuple[str, str]]:
    article = item.article
    origins = dict(article.origins)
    rows = [("Format", article.format)]
    if article.record:
        rows.append(("Record", article.record))
    for field, name in _NAMES.items():
        value = getattr(article, field)
        if field == "authors":
            value = ", ".join(value)
        elif value and field in ("published", "first_seen", "last_seen"):
            value = date_in_words(value)
        if not value and field in ("first_seen", "last_seen"):
            continue
        origin = f" ({origins[field]})" if value and field in origins else ""
        rows.append((name, f"{value or 'not known'}{origin}"))
    if article.pages:
        rows.append(("Pages", ", ".join(dict.fromkeys(page for _, page in article.pages))))
    rows.append(("Text", count(len(article.text), "character")))
    rows.append(("Passages", f"{len(item.passages):,}"))
    return rows
