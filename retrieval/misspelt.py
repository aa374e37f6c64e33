"""Words of a question that the archive does not know, and what they were most likely meant to be.

Only a word that no passage has, in any form or spelling, is looked for under another, and only where the encoder does
not know it as a word: an archive without bananas has nothing to say to them, and bandanas are no answer.
"""

from __future__ import annotations

from retrieval.encoders import Encoder, KnowsWords
from retrieval.index import Index
from retrieval.search import Question
from retrieval.terms import Word, stems, words


def corrected(
    index: Index, encoder: Encoder, question: Question, names: str = ""
) -> tuple[Question, tuple[tuple[str, str], ...]]:
    """Return a question that also looks for what its misspelt words were meant to be, with these: (asked, searched).

    The vector leans on the corrected wording as much as on the asked one. What stands in quotation marks is left as it
    was asked, and so are the words of `names` and an author's last name: the catalogue knows them, whether or not the
    articles do. Raises DamagedError where the index's words cannot be read.
    """
    unknown = _unknown(index, question)
    if not unknown:
        return question, ()
    languages = (question.language, *index.summary.languages, None)
    groups = {form: place for place, group in enumerate(question.terms) for form in group}
    terms = list(question.terms)
    known = {word.form for word in words(names)}
    found: list[tuple[Word, str]] = []
    for word in words(question.text):
        own = [stem for language in languages for stem in stems(question.text[word.start : word.end], language)]
        place = next((groups[stem] for stem in own if stem in groups), None)
        if place is None or place not in unknown or any(word.form in phrase for phrase in question.phrases):
            continue
        if word.form in known:
            continue
        if isinstance(encoder, KnowsWords) and encoder.is_word(word.form):
            continue
        meant = index.vocabulary().suggest(word.form)
        forms = tuple(dict.fromkeys(stem for language in languages for stem in stems(meant or "", language)))
        if meant is None or not forms or not any(index.document_frequencies(forms)):
            continue
        if index.author_named(word.form):
            continue
        terms[place] = tuple(dict.fromkeys((*question.terms[place], *forms)))
        found.append((word, _as_asked(meant, question.text[word.start : word.end])))
    if not found:
        return question, ()
    text = question.text
    for word, meant in reversed(found):
        text = text[: word.start] + meant + text[word.end :]
    told = tuple(dict.fromkeys((question.text[word.start : word.end], meant) for word, meant in found))
    return question._replace(terms=tuple(terms), also=(*question.also, (text, 1.0))), told


def _unknown(index: Index, question: Question) -> set[int]:
    """Return the places of the groups of which the archive has no form."""
    flat = [(place, form) for place, group in enumerate(question.terms) for form in group]
    counts = index.document_frequencies([form for _, form in flat])
    known = {place for (place, _), count in zip(flat, counts, strict=True) if count}
    return set(range(len(question.terms))) - known


def _as_asked(meant: str, asked: str) -> str:
    """Return `meant` with the capitals that the asked word has."""
    if asked.isupper():
        return meant.upper()
    return meant[0].upper() + meant[1:] if asked[0].isupper() else meant
