"""Which language a text is written in, where it can be told."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Protocol

from retrieval.types import Article, Skipped

# Enough to tell any language; the cost grows with the length.
_READ = 2_000
# Measured on pieces of encyclopedia paragraphs and news in English, German and Spanish: of pieces of 25 characters at
# most 3 in 1,000 are taken for another language at this probability (263 with no probability asked for), of 60 to 200
# characters at most 4.
_LETTERS = 25
_SURE = 0.7

_LOADING = Lock()


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


def detect_language(text: str) -> str | None:
    """Give the ISO 639-1 code of the language that the first 2,000 characters of `text` are written in.

    None where there are fewer than 25 letters, where no language is likely enough, or where the likeliest one has no
    code of two letters. May be called from several threads; the first call loads the model (about a second).
    """
    start = text[:_READ]
    if sum(map(str.isalpha, start)) < _LETTERS:
        return None
    with _LOADING:
        identifier = _identifier()
    language, probability = identifier.classify(start)
    return language if probability >= _SURE and len(language) == 2 else None


def with_language(item: Article | Skipped) -> Article | Skipped:
    """Return an article with its language, found out where its file does not state it; what is skipped as it is."""
    if isinstance(item, Skipped) or item.language:
        return item
    return replace(item, language=detect_language(item.text))


@cache
def _identifier() -> _Identifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # Probabilities, not the sums of logarithms that the module's own functions give. Reading it changes nothing in it.
    identifier: _Identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier
