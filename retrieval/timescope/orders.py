"""Finds where a question asks for the latest or the first that there is."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.timescope.language import Language
from retrieval.timescope.tokens import Tokens
from retrieval.types import Order


def orders(tokens: Tokens, language: Language) -> Iterator[tuple[int, int, Order]]:
    """Yield (first token, token after the last, order), from the left.

    "The latest" of anything is told by the latest articles. "The last" and "the first" of something is a thing of its
    own ("the last king"), so that these count where they are said of articles ("the first report"), of a verb ("when did
    it last flood") or of telling ("when was it first mentioned").
    """
    for at in range(len(tokens)):
        form = tokens.form(at)
        if form in language.latest and not (_determined(at, tokens, language) and _at_the(at, tokens)):
            yield at, at + 1, "latest"
        elif form in language.last_time and _is_last(at, tokens, language):
            yield at, at + 1, "latest"
        elif form in language.earliest and tokens.form(at + 1) in language.pieces:
            yield at, at + 1, "first"
        elif form in language.first and not _determined(at, tokens, language):
            told = (tokens.form(at + 1),) if not language.bare_years else map(tokens.form, range(at, len(tokens)))
            if not language.mentioned.isdisjoint(told):
                yield at, at + 1, "first"
        elif (form, tokens.form(at + 1), tokens.form(at + 2)) == ("zum", "ersten", "mal") and language.bare_years:
            if not language.mentioned.isdisjoint(map(tokens.form, range(at, len(tokens)))):
                yield at, at + 3, "first"


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


def _at_the(at: int, tokens: Tokens) -> bool:
    return tokens.form(at - 2) == "at"
