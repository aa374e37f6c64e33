"""All that members see of the commands themselves, before they run any, is in every language that the bot has."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import discord
import pytest
from babel.messages.pofile import read_po
from discord import app_commands
from home import HOME, home
from paced import PacedIndexer

from bot.words import languages

Shown = app_commands.Command | app_commands.Group | app_commands.ContextMenu  # type: ignore[type-arg]


def seen(commands: list[Shown]) -> Iterator[str]:
    for command in commands:
        if isinstance(command, app_commands.ContextMenu):
            yield command.name  # there is nothing else to read of it
        elif isinstance(command, app_commands.Group):
            yield command.description
            yield from seen(list(command.commands))
        else:
            yield command.description
            for parameter in command.parameters:
                yield str(parameter.description)
                yield from (choice.name for choice in parameter.choices)


@pytest.mark.parametrize("language", languages())
async def test_every_command_option_and_menu_is_described_in_the_language(language: str, tmp_path: Path) -> None:
    async with home(tmp_path, PacedIndexer(tmp_path / "data")) as there:
        tree = there.bot.tree
        told = list(seen([*tree.get_commands(), *tree.get_commands(guild=discord.Object(HOME))]))
    assert {"Find in the archive", "Add to the archive", "Ask the archive: it answers with its own passages"} <= {*told}
    with files("bot").joinpath("catalogue", f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    assert [each for each in told if (entry := catalogue.get(each)) is None or not entry.string] == []


@pytest.mark.parametrize("language", languages())
def test_no_message_of_a_catalogue_is_empty_or_only_guessed(language: str) -> None:
    with files("bot").joinpath("catalogue", f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    for entry in catalogue:
        if entry.id:
            assert not entry.fuzzy, entry.id
            assert all([entry.string] if isinstance(entry.string, str) else entry.string or [""]), entry.id
