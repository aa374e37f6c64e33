"""Choosing from a short list while typing."""

from __future__ import annotations

from collections.abc import Iterable

from discord.app_commands import Choice

from bot.limits import CHOICE_CHARS, CHOICES, clip, one_line


def offer(candidates: Iterable[tuple[str, str]], typed: str) -> list[Choice[str]]:
    """Return at most 25 of (text, value) pairs whose text holds what was typed, those that begin with it first.

    Values have to be as short as Discord takes them: 100 characters.
    """
    wanted = typed.casefold().strip()
    found = [(clip(one_line(shown), CHOICE_CHARS) or value, value) for shown, value in candidates]
    matching = [(shown, value) for shown, value in found if wanted in shown.casefold()]
    matching.sort(key=lambda pair: not pair[0].casefold().startswith(wanted))
    return [Choice(name=shown, value=value) for shown, value in matching[:CHOICES]]
