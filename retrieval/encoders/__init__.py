"""Text to vectors: the seam `Encoder`, and what stands behind it.

`SentenceTransformerEncoder` is the reference, which runs any model and takes seconds to import. `OpenVinoEncoder` runs
what was converted from it once, without torch or transformers. `choosing` tells which of them is used.
"""

from __future__ import annotations

from retrieval.encoders.converted import OpenVinoEncoder
from retrieval.encoders.encoder import Encoder, KnowsWords, Progress, Vectors
from retrieval.encoders.reference import SentenceTransformerEncoder

__all__ = ["Encoder", "KnowsWords", "OpenVinoEncoder", "Progress", "SentenceTransformerEncoder", "Vectors"]
