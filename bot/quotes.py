"""What a card quotes, read from the archive: each passage checked against what it was when it was found.

All functions here read the archive, and so belong on a thread (`Asking.search`, `Asking.call`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bot.records import HitRef, digest_of
from retrieval.passages import page_at
from retrieval.types import Answer, Article, Citation, Filters, Hit, Span, Status

if TYPE_CHECKING:
    from retrieval.archive import Archive
    from retrieval.index import Summary

State = Literal["same", "changed", "gone"]
_CONTEXT_CHARS = 1200  # before and after a passage


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage as it can be shown now. Where it is not what was found any more, `text` is empty and `state` says so.

    `excerpt` is the span of `text` that holds the sentence that answers and its neighbours.
    """

    ref: HitRef
    state: State
    citation: Citation
    text: str = ""
    excerpt: Span = (0, 0)
    also_in: tuple[Citation, ...] = ()
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An answer with all that its card shows: its passages, and what was searched."""

    answer: Answer
    quotes: tuple[Quote, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Context:
    """A passage between what stands before and after it in its article; either is empty at the article's ends.

    `begins` and `ends` tell whether the article does there.
    """

    quote: Quote
    before: str = ""
    after: str = ""
    begins: bool = True
    ends: bool = True


def find(
    archive: Archive, question: str, k: int, filters: Filters, previous: str = "", literally: Sequence[str] = ()
) -> Found:
    """Ask the archive, after the question `previous` if it is not empty; the same errors as `Archive.ask`."""
    answer = archive.ask(question, k=k, filters=filters, previous=previous or None, literally=literally)
    return Found(answer, tuple(quote_of(hit) for hit in answer.hits), archive.status())


def more_of(archive: Archive, question: str, article_id: str, without: HitRef) -> tuple[Quote, ...]:
    """Return all passages of one article that have to do with a question, best first, but for the one that is known."""
    hits = archive.search_in(article_id, question)
    return tuple(quote_of(hit) for hit in hits if hit.passage.id != without.passage_id)


def reread(archive: Archive, refs: Sequence[HitRef]) -> tuple[Quote, ...]:
    """Return posted passages as the archive holds them now."""
    return tuple(_reread(archive, ref) for ref in refs)


def context(archive: Archive, ref: HitRef) -> Context:
    """Return a posted passage with what stands around it."""
    article = archive.article(ref.article_id)
    quote = _of_article(ref, article)
    if quote.state != "same" or article is None:
        return Context(quote)
    begins, ends = ref.start <= _CONTEXT_CHARS, ref.end + _CONTEXT_CHARS >= len(article.text)
    before = article.text[max(ref.start - _CONTEXT_CHARS, 0) : ref.start]
    if not begins:
        before = before[_first_break(before) :]
    after = article.text[ref.end : ref.end + _CONTEXT_CHARS]
    if not ends:
        after = after[: after.rfind(" ") if " " in after else len(after)]
    return Context(quote, before.strip(), after.strip(), begins, ends)


def status_for(answer: Answer, sure: float | None) -> Status:
    """Return an answer's status in a server that has set how sure it must be; the archive's own where it has not."""
    if sure is None:
        return answer.status
    if answer.confidence >= sure and answer.hits:
        return "answered"
    if answer.about is not None and answer.about.count:  # how sure passages are is no matter there
        return answer.status
    return "not_found" if answer.status == "not_found" else "unsure"


def cite(article_id: str, article: Article) -> Citation:
    """Return the citation of an article that was read whole; where its file lies is left out."""
    return Citation(
        article_id, article.title, article.authors, article.publisher, article.published, article.url,
        language=article.language, format=article.format, first_seen=article.first_seen, last_seen=article.last_seen,
    )  # fmt: skip


def quote_of(hit: Hit) -> Quote:
    """Return a passage that was found just now as it can be shown."""
    text = hit.passage.text
    excerpt = _neighbours(text, hit.highlights, hit.article.language)
    return Quote(HitRef.of(hit), "same", hit.article, text, excerpt, hit.also_in, hit.passage.page)


def _reread(archive: Archive, ref: HitRef) -> Quote:
    quote = _of_article(ref, archive.article(ref.article_id))
    copies = ((copy, archive.article(copy)) for copy in ref.also_in)
    return replace(quote, also_in=tuple(cite(copy, article) for copy, article in copies if article is not None))


def _of_article(ref: HitRef, article: Article | None) -> Quote:
    if article is None:
        return Quote(ref, "gone", Citation(ref.article_id))
    citation = cite(ref.article_id, article)
    text = article.text[ref.start : ref.end]
    if digest_of(text) != ref.digest:
        return Quote(ref, "changed", citation)
    excerpt = _neighbours(text, ref.highlights, article.language)
    return Quote(ref, "same", citation, text, excerpt, page=page_at(article, ref.start))


def _neighbours(text: str, highlights: Sequence[Span], language: str | None) -> Span:
    """Return the span of the sentences marked, with their neighbours; of the first if none is."""
    from retrieval.sentences import sentence_spans

    spans = sentence_spans(text, language)
    if not spans:
        return (0, len(text))
    marked = [i for i, (start, end) in enumerate(spans) if any(start < b and a < end for a, b in highlights)] or [0]
    first, last = marked[0], marked[-1]
    # A neighbour stands in the same paragraph; beyond it, there may be a heading or a caption.
    if first > 0 and "\n" not in text[spans[first - 1][1] : spans[first][0]]:
        first -= 1
    if last + 1 < len(spans) and "\n" not in text[spans[last][1] : spans[last + 1][0]]:
        last += 1
    return (spans[first][0], spans[last][1])


def _first_break(text: str) -> int:
    """Return where the first whole sentence or word of a text begins that was cut out of a longer one."""
    ends = [at + len(mark) for mark in ("\n\n", ". ") if (at := text.find(mark)) >= 0]
    near = [end for end in ends if end < len(text) / 2]
    return min(near) if near else text.find(" ") + 1
