"""The seam between texts and vectors: what every encoder does, whatever runs its model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]
Chunk = tuple[list[bytes], list[str]]  # keys and texts, as many of the one as of the other

# What well-known models were trained to read, from their model cards.
_LANGUAGES = {"all-MiniLM-L6-v2": ("en",), "all-MiniLM-L12-v2": ("en",), "all-mpnet-base-v2": ("en",)}


class Encoder(Protocol):
    """Turns texts into vectors of `dimension` numbers.

    `fingerprint` names everything that a vector depends on beside its text: vectors of two encoders with the same
    fingerprint can stand in one index. `max_tokens` is how many tokens of a text it reads, special tokens not counted;
    `languages` are the ISO 639-1 codes it was trained for, empty for all.
    """

    @property
    def name(self) -> str:
        """The model's name, for people."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides a vector beside its text."""
        ...

    @property
    def method(self) -> dict[str, str]:
        """How vectors are computed: what the manifest of an index notes, so that the same encoder is made again."""
        ...

    @property
    def prompts(self) -> tuple[str, str]:
        """What is put before a question and before a passage."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a passage are read, without special tokens and the prompt."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages (ISO 639-1) that the model was trained for; empty for all."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without special tokens."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised float32 row a question: shape (len(texts), dimension)."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one L2-normalised float32 row a passage; `progress` is called with how many are done."""
        ...


def known_languages(model: str) -> tuple[str, ...]:
    """Return the languages that a well-known model was trained for; empty for any other, which counts as all."""
    return _LANGUAGES.get(model.rsplit("/", 1)[-1], ())


@runtime_checkable
class KnowsWords(Protocol):
    """An encoder that can tell the words it has learnt from those that it only knows by their pieces."""

    def is_word(self, text: str) -> bool:
        """Whether `text`, a case-folded word, is a word to the encoder."""
        ...


@runtime_checkable
class EncodesAhead(Protocol):
    """An encoder that encodes questions elsewhere while the asker does something else."""

    def begin_queries(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Begin to encode questions; what is returned waits for their rows, and raises what encoding them raised."""
        ...


def begin(encoder: Encoder, texts: Sequence[str]) -> Callable[[], Vectors]:
    """Begin to encode questions where `encoder` can; what is returned waits for their rows, or encodes them then."""
    if isinstance(encoder, EncodesAhead):
        return encoder.begin_queries(texts)
    return partial(encoder.encode_queries, texts)


@runtime_checkable
class EncodesApart(Protocol):
    """An encoder that encodes several chunks of passages at once, elsewhere."""

    def encode_chunks(self, chunks: Iterator[Chunk]) -> Iterator[tuple[list[bytes], Vectors]]:
        """Yield the vectors of each chunk under its keys, in whatever order they come back; no chunk is left out."""
        ...
