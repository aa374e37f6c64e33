"""Which lines of a text are headings, and what a text without a stated title is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.reading.blocks import Block

_LONGEST_TITLE, _LONGEST_HEADING, _LONGEST_SENTENCE = 150, 100, 80
_OPEN_END = re.compile(r"[.,;:…-]$|^\W{0,2}(?:[-*•–—]|https?:)")
_WORD = re.compile(r"[^\W\d_][^\W_]*")
_BULLET = re.compile("\\A\\s*(?:[-*•·▪▸‣◦⁃–—\uf0b7\uf0a7\uf0d8]\\s+)+(?=\\S)")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)]*(?=\s+[\"'“‘«(]?[^\W_a-zß-öø-ÿ])|[。！？]")
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|mr|mrs|ms|dr|prof|st|gen|sen|rep|gov|lt|col|capt|sgt|no|vs|etc|u\.s|u\.k)\.$", re.I
)


def could_be_title(line: str) -> bool:
    """Whether a line is short and open-ended, as headlines are."""
    words = _WORD.findall(line)
    return 0 < len(words) <= 25 and len(line) <= _LONGEST_TITLE and not _OPEN_END.search(line)


def is_title_case(line: str) -> bool:
    """Whether a line is a short one that writes its words with capitals, or wholly in them."""
    if not could_be_title(line) or len(line) > _LONGEST_HEADING:
        return False
    words = [word for word in _WORD.findall(line) if len(word) > 3] or _WORD.findall(line)
    capital = sum(1 for word in words if word[0].isupper())
    return capital >= 0.75 * len(words) and _WORD.findall(line)[0][0].isupper()


def mark_headings(blocks: Sequence[Block], alone: Sequence[bool]) -> list[Block]:
    """The blocks, those that are headings marked; `alone` says which stand between blank lines.

    A heading stands in front of a paragraph. Three such lines in a row are a list or a verse, not headings.
    """
    shaped = [_shaped(block, alone[number]) for number, block in enumerate(blocks)]
    marked = list(blocks)
    for number, block in enumerate(blocks):
        if not shaped[number] or not _leads(blocks, shaped, number):
            continue
        marked[number] = Block(block.text, "heading")
    return marked


def untitled(text: str) -> str:
    """The first sentence of a text, shortened at a word to 80 characters at most."""
    start, line = 0, _BULLET.sub("", text[:1000].split("\n", 1)[0], count=1) if text[:1000].strip() else ""
    for match in _SENTENCE_END.finditer(line):
        if not _ABBREVIATED.search(line[start : match.end()]):
            line = line[: match.end()]
            break
    line = line.strip(" \t|")
    if len(line) <= _LONGEST_SENTENCE:
        return line.removesuffix(".") or line
    cut = line[:_LONGEST_SENTENCE]
    return (cut[: cut.rfind(" ")] if " " in cut else cut[:-1]).rstrip(" ,;:-–—") + "…"


def stated_title(blocks: Sequence[Block]) -> str | None:
    """The heading that an article without a title line is called by: the first of three words or more in title case.

    Only the first half of a text has it; a heading near the end names a section.
    """
    half = sum(len(block.text) for block in blocks) / 2
    passed = 0
    for block in blocks:
        if passed > half:
            return None
        if block.kind == "heading" and is_title_case(block.text) and len(_WORD.findall(block.text)) >= 3:
            return block.text
        passed += len(block.text)
    return None


def shares_words(heading: str, lead: str) -> bool:
    """Whether a heading names two things that the lead speaks of, as a headline does; a section's need not."""
    telling = {word.casefold()[:5] for word in _WORD.findall(heading) if len(word) > 3}
    return len(telling & {word.casefold()[:5] for word in _WORD.findall(lead)}) >= min(2, len(telling))


def title_of_name(name: str, text: str) -> str | None:
    """The title that a file's name gives, if it is made of words: two or more, half of which the text has.

    Words that the text only writes with a capital get one.
    """
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = [word for word in re.split(r"[\W_]+", stem) if word]
    lettered = [word.casefold()[:4] for word in words if _WORD.fullmatch(word)]
    known = {word.casefold()[:4] for word in _WORD.findall(text)}
    if len(lettered) < 2 or sum(word in known for word in lettered) * 2 < len(words):
        return None
    written = set(_WORD.findall(text))
    cased = [
        word.capitalize() if word.islower() and word not in written and word.capitalize() in written else word
        for word in words
    ]
    return " ".join([cased[0][0].upper() + cased[0][1:], *cased[1:]])


def _shaped(block: Block, alone: bool) -> bool:
    if block.kind != "text" or not could_be_title(block.text):
        return False
    if is_title_case(block.text):
        return True
    return alone and len(block.text) <= 60 and len(_WORD.findall(block.text)) <= 8 and block.text[0].isupper()


def _leads(blocks: Sequence[Block], shaped: Sequence[bool], number: int) -> bool:
    """Whether a paragraph follows, with at most one more heading (and captions) in between."""
    before = number > 0 and shaped[number - 1]
    following = [place for place in range(number + 1, min(number + 6, len(blocks))) if blocks[place].kind == "text"]
    if not following:
        return False
    if shaped[following[0]]:
        return not before and len(following) > 1 and _is_prose(blocks[following[1]].text)
    if before and number > 1 and shaped[number - 2]:
        return False
    return _is_prose(blocks[following[0]].text)


def _is_prose(text: str) -> bool:
    return bool(_ENDED.search(text)) or len(text) >= _LONGEST_TITLE
