"""What the command line prints: values in, JSON-ready documents or lines on a console out. Nothing is fetched here.

On a terminal the question's words are bold and the sentence that answers is underlined; a bar in the margin marks its
lines everywhere, so that it is seen without either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from retrieval.console import clean, one_line
from retrieval.show_about import about_lines, addition_documents, addition_lines, understood_documents
from retrieval.told_time import date_in_words, understood_document, understood_in_words
from retrieval.types import Answer, Citation, Filters, Hit, Skipped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from retrieval.index import Source, Summary
    from retrieval.indexing import Report

_STATUS = {"answered": "Answered", "unsure": "Unsure", "not_found": "Not in the archive"}
_COLOUR = {"answered": "bold green", "unsure": "bold yellow", "not_found": "bold red"}
_ALIKE = 20  # skipped for one reason, before they are summed up
_WIDEST = 100  # columns; longer lines are hard to read
_STATUS_KEYS = (
    "generation", "articles", "passages", "publishers", "first", "last", "encoder", "built", "size_bytes", "search",
    "recall",
)  # fmt: skip


def answer_document(answer: Answer) -> dict[str, Any]:
    """Return an answer as `ask --json` prints it."""
    filters = answer.filters
    return {
        "question": answer.question,
        "status": answer.status,
        "confidence": answer.confidence,
        "filters": {
            "after": filters.after.isoformat() if filters.after else None,
            "before": filters.before.isoformat() if filters.before else None,
            "publishers": list(filters.publishers),
            "authors": list(filters.authors),
            "understood": [*map(understood_document, answer.understood), *understood_documents(answer)],
            "outside": answer.outside,
            "undated_left_out": answer.undated,
            "phrases_missing": list(answer.phrases_missing),
        },
        "passages": [hit_document(hit) for hit in answer.hits],
        "generation": answer.generation,
        "took_ms": answer.took_ms,
    } | addition_documents(answer, _cited)


def article_document(article: Citation, passages: int) -> dict[str, Any]:
    """Return an article as `articles --json` lists it."""
    return _cited(article) | {"language": article.language, "format": article.format, "passages": passages}


def status_document(summary: Summary) -> dict[str, Any]:
    """Return a summary as `status --json` prints it."""
    told = asdict(summary)
    return {key: told[key] for key in _STATUS_KEYS}


def show_answer(console: Console, answer: Answer, summary: Summary) -> None:
    """Print an answer: how sure it is, then each passage with its source."""
    from rich.text import Text

    width = min(console.width, _WIDEST)
    console.print(
        Text.assemble((_STATUS[answer.status], _COLOUR[answer.status]), f" · confidence {answer.confidence:.0%}")
    )
    filtered = filters_in_words(answer.filters)
    if filtered:
        show_hanging(console, "", Text(f"Only articles {filtered}."), width)
    for line in understood_in_words(answer):
        show_hanging(console, "", Text(line), width)
    if answer.status == "not_found":
        show_hanging(console, "", Text(_searched(summary, bool(filtered))), width)
    if answer.phrases_missing:
        phrases = " and ".join(f"“{phrase}”" for phrase in answer.phrases_missing)
        show_hanging(console, "", Text(f"No passage holds {phrases} word for word; these come nearest."), width)
    if answer.undated:
        show_hanging(console, "", Text(f"Left out for want of a date: {count(answer.undated, 'article')}."), width)
    for line in addition_lines(answer):
        show_hanging(console, "", Text(line), width)
    if answer.about:
        for line in about_lines(answer.about, date_in_words):
            show_hanging(console, "- " if line.startswith("- ") else "", Text(line.removeprefix("- ")), width)
    if not answer.hits:
        console.print(Text("No passage to show: the filters leave none." if filtered else "No passage to show."))
    elif answer.status == "not_found":
        console.print(Text("Nearest passages:"))
    for hit in answer.hits:
        console.print()
        show_hit(console, hit, width)


def show_report(console: Console, report: Report, dry_run: bool) -> None:
    """Print what an index run did, with everything that it skipped."""
    from rich.text import Text

    if dry_run:
        console.print(Text("Dry run: nothing was changed. A run would do this:"))
    else:
        console.print(Text(f"Generation {report.generation} is current."))
    rows = [("Articles", f"{report.articles:,} ({count(report.copies, 'exact copy', 'exact copies')})")]
    rows += [(f"  {name}", f"{number:,}") for name, number in report.formats.items()]
    encoded = "" if dry_run else f" ({report.encoded:,} encoded now)"
    rows += [
        ("Passages", f"{report.passages:,}{encoded}"),
        ("Added", f"{report.added:,}"),
        ("Changed", f"{report.changed:,}"),
        ("Removed", f"{report.removed:,}"),
        ("Unchanged", f"{report.unchanged:,}"),
        ("Skipped", f"{len(report.skipped):,}"),
        ("Time", f"{report.took_ms / 1000:,.1f} s"),
    ]
    show_rows(console, rows)
    for line in _skipped_lines(report.skipped):
        console.print(Text(f"  {line}"), soft_wrap=True)


def _skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Yield a line for each that was skipped; of very many with one reason, the first with how many there are."""
    reasons: dict[str, list[str]] = {}
    for one in skipped:
        reasons.setdefault(one.reason, []).append(one.path)
    for reason, paths in reasons.items():
        shown = paths if len(paths) <= _ALIKE else paths[: _ALIKE // 2]
        yield from (f"{one_line(path)}: {one_line(reason)}" for path in shown)
        if len(shown) < len(paths):
            yield f"and {len(paths) - len(shown):,} more: {one_line(reason)} (`--json` names them all)"


def show_status(console: Console, summary: Summary) -> None:
    """Print what the index holds."""
    dates = "none known"
    if summary.first and summary.last:
        dates = f"{date_in_words(summary.first)} to {date_in_words(summary.last)}"
    rows = [
        ("Generation", f"{summary.generation}, built {summary.built}"),
        ("Articles", f"{summary.articles:,} ({summary.undated:,} without a date)"),
        ("Passages", f"{summary.passages:,}"),
        ("Publishers", f"{summary.publishers:,}"),
        ("Published", dates),
        ("Languages", ", ".join(summary.languages) or "none known"),
        ("Encoder", summary.encoder),
        ("Search", summary.search if summary.search == "exact" else f"approximate, recall {summary.recall:.2f}"),
        ("Size", f"{summary.size_bytes / 1e6:,.1f} MB"),
    ]
    show_rows(console, rows)


def show_articles(console: Console, articles: Iterable[tuple[Citation, int]]) -> None:
    """Print the articles, as `show_table` prints rows."""
    columns = ("Published", "Publisher", "Title", "Authors", "Where", "Id")
    rows = [
        (a.published or "", a.publisher or "", a.title or a.id, ", ".join(a.authors), _place(a), a.id)
        for a, _ in articles
    ]
    show_table(console, columns, rows)


def show_sources(console: Console, sources: Iterable[Source]) -> None:
    """Print the archive's sources, as `show_table` prints rows."""
    rows = [(s.path, str(s.articles), str(s.files), str(s.skipped)) for s in sources]
    show_table(console, ("Source", "Articles", "Files", "Skipped"), rows)


def show_rows(console: Console, rows: Sequence[tuple[str, str]]) -> None:
    """Print names with their values, the values below each other."""
    from rich.text import Text

    widest = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        console.print(Text(f"{one_line(name):<{widest}}  {one_line(value)}"), soft_wrap=True)


def show_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on a terminal; else a line for each row, with tabs between, for other programs."""
    from rich import box
    from rich.segment import Segment, Segments
    from rich.table import Table
    from rich.text import Text

    if not console.is_terminal:
        for row in rows:
            line = Segment("\t".join(one_line(cell) for cell in row) + "\n")  # Text would expand the tabs
            console.print(Segments([line]), soft_wrap=True, end="")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    console.print(table)


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 article`, `1,204 articles`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def hit_document(hit: Hit) -> dict[str, Any]:
    """Return a passage as `ask --json` prints it."""
    return {
        "rank": hit.rank,
        "score": hit.score,
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "highlights": [list(span) for span in hit.highlights],
        "matches": [list(span) for span in hit.matches],
        "page": hit.passage.page,
        "also_in": [{"publisher": a.publisher, "url": a.url, "published": a.published} for a in hit.also_in],
        "article": _cited(hit.article),
    }


def _cited(article: Citation) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "authors": list(article.authors),
        "publisher": article.publisher,
        "published": article.published,
        "url": article.url,
        "path": article.path,
        "first_seen": article.first_seen,
        "last_seen": article.last_seen,
    }


def show_hit(console: Console, hit: Hit, width: int) -> None:
    """Print a passage below its source, with what is marked in it."""
    from rich.text import Text

    article = hit.article
    prefix = f"{hit.rank}. "
    indent = " " * len(prefix)
    show_hanging(console, prefix, Text(one_line(article.title or article.id), "bold"), width)
    published = date_in_words(article.published) if article.published else ""
    page = f"page {hit.passage.page}" if hit.passage.page else ""
    # Some write for themselves: a name is told once.
    known = dict.fromkeys([", ".join(article.authors), article.publisher or "", published, page, _seen(article)])
    credit = " · ".join(one_line(part) for part in known if part)
    if credit:
        show_hanging(console, indent, Text(credit), width)
    console.print(Text(indent + one_line(_place(article))), soft_wrap=True)
    console.print()
    quote = Text(clean(hit.passage.text))
    for start, end in hit.matches:
        quote.stylize("bold", start, end)
    for start, end in hit.highlights:
        quote.stylize("underline", start, end)
    for line in quote.wrap(console, max(width - len(indent) - 2, 1)):
        line.rstrip()
        marked = any(span.style == "underline" for span in line.spans)
        shown = Text.assemble(indent, "| " if marked else "  ", line)
        shown.rstrip()
        console.print(shown, soft_wrap=True)
    if hit.also_in:
        console.print()
    for copy in hit.also_in:
        parts = (copy.publisher or copy.title, date_in_words(copy.published) if copy.published else "")
        told = ", ".join(one_line(part) for part in (*parts, _place(copy)) if part)
        console.print(Text(f"{indent}also in: {told}"), soft_wrap=True)


def _seen(article: Citation) -> str:
    """Return when a web archive captured an article, where it is not known when it was published."""
    if article.published or not article.first_seen:
        return ""
    return f"captured {date_in_words(article.first_seen)}"


def _place(article: Citation) -> str:
    """Return where an article can be read: its link, else its file."""
    return article.url or (f"{article.path}, {article.record}" if article.record else article.path)


def show_hanging(console: Console, prefix: str, text: Text, width: int) -> None:
    """Print `text` wrapped, after `prefix` and with the following lines below its beginning."""
    from rich.text import Text

    for number, line in enumerate(text.wrap(console, max(width - len(prefix), 1))):
        line.rstrip()
        console.print(Text.assemble(prefix if number == 0 else " " * len(prefix), line), soft_wrap=True)


def _searched(summary: Summary, filtered: bool) -> str:
    years = [date[:4] for date in (summary.first, summary.last) if date]
    span = f", {years[0]} to {years[-1]}" if len(set(years)) > 1 else f", {years[0]}" if years else ""
    held = f"{count(summary.articles, 'article')}{span}"
    return f"Searched those that the filters leave of {held}." if filtered else f"Searched {held}."


def filters_in_words(filters: Filters) -> str:
    """Return what filters leave of the articles: `dated before 2021, written by …`; empty where they leave all."""
    dates = []
    if filters.after:
        dates.append(f"from {date_in_words(filters.after.isoformat())} on")
    if filters.before:
        dates.append(f"before {date_in_words(filters.before.isoformat())}")
    parts = [f"dated {' and '.join(dates)}"] if dates else []
    if filters.publishers:
        parts.append(f"published by {' or '.join(map(one_line, filters.publishers))}")
    if filters.authors:
        parts.append(f"written by {' or '.join(map(one_line, filters.authors))}")
    return ", ".join(parts)
