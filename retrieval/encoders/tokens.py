"""Texts to the arrays of numbers that a converted model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.counting import TokenCounts

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

WIDTH = 16  # tokens: widths are multiples of this, so that most questions are no wider than they must be


class Tokens:
    """A model's tokenizer, for a model that reads `reads` tokens, special ones included, and pads with token `pad`.

    `inputs` are the names of the arrays that the model takes. Safe between threads.
    """

    def __init__(self, tokenizer: Tokenizer, reads: int, pad: int, inputs: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._counts = TokenCounts(tokenizer)
        self._reads = reads
        self._pad = pad
        self._inputs = tuple(inputs)

    @property
    def room(self) -> int:
        """How many tokens of a text are read, without special tokens."""
        return self._reads - self._tokenizer.num_special_tokens_to_add(False)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without special tokens."""
        return self._counts(texts)

    def read(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the tokens of each text, special ones included, cut to what the model reads."""
        read = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for encoding in read:
            encoding.truncate(self.room)
        return [self._tokenizer.post_process(encoding, None, True) for encoding in read]

    def width(self, encoding: Encoding) -> int:
        """Return how many tokens wide a text is laid out."""
        return min(-(-len(encoding.ids) // WIDTH) * WIDTH, self._reads)

    def layout(self, encodings: Sequence[Encoding], width: int, rows: int) -> dict[str, NDArray[np.int64]]:
        """Return the model's inputs: arrays of shape (rows, width); the first text fills the rows left over."""
        filled = [*encodings, *[encodings[0]] * (rows - len(encodings))]
        ids = np.full((rows, width), self._pad, np.int64)
        mask = np.zeros((rows, width), np.int64)
        kinds = np.zeros((rows, width), np.int64)
        for row, encoding in enumerate(filled):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
            kinds[row, :length] = encoding.type_ids
        every = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
        return {name: every[name] for name in self._inputs}
