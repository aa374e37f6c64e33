"""What speaks for an archive holding the answer to a question: numbers that mean the same in every archive."""

from __future__ import annotations

import math
from collections.abc import Sequence

from retrieval.contradictions import contradicts
from retrieval.highlights import ReadPassage, sought
from retrieval.search import Found
from retrieval.terms import stems, words
from retrieval.weighing import Weigher

PASSAGES = 5  # that an answer's confidence is judged by
NAMES = (
    "cosine", "covered", "sentence", "lead", "names_missing", "asks_number", "follows", "contradicted", "length",
    "foreign",
)  # fmt: skip
_LONG = math.log(1000)  # characters of a long sentence: what `length` is told in


def evidence(
    found: Sequence[Found], first: ReadPassage, weigher: Weigher, *, follows: bool = False, foreign: bool = False
) -> dict[str, float]:
    """Return what speaks for the archive holding an answer, by `NAMES`, each between -1 and 2.

    `found` are the best passages, at least one, and `first` is the best of them, read. `cosine` is the highest of
    theirs; `covered` is how much of the question's weight the best passage and its title hold, `sentence` how much its
    best sentence does, `length` how long that one is, on a scale of logarithms: a long one holds many words by chance.
    `lead` is how much nearer the nearest candidate is than the tenth nearest, which is large only where something
    stands out in this archive (0 where there are fewer candidates); `names_missing` is the share of the question's
    words with a capital, but for the first, that the best passage lacks; `asks_number` is 1 where a date or a number is
    asked for, which is easier missed; `contradicted` where the best sentence says the opposite (`contradictions`);
    `follows` where the question took its subject from an earlier one, `foreign` where the encoder was not trained for
    its language, so that all cosines are low.
    """
    best = found[0].stored
    language = best.article.language
    title = set(stems(best.article.title, language))
    here = title.union(*first.terms)
    names = _names(weigher.text, language)
    held = [weigher.covered(terms) for terms in first.terms]
    at = max(range(len(held)), key=lambda i: (held[i], -i), default=None)
    sentence, own = ("", frozenset[str]()) if at is None else (first.text[slice(*first.sentences[at])], first.terms[at])
    return {
        "cosine": max(f.dense for f in found),
        "covered": weigher.covered(here),
        "sentence": max(held, default=0.0),
        "lead": found[0].lead,
        "names_missing": sum(name not in here for name in names) / len(names) if names else 0.0,
        "asks_number": float(sought(weigher.text) == "number"),
        "follows": float(follows),
        "contradicted": float(contradicts(weigher.text, weigher.groups, sentence, own, here, language)),
        "length": min(math.log(1 + len(sentence)) / _LONG, 2.0),
        "foreign": float(foreign),
    }


def _names(question: str, language: str | None) -> list[str]:
    """Return the terms of the words with a capital, but for the first; none where all have one, or the whole shouts."""
    later = [question[word.start : word.end] for word in words(question)][1:]
    if all(word[0].isupper() for word in later) or question.isupper():
        return []
    return [term for word in later if word[0].isupper() for term in stems(word, language)]
