"""A text as words, numbers and marks, with their places: what the grammar of time is read from."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

# Dates in figures and numbers with separators are one token each; a genitive ("year's") is part of its word.
_TOKEN = re.compile(
    r"\d{4}-\d{2}(?:-\d{2})?(?![-\d])|\d+(?:[.,:/]\d+)+|['’]?\d+(?:er|st|nd|rd|th|s)?(?![^\W_])|\d+"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\s]"
)
_QUOTED = re.compile(r'"[^"]*"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|‘[^‘’]{3,}’')


class Token(NamedTuple):
    """A word, number or mark: in lower case, and its span in the text."""

    form: str
    start: int
    end: int
    upper: bool  # begins with a capital


NOTHING = Token("", 0, 0, False)


class Tokens:
    """The tokens of one text. Beyond either end there is an empty one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._all = [
            Token(match[0].lower().replace("’", "'"), match.start(), match.end(), match[0][0].isupper())
            for match in _TOKEN.finditer(text)
        ]

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, place: int) -> Token:
        return self._all[place] if 0 <= place < len(self._all) else NOTHING

    def form(self, place: int) -> str:
        """Return the lower-case form at `place`, empty beyond the ends."""
        return self[place].form

    def named(self, place: int) -> bool:
        """Whether a word has a capital that a name has: it neither begins a sentence nor is one of a headline."""
        return self[place].upper and self.form(place - 1) not in ("", ".", "?", "!") and not self._headline

    @cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """The spans between quotation marks."""
        return [match.span() for match in _QUOTED.finditer(self.text)]

    @cached_property
    def _headline(self) -> bool:
        long = [token for token in self._all if len(token.form) > 3 and token.form.isalpha()]
        return self.text.isupper() or (len(long) > 2 and all(token.upper for token in long))
