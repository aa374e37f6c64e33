"""Whether a passage says the opposite of what a question asks: it has all the right words but one, or lacks a "not".

"Who was not invited?" finds the sentence on who was, "the largest" the one on the smallest. Nothing that counts words
sees that, and to an encoder the two are near each other. Three signs are looked for, all in the words alone: the
question negates and the sentence does not; the sentence has a word's opposite in its place (the pairs of
`opposites.txt`); the passage has a word without the prefix that turns it round, or with one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from retrieval.terms import stems

_NEGATES = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|without|cannot|fail(?:s|ed|ing|ure)?|except|excluding|"
    r"lack(?:s|ed|ing)?|refus(?:es?|ed|ing|al)|"
    r"nicht|nie|niemals|kein(?:e[mnrs]?)?|niemand|nichts|ohne|weder|"
    r"nunca|ning[uú]n[oa]?s?|nadie|sin|tampoco|jam[aá]s)\b|n['’]t\b",
    re.IGNORECASE,
)
# Prefixes that turn a word round, each with how much must be left of it: "import" is no opposite of "port".
_PREFIXES = {"un": 4, "dis": 4, "non": 4, "anti": 4, "ir": 4, "il": 4, "in": 5, "im": 5}


def contradicts(
    question: str,
    groups: Sequence[Sequence[str]],
    sentence: str,
    own: frozenset[str],
    here: set[str],
    language: str | None,
) -> bool:
    """Whether `sentence`, the passage's best, says the opposite of what is asked, as far as words tell.

    `groups` are the terms of the question's words, `own` those of the sentence, `here` those of the whole passage with
    its title; `language` is the passage's.
    """
    if _NEGATES.search(question) and not _NEGATES.search(sentence):
        return True
    opposites = _opposites((language or "en")[:2])
    return any(
        (own.isdisjoint(group) and any(not own.isdisjoint(opposites.get(term, ())) for term in group))
        or (here.isdisjoint(group) and any(_turned(term, here) for term in group))
        for group in groups
    )


def _turned(term: str, here: set[str]) -> bool:
    """Whether one of the terms `here` is `term` with a prefix that turns it round, or without the one that it has."""
    return any(
        (term.startswith(prefix) and len(term) >= len(prefix) + left and term[len(prefix) :] in here)
        or (len(term) >= left and prefix + term in here)
        for prefix, left in _PREFIXES.items()
    )


@cache
def _opposites(language: str) -> dict[str, frozenset[str]]:
    """Return for each term of a language's pairs those it is the opposite of; none for a language without pairs."""
    found: dict[str, set[str]] = {}
    for line in files("retrieval").joinpath("opposites.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith(f"{language}:"):
            continue
        one, other = line.removeprefix(f"{language}:").split()
        for word, opposite in ((one, other), (other, one)):
            for term in stems(word, language):
                found.setdefault(term, set()).update(stems(opposite, language))
    return {term: frozenset(terms) for term, terms in found.items()}
