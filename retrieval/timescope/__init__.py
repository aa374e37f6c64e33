"""Time in questions: which of their words say when what is asked for was written.

`understand_time` reads them by rules, in English and German. It knows nothing of an archive: whether a range is
followed, and what happens where nothing is from then, stands in `retrieval.dated`. The parts: `tokens`, the calendar
(`spans`), the words of each language, dates (`values`), dates with their prepositions (`expressions`), what they date
(`grammar`), "the latest" (`orders`), and the dates that articles state (`mentions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from retrieval.timescope.english import ENGLISH
from retrieval.timescope.expressions import expressions
from retrieval.timescope.german import GERMAN
from retrieval.timescope.grammar import Grammar
from retrieval.timescope.language import Language
from retrieval.timescope.orders import orders
from retrieval.timescope.tokens import Tokens
from retrieval.types import Order, Understood

LANGUAGES = (ENGLISH, GERMAN)
_LONGEST = 2_000  # characters that are read: time stands in questions, not in whole articles pasted into one
_YEAR = re.compile(r"\d")
_STATED = frozenset(["year", "era", "dated", "yearless"])


@dataclass(frozen=True, slots=True)
class TimeScope:
    """The time that a question sets: `understood` holds what says so, in the order of the question.

    `bare` is the question without the words that set a range; what orders ("latest") stays in it. `topic` is whether
    that asks for anything: "what happened in March 2003" does not.
    """

    question: str
    understood: tuple[Understood, ...] = ()
    bare: str = ""
    topic: bool = True

    @property
    def after(self) -> date | None:
        """The first day asked for: the latest of all that are set, or the earliest where they exclude each other."""
        return self._range()[0]

    @property
    def before(self) -> date | None:
        """The day after the last asked for; see `after`."""
        return self._range()[1]

    @property
    def order(self) -> Order | None:
        """What is preferred among what is relevant; None where nothing or both is."""
        found = {each.order for each in self.understood if each.order}
        return found.pop() if len(found) == 1 else None

    @property
    def written(self) -> bool:
        """Whether a range is set, and all that sets it is said of writing."""
        ranges = [each for each in self.understood if each.after or each.before]
        return bool(ranges) and all(each.written for each in ranges)

    def _range(self) -> tuple[date | None, date | None]:
        ranges = [each for each in self.understood if each.after or each.before]
        after = max((each.after for each in ranges if each.after), default=None)
        before = min((each.before for each in ranges if each.before), default=None)
        if after and before and after >= before:  # "in 2003 and in 2008": from the one to the other
            after = min(each.after or date.min for each in ranges)
            before = max(each.before or date.max for each in ranges)
        return after, before


def understand_time(question: str, now: date, literally: Sequence[str] = ()) -> TimeScope:
    """Return the time that a question sets; "last week" is relative to `now`.

    Expressions whose text is among `literally` are left alone. Only the first 2,000 characters are read. Never raises
    on any text.
    """
    text = question[:_LONGEST]
    if not (_YEAR.search(text) or _any_seed().search(text)):
        return TimeScope(question, bare=question)
    tokens = Tokens(text)
    language = _language(tokens)
    grammar = Grammar(tokens, language, now)
    found: list[Understood] = []
    told = list(expressions(tokens, language, now))
    stated = any(said.kind in _STATED for said in told)
    for said in told:
        # "On a Saturday in June 2017" is not the Saturday before now.
        sense = grammar.sense(said) if said.kind != "weekday" or not stated else None
        if sense:
            start, end = tokens[said.first].start, tokens[said.last - 1].end
            found.append(Understood(text[start:end], start, end, said.after, said.before, written=sense == "written"))
    for first, last, order in orders(tokens, language):
        start, end = tokens[first].start, tokens[last - 1].end
        if not grammar.quotes(start, end) and all(end <= each.start or each.end <= start for each in found):
            found.append(Understood(text[start:end], start, end, order=order))
    kept = sorted((each for each in found if each.text not in literally), key=lambda each: each.start)
    bare = _without(question, kept)
    return TimeScope(question, tuple(kept), bare, _has_topic(bare, language))


def _without(question: str, understood: Sequence[Understood]) -> str:
    """Return a question without what sets its range; with it, where no word would be left."""
    bare = question
    for each in reversed(understood):
        if each.order is None:
            bare = bare[: each.start] + " " + bare[each.end :]
    bare = re.sub(r"\s+(?=[?.!,;:])", "", re.sub(r"\s+", " ", bare)).strip().lstrip(" ,;:")
    return bare if any(char.isalnum() for char in bare) else question


def _language(tokens: Tokens) -> Language:
    """Return the language that more of a question's small words are of; English where that is even."""
    forms = {tokens.form(place) for place in range(len(tokens))}
    return max(LANGUAGES, key=lambda language: len(forms & _small_words(language)))


def _has_topic(bare: str, language: Language) -> bool:
    tokens = Tokens(bare[:_LONGEST])
    hollow = (
        language.hollow | language.pieces | language.wrote | language.writers | language.anything | language.perfect
    )
    return any(
        form[0].isalnum() and form not in _small_words(language) and form not in hollow
        for form in (tokens.form(place) for place in range(len(tokens)))
    )


@cache
def _small_words(language: Language) -> frozenset[str]:
    own = language.follow | language.the | language.of | language.pieces | language.this | language.last
    own |= language.whole_days.keys() | language.asks | language.asks_how | language.relations.keys()
    return own | language.latest | language.past_forms | language.present


@cache
def _any_seed() -> re.Pattern[str]:
    """Return what a question holds that sets a time, if it holds no figure."""
    words: set[str] = set()
    for language in LANGUAGES:
        words |= (
            language.seeds
            | language.latest
            | language.recent
            | language.recently
            | language.last_time
            | language.first
            | language.earliest
            | {form for forms in language.news for form in forms if form.startswith("ne")}
        )
        words |= language.today | language.ordinals.keys()
    return re.compile(rf"\b(?:{'|'.join(sorted(words - {'a', 'an'}, key=lambda word: (-len(word), word)))})\b", re.I)
