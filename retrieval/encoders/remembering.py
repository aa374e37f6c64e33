"""An encoder that remembers the last questions' vectors: people ask the same thing again, and turn pages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from retrieval.encoders.encoder import Encoder, KnowsWords, Progress, Vectors, begin


class Remembering:
    """`encoder`, with the vectors of the last `kept` questions; safe between threads, which never wait for each other.

    A question's vector is a function of its text alone, so that remembering it changes no answer.
    """

    def __init__(self, encoder: Encoder, kept: int) -> None:
        self._encoder = encoder
        self._kept = kept
        self._lock = threading.Lock()  # held for look-ups only, never while something is encoded
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """The encoder's."""
        return self._encoder.fingerprint

    @property
    def method(self) -> dict[str, str]:
        """The encoder's."""
        return self._encoder.method

    @property
    def prompts(self) -> tuple[str, str]:
        """The encoder's."""
        return self._encoder.prompts

    @property
    def dimension(self) -> int:
        """The encoder's."""
        return self._encoder.dimension

    @property
    def max_tokens(self) -> int:
        """The encoder's."""
        return self._encoder.max_tokens

    @property
    def languages(self) -> tuple[str, ...]:
        """The encoder's."""
        return self._encoder.languages

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without special tokens."""
        return self._encoder.count(texts)

    def is_word(self, text: str) -> bool:
        """Whether `text` is a word to the encoder; to one that cannot tell, none is."""
        return isinstance(self._encoder, KnowsWords) and self._encoder.is_word(text)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised float32 row a question; those that are not remembered are encoded together."""
        return self.begin_queries(texts)()

    def begin_queries(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Return what waits for the rows of `texts`; where the encoder can, it begins with those not remembered."""
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in found:
                self._vectors.move_to_end(text)
        wanted = list(dict.fromkeys(text for text in texts if text not in found))
        begun = begin(self._encoder, wanted) if wanted else None

        def waited() -> Vectors:
            if begun:
                found.update(zip(wanted, begun(), strict=True))
                self._remember({text: found[text].copy() for text in wanted})
            out = np.empty((len(texts), self.dimension), np.float32)
            for row, text in zip(out, texts, strict=True):
                row[:] = found[text]
            return out

        return waited

    def _remember(self, vectors: dict[str, Vectors]) -> None:
        with self._lock:
            self._vectors.update(vectors)
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one L2-normalised float32 row a passage; none is remembered."""
        return self._encoder.encode_passages(texts, progress)

    def forget(self) -> None:
        """Encode the next question, whatever it is."""
        with self._lock:
            self._vectors.clear()
