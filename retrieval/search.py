"""From a question to ranked passages.

Filters first, then both engines' candidates, then one score (`ranking`). Ties go by passage id.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.closeness import Reader
from retrieval.copies import overlap
from retrieval.encoders import Encoder, Vectors, begin
from retrieval.errors import QuestionError
from retrieval.index import Candidates, Index, Request, Rows, Scores, Stored
from retrieval.ranking import Ranking, Readings, Signals, signals_of
from retrieval.rarities import lifted, rare_names, rows_of
from retrieval.reading.normalise import normalised
from retrieval.recency import Recency, bonus
from retrieval.rerankers import Reading
from retrieval.spellings import variants
from retrieval.terms import compound_stems, forms, question_language, stems, words
from retrieval.types import Filters
from retrieval.weighing import Weigher

MAX_QUESTION = 10_000  # characters
_NEAREST = 10
_AHEAD = 32  # passages read at once
Vector = Callable[[], NDArray[np.float32]]  # a question's: waits for it where it is still being encoded
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»')


class Question(NamedTuple):
    """A question as the engines are asked: `terms` holds, for each of its words, the forms it may be indexed under.

    `phrases` holds the words of each quoted phrase, `quoted` the phrases as they were typed. `weights` says how much
    each of `terms` counts, empty for all alike; `also` holds other texts that the vector leans on, each with its weight
    (the question's own is 1); `recency` is the date that articles should be near, `reading` reads the best again.
    """

    text: str
    language: str | None
    terms: tuple[tuple[str, ...], ...]
    phrases: tuple[tuple[str, ...], ...]
    quoted: tuple[str, ...]
    weights: tuple[float, ...] = ()
    also: tuple[tuple[str, float], ...] = ()
    recency: Recency | None = None
    reading: Reading | None = None

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
    joined = compound_stems(text, (language, *languages, None))
    for word in words(text):
        own = stems(text[word.start : word.end], language)
        if own:
            # None: articles in a language that could not be told are analysed in their own way.
            others = [stem for other in (*languages, None) for stem in stems(text[word.start : word.end], other)]
            terms.setdefault(
                tuple(dict.fromkeys((*own, *others, *variants(word.form, languages), *joined.get(word, ()))))
            )
    marked = [next(filter(None, match.groups())).strip() for match in _QUOTED.finditer(text)]
    quoted = tuple(phrase for phrase in marked if any(words(phrase)))
    return Question(text, language, tuple(terms), tuple(tuple(forms(phrase)) for phrase in quoted), quoted)


def check_k(k: int) -> None:
    """Raise QuestionError for a `k` below 1."""
    if k < 1:
        raise QuestionError(f"k is {k}", "Ask for at least one passage")


def search(
    index: Index,
    encoder: Encoder,
    question: Question,
    filters: Filters,
    k: int,
    ranking: Ranking = Ranking(),
    vector: Vector | None = None,
) -> list[Found]:
    """Return the best `k` passages that `filters` allow, best first; fewer only where fewer exist.

    At most `ranking.per_article` passages of one story are returned, whichever articles carry it; of passages that say
    the same the best, of those that are word for word the same the one with the smallest id. `vector` is the question's
    (`vector_of`), where it was begun already. Raises QuestionError for a `k` below 1.
    """
    check_k(k)
    for ranked in _deepening(index, encoder, question, filters, k, ranking, vector):
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
    index: Index,
    encoder: Encoder,
    question: Question,
    filters: Filters,
    k: int,
    ranking: Ranking,
    vector: Vector | None = None,
) -> Iterator[_Ranked]:
    """Yield ranked candidates, four times as many each time, until there are no more.

    Copies and the cap thin candidates out: whoever has enough stops asking.
    """
    vector = vector or vector_of(encoder, question)
    readings = Readings(index, Reader(question.terms, Weigher(index, question).weights))
    meanwhile: Callable[[Rows, Scores, Scores], None] | None = partial(readings.ahead, ranking)
    n = max(ranking.candidates, k)
    names = rows_of(index, rare_names(index, encoder, question), filters)
    while True:
        candidates = index.candidates(
            Request(vector, question.terms, question.phrases, filters, n, question.weights, tuple(names), meanwhile)
        )
        meanwhile = None  # the vector is known from now on
        signals = signals_of(candidates, readings, reads_language(encoder, question), ranking)
        scores = signals.scores(ranking)
        if question.recency:
            scores = np.round(scores + bonus(*index.days(candidates.articles), question.recency), 6)
        order = np.lexsort((candidates.rows, -scores))  # rows are in the order of article id and start
        if question.reading:
            context = " ".join((*(text for text, _ in question.also), question.text))
            scores, order = question.reading.reordered(index, context, candidates.rows, scores, order)
        yield _Ranked(signals, *lifted(candidates, scores, order, names))
        if len(candidates.rows) < n:
            return
        n *= 4


def vector_of(encoder: Encoder, question: Question) -> Vector:
    """Begin to encode a question; what is returned gives the vector that it is searched by, as often as it is called.

    That is L2-normalised, of its text and the texts it leans on.
    """
    texts = [question.text, *(text for text, _ in question.also)]
    return cache(partial(_mixed, begin(encoder, texts), [1.0, *(weight for _, weight in question.also)]))


def _mixed(rows: Callable[[], Vectors], weights: Sequence[float]) -> NDArray[np.float32]:
    """Return the weighted sum of `rows`, L2-normalised."""
    if len(weights) == 1:
        return np.asarray(rows()[0], np.float32)
    mixed = np.array(weights) @ rows().astype(np.float64)
    return np.asarray(mixed / max(float(np.linalg.norm(mixed)), 1e-12), np.float32)


def reads_language(encoder: Encoder, question: Question) -> bool:
    """Whether the encoder was trained for the question's language, as far as both are known."""
    return not encoder.languages or question.language is None or question.language in encoder.languages


def _copied(one: Stored, other: Stored) -> bool:
    """Whether two passages of one story stand in two articles and say the same."""
    return one.passage.article_id != other.passage.article_id and overlap(one.passage.text, other.passage.text)


def _take(index: Index, ranked: _Ranked, k: int, per_article: int) -> list[Found]:
    """Take the best `k` candidates in total order, without copies and within the cap for each story."""
    candidates = ranked.candidates
    taken: list[Found] = []
    seen: set[bytes] = set()
    of_story: dict[int, list[Stored]] = defaultdict(list)
    read = ranked.signals.stored
    ahead = 1
    nearest = np.sort(candidates.dense)[::-1][:_NEAREST]
    # Among a few that a filter leaves, whatever comes first stands out.
    lead = nearest[0] - nearest[-1] if len(nearest) == _NEAREST else 0.0
    for place, i in enumerate(ranked.order):
        story = int(candidates.story[i])
        if len(of_story[story]) >= per_article:
            continue
        row = int(candidates.rows[i])
        if row not in read:
            # Where one is not enough, many are not: twice as many each time.
            ahead = min(2 * ahead, _AHEAD)
            following = candidates.rows[ranked.order[place : place + ahead]].tolist()
            read.update((each.row, each) for each in index.passages([row for row in following if row not in read]))
        stored = read[row]
        if stored.hash in seen or any(_copied(stored, other) for other in of_story[story]):
            continue
        seen.add(stored.hash)
        of_story[story].append(stored)
        scores = (ranked.scores[i], candidates.dense[i], candidates.passage[i], candidates.article[i], lead)
        taken.append(Found(stored, *map(float, scores)))
        if len(taken) == k:
            break
    return taken
