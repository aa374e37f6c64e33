"""An encoder for measuring, which is asked everything twice and does the work once."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.encoders import Encoder, KnowsWords, Progress, Vectors


class Remembering:
    """An encoder that remembers one question's vectors, since each is asked twice: for its answer and its run."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[tuple[str, ...], Vectors] = {}
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.prompts = encoder.prompts
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self.languages = encoder.languages

    def forget(self) -> None:
        """Encode the next question, whatever it is."""
        self._known.clear()

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        return self._encoder.count(texts)

    def is_word(self, text: str) -> bool:
        """Whether `text` is a word to the encoder; to one that cannot tell, none is."""
        return isinstance(self._encoder, KnowsWords) and self._encoder.is_word(text)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a question."""
        key = tuple(texts)
        if key not in self._known:
            self._known[key] = self._encoder.encode_queries(texts)
        return self._known[key]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one row a passage."""
        return self._encoder.encode_passages(texts, progress)
