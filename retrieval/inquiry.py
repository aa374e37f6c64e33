"""One question, asked of one index: what its words set is followed, and given up where nothing from there answers.

A question's words may set a time and whose articles are searched (`timescope`, `catalogue_questions`). Both filter
softly: where nothing from then, or of theirs, answers, the question is asked again without, and what is found then is
never called an answer.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple

from retrieval import dated
from retrieval.answer import Thresholds, read, status_of, to_hit
from retrieval.calibration import Confidence
from retrieval.catalogue_answers import catalogue_answer
from retrieval.encoders import Encoder
from retrieval.evidence import PASSAGES, evidence
from retrieval.highlights import ReadPassage
from retrieval.index import Index
from retrieval.marking import terms_of
from retrieval.preparing import Prepared, Wishes, prepare
from retrieval.ranking import Ranking
from retrieval.search import Found, Question, check_k, reads_language, search, understand
from retrieval.timeline import Timeline, timeline_of
from retrieval.timescope import TimeScope
from retrieval.types import CatalogueAnswer, Filters, Hit, NameScope, Understood
from retrieval.weighing import Weigher

When = Literal["then", "whenever", "nearest"]


class Asked(NamedTuple):
    """What was found, and what was made of the question; the fields are those of `Answer`.

    `evidence` is what the confidence was judged by, empty where nothing was found.
    """

    hits: tuple[Hit, ...]
    confidence: float
    phrases_missing: tuple[str, ...]
    prepared: Prepared
    about: CatalogueAnswer | None = None
    scope: NameScope | None = None
    understood: tuple[Understood, ...] = ()
    outside: bool = False
    evidence: dict[str, float] = {}  # noqa: RUF012 - never changed


class _Ways:
    """One question in the ways that it may be searched, each prepared when it is first asked for."""

    def __init__(self, index: Index, encoder: Encoder, text: str, filters: Filters, wishes: Wishes) -> None:
        self._index = index
        self._encoder = encoder
        self._text = text
        self._filters = filters
        self._wishes = wishes
        self._known: dict[tuple[bool, str | None], Prepared] = {}

    def of(self, literal: bool, searched: str | None = None) -> Prepared:
        """Return the question prepared, with names in it taken literally or not; see `prepare` for `searched`."""
        if (literal, searched) not in self._known:
            wishes = self._wishes._replace(literal=literal)
            found = prepare(self._index, self._encoder, self._text, self._filters, wishes, searched=searched)
            self._known[literal, searched] = found
        return self._known[literal, searched]


class Inquiry:
    """Asks `index` in the way that `ranking` and `thresholds` say; `times` is whether times are understood at all."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        ranking: Ranking,
        thresholds: Thresholds,
        confidence: Confidence,
        times: bool = True,
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._ranking = ranking
        self._thresholds = thresholds
        self._confidence = confidence
        self._times = times

    def ask(self, text: str, k: int, filters: Filters, wishes: Wishes) -> Asked:
        """Return the best `k` passages for a question; raises QuestionError as `Archive.ask`."""
        check_k(k)
        heard = self._heard(text, filters, wishes)
        covered = dated.covers(self._index.summary, heard)
        begin: When = "then" if covered else "whenever"
        ways = _Ways(self._index, self._encoder, text, filters, wishes)
        first = self._found(ways, wishes.literal, heard, k, filters, begin)
        prepared, named = first.prepared, first.prepared.scope
        about = None
        if prepared.about:
            about = catalogue_answer(self._index, prepared.about, prepared.topic, filters, k, heard.order)
        first = first._replace(about=about, scope=named, understood=heard.understood)
        if about and about.count:  # the catalogue answers it, whatever the passages do
            # What is counted without a topic is counted right; whether a text with all words of one is about it is not
            # known, and the least that counts as an answer.
            t = self._thresholds
            sure = {"all": 1.0, "passage": t.answered, "article": t.unsure}[about.rule]
            return first._replace(confidence=max(first.confidence, sure))
        if about:  # there is no such article: what passages tell is something else
            first = first._replace(confidence=min(first.confidence, self._short_of_an_answer))
        if not self._is_nothing(first, heard):
            return first
        wider: list[When] = ["nearest"] if covered and dated.sets_range(heard) else []
        others = [(wishes.literal, when) for when in wider]
        if named is not None:  # anybody's
            others += [(True, when) for when in (begin, *wider)]
        found = first
        for literal, when in others:
            found = self._found(ways, literal, heard, k, filters, when)
            # Others have something, perhaps, or other times; what was asked for has not.
            sure = min(found.confidence, self._short_of_an_answer)
            kept = replace(named, kept=literal == wishes.literal) if named else None
            found = found._replace(confidence=sure, about=about, scope=kept, understood=heard.understood)
            if not self._is_nothing(found, dated.without_range(heard) if when == "nearest" else heard):
                return found
        return found if named is not None or not (first.hits and heard.topic) else first

    def search_in(self, article_id: str, text: str) -> tuple[Hit, ...]:
        """Return the passages of one article that have to do with a question, as `Archive.search_in`."""
        question = understand(text, self._index.summary.languages).without_phrases()
        article = self._index.article(article_id)
        k = max(len(article.text), 1) if article else 1  # no article has more passages than characters
        ranking = replace(self._ranking, per_article=k)
        found = search(self._index, self._encoder, question, Filters(articles=(article_id,)), k, ranking)
        near = max((each.dense for each in found), default=0.0) / 2
        related = [each for each in found if each.passage > 0 or each.dense >= near > 0]
        weigher = Weigher(self._index, question)
        return tuple(to_hit(each, rank, read(each, weigher), weigher) for rank, each in enumerate(related, 1))

    def rank_articles(self, text: str, k: int, filters: Filters, wishes: Wishes) -> list[tuple[int, float]]:
        """Return (row, score) of the best `k` articles, as `Archive.rank_articles`."""
        check_k(k)
        heard = self._heard(text, filters, wishes)
        prepared = prepare(self._index, self._encoder, text, filters, wishes)
        bounded = prepared.bounded(filters)
        ranked = self._ranked(prepared.question, heard, bounded, k)
        if bounded != filters and not ranked:
            prepared = prepare(self._index, self._encoder, text, filters, wishes._replace(literal=True))
            ranked = self._ranked(prepared.question, heard, filters, k)
        return ranked

    def timeline(self, text: str, filters: Filters, wishes: Wishes) -> Timeline:
        """Return when the archive wrote about what `text` asks for, as `Archive.timeline`."""
        heard = self._heard(text, filters, wishes)
        return timeline_of(self._index, self._encoder, self._ranking, text, heard, filters, wishes)

    def _ranked(self, question: Question, heard: TimeScope, filters: Filters, k: int) -> list[tuple[int, float]]:
        return dated.rank_articles_then(self._index, self._encoder, question, heard, filters, k, self._ranking)

    def _heard(self, text: str, filters: Filters, wishes: Wishes) -> TimeScope:
        """Return the time that a question sets in this archive."""
        if wishes.literal or not self._times:
            return TimeScope(text, bare=text)
        return dated.heard(text, wishes.now, filters, self._index.summary, wishes.literally)

    @property
    def _short_of_an_answer(self) -> float:
        return round(self._thresholds.answered * 0.99, 4)

    def _found(self, ways: _Ways, literal: bool, heard: TimeScope, k: int, filters: Filters, when: When) -> Asked:
        """Ask for what is from the time that `heard` sets, or from any: as it comes, or with the nearest first."""
        prepared = full = bare = ways.of(literal)
        if dated.sets_range(heard):
            # What an article's date tells, its text need not: the words that set a range are not missed in it.
            bare = ways.of(literal, heard.bare)
            if heard.written or when == "nearest":
                prepared = bare
        setting = heard if when == "then" else dated.without_range(heard)
        bounded = prepared.bounded(filters)
        # How sure the archive is does not hang on how much of it is shown.
        wide = max(k, PASSAGES, dated.WIDE if when == "nearest" or heard.order else 0)
        question = prepared.question
        found = self._search(question, setting, bounded, wide)
        missing: tuple[str, ...] = ()
        if not found and question.phrases:
            missing = question.quoted
            question = question.without_phrases()
            found = self._search(question, setting, bounded, wide)
        weigher = Weigher(self._index, (bare if bare.question.terms and when == "then" else full).question)
        by_time = partial(dated.by_time, covered=partial(_covered, weigher))
        shown = (dated.nearest if when == "nearest" else by_time)(found, heard)[:k]
        outside = when != "then" and not (when == "whenever" and found and dated.states(found[0], heard))
        copies = self._index.copies([f.stored.row for f in shown])
        passages = {row: read(f, weigher) for row, f in {f.stored.row: f for f in (*found[:1], *shown)}.items()}
        hits = tuple(
            replace(to_hit(f, rank, passages[f.stored.row], weigher), also_in=tuple(copies[f.stored.row]))
            for rank, f in enumerate(shown, 1)
        )
        # The most relevant, which need not be what is shown first.
        grounds = self._grounds(found[:PASSAGES], passages[found[0].stored.row], weigher, question) if found else {}
        sure = self._confidence.of(grounds) if grounds else 0.0
        everything = when == "then" and dated.sets_range(heard) and not heard.topic
        if everything and found:  # all that is from then answers
            sure = max(sure, self._thresholds.unsure)
        if outside:  # it was asked for another time
            sure = min(sure, self._short_of_an_answer)
        if missing:  # what was asked for word for word is not there, whatever else is
            sure = round(sure * self._thresholds.unsure * 0.99, 4)
        return Asked(hits, sure, missing, prepared, outside=outside, evidence=grounds)

    def _grounds(
        self, found: list[Found], first: ReadPassage, weigher: Weigher, question: Question
    ) -> dict[str, float]:
        foreign = not reads_language(self._encoder, question)
        return evidence(found, first, weigher, follows=bool(question.also), foreign=foreign)

    def _search(self, question: Question, setting: TimeScope, filters: Filters, k: int) -> list[Found]:
        return dated.search_then(self._index, self._encoder, question, setting, filters, k, self._ranking)

    def _is_nothing(self, found: Asked, heard: TimeScope) -> bool:
        """Whether nothing from the time that was asked for answers.

        Where it is asked what was written then, or for anything from then, what has no date is no answer.
        """
        from_then = found.hits
        if dated.sets_range(heard) and (heard.written or not heard.topic):
            from_then = tuple(hit for hit in found.hits if hit.article.published)
        return not from_then or status_of(found.confidence, self._thresholds) == "not_found"


def _covered(weigher: Weigher, found: Found) -> float:
    """Return what share of the question's weight a passage and its title hold."""
    article = found.stored.article
    title, text = (terms_of(each, article.language) for each in (article.title, found.stored.passage.text))
    return weigher.covered(title | text)
