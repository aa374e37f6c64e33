"""The messages about withdrawing, rolling back and damage: pure, within Discord's limits, what is not ours escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import ButtonStyle, ui

from bot.limits import clip, escaped_line, one_line
from bot.panels import AMBER, BLUE, RED, panel
from bot.views import Press
from bot.words import Language, day, plural, text

if TYPE_CHECKING:
    from retrieval.upkeep import GenerationInfo
    from retrieval.withdrawing import Withdrawal

_TITLE_CHARS, _REASON_CHARS, _FILE_CHARS = 300, 500, 100
_FILES_SHOWN, _COPIES_SHOWN = 8, 5


def withdrawing(key: str, found: Withdrawal, reason: str, locale: Language) -> ui.LayoutView:
    """Return the question whether an article is meant to be taken down, and what that does."""
    lines = [escaped_line(found.article.title or found.article.id, _TITLE_CHARS)]
    if reason:
        lines.append(text("Reason: {reason}", locale, reason=escaped_line(reason, _REASON_CHARS)))
    lines += [
        text("It will be gone from all answers at once, and stay out of every later run.", locale),
        plural(
            "{n} kept generation holds it; it is hidden there too, also after a rollback.",
            "{n} kept generations hold it; it is hidden there too, also after a rollback.",
            len(found.generations),
            locale,
        ),
        text("`/archive restore` brings it back.", locale),
        *same_text(found, locale),
    ]
    presses = [
        Press("confirm", key, text=text("Withdraw it", locale), style=ButtonStyle.danger),
        Press("decline", key, text=text("Leave it as it is", locale)),
    ]
    return panel(text("Withdraw this article?", locale), lines, AMBER, presses)


def same_text(found: Withdrawal, locale: Language) -> list[str]:
    """Return the lines that name the articles which hold the same text, and which nobody withdraws."""
    if not found.same_text:
        return []
    count = plural(
        "{n} other article holds the same text and is still shown:",
        "{n} other articles hold the same text and are still shown:",
        len(found.same_text),
        locale,
    )
    return [count, *(f"- {escaped_line(other, _TITLE_CHARS // 2)}" for other in found.same_text[:_COPIES_SHOWN])]


def rolling_back(key: str, current: GenerationInfo | None, target: GenerationInfo, locale: Language) -> ui.LayoutView:
    """Return the question whether an earlier generation is meant to be asked, and what that does."""
    lines = [
        text(
            "Every file of it is checked first. Questions are answered all the while, and from then on out of it: "
            "what was added or changed since will not be found.",
            locale,
        ),
        text("The next `/reindex` brings it up to date again.", locale),
    ]
    if current:
        lines.append("- " + text("Now: {generation}", locale, generation=_told(current, locale)))
    lines.append("- " + text("Then: {generation}", locale, generation=_told(target, locale)))
    presses = [
        Press("confirm", key, text=text("Roll back", locale), style=ButtonStyle.danger),
        Press("decline", key, text=text("Leave it as it is", locale)),
    ]
    return panel(text("Go back to generation {generation}?", locale, generation=target.name), lines, AMBER, presses)


def checking_first(generation: str, locale: Language) -> ui.LayoutView:
    """Return that a rollback has begun, which takes as long as reading every byte of a generation does."""
    lines = [text("Questions are answered meanwhile.", locale)]
    return panel(text("Checking generation {generation} …", locale, generation=generation), lines, BLUE)


def left_alone(locale: Language) -> ui.LayoutView:
    """Return that nothing was done, as was wished."""
    return panel(text("Nothing was changed", locale), [], BLUE)


def damaged(name: str, files: Sequence[str], whole: str | None, locale: Language) -> ui.LayoutView:
    """Return that a generation is damaged, in which files, and which one is asked instead (None where none is whole).

    The button asks whether to roll back to that one for good.
    """
    lines, presses = [], []
    if whole is None:
        lines.append(
            text(
                "There is no earlier one that is whole. A quote that is not word for word what was indexed is never "
                "shown; `/reindex full:True` builds the index anew.",
                locale,
            )
        )
    else:
        lines += [
            text("Questions are answered from generation {generation} for now.", locale, generation=whole),
            text("Roll back to it, or build the index anew with `/reindex full:True`.", locale),
        ]
        label = text("Roll back to {generation}", locale, generation=whole)
        presses.append(Press("roll_back", whole, text=label, style=ButtonStyle.danger))
    # The list comes last: what follows one would look like a part of it. Nothing is escaped between these marks, and
    # nothing but the mark itself acts there.
    lines.append(text("These files are not what was published:", locale))
    lines += [f"- `{clip(one_line(file).replace('`', chr(39)), _FILE_CHARS)}`" for file in files[:_FILES_SHOWN]]
    if len(files) > _FILES_SHOWN:
        lines.append(plural("- and {n} more", "- and {n} more", len(files) - _FILES_SHOWN, locale))
    title = text("Generation {generation} of the index is damaged", locale, generation=name)
    return panel(title, lines, RED, presses)


def _told(info: GenerationInfo, locale: Language) -> str:
    """Return a generation by name, date and size, with what is wrong with it if anything is."""
    parts = [info.name]
    if info.built:
        parts.append(day(info.built[:10], locale))
    parts.append(plural("{n} article", "{n} articles", info.articles, locale))
    if info.damage:
        parts.append(text("damaged", locale))
    return " · ".join(parts)
