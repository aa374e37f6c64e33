"""Questions that follow another: does one lean on what was asked before, and what does it take from there?

A question leans on those before it where it says so ("and who built it?"), where it has hardly a word of its own
("how tall?"), or where it stays with the subject without naming another. It is then searched with its own words first:
the words of earlier questions count less the older they are, and its vector is mixed with those of the conversation.
A question that stands by itself is searched as if nothing had been asked before. Of a short one that could be either
("who won the marathon?") the archive decides: see `retrieval.standing`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from retrieval.encoders import Encoder
from retrieval.index import Index
from retrieval.search import MAX_QUESTION, Question, understand
from retrieval.standing import stands_alone
from retrieval.terms import Word, stems, stop_words, words
from retrieval.types import Answer

# Words of earlier questions, by how many questions ago: the one before, the one before that, all older ones. And the
# vectors of (the one before + this) and of all of them together, this question's own being 1. Chosen on mtrag-un among
# 48 settings, in five folds of its conversations: README, "Follow-ups".
TERM_WEIGHTS = (0.5, 0.25, 0.15)
LAST_TWO, ALL = 1.0, 0.7
MAX_TURNS = 10  # the encoder reads some 250 words: what was asked longer ago says little about what is asked now

_SAME_SUBJECT = 0.3  # cosine of two questions that share one
_OWN_WORDS = 4  # a question of so many words or fewer, none of them a new name, may still be about the same
_RESOLVED = 3  # words before a pronoun, from which on it is taken to mean one of them

_BEGINS = re.compile(
    r"\W*(?:and|but|or|so|also|then|what about|how about|plus|besides|moreover|why not|again|ok(?:ay)?|yes|no|got it|"
    r"i see|thanks?|thank you|"
    r"und|aber|oder|also|auch|dann|außerdem|was ist mit|wie (?:sieht|steht) es mit|warum nicht|ja|nein|danke)\b",
    re.IGNORECASE,
)
_THERE_IS = re.compile(
    r"\b(?:is|are|was|were|be|been)\s+there\b|\bthere\s+(?:is|are|was|were|has|have|will|any)\b", re.IGNORECASE
)
_IT_IS = re.compile(  # where "it" stands for what comes after it
    r"\b(?:is|was|does|did|will|would|can)\s+it\s+(?:\w+\s+)?(?:to|that|like to|take|cost to)\b"
    r"|\bit\s+(?:is|was|takes?|took|costs?|rains?|snows?)\s+(?:\w+\s+)?(?:to|that)\b"
    r"|\b(?:gibt|gab|gäbe|geht|handelt|ging)\s+es\b|\bes\s+(?:gibt|gab|heißt)\b",
    re.IGNORECASE,
)


def turns_of(previous: Answer | str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the questions asked before, oldest first: of an answer, its own and those that it followed."""
    if previous is None:
        return ()
    if isinstance(previous, Answer):
        return (*previous.earlier, previous.question)
    return (previous,) if isinstance(previous, str) else tuple(previous)


def in_context(
    question: Question,
    earlier: Sequence[str],
    encoder: Encoder,
    languages: tuple[str, ...],
    index: Index | None = None,
) -> tuple[Question, tuple[str, ...]]:
    """Return a question with what it takes from the `earlier` ones (oldest first), and which these are.

    Where it stands by itself, it comes back as it was, with none. Earlier ones without a word are passed over. Without
    an `index`, a short question that could be either leans.
    """
    turns = tuple(turn[:MAX_QUESTION] for turn in earlier if any(words(turn[:MAX_QUESTION])))[-MAX_TURNS:]
    if not turns or not _follows(question, turns, encoder, languages, index):
        return question, ()
    weighted = dict.fromkeys(question.terms, 1.0)
    for ago, turn in enumerate(reversed(turns)):
        for group in understand(turn, languages).terms:
            weighted.setdefault(group, TERM_WEIGHTS[min(ago, len(TERM_WEIGHTS) - 1)])
    together = [(f"{turns[-1]} {question.text}", LAST_TWO), (_readable(turns, question.text, encoder), ALL)]
    leaning = question._replace(terms=tuple(weighted), weights=tuple(weighted.values()), also=tuple(together))
    return leaning, turns


def leans(question: str, language: str | None) -> bool:
    """Whether a question says by its own words, or by how few they are, that it takes its subject from elsewhere."""
    return _points_back(question, language) or _has_hardly_a_word(question, language)


def _points_back(question: str, language: str | None) -> bool:
    """Whether a question begins as what goes on does, or has a pronoun that no word before it explains."""
    if _BEGINS.match(question):
        return True
    own, names = _own_words(question, language), _names(question)
    for word in words(question):
        if word.form in _listed("pointing") and not _is_filler(question, word):
            before = sum(other.start < word.start for other in own)
            named = any(name.start < word.start for name in names)
            if not named and before < _RESOLVED:
                return True
    return False


def _has_hardly_a_word(question: str, language: str | None) -> bool:
    own = _own_words(question, language)
    if (language or "en").startswith("de"):  # nouns are written as names are
        return len(own) <= 1
    return len(own) <= 2 and not _names(question)


def _follows(
    question: Question, turns: Sequence[str], encoder: Encoder, languages: tuple[str, ...], index: Index | None
) -> bool:
    """Whether a question leans on those before it, or stays with the last one's subject and names no other."""
    text, language = question.text, question.language
    if _points_back(text, language):
        return True
    short, own = _has_hardly_a_word(text, language), _own_words(text, language)
    known = {word.form for turn in turns for word in words(turn)}
    if not short and any(name.form not in known for name in _names(text)):
        return False
    if len(own) > _OWN_WORDS:
        return False
    now, before = encoder.encode_queries([text, turns[-1]])
    near = float(np.dot(now, before))
    if index is not None and not question.also:  # nothing in it was misspelt
        before = understand(turns[-1], languages)
        groups = [_telling(asked, _own_words(asked.text, asked.language)) for asked in (question, before)]
        if stands_alone(index, text, groups[0], before.text, groups[1], near):
            return False
    return short or near > _SAME_SUBJECT


def _telling(question: Question, own: Sequence[Word]) -> list[tuple[str, ...]]:
    """Return those of a question's analysed words that its `own` words are."""
    forms = {stem for word in own for stem in stems(question.text[word.start : word.end], question.language)}
    return [group for group in question.terms if not forms.isdisjoint(group)]


def _readable(turns: Sequence[str], question: str, encoder: Encoder) -> str:
    """Return all questions joined, without the oldest where the encoder would not read to the end."""
    for first in range(len(turns)):
        text = " ".join([*turns[first:], question])
        if encoder.count([text])[0] <= encoder.max_tokens:
            return text
    return question


def _own_words(question: str, language: str | None) -> list[Word]:
    """Return the words that tell a subject."""
    empty = stop_words(language) | _listed("pointing") | _listed("pale")
    return [word for word in words(question) if word.form not in empty]


def _names(question: str) -> list[Word]:
    """Return the words that are written as names are: with a capital within the sentence, or in capitals."""
    found = []
    for i, word in enumerate(words(question)):
        surface = question[word.start : word.end]
        capitals = surface.isupper() and len(surface) > 1
        if capitals or (i > 0 and surface[0].isupper() and word.form not in {"i", "sie", "ihr", "ihre", "ihnen"}):
            found.append(word)
    return found


def _is_filler(question: str, word: Word) -> bool:
    """Whether a word that could point back does not: "is there …", "is it possible to …", "the bridge that fell"."""
    if word.form in {"there", "it", "es"}:
        frame = _THERE_IS if word.form == "there" else _IT_IS
        return any(m.start() <= word.start < m.end() for m in frame.finditer(question))
    # A relative clause: a noun stands before it, and it goes on at once.
    before = question[: word.start].split()
    return word.form == "that" and len(before) > 1 and question[word.end :].lstrip()[:1].islower()


@cache
def _listed(kind: str) -> frozenset[str]:
    """Return the words of `following.txt` below the heading `kind`."""
    lists: dict[str, list[str]] = {}
    heading = ""
    for line in files("retrieval").joinpath("following.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line[1 : line.index("]")]
        elif not line.startswith("#"):
            lists.setdefault(heading, []).extend(line.split())
    return frozenset(lists[kind])
