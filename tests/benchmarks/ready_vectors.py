"""Vectors that are computed once and kept in a file, for what is measured after thousands of texts are encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.encoders import Encoder, Progress, Vectors
from retrieval.encoders.remembering import Remembering

_CHUNK = 512  # texts encoded between two notes of progress


class Ready(Remembering):
    """`encoder`, with the vectors of passages taken from `known` where they are there; `encoded` counts the others.

    The vectors are the encoder's own, so the fingerprint is too. No question's vector is remembered.
    """

    def __init__(self, encoder: Encoder, known: dict[bytes, Vectors]) -> None:
        super().__init__(encoder, 0)
        self._known = known
        self.encoded = 0

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        keys = [key_of(text) for text in texts]
        wanted = [i for i, key in enumerate(keys) if key not in self._known]
        self.encoded += len(wanted)
        if wanted:
            made = super().encode_passages([texts[i] for i in wanted])
            self._known |= {keys[i]: row for i, row in zip(wanted, made, strict=True)}
        if progress and texts:
            progress(len(texts))
        return np.array([self._known[key] for key in keys], np.float32).reshape(len(texts), self.dimension)


def key_of(text: str) -> bytes:
    """Return the key that a text's vector is kept under."""
    return hashlib.sha256(text.encode()).digest()


def load(path: Path, fingerprint: str) -> dict[bytes, Vectors]:
    """Return the vectors kept at `path`; none where it is missing or another encoder's."""
    if not path.is_file():
        return {}
    with np.load(path) as kept:
        if str(kept["fingerprint"]) != fingerprint:
            return {}
        keys, vectors = kept["keys"], kept["vectors"]
    return {key.tobytes(): row for key, row in zip(keys, vectors, strict=True)}


def save(path: Path, fingerprint: str, known: dict[bytes, Vectors]) -> None:
    """Keep vectors at `path`."""
    keys = np.frombuffer(b"".join(known), np.uint8).reshape(len(known), 32)
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, fingerprint=np.array(fingerprint), keys=keys, vectors=np.array(list(known.values())))
    temporary.replace(path)


def ready(encoder: Encoder, texts: Sequence[str], cache: Path, most: int) -> dict[bytes, Vectors]:
    """Return the vectors of `texts` by key, at most `most` of them encoded now and kept at `cache` for the next time.

    Raises SystemExit, with how many are still missing, where that was not enough.
    """
    known = load(cache, encoder.fingerprint)
    wanted = [text for text in texts if key_of(text) not in known]
    for at in range(0, min(most, len(wanted)), _CHUNK):
        some = wanted[at : at + _CHUNK]
        known |= dict(zip(map(key_of, some), encoder.encode_passages(some), strict=True))
        save(cache, encoder.fingerprint, known)
    left = sum(key_of(text) not in known for text in texts)
    if left:
        raise SystemExit(f"{left:,} of {len(texts):,} vectors are still missing: run it again, it goes on from there")
    return known
