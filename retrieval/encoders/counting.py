"""How many tokens texts have, counted word by word where a tokenizer lets that be.

BERT's tokenizers (WordPiece) divide a text at white space before anything else, so that a text has as many tokens as
its words have (Devlin et al., 2019, and the `BertPreTokenizer` of the `tokenizers` library). Most words of an archive
come again and again: what each has is counted once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MOST_WORDS = 1 << 17
_LONGEST_WORD = 64  # characters: longer ones do not come again


class TokenCounts:
    """Counts as `tokenizer` does, special tokens left out. Safe between threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._by_word = _divides_at_spaces(tokenizer)
        self._known: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        if not self._by_word:
            return self._afresh(texts)
        known = self._known if len(self._known) < _MOST_WORDS else {}
        self._known = known
        divided = [text.split() if _plain(text) else [text] for text in texts]
        unknown = [word for word in {word for words in divided for word in words} if word not in known]
        counts = dict(zip(unknown, self._each(unknown), strict=True)) if unknown else {}
        known.update((word, count) for word, count in counts.items() if len(word) <= _LONGEST_WORD)
        if all(word in known for word in counts):
            return [sum(map(known.__getitem__, words)) for words in divided]
        return [sum(known[word] if word in known else counts[word] for word in words) for words in divided]

    def _each(self, words: Sequence[str]) -> list[int]:
        """Return how many tokens each word has: read as one text, which is quicker than one after the other."""
        ends = np.cumsum([len(word) + 1 for word in words])
        read = self._tokenizer.encode(" ".join(words), add_special_tokens=False)
        lasts = np.fromiter((end - 1 for _, end in read.offsets), np.int64, len(read.offsets))
        counted: list[int] = np.bincount(np.searchsorted(ends, lasts, "right"), minlength=len(words)).tolist()
        return counted

    def _afresh(self, texts: Sequence[str]) -> list[int]:
        return [len(read.ids) for read in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def _plain(text: str) -> bool:
    """Whether what Python takes for white space in a text is what the tokenizer does: spaces and line ends."""
    return text.isprintable() or text.replace("\n", " ").isprintable()


def _divides_at_spaces(tokenizer: Tokenizer) -> bool:
    """Whether no token of a text can come of more than one of its words."""
    from tokenizers import models, normalizers, pre_tokenizers

    return (
        isinstance(tokenizer.model, models.WordPiece)
        and isinstance(tokenizer.pre_tokenizer, pre_tokenizers.BertPreTokenizer)
        and isinstance(tokenizer.normalizer, (normalizers.BertNormalizer, type(None)))
        and all(
            len(token.content.split()) == 1 and not token.rstrip
            for token in tokenizer.get_added_tokens_decoder().values()
        )
        and tokenizer.truncation is None
        and tokenizer.padding is None
    )
