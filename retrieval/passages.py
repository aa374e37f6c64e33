"""From an article to passages: whole sentences, about evenly long, never more than the encoder reads.

Nothing is cut off: a sentence that is too long for the encoder is divided, at a clause if it has any. What a token is,
is the encoder's to say, through a `TokenCounter`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, zip_longest
from typing import Protocol

from retrieval.errors import EncoderError
from retrieval.sentences import sentence_spans
from retrieval.types import Article, Passage, Span

# What it costs to end a passage somewhere, beside its distance from an even share (as a fraction of that share).
_BEFORE_HEADING, _PARAGRAPH, _LINE, _SENTENCE, _CLAUSE, _WORD, _CHARACTER = -0.15, 0.0, 0.1, 0.3, 0.5, 1.0, 2.0
_AFTER_HEADING = 10.0
_TOO_SHORT = 1.0
_SHORTEST, _LONGEST = 0.6, 1.4

_CLAUSES = re.compile("(?<=[;:,—–])\\s+|(?<=[；：，、،؛])|(?<=—)|(?=—)")
_SPACES = re.compile("\\s+")
# Chinese, Japanese, Thai, Lao, Tibetan, Burmese and Khmer are written without spaces: two characters are about a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Of what is no word of any language (a table of base64, say) this many characters count as one.
_LONG_WORD = 15


class TokenCounter(Protocol):
    """Counts as an encoder does."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Give how many of the encoder's tokens each text has, without special tokens."""
        ...


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that is too long; `cost` is what it costs to end a passage after it."""

    start: int
    end: int
    tokens: int
    words: int
    cost: float


@dataclass(frozen=True, slots=True)
class _Ruler:
    """Measures spans of one text against what a passage may hold."""

    text: str
    counter: TokenCounter
    max_tokens: int
    max_words: int

    def units(self, spans: Sequence[Span], cost: float) -> list[_Unit]:
        """Give a unit for every span; the encoder's tokens are counted in one call."""
        texts = [self.text[start:end] for start, end in spans]
        counts = self.counter.count(texts) if texts else []
        return [
            _Unit(start, end, tokens, _words(text), cost)
            for (start, end), text, tokens in zip(spans, texts, counts, strict=True)
        ]

    def fits(self, unit: _Unit) -> bool:
        return unit.tokens <= self.max_tokens and unit.words <= self.max_words


def split(
    article: Article,
    article_id: str,
    counter: TokenCounter,
    *,
    max_tokens: int,
    words: int = 150,
    without: Sequence[Span] = (),
) -> list[Passage]:
    """Divide an article into passages of about `words` words, each of at most `max_tokens` tokens, in order.

    `max_tokens` is what is left for the passage's own text. Passages do not overlap, every character that is not white
    space lies in exactly one, and `article.text[start:end] == passage.text`. They end at a paragraph's end or before a
    heading where that is near, and a heading goes with what follows it. In scripts without spaces two characters count
    as a word. A sentence is divided only if it has more than `max_tokens` tokens or twice `words` words. What lies in
    the spans `without`, whole lines, is in no passage.

    Raises ValueError if `words` or `max_tokens` is below 1, EncoderError if one character is more than `max_tokens`.
    """
    if words < 1 or max_tokens < 1:
        raise ValueError(f"words and max_tokens must be at least 1, not {words} and {max_tokens}")
    headings = sorted(span for span in article.headings if article.text[slice(*span)].strip())
    ruler = _Ruler(article.text, counter, max_tokens, 2 * words)
    sentences = sentence_spans(article.text, article.language)
    runs = _runs(sentences, without) if without else [sentences]
    packed = [group for run in runs for group in _packed(_units(ruler, run, headings), words, max_tokens)]
    starts = [start for start, _ in headings]
    passages = []
    for start, end in _fitting(ruler, packed):
        above = bisect_right(starts, start)
        heading = article.text[slice(*headings[above - 1])].strip() if above else None
        text = article.text[start:end]
        passages.append(
            Passage(f"{article_id}#{start}", article_id, start, end, text, heading, page_at(article, start))
        )
    return passages


def _runs(sentences: Sequence[Span], without: Sequence[Span]) -> list[list[Span]]:
    """Give the sentences that lie outside of the spans `without`, divided where one of those lies between them."""
    runs: list[list[Span]] = [[]]
    for start, end in sentences:
        if any(left <= start < right for left, right in without):
            runs.append([])
        else:
            runs[-1].append((start, end))
    return [run for run in runs if run]


def page_at(article: Article, start: int) -> str | None:
    """Give the name of the printed page that a character of an article stands on, None where no page is known."""
    at = bisect_right([begins for begins, _ in article.pages], start)
    return article.pages[at - 1][1] if at else None


def _words(text: str) -> int:
    """Estimate how many words `text` has, in any script."""
    count = len(text.split())
    if not text.isascii():
        count += sum(1 for _ in _UNSPACED.finditer(text)) // 2
    return max(count, len(text) // _LONG_WORD)


def _units(ruler: _Ruler, sentences: Sequence[Span], headings: Sequence[Span]) -> list[_Unit]:
    """Give the sentences, divided where they do not fit, each with what it costs to end a passage after it."""
    starts = [start for start, _ in headings]

    def in_heading(place: int) -> bool:
        above = bisect_right(starts, place)
        return above > 0 and place < headings[above - 1][1]

    whole = ruler.units(sentences, _PARAGRAPH)
    units: list[_Unit] = []
    for unit, following in zip_longest(whole, whole[1:]):
        cost = _PARAGRAPH
        if following and in_heading(unit.start):
            cost = _AFTER_HEADING
        elif following and in_heading(following.start):
            cost = _BEFORE_HEADING
        elif following:
            lines = ruler.text.count("\n", unit.end, following.start)
            cost = (_SENTENCE, _LINE, _PARAGRAPH)[min(lines, 2)]
        pieces = [unit] if ruler.fits(unit) else _divided(ruler, unit)
        units += pieces[:-1]
        units.append(replace(pieces[-1], cost=cost))
    return units


def _divided(ruler: _Ruler, unit: _Unit) -> list[_Unit]:
    """Divide a unit that does not fit: at clauses, what still does not fit at words, and that between characters."""
    pieces = _redone(ruler, [unit], _at(ruler.text, _CLAUSES), _CLAUSE)
    pieces = _redone(ruler, pieces, _at(ruler.text, _SPACES), _WORD)
    while not all(map(ruler.fits, pieces)):
        pieces = _redone(ruler, pieces, lambda piece: _halves(ruler, piece), _CHARACTER)
    return pieces


def _redone(ruler: _Ruler, units: Iterable[_Unit], cut: Callable[[_Unit], list[Span]], cost: float) -> list[_Unit]:
    """Put in the place of each unit that does not fit the pieces that `cut` makes of it; its last keeps its cost."""
    old = [(unit, [] if ruler.fits(unit) else cut(unit)) for unit in units]
    new = iter(ruler.units([span for _, spans in old for span in spans], cost))
    redone: list[_Unit] = []
    for unit, spans in old:
        pieces = [next(new) for _ in spans] or [unit]
        redone += [*pieces[:-1], replace(pieces[-1], cost=unit.cost)]
    return redone


def _at(text: str, pattern: re.Pattern[str]) -> Callable[[_Unit], list[Span]]:
    """Give a function that cuts a unit wherever `pattern` is found, and leaves white space out of the pieces."""

    def cut(unit: _Unit) -> list[Span]:
        places = [unit.start, *(match.end() for match in pattern.finditer(text, unit.start, unit.end)), unit.end]
        pieces = [(start, text[start:end]) for start, end in pairwise(places)]
        starts = [start + len(piece) - len(piece.lstrip()) for start, piece in pieces]
        return [
            (start, start + len(piece.strip()))
            for start, (_, piece) in zip(starts, pieces, strict=True)
            if piece.strip()
        ]

    return cut


def _halves(ruler: _Ruler, unit: _Unit) -> list[Span]:
    middle = (unit.start + unit.end) // 2
    # A letter keeps its marks: "e" and its combining accent, a Thai consonant and its vowel.
    place = middle
    while place > unit.start and unicodedata.category(ruler.text[place]).startswith("M"):
        place -= 1
    middle = place if place > unit.start else middle
    if middle == unit.start:
        raise EncoderError(
            f"{ruler.text[unit.start]!r} alone is {unit.tokens} tokens, and a passage may have {ruler.max_tokens}",
            "Use an encoder that reads longer texts, or give its passages a shorter title",
        )
    return [(unit.start, middle), (middle, unit.end)]


def _packed(units: Sequence[_Unit], words: int, max_tokens: int) -> list[list[_Unit]]:
    """Put units together so that each passage has an even share of what is left of the article."""
    groups: list[list[_Unit]] = []
    words_left = sum(unit.words for unit in units)
    tokens_left = sum(unit.tokens for unit in units)
    begin = 0
    while begin < len(units):
        end = len(units)
        if words_left > 1.5 * words or tokens_left > max_tokens:
            shares = max(2, round(words_left / words), math.ceil(tokens_left / max_tokens))
            end = _best_end(units, begin, words_left / shares, max_tokens)
        group = list(units[begin:end])
        words_left -= sum(unit.words for unit in group)
        tokens_left -= sum(unit.tokens for unit in group)
        groups.append(group)
        begin = end
    return groups


def _best_end(units: Sequence[_Unit], begin: int, share: float, max_tokens: int) -> int:
    """Give the end of the passage that begins at `begin` and should have `share` words: where ending costs least."""
    best, least = begin, math.inf
    words = tokens = 0
    for place in range(begin, len(units)):
        words += units[place].words
        tokens += units[place].tokens
        # A passage grows past its share only to let a heading have something to stand over.
        enough = words > _LONGEST * share and least < _AFTER_HEADING
        if place > begin and (tokens > max_tokens or enough):
            break
        cost = units[place].cost + abs(words - share) / share + (_TOO_SHORT if words < _SHORTEST * share else 0)
        if cost <= least:
            best, least = place, cost
    return best + 1


def _fitting(ruler: _Ruler, groups: Iterable[list[_Unit]]) -> list[Span]:
    """Give the passages' spans, with each that the encoder counts too long after all divided until it is not.

    The tokens of sentences need not add up to those of the passage: that depends on the encoder.
    """
    pending = [(group, (group[0].start, group[-1].end)) for group in groups]
    done: list[Span] = []
    while pending:
        counts = ruler.counter.count([ruler.text[start:end] for _, (start, end) in pending])
        divided: list[tuple[list[_Unit], Span]] = []
        for (group, span), count in zip(pending, counts, strict=True):
            # A single unit has been counted before, and fits.
            if count <= ruler.max_tokens or len(group) == 1:
                done.append(span)
            else:
                divided += ((half, (half[0].start, half[-1].end)) for half in _halved(group))
        pending = divided
    return sorted(done)


def _halved(group: list[_Unit]) -> tuple[list[_Unit], list[_Unit]]:
    """Divide the units of a passage near the middle of their tokens."""
    sums = list(accumulate(unit.tokens for unit in group))
    middle = min(max(bisect_left(sums, sums[-1] / 2), 1), len(group) - 1)
    return group[:middle], group[middle:]
