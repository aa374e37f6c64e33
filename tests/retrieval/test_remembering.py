from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from fakes import HashEncoder

from retrieval.encoders import Encoder, Vectors
from retrieval.encoders.remembering import Remembering
from retrieval.errors import EncoderError


class Counting(HashEncoder):
    """Keeps the questions that it encoded, and waits for `gate` before each."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        assert self.gate.wait(10)
        self.questions += texts
        return super().encode_queries(texts)


def test_a_question_that_was_asked_before_is_not_encoded_again() -> None:
    encoder = Counting()
    remembering = Remembering(encoder, 10)
    first = remembering.encode_queries(["ferry", "bridge", "ferry"])
    assert encoder.questions == ["ferry", "bridge"]
    again = remembering.encode_queries(["bridge", "mill", "ferry"])
    assert encoder.questions == ["ferry", "bridge", "mill"]
    assert first.tobytes() == HashEncoder().encode_queries(["ferry", "bridge", "ferry"]).tobytes()
    assert again.tobytes() == HashEncoder().encode_queries(["bridge", "mill", "ferry"]).tobytes()
    assert remembering.encode_queries([]).shape == (0, encoder.dimension)


def test_the_question_longest_unasked_is_forgotten_first() -> None:
    encoder = Counting()
    remembering = Remembering(encoder, 2)
    for question in ("a", "b", "a", "c", "a", "b"):
        remembering.encode_queries([question])
    assert encoder.questions == ["a", "b", "c", "b"]


def test_nothing_is_remembered_where_nothing_is_to_be_kept_or_it_was_to_be_forgotten() -> None:
    encoder = Counting()
    for remembering in (Remembering(encoder, 0), Remembering(encoder, 5)):
        encoder.questions.clear()
        for _ in range(2):
            remembering.encode_queries(["ferry"])
            remembering.forget()
        assert encoder.questions == ["ferry", "ferry"]


def test_what_is_done_to_a_vector_is_not_remembered() -> None:
    remembering = Remembering(HashEncoder(), 5)
    remembering.encode_queries(["ferry"])[:] = 0
    remembering.encode_queries(["ferry"])[:] = 0
    assert np.linalg.norm(remembering.encode_queries(["ferry"])) > 0.9


def test_a_question_that_is_remembered_does_not_wait_for_one_that_is_encoded() -> None:
    encoder = Counting()
    remembering = Remembering(encoder, 5)
    remembering.encode_queries(["ferry"])
    encoder.gate.clear()
    slow = threading.Thread(target=remembering.encode_queries, args=(["bridge"],))
    slow.start()
    assert remembering.encode_queries(["ferry"]).shape == (1, encoder.dimension)
    assert slow.is_alive()
    encoder.gate.set()
    slow.join()


def test_all_else_is_the_encoders_own() -> None:
    encoder = HashEncoder("q: ", languages=("en",))
    remembering: Encoder = Remembering(encoder, 5)
    for name in ("name", "fingerprint", "method", "prompts", "dimension", "max_tokens", "languages"):
        assert getattr(remembering, name) == getattr(encoder, name)
    assert remembering.count(["a b."]) == encoder.count(["a b."])
    seen: list[int] = []
    assert remembering.encode_passages(["a"], seen.append).tobytes() == encoder.encode_passages(["a"]).tobytes()
    assert seen == [1]


def test_what_is_begun_is_remembered_and_encoded_once() -> None:
    encoder = Counting()
    remembering = Remembering(encoder, 5)
    rows = remembering.begin_queries(["ferry", "mill", "ferry"])
    assert rows().tobytes() == HashEncoder().encode_queries(["ferry", "mill", "ferry"]).tobytes()
    assert remembering.begin_queries(["mill"])().tobytes() == HashEncoder().encode_queries(["mill"]).tobytes()
    assert encoder.questions == ["ferry", "mill"]


def test_what_fails_is_raised_where_it_is_waited_for() -> None:
    class Failing(HashEncoder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            raise EncoderError("the model is away", "Bring it back")

    rows = Remembering(Failing(), 5).begin_queries(["ferry"])
    with pytest.raises(EncoderError, match="the model is away"):
        rows()
