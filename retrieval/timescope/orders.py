"""Finds where a question asks for the latest or the first that there is."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.timescope.language import Language
from retrieval.timescope.tokens import Tokens
from retrieval.types import Order


def orders(tokens: Tokens, language: Language) -> Iterator[tuple[int, int, Order]]:
    """Yield (first token, token after the last, order), from the left.

    "The latest" of anything is told by the latest articles. "The last" and "the first" of something is a thing of its
    own ("the last king"), so that these count where they are said of articles ("the first report"), of a verb ("when
    did it last flood") or of telling ("when was it first mentioned").
    """
    for at in range(len(tokens)):
        form = tokens.form(at)
        if _is_latest(at, tokens, language) or (form in language.last_time and _is_last(at, tokens, language)):
            yield at, at + 1, "latest"
        elif _is_first(at, tokens, language):
            yield at, at + 1, "first"
        elif tuple(map(tokens.form, range(at, at + 3))) == language.first_time and _is_told(at, tokens, language):
            yield at, at + 3, "first"


def _is_latest(at: int, tokens: Tokens, language: Language) -> bool:
    at_the_latest = tokens.form(at - 1) in language.the and tokens.form(at - 2) == "at"
    return tokens.form(at) in language.latest and not at_the_latest


def _is_first(at: int, tokens: Tokens, language: Language) -> bool:
    form = tokens.form(at)
    of_pieces = form in language.earliest and tokens.form(at + 1) in language.pieces
    if form in language.first and tokens.form(at + 1) == "time":
        return not language.mentioned.isdisjoint(map(tokens.form, range(at, len(tokens))))
    told = form in language.first and not _determined(at, tokens, language) and _is_told(at, tokens, language)
    return of_pieces or told


def _is_told(at: int, tokens: Tokens, language: Language) -> bool:
    """Whether a verb of telling follows: at once, or at the end, where German has it."""
    end = len(tokens) if language.bare_years else at + 2
    return not language.mentioned.isdisjoint(map(tokens.form, range(at, end)))


def _is_last(at: int, tokens: Tokens, language: Language) -> bool:
    following = tokens.form(at + 1)
    if following in language.pieces or (following == "time" and tokens.form(at - 1) in language.the):
        return True
    if language.bare_years or _determined(at, tokens, language) or not following[:1].isalpha():
        return False
    dated = (language.units, language.months, language.weekdays, language.seasons, language.feasts, language.numbers)
    stem = following.removesuffix("'s")
    if following in language.follow or stem in language.day_parts or any(stem in table for table in dated):
        return False
    return tokens.form(0) in language.asks | language.asks_how and tokens.form(at - 1) != ""


def _determined(at: int, tokens: Tokens, language: Language) -> bool:
    before = tokens.form(at - 1)
    return before in language.determiners or before in language.relations or before.endswith("'s")
