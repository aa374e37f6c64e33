"""When did the archive write about something? Its relevant articles, counted by the time they were published in.

An article is relevant by the rule by which the catalogue counts ("how many articles about …", `CatalogueAnswer.rule`),
so that both tell the same numbers: a passage of it holds, with its title, every word of the topic that carries one;
where no passage of the archive does, its whole text does. Of a story that several articles carry, the best alone
counts. A time that the question sets bounds what is counted, as in `Archive.ask`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval import dated
from retrieval.answer import read, to_hit
from retrieval.catalogue_answers import bounds, matching
from retrieval.encoders import Encoder
from retrieval.index import Index, Rows
from retrieval.periods import Period, Unit, grouped, peaks_of
from retrieval.preparing import Prepared, Wishes, prepare
from retrieval.ranking import Ranking
from retrieval.search import search
from retrieval.terms import stems, words
from retrieval.timescope import TimeScope
from retrieval.types import CatalogueRule, Filters, Hit, Understood
from retrieval.weighing import Weigher

PEAKS = 3
_TOLD_BY = 50  # articles of a peak, the best of them: among these its passage is looked for


@dataclass(frozen=True, slots=True)
class Peak:
    """A period that no neighbour exceeds, and the passage of its articles that suits the question best."""

    period: Period
    hit: Hit


@dataclass(frozen=True, slots=True)
class Timeline:
    """When the archive wrote about something.

    `words` are the words that an article has to hold, `rule` says where (see `CatalogueAnswer`); no words and the rule
    "all" where no topic is given. `count` is how many articles are relevant, exact copies once. Each lies in one of
    `periods` (months, years or decades, as `unit` says; every one from the first to the last), or, where the unit is
    the month and only its year is known, in `year_only`, or it is one of the `undated`. `filters` are those that they
    were counted under: the asker's, and what the question's own words bound; under a range of dates the `undated` do
    not count, and only tell how many would be relevant had they a date in it. `peaks` come in the order of time.
    """

    question: str
    words: tuple[str, ...]
    rule: CatalogueRule
    unit: Unit
    periods: tuple[Period, ...]
    year_only: tuple[Period, ...]
    peaks: tuple[Peak, ...]
    count: int
    undated: int
    filters: Filters
    understood: tuple[Understood, ...]
    also_searched: tuple[tuple[str, str], ...]
    generation: str


def timeline_of(
    index: Index, encoder: Encoder, ranking: Ranking, text: str, heard: TimeScope, filters: Filters, wishes: Wishes
) -> Timeline:
    """Return when `index` wrote about what `text` asks for; raises QuestionError for what cannot be asked.

    `heard` is the time that the question sets.
    """
    follows = dated.sets_range(heard) and dated.covers(index.summary, heard)
    bare = heard.bare if follows and heard.topic else None
    prepared = prepare(index, encoder, text, filters, wishes, searched=bare)
    topic, terms, bounded = _asked(prepared, text if bare is None else bare, heard, filters, follows)
    rows, rule = matching(index, topic, terms, bounded)
    tally = index.tally(rows)
    found = grouped(tally.dates)
    undated = len(found.undated)
    if bounded.after or bounded.before:
        undated = _undated(index, terms, bounded, rule)
    ranged = (bounded.after, bounded.before) != (filters.after, filters.before)  # by the question's words
    language = prepared.question.language
    spelt = (topic[word.start : word.end] for word in words(topic))
    return Timeline(
        question=text,
        words=tuple(dict.fromkeys(said for said in spelt if stems(said, language))),
        rule=rule,
        unit=found.unit,
        periods=found.periods,
        year_only=found.year_only,
        peaks=_peaks(index, encoder, ranking, prepared, rows, found.periods),
        count=len(rows),
        undated=undated,
        filters=bounded,
        understood=tuple(each for each in heard.understood if ranged and (each.after or each.before)),
        also_searched=prepared.also_searched,
        generation=index.summary.generation,
    )


def _asked(
    prepared: Prepared, text: str, heard: TimeScope, filters: Filters, follows: bool
) -> tuple[str, Sequence[Sequence[str]], Filters]:
    """Return the topic, its analysed words, and the filters under which articles are counted."""
    if prepared.about is not None:
        return prepared.about.topic, prepared.topic, bounds(prepared.about, filters)
    if not follows:
        return text, prepared.question.terms, filters
    bounded = replace(filters, after=heard.after, before=heard.before)
    return (text, prepared.question.terms, bounded) if heard.topic else ("", (), bounded)


def _undated(index: Index, terms: Sequence[Sequence[str]], bounded: Filters, rule: CatalogueRule) -> int:
    """Return how many articles a range of dates leaves out of the count because they have no date."""
    if not terms and rule != "all":
        return 0
    rows = index.holding(terms, replace(bounded, after=None, before=None), whole=rule == "article")
    return sum(date is None for date in index.tally(rows).dates)


def _peaks(
    index: Index, encoder: Encoder, ranking: Ranking, prepared: Prepared, rows: Rows, periods: Sequence[Period]
) -> tuple[Peak, ...]:
    """Return the peaks among `periods`, whose members are places among `rows`, each with a passage."""
    question = prepared.question.without_phrases()  # an article is relevant by its words, in whatever order
    weigher = Weigher(index, question)
    peaks: list[Peak] = []
    for period in peaks_of(periods, PEAKS):
        articles = index.cited([int(rows[place]) for place in period.members[:_TOLD_BY]])
        within = Filters(articles=tuple(article.id for article in articles))
        for best in search(index, encoder, question, within, 1, ranking):
            copies = index.copies([best.stored.row])[best.stored.row]
            hit = replace(to_hit(best, len(peaks) + 1, read(best, weigher), weigher), also_in=tuple(copies))
            peaks.append(Peak(period, hit))
    return tuple(peaks)
