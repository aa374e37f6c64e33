"""What speaks for an archive holding the answer to a question: numbers that mean the same in every archive."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.highlights import ReadPassage, sought
from retrieval.search import Found
from retrieval.terms import stems, words
from retrieval.weighing import Weigher

PASSAGES = 5  # that an answer's confidence is judged by
NAMES = ("cosine", "nearest", "covered", "sentence", "lead", "names_missing", "asks_number")


def evidence(found: Sequence[Found], first: ReadPassage, weigher: Weigher) -> dict[str, float]:
    """Return what speaks for the archive holding an answer, by `NAMES`, each between -1 and 2.

    `found` are the best passages, at least one, and `first` is the best of them, read. `cosine` is the highest of
    theirs, `nearest` the best one's own; `covered` is how much of the question's weight the best passage and its title
    hold, `sentence` how much its best sentence does; `lead` is how much nearer the nearest candidate is than the tenth
    nearest, which is large only where something stands out in this archive (0 where there are fewer candidates);
    `names_missing` is the share of the question's words with a capital, but for the first, that the best passage lacks;
    `asks_number` is 1 where a date or a number is asked for, which is easier missed.
    """
    best = found[0].stored
    title = set(stems(best.article.title, best.article.language))
    here = title.union(*first.terms)
    names = _names(weigher.text, best.article.language)
    return {
        "cosine": max(f.dense for f in found),
        "nearest": found[0].dense,
        "covered": weigher.covered(here),
        "sentence": max((weigher.covered(set(terms)) for terms in first.terms), default=0.0),
        "lead": found[0].lead,
        "names_missing": sum(name not in here for name in names) / len(names) if names else 0.0,
        "asks_number": float(sought(weigher.text) == "number"),
    }


def _names(question: str, language: str | None) -> list[str]:
    """Return the terms of the words with a capital, but for the first; none where all have one, or the whole shouts."""
    later = [question[word.start : word.end] for word in words(question)][1:]
    if all(word[0].isupper() for word in later) or question.isupper():
        return []
    return [term for word in later if word[0].isupper() for term in stems(word, language)]
