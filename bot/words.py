"""Everything that the bot says, in the language of whoever reads it.

The English text is the message's id, as gettext has it. `catalogue/<language>.po` holds a language; a further one is a
further file. Values are put in as they are: what comes from an article is escaped by the caller.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from io import BytesIO

from discord import Locale
from discord.app_commands import TranslationContextTypes, Translator, locale_str

Language = Locale | str | None


def marked(message: str) -> str:
    """Return `message` as it is: marks it for the catalogue where it is only put into words later."""
    return message


def text(message: str, locale: Language = None, /, **values: object) -> str:
    """Return `message` in the language of `locale`, English where there is none, with `{names}` replaced by `values`.

    Raises KeyError for a name that has no value.
    """
    told = _catalogue(_language(locale)).gettext(message)
    return told.format_map(values) if values else told


def plural(one: str, many: str, n: int, locale: Language = None, /, **values: object) -> str:
    """Return the form that goes with `n`, which `{n}` stands for in it."""
    told = _catalogue(_language(locale)).ngettext(one, many, n)
    return told.format_map({"n": number(n, locale), **values})


def number(n: int, locale: Language = None) -> str:
    """Return a whole number with the language's digit groups."""
    from babel.numbers import format_decimal

    return format_decimal(n, locale=_babel(locale))


def percent(share: float, locale: Language = None) -> str:
    """Return a share between 0 and 1 as a whole percentage."""
    from babel.numbers import format_percent

    return format_percent(round(share, 2), "#,##0 %" if _babel(locale) == "de" else "#,##0%", locale=_babel(locale))


def day(published: str, locale: Language = None) -> str:
    """Return an ISO 8601 date as it is read, to the precision known: `7 September 2021`, `September 2021`, `2021`."""
    from babel.dates import format_date

    year, *rest = published.split("-")
    if not rest:
        return year.lstrip("0") or year
    known = date(int(year), int(rest[0]), int(rest[1]) if len(rest) > 1 else 1)
    day_pattern = "d. MMMM y" if _babel(locale) == "de" else "d MMMM y"
    return format_date(known, day_pattern if len(rest) > 1 else "LLLL y", locale=_babel(locale))


def short_month(published: str, locale: Language = None) -> str:
    """Return the month of an ISO 8601 date as it is written where there is little room: `Sep 2021`."""
    from babel.dates import format_date

    year, month, *_ = published.split("-")
    return format_date(date(int(year), int(month), 1), "LLL y", locale=_babel(locale))


def language_names(codes: Sequence[str], locale: Language = None) -> str:
    """Return the names of languages as a list that is read: `English and German`; a code where no name is known."""
    from babel import Locale as Babel
    from babel.lists import format_list

    names = Babel(_babel(locale)).languages
    return format_list([names.get(code.split("-")[0].lower(), code) for code in codes], locale=_babel(locale))


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that there is a catalogue of; English needs none."""
    found = (entry.name for entry in files("bot").joinpath("catalogue").iterdir())
    return tuple(sorted(name.removesuffix(".po") for name in found if name.endswith(".po")))


class CatalogueTranslator(Translator):
    """Gives discord.py the commands' names and descriptions out of the same catalogue as everything else."""

    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        """Return the translation, None where the catalogue has none."""
        told = _catalogue(_language(locale)).gettext(string.message)
        return told if told != string.message else None


@cache
def _language(locale: Language) -> str:
    """Return the code of the catalogue that serves a locale, `en` where none does."""
    code = str(locale or "en")
    known = languages()
    return next((name for name in (code.replace("-", "_"), code.split("-", maxsplit=1)[0]) if name in known), "en")


def _babel(locale: Language) -> str:
    """Return the locale that numbers and dates are written in: that of the words around them."""
    language = _language(locale)
    return "en_GB" if language == "en" else language


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with files("bot").joinpath("catalogue", f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
