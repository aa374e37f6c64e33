"""Where the sentences of a text begin and end.

The rules of each language are `sentencex`'s. This file keeps offsets exact, time linear, and mends what newspapers
trip it with: quotations of several sentences, quotation marks at a boundary, footnote marks, numbered lists.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

import sentencex

from retrieval.types import Span

# sentencex is quadratic in what it is given at once, and a sentence longer than this is no sentence.
_WINDOW = 2_048

_LINES = re.compile("[^\n\r\x0b\x0c\x85\u2028\u2029]+")

# A quotation or parenthesis holds sentencex back from any boundary within it, so the marks are hidden from it. Each
# becomes one space: offsets stay, and the rules for a full stop before a space apply. A typewriter's single quotation
# mark is also the apostrophe, and is a quotation mark only at the edge of a word.
_MARKS = re.compile(
    # Nearly no letter is one of these, and a search that begins with them is quick: what comes before is asked after.
    "[`'’\"“”„‟«»‹›‘‚‛()[]"
    "(?:(?<=`)`|(?<=')'|(?<=[\"“”„‟«»‹›‘‚‛()])|(?<=[.!?…,;:]['’])['’]*(?!\\w)|(?<=')(?<![^\\s\"“(]')(?=\\w)"
    # and a note's number after a full stop: "dry.[4][n 1] Still"
    '|(?<=[.!?"”’)]\\[)[^\\[\\]]{0,24}\\](?:\\[[^\\[\\]]{0,24}\\])*)'
)
# Lone surrogates cannot be handed over as UTF-8, and other spaces than the plain one are not spaces to sentencex.
_STRANGE = re.compile("[\ud800-\udfff]|[^\\S ]")

# What lies about a boundary: marks that cling to the sentence before, then closing marks that stand free, as they do
# in tokenised text. More of them than this is decoration, and goes where it may.
_AROUND = 12
_ABOUT = frozenset("\"“”„‟«»‹›‘’‚‛()'`")
_BARE = re.compile("[\\w.!?…] (?=\\w)")
_CLINGING = re.compile("\\S*")
_FREE_CLOSER = re.compile("\\s+(''|[”’)»›\"']+)(?=\\s|$)")
_CLOSERS = re.compile("[”’»›)\"']*")

# A line of these alone is one sentence in every language.
_PLAIN = re.compile("[A-Za-z0-9 ,'-]*")
_CJK_END = frozenset("。！？｡．」』）”’…")
_CONTINUES = re.compile("[,;:)\\]}”’»›]|[.!?…]+(?:\\s|$)|\\[[^\\]\\s]{0,4}(?: \\d+)?\\]")
_LIST_NUMBER = re.compile("[(\\[]?\\d{1,3} ?[.)\\]]+")
_BEFORE_NUMBER = re.compile("(?:^|[\\s(])(?:Vols?|Nos?|Nr|Figs?|Art|Ch|Sec|pp?|vols?|nos?|nr|figs?|art)\\.$")
_BEFORE_NAME = re.compile("(?:^|[\\s(])(?:St|Dr|Mr|Mrs|Ms|Prof|Gen|Sen)\\.$")
_DAY_OR_RANK = re.compile("(?:^|\\s)\\d{1,2}\\.$")
# Where a full stop after a number makes it an ordinal: "Am 5. Mai", "im 20. Jahrhundert".
_ORDINAL_STOP = re.compile("bs|cs|da|de|et|fi|fo|hr|hu|is|lb|lv|nb|nn|no|pl|sk|sl|sr|tr")

# English sentences that sentencex joins: after words that it takes for abbreviations ("me" for Maine, "no" for
# number), and, where the next word can only begin a sentence, after real abbreviations.
_MISSED = re.compile(
    '\\.(?:(?:(?<=\\bme\\.)|(?<=\\bno\\.)|(?<=\\bus\\.)|(?<=\\bmay\\.))["”’\')]{0,3}\\s+(?=["“‘(]?[A-Z])'
    "|(?<![ .][A-Z]\\.)(?<!\\bvs\\.)(?<!\\bv\\.)(?<!\\bcf\\.)(?<!\\be\\.g\\.)(?<!\\bi\\.e\\.)(?<!\\blit\\.)"
    '["”’\')]{0,3}\\s+(?=["“‘(]?(?:The|This|That|These|Those|There|He|She|It|They|We|You|But|And|However|When|While|'
    "If|What|Then)\\s))"
)


def sentence_spans(text: str, language: str | None) -> list[Span]:
    """Give the spans of the sentences of `text`, in order.

    Every character that is not white space lies in exactly one span; spans are trimmed and not empty. A line's end
    always ends a sentence. `language` is an ISO 639-1 code; where it is None or unknown, English rules apply. A run of
    more than 2,048 characters without an end is divided at white space, or anywhere if it has none. Time is linear.
    """
    spans: list[Span] = []
    for line in _LINES.finditer(text):
        cuts = _cuts(line.group(), language or "en")
        spans += (span for start, end in pairwise(cuts) if (span := _trim(line.group(), start, end, line.start())))
    return spans


def _cuts(line: str, language: str) -> list[int]:
    """Give where the sentences of `line` begin, from 0, and its length at last."""
    if len(line) <= _WINDOW and _PLAIN.fullmatch(line):
        return [0, len(line)]
    hidden = _MARKS.sub(_blank, line)
    if not hidden.isprintable():  # nothing that is printable is strange
        hidden = _STRANGE.sub(" ", hidden)
    cuts = _boundaries(hidden, language)
    if language == "en" and (missed := [found.end() for found in _MISSED.finditer(line)]):
        cuts = sorted({*cuts, *missed})
    return _mend(line, cuts, language)


def _blank(mark: re.Match[str]) -> str:
    return " " * len(mark.group())


def _trim(line: str, start: int, end: int, offset: int) -> Span | None:
    piece = line[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    return (offset + left, offset + right) if left < right else None


def _boundaries(hidden: str, language: str) -> list[int]:
    """Give where sentencex begins sentences in `hidden`, from 0, and its length at last; at most _WINDOW apart."""
    cuts = [0]
    while cuts[-1] < len(hidden):
        start = cuts[-1]
        window = hidden[start : start + _WINDOW]
        ends = _segment(window, language)
        if start + len(window) < len(hidden):
            # The last sentence may go on past the window: it is read again, as the start of the next one.
            ends = ends[:-1] or [_last_space(window)]
        cuts += (start + end for end in ends)
    return cuts


def _segment(window: str, language: str) -> list[int]:
    """Give the ends of sentencex's pieces; only the window's own end where they are not the window, cut up."""
    pieces: list[str] = sentencex.segment(language, window)
    if "".join(pieces) != window:
        return [len(window)]
    ends: list[int] = []
    end = 0
    for piece in pieces:
        end += len(piece)
        if piece:
            ends.append(end)
    return ends


def _last_space(window: str) -> int:
    return window.rfind(" ", 1) + 1 or len(window)


def _mend(line: str, cuts: list[int], language: str) -> list[int]:
    """Move each cut to where its quotation marks belong, and leave out those that divide a sentence.

    Cuts without white space about them are real only after a full stop of Chinese or Japanese, or between two halves
    of something too long to be a sentence.
    """
    kept = [0]
    quotes = [mark.start() for mark in re.finditer('"', line)]
    for cut in cuts[1:-1]:
        place = _between_quotes(line, cut, quotes)
        if place <= kept[-1]:
            continue
        start = kept[-1]
        if place - start >= _WINDOW // 2 or not _same_sentence(line, start, place, language):
            kept.append(place)
    return [*kept, len(line)]


def _between_quotes(line: str, cut: int, quotes: list[int]) -> int:
    """Give the place near `cut` with closing marks before it and opening marks after it."""
    if _BARE.match(line, cut - 2):  # one space after a sentence's end: nothing to move
        return cut - 1
    left = cut
    while left > max(0, cut - _AROUND) and (line[left - 1].isspace() or line[left - 1] in _ABOUT):
        left -= 1
    right = cut
    while right < min(len(line), cut + _AROUND) and (line[right].isspace() or line[right] in _ABOUT):
        right += 1
    gap = line[left:right]
    if not gap:
        return cut
    if not any(character.isspace() for character in gap):
        closers = _CLOSERS.match(gap)
        return left + (closers.end() if closers else 0)
    clinging = _CLINGING.match(gap)
    end = clinging.end() if clinging else 0
    while closer := _FREE_CLOSER.match(gap, end):
        at = left + closer.start(1)
        # A typewriter's quotation mark between two spaces closes if an odd number came before it.
        if closer.group(1) == '"' and bisect_left(quotes, at) % 2 == 0:
            break
        if closer.end() == len(gap) and right < len(line):
            break
        end = closer.end()
    return left + end


def _same_sentence(line: str, start: int, cut: int, language: str) -> bool:
    """Tell whether `cut` falls within a sentence that began at `start`."""
    before = line[max(start, cut - 40) : cut].rstrip()
    after = line[cut : cut + 40].lstrip()
    if not before or not after:
        return True
    if not line[cut - 1].isspace() and not line[cut].isspace() and before[-1] not in _CJK_END:
        return True
    if _CONTINUES.match(after) or _LIST_NUMBER.fullmatch(line[start:cut].strip()):
        return True
    abbreviated = (
        (after[0].isdigit() and _BEFORE_NUMBER.search(before))
        or (language != "en" and _BEFORE_NAME.search(before))
        or (_ORDINAL_STOP.fullmatch(language) and _DAY_OR_RANK.search(before))
    )
    # "Y. pestis", "et al. found", "“Why?” he asked": but a text written without capitals has sentences too.
    lower = _first_letter(after).islower() and _first_letter(line[start : start + 40]).isupper()
    return bool(abbreviated) or lower


def _first_letter(text: str) -> str:
    return next((character for character in text if character.isalnum()), "")
