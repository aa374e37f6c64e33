"""Is a question asked in a language that the archive holds nothing in? Told by its small words, for a hint alone."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.terms import listed_languages, stop_words, words

_TELLING = 2  # small words of a language, at least: one may be a name or stand in many
_NAMES = {
    "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French",
    "hu": "Hungarian", "it": "Italian", "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian",
    "pt": "Portuguese", "ru": "Russian", "sv": "Swedish",
}  # fmt: skip


def foreign_to(question: str, held: Sequence[str]) -> str | None:
    """Return the ISO 639-1 code of the language that a question is in, where it is none of those `held`.

    None where it may be in one of them, or where that cannot be told: in questions of a word or two, of names alone,
    in languages whose small words are not known here, and in an archive that holds such.
    """
    known = listed_languages()
    bases = {language.split("-")[0].lower() for language in held}
    if not bases or not bases <= known:
        return None
    found = {word.form for word in words(question)}
    counts = {language: len(found & stop_words(language)) for language in known}
    best = max(sorted(known), key=lambda language: counts[language])
    return best if counts[best] >= _TELLING and counts[best] > max(counts[base] for base in bases) else None


def language_name(code: str) -> str:
    """Return a language's English name, its code where that is not known here."""
    return _NAMES.get(code.split("-", maxsplit=1)[0].lower(), code)
