"""What words a text is found by.

One analysis serves the full-text index, the question and the marks on the words that matched, so that they agree:
words are case-folded, stemmed by language (Snowball), stripped of accents; words that carry no topic are left out.
Numbers keep their value ("1,000" is 1000), initials are one word ("U.S." is us), and scripts written without spaces
are cut into pairs of characters. A word of two parts stands under both and as one ("e-mail" is mail and email). A term
is at most 64 characters long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, repeat
from typing import NamedTuple

MAX_TERM = 64
TERMS = 3  # changes when a text may be analysed in another way: then the full text is written again

# Han, kana, Thai, Lao, Khmer and Burmese: written without spaces between words.
_UNSPACED_SET = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
)
# Vowel signs, points and accents that stand apart from their letters: Python's \w leaves them out, and would cut
# Hindi, pointed Hebrew and Arabic, or decomposed Latin into pieces.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0963\u0971-\u0df3"
    "\u0f71-\u0f84\u0f90-\u0fbc"
)
# The run of plain letters is no case of its own: it is only quicker than one letter after the other.
_LETTERS = rf"(?!{_UNSPACED_SET})[^\W_](?:[0-9A-Za-z]++|[{_MARKS}]|(?!{_UNSPACED_SET})[^\W_])*"
_WORD = re.compile(
    rf"""
      (?P<unspaced>{_UNSPACED_SET}+)
    | (?P<number>\d+(?:[.,]\d+)+)
    | (?P<initials>(?<!\w)(?:[^\W\d_]\.){{2,}}(?!\w))
    | (?P<word>{_LETTERS}(?:['’]{_LETTERS})*)
    """,
    re.VERBOSE,
)
_UNSPACED = re.compile(_UNSPACED_SET)
_PLAIN_WORD = re.compile(r"""[(\["'“‘„«]*([0-9A-Za-z]+)(?:['’][Ss])?[.,;:!?)\]"”’»…]*""")
# The points of Hebrew and Arabic are left out by most who write.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]")
_HYPHENS = ("-", "\u2010", "\u2011")
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


class Word(NamedTuple):
    """A word as it stands in a text: its surface form, case-folded, and its character span."""

    form: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return `text` without case and accents, in compatibility form: how names and terms are compared."""
    if text.isascii():
        return text.lower()
    # Twice, since either step may give what the other changes: "ℌ" has a case only once it is "H".
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def is_unspaced(form: str) -> bool:
    """Whether `form` begins in a script that is written without spaces between words."""
    return not form[:1].isascii() and _UNSPACED.match(form) is not None


def words(text: str) -> Iterator[Word]:
    """Yield the words of `text` in order, with their offsets in it."""
    for match in _WORD.finditer(text):
        yield from _parts(match.group(), match.lastgroup, match.start())


def _parts(surface: str, kind: str | None, start: int) -> Iterator[Word]:
    """Yield the words of one match of `_WORD`, which begins at `start`."""
    form = surface.casefold()
    if kind == "unspaced" and len(surface) > 1:
        for i in range(len(surface) - 1):
            yield Word(surface[i : i + 2], start + i, start + i + 2)
    elif kind == "initials":
        yield Word(form.replace(".", ""), start, start + len(surface))
    elif kind == "number":
        yield from _number(form, start)
    elif "'" in form or "’" in form:
        yield from _apostrophes(surface, start)
    else:
        yield Word(form, start, start + len(surface))


def _number(form: str, start: int) -> Iterator[Word]:
    """Thousands lose their separators; what is no plain number (1.2.3, 12,3,4) is cut at them."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", form):
        yield Word(form.replace(",", ""), start, start + len(form))
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", form):
        yield Word(form.replace(".", "").replace(",", "."), start, start + len(form))
    elif re.fullmatch(r"\d+[.,]\d+", form):
        yield Word(form.replace(",", "."), start, start + len(form))
    else:
        for part in re.finditer(r"\d+", form):
            yield Word(part.group(), start + part.start(), start + part.end())


def _apostrophes(surface: str, start: int) -> Iterator[Word]:
    """An English genitive is dropped, contractions and elisions are cut: "Rogozin's" is rogozin, "l'avion" l, avion."""
    kept = re.sub(r"['’][sS]$", "", surface)
    for part in re.finditer(r"[^'’]+", kept):  # in the surface, since folding case may change how long a word is
        yield Word(part.group().casefold(), start + part.start(), start + part.end())


class Analysis(NamedTuple):
    """A text as it is indexed: its `stems` and `forms`, in order, and all `letters`: what words of letters it has."""

    stems: Sequence[str]
    forms: Sequence[str]
    letters: Collection[str]


def analysed(text: str, language: str | None) -> Analysis:
    """Return what `text` is indexed by: many times as fast as `stemmed` and `words`, since most tokens come again."""
    tokens = text.split()  # no word, and none of two parts, reaches over white space
    if not tokens:
        return Analysis((), (), ())
    # One that is longer is hardly ever met again, and would be kept in memory.
    read = _analysed if max(map(len, tokens)) <= MAX_TERM else _briefly
    of_stems, of_forms, of_letters = zip(*map(read, tokens, repeat(language)), strict=True)
    chained = chain.from_iterable
    return Analysis(list(chained(of_stems)), list(chained(of_forms)), set().union(*of_letters))


def stems(text: str, language: str | None) -> list[str]:
    """Return the terms that `text` is indexed under, in order, without the words that carry no topic."""
    tokens = text.split()
    if len(tokens) == 1:  # a word of a question, as a rule
        return list(_briefly(tokens[0], language).stems)
    return list(analysed(text, language).stems)


def stemmed(text: str, language: str | None) -> Iterator[tuple[str, Word]]:
    """Yield each term of `text` that `stems` gives, with the word it came from."""
    if plain := plain_word(text):
        if stem := stem_of(plain.form, language):
            yield stem, plain
        return
    for word in _with_compounds(text):
        if stem := stem_of(word.form, language):
            yield stem, word


def compounds(text: str) -> Iterator[tuple[Word, Word]]:
    """Yield the two parts of each word of just two parts with a hyphen between, such as "e-mail"."""
    if not any(hyphen in text for hyphen in _HYPHENS):
        return
    chain: list[Word] = []
    for word in words(text):
        if chain and text[chain[-1].end : word.start] not in _HYPHENS:
            yield from _two(chain)
            chain = []
        chain.append(word)
    yield from _two(chain)


def compound_stems(text: str, languages: tuple[str | None, ...]) -> dict[Word, list[str]]:
    """Return for each part of a word of two parts the terms, in any of `languages`, that the whole stands under."""
    found: dict[Word, list[str]] = {}
    for one, other in compounds(text):
        whole = one.form + other.form
        found[one] = found[other] = [stem for language in languages if (stem := stem_of(whole, language))]
    return found


def _two(chain: list[Word]) -> Iterator[tuple[Word, Word]]:
    if len(chain) == 2 and chain[0].form.isalpha() and chain[1].form.isalpha():
        yield chain[0], chain[1]


def _with_compounds(text: str) -> list[Word]:
    """Return the words of `text` in order, a word of two parts also as one, after its parts."""
    whole = {other: Word(one.form + other.form, one.start, other.end) for one, other in compounds(text)}
    if not whole:
        return list(words(text))
    return [form for word in words(text) for form in ((word, whole[word]) if word in whole else (word,))]


def forms(text: str) -> list[str]:
    """Return every word of `text` in order, folded but not stemmed: what quoted phrases are matched against."""
    found: list[str] = []
    for token in text.split():
        found += (_forms if len(token) <= MAX_TERM else _forms_afresh)(token)
    return found


def _forms_afresh(token: str) -> tuple[str, ...]:
    if plain := plain_word(token):
        return (plain.form[:MAX_TERM],)
    return tuple(filter(None, (_joined(word.form) for word in words(token))))


_forms = lru_cache(maxsize=1 << 17)(_forms_afresh)


def plain_word(token: str) -> Word | None:
    """Return the one word of a token of nothing but English letters and digits, perhaps in the genitive, with marks
    around them; None for any other.

    Most tokens are such, and reading them needs none of what the others need.
    """
    found = _PLAIN_WORD.fullmatch(token)
    return Word(found.group(1).lower(), *found.span(1)) if found else None


def _afresh(token: str, language: str | None) -> Analysis:
    if plain := plain_word(token):
        stem, form = stem_of(plain.form, language), plain.form[:MAX_TERM]
        return Analysis((stem,) if stem else (), (form,), (plain.form,) if plain.form.isalpha() else ())
    found = [word.form for word in words(token)]
    return Analysis(
        tuple(stem for stem, _ in stemmed(token, language)),
        tuple(filter(None, map(_joined, found))),
        tuple(filter(str.isalpha, found)),
    )


_analysed = lru_cache(maxsize=1 << 17)(_afresh)


def _briefly(token: str, language: str | None) -> Analysis:
    return _analysed(token, language) if len(token) <= MAX_TERM else _afresh(token, language)


@lru_cache(maxsize=1 << 17)
def stem_of(form: str, language: str | None) -> str:
    """Return the term for a case-folded word; empty for a word that carries no topic."""
    if not form.isascii():
        form = unicodedata.normalize("NFKC", form).casefold()  # stems and lists know letters, not ligatures
    if form in stop_words(language):
        return ""
    stem = _stemmer(language)(form[:MAX_TERM])
    return stem if stem.isascii() and stem.isalnum() and stem.islower() else _joined(stem)


def _joined(form: str) -> str:
    """Return `form` folded, without the spaces that some characters fold to: one word is one term."""
    return "".join(fold(form).split())[:MAX_TERM]


@cache
def stop_words(language: str | None) -> frozenset[str]:
    """Return the words of `language` that carry no topic; none for a language without a list."""
    return _lists().get(_base(language), frozenset())


def listed_languages() -> frozenset[str]:
    """Return the codes of the languages whose words without a topic are known."""
    return frozenset(_lists())


def question_language(question: str, languages: tuple[str, ...]) -> str | None:
    """Return which of an archive's `languages` (commonest first) a question is asked in.

    The language most of whose function words occur in the question; the commonest where that is even.
    """
    found = {word.form for word in words(question)}
    return max(languages, key=lambda language: len(found & stop_words(language)), default=None)


@cache
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for line in files("retrieval").joinpath("stopwords.txt").read_text(encoding="utf-8").splitlines():
        language, colon, listed = line.partition(": ")
        if colon and not line.startswith("#"):
            lists[language] = frozenset(listed.split())
    return lists | {"nb": lists["no"], "nn": lists["no"]}


@cache
def _stemmer(language: str | None) -> Callable[[str], str]:
    import Stemmer

    algorithm = _STEMMERS.get(_base(language))
    if algorithm is None:
        return str
    stem: Callable[[str], str] = Stemmer.Stemmer(algorithm, 0).stemWord  # its own cache is not safe between threads
    return stem


def _base(language: str | None) -> str:
    """Return the language of a tag such as `de-AT`; text of an unknown language is analysed as English."""
    return (language or "en").split("-")[0].lower()
