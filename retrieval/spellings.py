"""Other ways to write a word that mean the same to an asker: colour and color, mouse and mice, Küste and Kueste.

The pairs stand in `spellings.txt`. They widen questions, never what is indexed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from retrieval.terms import stems

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
_WRITTEN_OUT = re.compile(r"ae|oe|(?<![qae])ue")  # not in "Frauen", "neue" or "quer"
_LETTERS = {"ae": "ä", "oe": "ö", "ue": "ü"}


class _Pairs(NamedTuple):
    stems: dict[str, tuple[str, ...]]
    beginnings: tuple[tuple[str, str], ...]
    endings: tuple[tuple[str, str], ...]
    begin: tuple[str, ...]
    end: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def variants(form: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the terms under which a case-folded word may stand in other spellings, for texts in `languages`."""
    found: dict[str, None] = {}
    for language in dict.fromkeys(language.split("-")[0].lower() for language in languages):
        once = dict.fromkeys(_others(form, language))
        twice = dict.fromkeys(other for one in once for other in _others(one, language))  # Photographie, Fotografie
        for other in once | twice:
            found.update(dict.fromkeys(stems(other, language)))
    return tuple(found)


def _others(form: str, language: str) -> Iterator[str]:
    pairs = _table().get(language)
    if pairs is not None:
        for stem in stems(form, language):
            yield from pairs.stems.get(stem, ())
        begins, ends = form.startswith(pairs.begin), form.endswith(pairs.end)  # few do, and the lists are long
        for one, other in pairs.beginnings if begins else ():
            if form.startswith(one):
                yield other + form[len(one) :]
        for one, other in pairs.endings if ends else ():
            if form.endswith(one) and len(form) > len(one) + 1:
                yield form[: -len(one)] + other
    if language == "de":
        if (spelt_out := form.translate(_UMLAUTS)) != form:
            yield spelt_out
        if (drawn_in := _WRITTEN_OUT.sub(lambda match: _LETTERS[match.group()], form)) != form:
            yield drawn_in


@cache
def _table() -> dict[str, _Pairs]:
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    beginnings: dict[str, list[tuple[str, str]]] = {}
    endings: dict[str, list[tuple[str, str]]] = {}
    for line in files("retrieval").joinpath("spellings.txt").read_text(encoding="utf-8").splitlines():
        language, colon, pair = line.partition(": ")
        if line.startswith("#") or not colon:
            continue
        for one, other in (pair.split(), pair.split()[::-1]):
            if one.endswith("*"):
                beginnings.setdefault(language, []).append((one[:-1], other[:-1]))
            elif one.startswith("*"):
                endings.setdefault(language, []).append((one[1:], other[1:]))
            else:
                known = words.setdefault(language, {})
                for stem in stems(one, language):
                    known[stem] = (*known.get(stem, ()), other)
    return {
        language: _Pairs(
            words.get(language, {}),
            tuple(beginnings.get(language, ())),
            tuple(endings.get(language, ())),
            tuple(one for one, _ in beginnings.get(language, ())),
            tuple(one for one, _ in endings.get(language, ())),
        )
        for language in words.keys() | beginnings.keys() | endings.keys()
    }
