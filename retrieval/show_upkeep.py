"""What the upkeep commands print: values in, lines on a console out. Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from retrieval.console import one_line
from retrieval.show import count, show_report, show_rows, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.index import Source
    from retrieval.indexing import Report
    from retrieval.upkeep import GenerationInfo, Verification
    from retrieval.withdrawing import Restoration, Withdrawal, Withdrawn


def show_generations(console: Console, kept: Iterable[GenerationInfo]) -> None:
    """Print the generations, as `show_table` prints rows."""
    rows = [
        (
            generation.name,
            "current" if generation.current else "",
            generation.built or "",
            f"{generation.articles:,}",
            f"{generation.passages:,}",
            f"{generation.size_bytes / 1e6:,.1f} MB",
            generation.damage or "",
        )
        for generation in kept
    ]
    show_table(console, ("Generation", "", "Built", "Articles", "Passages", "Size", "Damage"), rows)


def show_rollback(console: Console, name: str) -> None:
    """Print which generation was gone back to."""
    _line(console, f"Generation {name} is current.")
    _line(console, "The next `archivist index` brings it up to date again.")


def show_verification(console: Console, found: Verification) -> None:
    """Print what a check found: a line for each damage, that begins with the file."""
    for problem in found.problems:
        _line(console, f"{problem.file}: {problem.problem}")
    if found.ok:
        held = f"{count(found.articles, 'article')}, {count(found.passages, 'passage')}"
        _line(console, f"Generation {found.generation} is whole: {count(found.files, 'file')}, {held}.")


def show_withdrawal(console: Console, done: Withdrawal) -> None:
    """Print what was taken down, what still holds it, and what shows the same text."""
    _line(console, f"Withdrawn: {done.article.title or done.article.id}")
    show_rows(console, _noted(done.article))
    if done.generations:
        held = ", ".join(done.generations)
        _line(
            console, f"No answer quotes it any more. Its text is still on disk, in generations that are kept: {held}."
        )
        _line(console, "`archivist index` leaves it out of the next one.")
    if done.same_text:
        _line(console, f"The same text is still shown in {count(len(done.same_text), 'other article')}:")
    for other in done.same_text:
        _line(console, f"  {other}")


def show_restoration(console: Console, done: Restoration) -> None:
    """Print what may be shown again, and when it is."""
    _line(console, f"Restored: {done.article.title or done.article.id}")
    _line(console, "It is shown again." if done.shown else "It is shown again after the next `archivist index`.")


def show_withdrawn(console: Console, down: Iterable[Withdrawn]) -> None:
    """Print the articles that are withdrawn, as `show_table` prints rows."""
    rows = [(taken.at, taken.by, taken.id, taken.title, taken.reason) for taken in down]
    show_table(console, ("Withdrawn", "By", "Article", "Title", "Reason"), rows)


def show_removal(console: Console, source: Source, report: Report) -> None:
    """Print that a source was let go, and what is left."""
    _line(console, f"{source.path} is no source any more; its files were left as they are.")
    show_report(console, report, dry_run=False)


def report_line(report: Report) -> str:
    """Return what an index run did, on one line."""
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
    did = ", ".join(f"{number:,} {what}" for what, number in counts.items() if number) or "nothing changed"
    held = f"{count(report.articles, 'article')}, {len(report.skipped):,} skipped"
    return f"generation {report.generation} is current: {held}; {did}, in {report.took_ms / 1000:,.1f} s"


def _noted(taken: Withdrawn) -> list[tuple[str, str]]:
    rows = [("Article", taken.id), ("Since", taken.at), ("By", taken.by), ("Reason", taken.reason)]
    return [(name, value) for name, value in rows if value]


def _line(console: Console, text: str) -> None:
    from rich.text import Text

    console.print(Text(one_line(text) if not text.startswith("  ") else f"  {one_line(text)}"), soft_wrap=True)
