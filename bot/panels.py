"""The messages about running the archive: pure, within Discord's limits, everything that is not ours escaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from discord import ButtonStyle, ui

from bot.limits import escaped_line
from bot.managing import without_folders
from bot.reports import IndexReport, Progress
from bot.views import Press
from bot.words import Language, number, percent, plural, text
from retrieval.types import Skipped

if TYPE_CHECKING:
    from retrieval.index import Source, Summary

BLUE, GREEN, AMBER, RED = 0x2F81F7, 0x2DA44E, 0xBF8700, 0xCF222E
_CELLS = 20
_SMALL = "-# "
_SKIPPED_SHOWN = 8
_SOURCES_SHOWN = 12
_LINE_CHARS = 200
# How much of a run each phase takes, roughly: where it begins and how long it is.
_PHASES = {
    "read": (0.0, 0.1),
    "split": (0.1, 0.05),
    "encode": (0.15, 0.8),
    "write": (0.95, 0.03),
    "check": (0.98, 0.02),
}


def panel(title: str, lines: Sequence[str], colour: int, presses: Sequence[Press] = ()) -> ui.LayoutView:
    """Return a message with a title, lines of text that are ours or escaped, those in small print last, and buttons."""
    view = ui.LayoutView(timeout=None)
    parts: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(f"### {title}")]
    body = [line for line in lines if not line.startswith(_SMALL)]
    small = [line for line in lines if line.startswith(_SMALL)]  # apart, or it would belong to a list above it
    parts += [ui.TextDisplay("\n".join(block)) for block in (body, small) if block]
    if presses:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for press in presses:
            row.add_item(press)
        parts.append(row)
    view.add_item(ui.Container(*parts, accent_colour=colour))
    return view


def looking(locale: Language, key: str) -> ui.LayoutView:
    """Return the message while the files are compared with the index."""
    return panel(text("Looking at what has changed …", locale), [], BLUE, [_cancel(key, locale)])


def running(locale: Language, key: str, changes: IndexReport, share: float, left_s: float | None) -> ui.LayoutView:
    """Return the message while the index is built; `share` of it, from 0 to 1, is done."""
    full = round(share * _CELLS)
    lines = [difference(changes, locale), f"`{'█' * full}{'░' * (_CELLS - full)}` {percent(share, locale)}"]
    if left_s is not None:
        lines.append(_left(left_s, locale))
    lines += skipped_lines(changes.skipped, locale)
    lines.append(_SMALL + text("Questions are answered meanwhile.", locale))
    return panel(text("Indexing the archive …", locale), lines, BLUE, [_cancel(key, locale)])


def removals(locale: Language, key: str, changes: IndexReport, reason: str | None) -> ui.LayoutView:
    """Return the question whether so many articles are meant to go; `reason` is why the indexer stopped, if it did."""
    title = plural("Remove {n} article?", "Remove {n} articles?", changes.removed, locale)
    lines = [
        plural(
            "{n} of the {all} articles in the index would leave it. Is everything mounted that should be?",
            "{n} of the {all} articles in the index would leave it. Is everything mounted that should be?",
            changes.removed,
            locale,
            all=number(changes.before, locale),
        ),
        difference(changes, locale),
        *skipped_lines(changes.skipped, locale),
    ]
    if reason:
        lines.append(f"{_SMALL}{without_folders(reason)}")
    presses = [
        Press("run_confirm", key, text=text("Remove them", locale), style=ButtonStyle.danger),
        Press("run_cancel", key, text=text("Leave the archive as it is", locale)),
    ]
    return panel(title, lines, AMBER, presses)


def done(locale: Language, report: IndexReport, by: str, seconds: float) -> ui.LayoutView:
    """Return what a run did. `by` mentions who wanted it."""
    title = text("The archive is up to date", locale)
    lines = [
        difference(report, locale) if report.differs else text("Nothing had changed.", locale),
        plural("The archive holds {n} article.", "The archive holds {n} articles.", report.articles, locale),
        *skipped_lines(report.skipped, locale),
        _SMALL
        + text(
            "Generation {generation} · {time} · started by {by}",
            locale,
            generation=report.generation or "–",
            time=_span(seconds, locale),
            by=by,
        ),
    ]
    return panel(title, lines, GREEN)


def stopped(locale: Language, why: str, hint: str = "") -> ui.LayoutView:
    """Return that a run has ended without a new index, and why."""
    lines = [without_folders(told) for told in (why, hint) if told]
    lines.append(_SMALL + text("The archive is as it was before.", locale))
    return panel(text("The archive was not indexed", locale), lines, RED)


def status(summary: Summary, sources: int, problem: str | None, locale: Language) -> ui.LayoutView:
    """Return what the archive holds and how it is."""
    years = f"{summary.first[:4]}–{summary.last[:4]}" if summary.first and summary.last else "–"
    lines = [
        plural("{n} article", "{n} articles", summary.articles, locale)
        + f" · {years} · "
        + plural("{n} publisher", "{n} publishers", summary.publishers, locale),
        plural("{n} passage", "{n} passages", summary.passages, locale)
        + " · "
        + plural("{n} source", "{n} sources", sources, locale)
        + f" · {number(round(summary.size_bytes / 1e6), locale)} MB",
        text(
            "Generation {generation}, built <t:{built}:f>, read by {encoder}",
            locale,
            generation=summary.generation,
            built=int(datetime.fromisoformat(summary.built).timestamp()),
            encoder=escaped_line(summary.encoder, _LINE_CHARS),
        ),
    ]
    if problem:
        lines.append(f"⚠ {escaped_line(problem, 3 * _LINE_CHARS)}")
    return panel(text("The archive", locale), lines, AMBER if problem else BLUE)


def sources(held: Sequence[Source], locale: Language) -> ui.LayoutView:
    """Return where the articles come from."""
    lines = [
        f"- {escaped_line(each.path, _LINE_CHARS)}: "
        + plural("{n} article", "{n} articles", each.articles, locale)
        + ", "
        + plural("{n} skipped", "{n} skipped", each.skipped, locale)
        for each in held[:_SOURCES_SHOWN]
    ]
    more = len(held) - _SOURCES_SHOWN
    if more > 0:
        lines.append(plural("- and {n} more", "- and {n} more", more, locale))
    return panel(text("Sources of the archive", locale), lines, BLUE)


def difference(report: IndexReport, locale: Language) -> str:
    """Return on one line what differs: new, changed, gone and skipped."""
    parts = [
        f"**+{number(report.added, locale)}** {text('new', locale)}",
        f"**~{number(report.changed, locale)}** {text('changed', locale)}",
        f"**−{number(report.removed, locale)}** {text('gone', locale)}",
    ]
    if report.skipped:
        parts.append(f"**{number(len(report.skipped), locale)}** {text('skipped', locale)}")
    return " · ".join(parts)


def skipped_lines(skipped: Sequence[Skipped], locale: Language) -> list[str]:
    """Return which files could not be used and why, the first of them by name."""
    if not skipped:
        return []
    lines = [text("Skipped:", locale)]
    lines += [
        f"- {escaped_line(each.path, _LINE_CHARS // 2)}: {escaped_line(each.reason, _LINE_CHARS)}"
        for each in skipped[:_SKIPPED_SHOWN]
    ]
    more = len(skipped) - _SKIPPED_SHOWN
    if more > 0:
        lines.append(
            plural(
                "- and {n} more: `archivist index --dry-run` lists it",
                "- and {n} more: `archivist index --dry-run` lists them",
                more,
                locale,
            )
        )
    return lines


def share_of(progress: Progress) -> float:
    """Return how much of a whole run is done, from 0 to 1."""
    begin, length = _PHASES.get(progress.phase, (0.0, 0.0))
    within = min(max(progress.done / progress.total, 0.0), 1.0) if progress.total else 0.0
    return begin + length * within


def _cancel(key: str, locale: Language) -> Press:
    return Press("run_cancel", key, text=text("Cancel", locale), style=ButtonStyle.danger)


def _left(seconds: float, locale: Language) -> str:
    return text("about {time} left", locale, time=_span(seconds, locale))


def _span(seconds: float, locale: Language) -> str:
    """Return a time as a person says it."""
    if seconds < 90:
        return plural("{n} second", "{n} seconds", max(round(seconds), 1), locale)
    if seconds < 90 * 60:
        return plural("{n} minute", "{n} minutes", round(seconds / 60), locale)
    return plural("{n} hour", "{n} hours", round(seconds / 3600), locale)
