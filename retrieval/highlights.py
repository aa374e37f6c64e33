"""Which sentences of a passage answer: those that hold most of what the question's words weigh, and what it asks for.

A passage is split and stemmed once, as a `ReadPassage`, from which its marks are taken and its answer is judged.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from retrieval.marking import places_of, standing, terms_of
from retrieval.sentences import sentence_spans
from retrieval.types import Span
from retrieval.weighing import Weigher

BESIDE = 0.15  # what a word that only the sentence beside has counts: "he" and "it" stand for names there
SOUGHT = 0.1  # what it counts that a sentence has the kind of thing that is asked for
SECOND = 0.75  # of the best sentence's worth: from there the one beside it is marked too

_ASKS = {
    "number": re.compile(
        r"\b(?:when|how (?:many|much|long|old|far|fast|high|tall|big)|(?:what|which) (?:year|date|day|time|month)|wann|"
        r"wie ?viele?|wie (?:lange|alt|weit|hoch)|welche[ms] jahr|cuándo|cuánt[oa]s?|qué año|quand|combien|quando|"
        r"quant[oiae]s?|wanneer|hoeveel)\b",
        re.I,
    ),
    "person": re.compile(r"\b(?:who|whom|whose|wer|wen|wem|wessen|quién|quiénes|wie is|chi)\b", re.I),
    "place": re.compile(
        r"\b(?:where|(?:what|which) (?:country|city|town|state|place|county|river|region)|wo|woher|wohin|dónde|où|dove|"
        r"waar)\b",
        re.I,
    ),
}
_HAS = {
    "number": re.compile(
        r"\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
        r"eighty|ninety|hundred|"
        r"thousand|million|billion|half|twice|dozen|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|"
        r"february|march|april|june|july|august|september|october|november|december|century)\b",
        re.I,
    ),
    # A capital that no sentence's beginning asks for, or two words with one.
    "person": re.compile(r"(?<=[^\W\d_,;:)»”’'] )[A-Z][\w’'-]+|(?:[A-Z][\w’'.-]+ )+[A-Z][\w’'-]+"),
    "place": re.compile(
        r"\b(?:in|at|near|from|to|of|on|outside|into|across|through|around|en|nach|aus|bei|à|op)\s+(?:the\s+|den?\s+|"
        r"der\s+|la\s+|el\s+)?[A-Z]\w+"
    ),
}


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage's text with the spans of its sentences, each one's terms, and the spans of the question's words."""

    text: str
    sentences: tuple[Span, ...]
    terms: tuple[frozenset[str], ...]
    matches: tuple[Span, ...]


def read_passage(text: str, language: str | None, weigher: Weigher) -> ReadPassage:
    """Split and stem `text`, in `language`, for the question that `weigher` knows."""
    spans = sentence_spans(text, language)
    if all(end < start for (_, end), (start, _) in pairwise(spans)):  # no word reaches over the white space between
        return _read_apart(text, language, weigher, spans)
    starts = [start for start, _ in spans]
    terms: list[set[str]] = [set() for _ in spans]
    matches = []
    for term, start, end in standing(text, language):
        terms[bisect_right(starts, start) - 1].add(term)
        if weigher.knows(term):
            matches.append((start, end))
    return ReadPassage(text, tuple(spans), tuple(map(frozenset, terms)), _disjoint(matches))


def _read_apart(text: str, language: str | None, weigher: Weigher, spans: Sequence[Span]) -> ReadPassage:
    """Read sentences one by one: where words stand is only looked for in those that hold some of the question's."""
    sentences = [text[start:end] for start, end in spans]
    terms = tuple(terms_of(sentence, language) for sentence in sentences)
    matches = [
        (at + start, at + end)
        for sentence, own, (at, _) in zip(sentences, terms, spans, strict=True)
        if not own.isdisjoint(weigher.terms)
        for start, end in places_of(weigher.terms, sentence, language)
    ]
    return ReadPassage(text, tuple(spans), terms, _disjoint(matches))


def _disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return `spans` in order, with one for those that overlap: a word of two parts is known by itself and by them."""
    merged: list[Span] = []
    for start, end in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


@lru_cache(maxsize=256)
def sought(question: str) -> str | None:
    """Return what a question asks for: "number" (a date too), "person" or "place"; None for anything else."""
    return next((kind for kind, asks in _ASKS.items() if asks.search(question)), None)


def best_sentences(read: ReadPassage, weigher: Weigher) -> tuple[Span, ...]:
    """Return the spans of the one or two sentences that answer, in order; none where none has a word of the question.

    A sentence is worth the share of the question's weight that it holds, `BESIDE` of what only the one before or after
    it adds, and `SOUGHT` where it has the person, place, date or number that is asked for and the question does not
    name. The better of the two beside the best is marked with it where it is nearly as good, or has the number that is
    asked for and the best has not.
    """
    held = [weigher.held(terms) for terms in read.terms]
    own = [weigher.share(words) for words in held]
    if not own or max(own) <= 0:
        return ()
    kind = sought(weigher.text)

    def has(i: int) -> bool:
        return kind is not None and _new(kind, read.text[slice(*read.sentences[i])], weigher.text)

    def beside(i: int) -> float:
        """How much more of the question the sentences beside the one at `i` hold, each by itself."""
        around = [j for j in (i - 1, i + 1) if 0 <= j < len(held)]
        return sum(BESIDE * (weigher.share(held[i] | held[j]) - own[i]) for j in around)

    worth = [share + SOUGHT * has(i) + beside(i) if share else 0.0 for i, share in enumerate(own)]
    best = max(range(len(worth)), key=lambda i: (worth[i], -i))
    near = [i for i in (best + 1, best - 1) if 0 <= i < len(worth)]
    second = [i for i in sorted(near, key=lambda i: -worth[i])[:1] if worth[i] > SECOND * worth[best]]
    if not second and kind == "number" and not has(best):
        second = [i for i in near if has(i)][:1]
    return tuple(read.sentences[i] for i in sorted([best, *second]))


def _new(kind: str, sentence: str, question: str) -> bool:
    """Whether `sentence` has something of `kind` that the question does not name itself."""
    asked = question.casefold()
    found: Sequence[str] = _HAS[kind].findall(sentence)
    return any(thing.casefold() not in asked for thing in found)
