"""Decides which of the times that a question tells say when something was written.

A time sets a range in two ways. It may be said of writing itself: "articles from 2010", "what did we report in March
2003" (`written`). Or it may date what happened, as an adverb of a question in the past: "what happened in March 2003"
(`happened`): of that an archive mostly writes when it happens, and later only with the date.

It does not where the question is *about* that time, or something that bears it: a year before a noun ("the 2008
election") or tied to one ("the flood of 1953"), what is to come ("planned for 2025"), the present ("what is known of
the storm in 1987", "what happens in 1984"), a relative clause ("the mill that burned down in 1998"), a number of things
("in 1905 flats"), a name ("the Sunday Times"), a quotation. In doubt it does not: a filter that hides the answer is
worse than none.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Literal

from retrieval.timescope.expressions import Expression
from retrieval.timescope.language import Language, some
from retrieval.timescope.tokens import Tokens

Sense = Literal["written", "happened"]
_CLOSING = frozenset(["", ",", "?", ".", "!", ";", ")"])
_DATED_BY_NOW = frozenset(["relative", "trailing", "today"])


class Grammar:
    """The grammar of one question."""

    def __init__(self, tokens: Tokens, language: Language, now: date) -> None:
        self._tokens = tokens
        self._words = language
        self._now = now
        self._forms = [tokens.form(place) for place in range(len(tokens))]

    def sense(self, said: Expression) -> Sense | None:
        """Return how a time sets the range of what is asked for, None where it does not."""
        if self._is_name(said) or (said.after and said.after > self._now):
            return None
        if self._of_pieces(said):
            return "written"
        if self._is_part_of_a_noun(said) or self._is_to_come(said) or self._is_in_a_clause(said):
            return None
        wrote = self._of_writing(said) or ("somewhere" if self._asks_for_pieces(said) else "")
        if not wrote and not self._is_past(said):
            return None
        return "written" if wrote == "by us" else "happened"

    def quotes(self, start: int, end: int) -> bool:
        """Whether the span lies in a quotation or a known name."""
        return any(a < end and start < b for a, b in [*self._tokens.quoted, *self._masked])

    def _is_name(self, said: Expression) -> bool:
        """A quotation, a known name, or a word of time with a capital that only names have."""
        last = said.stated if said.event else said.last - 1  # an event's own name is no reason
        begin, end = self._tokens[said.stated].start, self._tokens[last].end
        if self.quotes(begin, end):
            return True
        follows = self._tokens[said.last]
        if said.kind == "today" and self._form(said.stated - 1) in self._words.the:  # the tonight show
            return True
        if said.kind in _DATED_BY_NOW:
            return self._tokens.named(said.stated) and self._form(said.stated) not in self._words.months
        return said.kind in ("yearless", "weekday") and follows.upper and self._tokens.named(said.last)

    def _of_pieces(self, said: Expression) -> bool:
        """Articles from then, news last week, the March 2003 issue."""
        words, before = self._words, said.first - 1
        if said.relation == "on" and said.kind in ("year", "era"):  # articles on 1968
            return False
        written = self._form(before)
        before -= written in words.wrote and written.endswith(("ed", "en", "t"))
        if self._form(before) in words.pieces or (said.relation == "from" and self._form(before) in words.anything):
            return True
        if said.relation == "from" or (said.relation == "between" and self._form(before) in words.relations):
            before_it = self._forms[: said.first]
            have = words.have in before_it and not words.writers.isdisjoint(before_it)  # what do we have on eels
            return have or not (words.pieces | words.anything).isdisjoint(before_it)
        named_by = words.issues if said.kind == "year" else words.issues | words.editions
        return said.relation in (None, "in", "on") and self._form(said.last) in named_by

    def _is_part_of_a_noun(self, said: Expression) -> bool:
        words, genitive = self._words, self._form(said.last - 1).endswith("'s")
        if genitive or said.relation in ("of", "from", "until") or self._form(said.first - 1) in words.alternative:
            return True  # before or after 1900
        if said.relation is None:
            return not (said.kind in _DATED_BY_NOW or self._is_adverb(said))
        if said.event or said.kind in _DATED_BY_NOW:
            return False
        if said.relation == "over" or (said.relation == "on" and said.kind in ("year", "era")):
            return True
        return self._counts_or_names(said)

    def _counts_or_names(self, said: Expression) -> bool:
        """Whether a noun follows that the figures belong to, or they are a title."""
        following = self._tokens[said.last]
        article = said.stated > said.first + 1
        if said.kind == "weekday" or (said.kind == "dated" and not article):
            return following.form in (":", "(")
        if self._words.bare_years:
            return following.upper
        by_somebody = following.form == "by" and self._tokens[said.last + 1].upper  # in 1984 by George Orwell
        return by_somebody or not (following.form in self._words.follow or following.form in _CLOSING)

    def _is_adverb(self, said: Expression) -> bool:
        """German dates without a preposition: "Was geschah 2003?", and not "die Wahl 2003", "2003 Häuser"."""
        before, following = self._tokens[said.first - 1], self._tokens[said.last]
        if not self._words.bare_years or said.kind not in ("year", "dated") or not before.form[:1].isalpha():
            return False
        verb = before.form in self._words.past_forms | self._words.subjects or self._words.past_pattern.fullmatch(
            before.form
        )
        return bool(verb) and not following.upper

    def _is_to_come(self, said: Expression) -> bool:
        words, forms = self._words, self._forms
        if self._form(said.first - 1) in words.life or not words.to_come.isdisjoint(forms):
            return True
        return any(
            form in words.planned and self._form(place - 1) not in words.determiners
            for place, form in enumerate(forms[: said.first])
        )

    def _is_in_a_clause(self, said: Expression) -> bool:
        """Whether the time belongs to a clause that describes something: "the mill (that was) built in 1850"."""
        words = self._words
        for place in range(1, said.first):
            form, before = self._form(place), self._form(place - 1)
            opens = before[:1].isalpha() and before not in words.relations and before not in _ASKING
            if form in words.relative and opens and not self._of_pieces_at(place - 1):
                return True
            if self._words.bare_years and before == "," and form in words.the:
                return True
        participle = said.first - 1
        if not self._is_past_form(participle):
            return False
        earlier = [place for place in range(participle) if self._is_past_form(place)]
        if not earlier or earlier[-1] == participle - 1:  # was built, had closed
            return False
        asks = self._form(earlier[-1] - 1)
        inverted = self._form(earlier[-1]) in words.copula and (asks == "" or asks in words.asks_how)
        return not inverted and self._form(participle - 1) not in words.conjunction

    def _of_pieces_at(self, place: int) -> bool:
        return self._form(place) in self._words.pieces

    def _of_writing(self, said: Expression) -> Literal["by us", "somewhere", ""]:
        """Whether the question asks what was written: by the archive's own writers, or in the passive."""
        words, forms = self._words, self._forms
        places = [
            i for i, form in enumerate(forms[: said.first] if not words.bare_years else forms) if form in words.wrote
        ]
        if not places or not words.relative.isdisjoint(forms[1 : places[0]]):
            return ""
        before = forms[: places[-1]]
        if not words.writers.isdisjoint(before):
            return "by us"
        passive = forms[0] == "what" or not words.anything.isdisjoint(before)
        return "somewhere" if passive and self._form(places[-1] - 1) in words.passive else ""

    def _asks_for_pieces(self, said: Expression) -> bool:
        """Whether articles are asked for, whatever they are about: "how many articles are there on eels in 2021"."""
        words, before = self._words, self._forms[: said.first]
        many = {form for form in before if form in words.pieces and (words.bare_years or form[-1] in "se")}
        return bool(many) and said.relation is not None and words.relative.isdisjoint(before[1:])

    def _is_past(self, said: Expression) -> bool:
        """Whether what is asked lies in the past; where the question has no verb, whether the date alone says so."""
        words, outside = self._words, [*self._forms[: said.first], *self._forms[said.last :]]
        present = not words.present.isdisjoint(outside) or self._present_after_who
        present = present and words.did.isdisjoint(outside)  # "what did he do"
        perfect = not words.perfect.isdisjoint(outside)
        past = any(form in words.past_forms or words.past_pattern.fullmatch(form) for form in outside)
        if said.relation == "since":
            return True  # whatever is so since then was written since then
        if present and not (past and self._form(0) in _ASKING):
            return False
        if said.kind in _DATED_BY_NOW:
            return past or perfect
        if perfect and said.relation != "after":
            return not words.wrote.isdisjoint(outside)  # "what has she written in 2021" is what she wrote then
        return past or (said.kind not in ("yearless", "weekday") and said.relation is not None)

    @cached_property
    def _present_after_who(self) -> bool:
        """Who stars in, what happens to: an s that no past has."""
        verb = self._form(1)
        asked = self._form(0) in self._words.asks and not self._words.bare_years
        other = self._words.past_forms | self._words.perfect  # was, has
        return asked and verb.endswith("s") and verb not in other and self._form(0) != "which"

    @cached_property
    def _masked(self) -> list[tuple[int, int]]:
        return [match.span() for match in self._words.names.finditer(self._tokens.text)]

    def _is_past_form(self, place: int) -> bool:
        form = self._form(place)
        return form in self._words.past_forms or bool(self._words.past_pattern.fullmatch(form))

    def _form(self, place: int) -> str:
        return self._tokens.form(place)


# After these, "who" and "what" begin a question, and "tell" asks for what is past as well.
_ASKING = some("tell me us know say explain describe summarise summarize recap show list and or but")
