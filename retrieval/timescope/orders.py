"""Finds where a question asks for the latest or the first that there is."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.timescope.language import Language
from retrieval.timescope.tokens import Tokens
from retrieval.types import Order

_ENDS = frozenset(["", "?", ".", "!"])
_OURS = frozenset(["our", "your", "a", "von"])


def orders(tokens: Tokens, language: Language) -> Iterator[tuple[int, int, Order]]:
    """Yield (first token, token after the last, order), from the left.

    "The latest" of anything is told by the latest articles. "The last" and "the first" of something is a thing of its
    own ("the last king"), so that these count where they are said of articles ("the first report"), of a verb ("when
    did it last flood") or of telling ("when was it first mentioned").
    """
    for at in range(len(tokens)):
        form = tokens.form(at)
        if news := _news(at, tokens, language):
            yield at, at + news, "latest"
        elif _is_latest(at, tokens, language) or (form in language.last_time and _is_last(at, tokens, language)):
            yield at, at + 1, "latest"
        elif _is_first(at, tokens, language):
            yield at, at + 1, "first"
        elif tuple(map(tokens.form, range(at, at + 3))) == language.first_time and _is_told(at, tokens, language):
            yield at, at + 3, "first"


def _news(at: int, tokens: Tokens, language: Language) -> int:
    """Return how many tokens from `at` on ask what is new; 0 for none."""
    for length in (3, 2):
        if tuple(map(tokens.form, range(at, at + length))) in language.news:
            return length
    return 0


def _is_latest(at: int, tokens: Tokens, language: Language) -> bool:
    form, before, following = tokens.form(at), tokens.form(at - 1), tokens.form(at + 1)
    if tokens.named(at) and not language.bare_years:
        return False
    if form in language.recent:  # recent studies are those that were recent to their author
        return before in language.most or following in language.pieces
    if form in language.recently:
        told = any(tokens.form(place) in language.did | language.perfect | language.copula for place in range(at))
        return told or not language.past_pattern.fullmatch(following)  # "the one recently found"
    at_the_latest = before in language.the and tokens.form(at - 2) == "at"
    return form in language.latest and not at_the_latest and following not in language.not_latest


def _is_first(at: int, tokens: Tokens, language: Language) -> bool:
    form = tokens.form(at)
    somebodys = _determined(at, tokens, language) and tokens.form(at - 1) not in _OURS | language.the
    of_pieces = form in language.earliest and tokens.form(at + 1) in language.pieces and not somebodys
    if form in language.earliest and tokens.form(at + 1) in _ENDS and tokens.form(at - 1) in language.the:
        return not language.pieces.isdisjoint(map(tokens.form, range(3)))  # which article on it is the oldest
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
    if following in language.pieces:
        return True
    if following == "time" and tokens.form(at - 1) in language.the:
        return not tokens.named(at + 1)
    if language.bare_years or _determined(at, tokens, language) or not following[:1].isalpha():
        return False
    dated = (language.units, language.months, language.weekdays, language.seasons, language.feasts, language.numbers)
    stem = following.removesuffix("'s")
    if following in language.follow or stem in language.day_parts or any(stem in table for table in dated):
        return False
    if tokens.form(at - 1) in language.asks:
        return True
    auxiliary = language.did | language.perfect | language.copula
    return tokens.form(0) in language.asks | language.asks_how and any(
        tokens.form(place) in auxiliary for place in range(at)
    )


def _determined(at: int, tokens: Tokens, language: Language) -> bool:
    before = tokens.form(at - 1)
    return before in language.determiners or before in language.relations or before.endswith("'s")
