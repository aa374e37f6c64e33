"""Where the terms of a text stand in it, found a run of letters at a time: a language's runs are mostly the same few.

A passage is read in this way for every question that it is shown for, so it has to be quick.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from retrieval.terms import plain_word, stem_of, stemmed
from retrieval.types import Span

_RUN = re.compile(r"\S+")  # no word, nor one of two parts, reaches over white space
_LONGEST = 64  # characters of a run that is remembered
_KEPT = 1 << 17  # runs of a language

_Terms = tuple[tuple[str, int, int], ...]


class _Runs(dict[str, _Terms]):
    """The terms of each run of letters that was met in `language`: all are forgotten when there are too many."""

    def __init__(self, language: str | None) -> None:
        self._language = language

    def __missing__(self, run: str) -> _Terms:
        terms = _terms_in(run, self._language)
        if len(run) <= _LONGEST:
            if len(self) >= _KEPT:
                self.clear()
            self[run] = terms
        return terms


def standing(text: str, language: str | None) -> Iterator[tuple[str, int, int]]:
    """Yield (term, start, end) of each term of `text`, in the order of `terms.stemmed`, only quicker."""
    runs = _runs(language)
    for run in _RUN.finditer(text):
        at = run.start()
        for term, start, end in runs[run.group()]:
            yield term, at + start, at + end


def terms_of(text: str, language: str | None) -> frozenset[str]:
    """Return the different terms of `text`, without where they stand."""
    runs = _runs(language)
    return frozenset([term for run in text.split() for term, _, _ in runs[run]])


def places_of(wanted: Collection[str], text: str, language: str | None) -> list[Span]:
    """Return the spans, in order, of those terms of `text` that are `wanted`."""
    runs = _runs(language)
    telling = {run for run in set(text.split()) if any(term in wanted for term, _, _ in runs[run])}
    return [
        (run.start() + start, run.start() + end)
        for run in (_RUN.finditer(text) if telling else ())
        if run.group() in telling
        for term, start, end in runs[run.group()]
        if term in wanted
    ]


def _terms_in(run: str, language: str | None) -> _Terms:
    if plain := plain_word(run):
        stem = stem_of(plain.form, language)
        return ((stem, plain.start, plain.end),) if stem else ()
    return tuple((term, word.start, word.end) for term, word in stemmed(run, language))


@cache
def _runs(language: str | None) -> _Runs:
    return _Runs(language)
