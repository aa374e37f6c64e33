"""The command that shows when the archive wrote about something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval import console
from retrieval.arguments import check_text
from retrieval.shell import After, Authors, Before, Data, Json, Now, Publishers, present, settings_for
from retrieval.types import Filters

if TYPE_CHECKING:
    from retrieval.timeline import Timeline


def timeline(
    question: Annotated[str, typer.Argument(help="What the articles are about, in quotation marks.")],
    data: Data = None,
    after: After = None,
    before: Before = None,
    publisher: Publishers = None,
    author: Authors = None,
    now: Now = None,
    as_asked: Annotated[
        bool, typer.Option("--as-asked", help="Understand no times and no names in the question.")
    ] = False,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="FILE", help="Write the chart here as a picture.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show when the archive wrote about something: its articles by month, year or decade, and the peaks."""
    settings = settings_for(data)
    from retrieval import build, show_timeline

    filters = Filters(after, before, tuple(publisher or ()), tuple(author or ()))
    check_text(question, *filters.publishers, *filters.authors)
    with build.open_archive(settings) as archive:
        found = archive.timeline(question, filters=filters, now=now, understand=not as_asked)
    if png:
        _write_picture(png, found)
    if as_json:
        console.write_document(show_timeline.timeline_document(found))
    else:
        present(lambda out: show_timeline.show_timeline(out, found))


def _write_picture(path: Path, found: Timeline) -> None:
    """Write the chart; OSError names the file where it cannot be written."""
    from retrieval.chart import draw
    from retrieval.show_timeline import period_in_words

    if not found.periods:
        console.note(f"there is nothing to draw, so {path} was not written")
        return
    told = (period_in_words(period, found.unit).split(" ") for period in found.periods)
    names = [" ".join([*(month[:3] for month in months), year]) for *months, year in told]
    path.write_bytes(draw(found.periods, names, {peak.period.first for peak in found.peaks}))
