"""Text to vectors: the seam `Encoder`, and what stands behind it.

`SentenceTransformerEncoder` is the reference, which runs any model and takes seconds to import. `OpenVinoEncoder` runs
what was converted from it once, without torch or transformers. `choosing` tells which of them is used, `cluster` has
any of them run by the workers of a cluster.
"""

from __future__ import annotations

from retrieval.encoders.converted import OpenVinoEncoder
from retrieval.encoders.encoder import Chunk, Encoder, EncodesAhead, EncodesApart, KnowsWords, Progress, Vectors, begin
from retrieval.encoders.reference import SentenceTransformerEncoder

__all__ = [
    "Chunk", "Encoder", "EncodesAhead", "EncodesApart", "KnowsWords", "OpenVinoEncoder", "Progress",
    "SentenceTransformerEncoder", "Vectors", "begin",
]  # fmt: skip
