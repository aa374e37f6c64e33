"""What the bot says is said in every language that it has, and in English to everybody else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

import discord
import pytest
from babel.messages.pofile import read_po
from discord import app_commands
from discord.app_commands import TranslationContext, TranslationContextLocation, locale_str

import bot
from bot.words import CatalogueTranslator, day, languages, marked, number, percent, plural, text

SOURCES = sorted(Path(bot.__file__).parent.rglob("*.py"))
SAYING = {"text": 1, "marked": 1, "plural": 2}


def said() -> Iterator[tuple[str, ...]]:
    """Yield every message that the bot's code puts into words, with its plural where it has one."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                told = node.args[: SAYING[node.func.id]]
                if all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in told):
                    yield tuple(str(one.value) for one in told if isinstance(one, ast.Constant))
                elif path.name != "words.py" and node.func.id == "plural":
                    raise AssertionError(f"{path.name}:{node.lineno} says something that is not spelt out")


def described() -> Iterator[str]:
    """Yield the names and descriptions that the commands' decorators are given."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "description" and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


MESSAGES = sorted(set(said()))


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_has_every_message_and_no_other_placeholders(language: str) -> None:
    with files("bot").joinpath("catalogue", f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    missing = []
    for message in MESSAGES:
        entry = catalogue.get(message[0] if len(message) == 1 else message)
        told = [] if entry is None else [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
        if not told or not all(told):
            missing.append(message[0])
            continue
        for one in told:
            assert _names(one) <= _names(message[-1]) | _names(message[0]), one
            assert (one.count("**") % 2, one.count("`") % 2) == (0, 0)
    missing += [each for each in described() if catalogue.get(each) is None]
    assert missing == []


def test_german_is_one_of_the_languages() -> None:
    assert "de" in languages()


def test_a_language_without_a_catalogue_is_answered_in_english() -> None:
    for locale in ("fr", discord.Locale.japanese, "en-US", None, "nonsense"):
        assert text("Delete", locale) == "Delete"
    for locale in ("de", discord.Locale.german, "de-AT"):
        assert text("Delete", locale) == "Löschen"


def test_values_are_put_in_and_a_missing_one_is_an_error() -> None:
    assert text("by {name}", "de", name="{A}") == "von {A}"
    with pytest.raises(KeyError):
        text("by {name}", "de", other=1)
    assert text("by {name}") == marked("by {name}")


def test_plurals_numbers_and_dates_are_the_languages_own() -> None:
    assert plural("{n} word", "{n} words", 1, "de") == "1 Wort"
    assert plural("{n} word", "{n} words", 1234, "de") == "1.234 Wörter"
    assert plural("{n} word", "{n} words", 1234, "en-US") == "1,234 words"
    assert (number(1234567, "de"), percent(0.876, "de"), percent(0.876, "fr")) == ("1.234.567", "88 %", "88%")
    assert [day(known, "de") for known in ("2021", "2021-09", "2021-09-07")] == [
        "2021", "September 2021", "7. September 2021"
    ]  # fmt: skip
    assert [day(known) for known in ("0079", "2021-09", "2021-09-07")] == ["79", "September 2021", "7 September 2021"]


async def test_commands_are_translated_out_of_the_same_catalogue() -> None:
    translator = CatalogueTranslator()

    @app_commands.command(name="x", description="How to ask")
    async def command(interaction: discord.Interaction) -> None: ...

    context: TranslationContext[Any, Any] = TranslationContext(TranslationContextLocation.command_description, command)
    assert await translator.translate(locale_str("How to ask"), discord.Locale.german, context) == "Wie man fragt"
    assert await translator.translate(locale_str("How to ask"), discord.Locale.french, context) is None
    assert await translator.translate(locale_str("not in it"), discord.Locale.german, context) is None


def _names(message: str) -> set[str]:
    assert not re.search(r"\{[^a-z_]", message)
    return {name for _, name, _, _ in Formatter().parse(message) if name}
