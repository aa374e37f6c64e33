"""Whether a short question stands by itself after another one: what its archive says, where its words do not.

"Who won the marathon?" and "Who paid for the repair?" are built alike, and after a question about a bridge only the
second is about it. So it is looked up: where a passage holds all of a question's own words, and none holds them beside
what was asked about before, the question has a subject of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.index import Index
from retrieval.types import Filters

FAR = 0.3  # cosine of two questions, up to which they need not be about the same
_SUBJECT = 3  # the rarest words of the question before: what it was about
_EVERYWHERE = 0.1  # of the passages: a word that so many have tells no subject

_ASKS = re.compile(
    r"\W*(?P<asks>who|whom|whose|what|which|when|where|why|how|is|are|was|were|did|does|do|has|have|had|can|could|will|"
    r"would|should|wer|wen|wem|was|welche[rsmn]?|wann|wo|warum|wieso|wie|ist|sind|war|waren|hat|haben|hatte|wurde|"
    r"wird|kann|gab|gibt)\b",
    re.IGNORECASE,
)

_MINE = re.compile(
    r"\b(?:i|me|my|mine|we|us|our|ours|ich|mir|mich|meine?[rsmn]?|wir|uns|unsere?[rsmn]?)\b", re.IGNORECASE
)

Groups = Sequence[tuple[str, ...]]


def stands_alone(index: Index, question: str, own: Groups, before: str, subject: Groups, near: float) -> bool:
    """Whether `question` has a subject of its own after the question `before`.

    `own` and `subject` are the analysed words of the two that tell a subject, `near` is the cosine of the two. It has
    one if it is a whole question of two such words or more that some passage holds together; if no passage holds them
    with one of the words that tell most of what was asked before; and if the two are not near, or one asks the same
    of something else ("who won the regatta?", "who won the marathon?"). Whoever asks of themselves ("what should I
    eat?") has told more before.
    """
    asks = _ASKS.match(question)
    if asks is None or len(own) < 2 or _MINE.search(question):
        return False
    if near > FAR and not _asks_the_same(asks["asks"], own, before, subject):
        return False
    if not len(index.rows_holding(own, Filters())):
        return False
    return not any(len(index.rows_holding([*own, group], Filters())) for group in _telling(index, own, subject))


def _asks_the_same(asks: str, own: Groups, before: str, subject: Groups) -> bool:
    """Whether two questions begin alike and share a word, and the later has one of its own."""
    begins = _ASKS.match(before)
    shared = [group for group in own if _is_among(group, subject)]
    return begins is not None and begins["asks"].lower() == asks.lower() and 0 < len(shared) < len(own)


def _telling(index: Index, own: Groups, subject: Groups) -> list[tuple[str, ...]]:
    """Return the rarest words of `subject` that are not among `own`, without those that are everywhere or nowhere."""
    others = [group for group in subject if not _is_among(group, own)]
    most = _EVERYWHERE * index.summary.passages
    counted = [(max(index.document_frequencies(group), default=0), group) for group in others]
    return [group for count, group in sorted(counted) if 0 < count <= max(most, 1)][:_SUBJECT]


def _is_among(group: tuple[str, ...], groups: Groups) -> bool:
    return any(not set(group).isdisjoint(other) for other in groups)
