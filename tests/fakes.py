"""Small real classes that stand in where the real one would only be slow."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from retrieval.encoders import Progress, Vectors

_DIMENSION = 64


class HashEncoder:
    """An encoder whose vectors are a function of a text's words: each word adds a direction drawn from its hash.

    Texts that share words are near each other. A token is a word or a mark. `encoded` keeps every passage it was asked
    for, in order.
    """

    def __init__(self, prompt: str = "", *, max_tokens: int = 254, languages: tuple[str, ...] = ()) -> None:
        self.name = "hashed words"
        self.method = {"backend": "hashed words"}
        self.prompts = (prompt, prompt)
        self.fingerprint = hashlib.sha256(f"hashed words/1 {prompt}".encode()).hexdigest()
        self.dimension = _DIMENSION
        self.max_tokens = max_tokens
        self.languages = languages
        self.encoded: list[str] = []

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._rows(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        rows = self._rows(texts)
        for done, text in enumerate(texts, 1):
            self.encoded.append(text)
            if progress:
                progress(done)
        return rows

    def _rows(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), _DIMENSION), np.float64)
        for i, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()) or [text]:
                rows[i] += _direction(self.prompts[0] + word)
            rows[i] /= np.linalg.norm(rows[i])
        return rows.astype(np.float32)


def _direction(word: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=_DIMENSION).digest()
    return np.frombuffer(digest, np.uint8).astype(np.float64) - 127.5
