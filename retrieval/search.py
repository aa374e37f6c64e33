"""From a question to ranked passages.

Filters first, then both engines' candidates, then one score (`ranking`). Ties go by passage id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.closeness import Reader
from retrieval.encoders import Encoder
from retrieval.errors import QuestionError
from retrieval.index import Candidates, Index, Request, Stored
from retrieval.ranking import Ranking, Signals, signals_of
from retrieval.reading.normalise import normalised
from retrieval.terms import forms, question_language, stems, words
from retrieval.types import Filters
from retrieval.weighing import Weigher

MAX_QUESTION = 10_000  # characters
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»')


class Question(NamedTuple):
    """A question as the engines are asked: `terms` holds, for each of its words, the forms it may be indexed under.

    `phrases` holds the words of each quoted phrase, `quoted` the phrases as they were typed.
    """

    text: str
    language: str | None
    terms: tuple[tuple[str, ...], ...]
    phrases: tuple[tuple[str, ...], ...]
    quoted: tuple[str, ...]

    def without_phrases(self) -> Question:
        """Return the question with its quotation marks taken for ordinary ones."""
        return self._replace(phrases=())


@dataclass(frozen=True, slots=True)
class Found:
    """A ranked passage with the scores it was ranked by: its cosine, and BM25 of itself and of its article.

    `lead` is how much nearer the question the nearest candidate is than the tenth: the same for all of a search.
    """

    stored: Stored
    score: float
    dense: float
    passage: float
    article: float
    lead: float


def understand(text: str, languages: tuple[str, ...]) -> Question:
    """Analyse a question for an archive in `languages` (commonest first); raises QuestionError where it has no word."""
    text = " ".join(normalised(text).split())  # as the articles' texts are
    if not any(words(text)):
        raise QuestionError("the question has no words", "Ask with at least one word")
    if len(text) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(text):,} characters, {MAX_QUESTION:,} are allowed", "Ask a shorter question"
        )
    language = question_language(text, languages)
    terms: dict[tuple[str, ...], None] = {}
    for word in words(text):
        own = stems(text[word.start : word.end], language)
        if own:
            # None: articles in a language that could not be told are analysed in their own way.
            others = [stem for other in (*languages, None) for stem in stems(text[word.start : word.end], other)]
            terms.setdefault(tuple(dict.fromkeys(own + others)))
    marked = [next(filter(None, match.groups())).strip() for match in _QUOTED.finditer(text)]
    quoted = tuple(phrase for phrase in marked if any(words(phrase)))
    return Question(text, language, tuple(terms), tuple(tuple(forms(phrase)) for phrase in quoted), quoted)


def check_k(k: int) -> None:
    """Raise QuestionError for a `k` below 1."""
    if k < 1:
        raise QuestionError(f"k is {k}", "Ask for at least one passage")


def search(
    index: Index, encoder: Encoder, question: Question, filters: Filters, k: int, ranking: Ranking = Ranking()
) -> list[Found]:
    """Return the best `k` passages that `filters` allow, best first; fewer only where fewer exist.

    At most `ranking.per_article` passages of one text are returned; of passages that are word for word the same, the
    one with the smallest id. Raises QuestionError for a `k` below 1.
    """
    check_k(k)
    for ranked in _deepening(index, encoder, question, filters, k, ranking):
        found = _take(index, ranked, k, ranking.per_article)
        if len(found) == k:
            break
    return found


def rank_articles(
    index: Index, encoder: Encoder, question: Question, filters: Filters, k: int, ranking: Ranking = Ranking()
) -> list[tuple[int, float]]:
    """Return the rows of the best `k` articles with their scores, best first: an article scores as its best passage.

    Neither copies nor further passages of an article are held back. Where no passage holds the quoted phrases, they
    are not asked for. The same error as `search`.
    """
    check_k(k)
    for ranked in _deepening(index, encoder, question, filters, k, ranking):
        best: dict[int, float] = {}
        for i in ranked.order:
            best.setdefault(int(ranked.candidates.articles[i]), float(ranked.scores[i]))
        if len(best) >= k:
            break
    if not best and question.phrases:
        return rank_articles(index, encoder, question.without_phrases(), filters, k, ranking)
    return list(best.items())[:k]


@dataclass(frozen=True, slots=True)
class _Ranked:
    signals: Signals
    scores: NDArray[np.float64]
    order: NDArray[np.int64]

    @property
    def candidates(self) -> Candidates:
        return self.signals.candidates


def _deepening(
    index: Index, encoder: Encoder, question: Question, filters: Filters, k: int, ranking: Ranking
) -> Iterator[_Ranked]:
    """Yield ranked candidates, four times as many each time, until there are no more.

    Copies and the cap thin candidates out: whoever has enough stops asking.
    """
    vector = encoder.encode_queries([question.text])[0]
    reader = Reader(question.terms, Weigher(index, question).weights)
    n = max(ranking.candidates, k)
    while True:
        candidates = index.candidates(Request(vector, question.terms, question.phrases, filters, n))
        signals = signals_of(index, candidates, reader, reads_language(encoder, question), ranking)
        scores = signals.scores(ranking)
        order = np.lexsort((candidates.rows, -scores))  # rows are in the order of article id and start
        yield _Ranked(signals, scores, order)
        if len(candidates.rows) < n:
            return
        n *= 4


def reads_language(encoder: Encoder, question: Question) -> bool:
    """Whether the encoder was trained for the question's language, as far as both are known."""
    return not encoder.languages or question.language is None or question.language in encoder.languages


def _take(index: Index, ranked: _Ranked, k: int, per_article: int) -> list[Found]:
    """Take the best `k` candidates in total order, without copies and within the cap for each text."""
    candidates = ranked.candidates
    taken: list[Found] = []
    seen: set[bytes] = set()
    of_story: Counter[int] = Counter()
    nearest = np.sort(candidates.dense)[::-1][:10]
    lead = nearest[0] - nearest[-1] if len(nearest) else 0.0
    for i in ranked.order:
        story = int(candidates.story[i])
        if of_story[story] >= per_article:
            continue
        row = int(candidates.rows[i])
        stored = ranked.signals.stored.get(row) or index.passages([row])[0]
        if stored.hash in seen:
            continue
        seen.add(stored.hash)
        of_story[story] += 1
        scores = (ranked.scores[i], candidates.dense[i], candidates.passage[i], candidates.article[i], lead)
        taken.append(Found(stored, *map(float, scores)))
        if len(taken) == k:
            break
    return taken
