"""Following the time that a question sets, in one archive.

A range filters by publication, softly. Undated articles stay, dates known in part count where they overlap. Where the
range is said of what happened, rather than of what was written, a passage from elsewhen stays too if it states a date
in the range: whoever tells later what happened then says so. What happened on one day is printed on the next: where a
topic is given, articles of the two days after stay. What finds nothing is asked again without the range (see
`Archive.ask`), the nearest in time first. Where nothing in the archive can be from then, what happened then is asked
for without the range at once, and only counts as answered if the best passage states a date in it.

"The latest" and "the first" order those passages by their articles' dates that are about as relevant as the best: with
at least `COMPARABLE` of its score, or with `RELATED` of it and as much of the question in them as the best has (an
article that names somebody in passing is told of it too). Undated ones come after them, all others follow as they were.
The shares were chosen, not tuned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from retrieval.encoders import Encoder
from retrieval.index import Index, Summary
from retrieval.index.columns import days
from retrieval.ranking import Ranking
from retrieval.search import Found, Question, Vector, rank_articles, search, vector_of
from retrieval.timescope import TimeScope, understand_time
from retrieval.timescope.mentions import mentions_time
from retrieval.types import Filters

COMPARABLE, RELATED = 0.75, 0.5
_A_DAY_OR_TWO = timedelta(days=2)
WIDE = 20  # passages that are ordered by time, or looked through for those that state it


def heard(
    question: str, now: date | None, filters: Filters, summary: Summary, literally: Sequence[str] = ()
) -> TimeScope:
    """Return what is followed of the time that a question sets relative to `now`, today if None.

    No range is beside one that the asker gave, and nothing in an archive without dates.
    """
    scope = understand_time(question, now or date.today(), literally)
    if not summary.first:
        return replace(scope, understood=(), bare=scope.question)
    if filters.after or filters.before:
        return without_range(scope)
    return scope


def without_range(scope: TimeScope) -> TimeScope:
    """Return a scope with what orders alone."""
    return replace(scope, understood=tuple(each for each in scope.understood if each.order), bare=scope.question)


def sets_range(scope: TimeScope) -> bool:
    """Whether a scope has a range."""
    return bool(scope.after or scope.before)


def covers(summary: Summary, scope: TimeScope) -> bool:
    """Whether a range may be one of publication in an archive that holds what `summary` tells.

    It may not where it is said of what happened, and the archive has nothing dated that could be from then: a question
    on the 11th century leaves nothing out of an archive of this one. (Where no topic is given, what is from then is all
    that is asked for.)
    """
    if not sets_range(scope) or scope.written or not scope.topic or not (summary.first and summary.last):
        return True
    first, last = days(summary.first)[0], days(summary.last[:4])[1]
    return (scope.after or date.min).toordinal() <= last and (scope.before or date.max).toordinal() > first


def within(filters: Filters, scope: TimeScope) -> Filters:
    """Return filters with the range of a scope, where it has one."""
    if not sets_range(scope):
        return filters
    return replace(filters, after=scope.after, before=_printed_by(scope), undated=True)


def _printed_by(scope: TimeScope) -> date | None:
    """Return the end of the days on which what happened in a range is printed: of one day or two, the next ones."""
    after, before = scope.after, scope.before
    if after is None or before is None or scope.written or not scope.topic or before - after > _A_DAY_OR_TWO:
        return before
    return before + min(_A_DAY_OR_TWO, date.max - before)


def search_then(
    index: Index, encoder: Encoder, question: Question, scope: TimeScope, filters: Filters, k: int, ranking: Ranking
) -> list[Found]:
    """Return the best `k` passages that `filters` and the range of `scope` allow, by relevance; errors as `search`.

    Without a topic, those of articles dated in the range come first: they are all that is asked for, and words such as
    "published" must not let undated ones push them off the page. Scores never rise along the list.
    """
    vector = vector_of(encoder, question)
    found = _allowed(index, encoder, question, scope, filters, k, ranking, vector)
    if not sets_range(scope) or scope.topic:
        return found
    dated = replace(within(filters, scope), undated=False)
    from_then = search(index, encoder, question, dated, k, ranking, vector)
    return _followed(from_then, found)[:k]


def _allowed(
    index: Index,
    encoder: Encoder,
    question: Question,
    scope: TimeScope,
    filters: Filters,
    k: int,
    ranking: Ranking,
    vector: Vector,
) -> list[Found]:
    """Return the best `k` passages from then, of no date, or that state one in the range, by relevance."""
    inside = search(index, encoder, question, within(filters, scope), k, ranking, vector)
    if not sets_range(scope) or scope.written:
        return inside
    everywhere = search(index, encoder, question, filters, max(k, WIDE), ranking, vector)
    known = {found.stored.row for found in inside}
    texts = {found.stored.hash for found in inside}
    stays = [
        found
        for found in everywhere
        if found.stored.row in known or (found.stored.hash not in texts and states(found, scope))
    ]
    return _followed(stays, inside)[:k]


def _followed(first: Sequence[Found], then: Sequence[Found]) -> list[Found]:
    """Return passages with those of another search after them, whose scores do not compare, each text once."""
    seen = {found.stored.hash for found in first}
    least = first[-1].score if first else 1.0
    return [*first, *(replace(each, score=min(each.score, least)) for each in then if each.stored.hash not in seen)]


def rank_articles_then(
    index: Index, encoder: Encoder, question: Question, scope: TimeScope, filters: Filters, k: int, ranking: Ranking
) -> list[tuple[int, float]]:
    """Return the rows of the best `k` articles with their scores, as `rank_articles` does.

    Where the question says when they were written, those from then come first. Nothing else is moved.
    """
    ranked = rank_articles(index, encoder, question, filters, k, ranking)
    if not scope.written:
        return ranked
    then = rank_articles(index, encoder, question, within(filters, scope), k, ranking)
    least, known = min((score for _, score in then), default=1.0), {row for row, _ in then}
    return [*then, *((row, min(score, least)) for row, score in ranked if row not in known)][:k]


def by_time(found: Sequence[Found], scope: TimeScope, covered: Callable[[Found], float]) -> list[Found]:
    """Return passages with those that are about as relevant as the best in the order that a question asks for.

    `covered` tells how much of the question a passage and its title hold.
    """
    if scope.order is None or not found:
        return list(found)
    least, whole = RELATED * found[0].score, covered(found[0])
    related = {each.stored.row for each in found if each.score >= least and covered(each) >= whole}
    if scope.order == "latest":
        return _ordered(found, lambda first, last: -last, related)
    return _ordered(found, lambda first, last: first, related)


def nearest(found: Sequence[Found], scope: TimeScope) -> list[Found]:
    """Return passages with those that are about as relevant as the best by how near to a range they lie."""
    after = (scope.after or date.min).toordinal()
    before = (scope.before or date.max).toordinal()
    return _ordered(found, lambda first, last: max(after - last, first - before + 1, 0))


def _ordered(
    found: Sequence[Found], place: Callable[[int, int], int], related: Collection[int] = frozenset()
) -> list[Found]:
    """Return passages, the comparable first by `place` of the first and last day that each may be of.

    Those at the rows `related` are comparable whatever they score.
    """
    comparable = [each for each in found if each.score >= COMPARABLE * found[0].score or each.stored.row in related]

    def key(each: Found) -> tuple[bool, int]:
        first, last = days(each.stored.article.published)
        return not first, place(first, last) if first else 0

    chosen = {each.stored.row for each in comparable}
    return sorted(comparable, key=key) + [each for each in found if each.stored.row not in chosen]


def states(found: Found, scope: TimeScope) -> bool:
    """Whether a passage states a date in the range."""
    article = found.stored.article
    return mentions_time(found.stored.passage.text, article.published, article.language, scope.after, scope.before)
