"""What a worker of a cluster does: it makes its encoder once, shows that it is the right one, and encodes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from retrieval.encoders.encoder import Encoder, Vectors

# Texts of several widths; what they say does not matter.
PROBES = (
    "The ferry was late.",
    "The council met on Tuesday, and the mill at the weir was sold to the town for less than it had cost.",
    "Rain fell. " * 40,
)
_NEAR = 1e-3  # how far two vectors of length 1 may be from each other that differ by their processors only

_one_at_a_time = threading.Lock()  # a worker may have several threads, and a model is for one


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker tells: who it is, whether its vectors are `near` those expected and `exact`ly these, and vectors of
    what it encoded, shape (texts, dimension).
    """

    host: str
    fingerprint: str
    near: bool = True
    exact: bool = True
    vectors: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32))


def look(make: Callable[[], Encoder], expected: Vectors) -> Told:
    """Return what this worker's encoder is, compared by the vectors `expected` of PROBES."""
    with _one_at_a_time:
        encoder = _made(make)
        found = encoder.encode_passages(PROBES)
    same = found.shape == expected.shape
    near = same and bool((np.linalg.norm(found - expected, axis=1) <= _NEAR).all())
    return Told(socket.gethostname(), encoder.fingerprint, near, same and bool((found == expected).all()))


def encode_chunk(make: Callable[[], Encoder], fingerprint: str, texts: Sequence[str]) -> Told:
    """Return the vectors of texts, none where this worker's encoder is not the one with that fingerprint."""
    with _one_at_a_time:
        encoder = _made(make)
        if encoder.fingerprint != fingerprint:
            return Told(socket.gethostname(), encoder.fingerprint)
        return Told(socket.gethostname(), fingerprint, vectors=encoder.encode_passages(texts))


@lru_cache(maxsize=1)
def _made(make: Callable[[], Encoder]) -> Encoder:
    return make()
