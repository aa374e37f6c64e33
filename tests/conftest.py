"""Nothing that a test opens outlives the run; the real encoder is loaded once."""

from __future__ import annotations

import pytest

from retrieval.encoders import SentenceTransformerEncoder


@pytest.fixture(scope="session")
def minilm() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()
