"""The converted encoder: the reference's model, run by OpenVINO, without torch or transformers.

A text's vector is a function of that text alone: every text is padded to a multiple of 16 tokens, and run only with
texts of its own width. A question is run by itself, or with up to three that came while all threads were busy;
passages in batches of four, which are always filled. Four are as many as are quickest: what a batch computes on the way
still fits the processor's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoders.conversion import Conversion
from retrieval.encoders.encoder import Progress, Vectors, known_languages
from retrieval.encoders.network import Inputs, Network
from retrieval.encoders.together import Together
from retrieval.encoders.tokens import WIDTH, Tokens
from retrieval.errors import EncoderError
from retrieval.models import load_tokenizer

if TYPE_CHECKING:
    from tokenizers import Encoding

BATCH = 4  # texts


class OpenVinoEncoder:
    """An encoder that runs a `conversion` of the model `name`; `threads` 0 is one for each core.

    OpenVINO is imported when the first text is encoded. Safe between threads: as many batches are encoded at once as
    there are threads, and questions that wait meanwhile are encoded together. Raises EncoderError where the converted
    model cannot be loaded.
    """

    def __init__(
        self,
        conversion: Conversion,
        name: str,
        *,
        query_prompt: str = "",
        passage_prompt: str = "",
        threads: int = 0,
        languages: tuple[str, ...] = (),
    ) -> None:
        self._conversion = conversion
        self._name = name
        self._prompts = query_prompt, passage_prompt
        self._threads = threads or len(os.sched_getaffinity(0))
        self._languages = languages or known_languages(name)
        self._tokens = Tokens(
            load_tokenizer(conversion.folder, name), conversion.reads, conversion.pad, conversion.inputs
        )
        self._lock = threading.Lock()
        self._network: Network | None = None
        self._together: Together[Encoding] = Together(self._threads, BATCH)

    @property
    def name(self) -> str:
        """The model as it was asked for."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what the model was converted from and by, the prompts, and how texts are laid out."""
        method = ["openvino/1", self._conversion.key, WIDTH, BATCH, *self._prompts]
        return hashlib.sha256(json.dumps(method).encode()).hexdigest()

    @property
    def method(self) -> dict[str, str]:
        """OpenVINO, the precision, and the key of the conversion."""
        return {"backend": "openvino", "precision": self._conversion.precision, "conversion": self._conversion.key}

    @property
    def prompts(self) -> tuple[str, str]:
        """What is put before a question and before a passage."""
        return self._prompts

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._conversion.dimension

    @property
    def max_tokens(self) -> int:
        """What the model reads, less its special tokens and the passage prompt."""
        prompt = self.count([self._prompts[1]])[0] if self._prompts[1] else 0
        return self._tokens.room - prompt

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the model was trained for; empty for all."""
        return self._languages

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without special tokens."""
        return self._tokens.count(texts)

    def is_word(self, text: str) -> bool:
        """Whether `text` is in the model's vocabulary whole."""
        return self.count([text])[0] == 1

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised float32 row a question, each encoded by itself or with those of other threads."""
        self._load()
        out = np.empty((len(texts), self.dimension), np.float32)
        for row, encoding in zip(out, self._tokens.read([self._prompts[0] + text for text in texts]), strict=True):
            row[:] = self._together.one(encoding, self._tokens.width(encoding), self._questions)
        return _normalised(out)

    def begin_queries(self, texts: Sequence[str]) -> Callable[[], Vectors]:
        """Begin to encode questions, as `encode_queries` does; what is returned waits for their rows.

        One that finds a thread free is encoded while the asker does something else; where there are more, or none is
        free, they are encoded when they are waited for.
        """
        if len(texts) == 1:
            read = self._tokens.read([self._prompts[0] + texts[0]])[0]
            begun = self._load().begin(self._tokens.layout([read], self._tokens.width(read), 1))
            if begun:
                return cache(lambda: _normalised(begun.rows()))
        return partial(self.encode_queries, texts)

    def _questions(self, encodings: Sequence[Encoding]) -> Vectors:
        """Run questions of one width."""
        return self._load().one(self._tokens.layout(encodings, self._tokens.width(encodings[0]), len(encodings)))

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one L2-normalised float32 row a passage, in the order given; the longest are encoded first."""
        out = np.empty((len(texts), self.dimension), np.float32)
        done: list[int] = []

        def take(rows: list[int], vectors: Vectors) -> None:
            out[rows] = vectors[: len(rows)]
            done.append(len(rows))

        def batches() -> Iterator[tuple[list[int], Inputs]]:
            told = 0
            for batch in self._batches(texts):
                yield batch
                if progress and (now := sum(done)) > told:
                    told = now
                    progress(told)

        self._load().many(batches(), take)
        if progress and texts:
            progress(len(texts))
        return _normalised(out)

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Inputs]]:
        """Yield the rows of each batch, the longest first, with the model's inputs."""
        read = self._tokens.read([self._prompts[1] + text for text in texts])
        widths = [self._tokens.width(encoding) for encoding in read]
        for width in sorted(set(widths), reverse=True):
            rows = [i for i, own in enumerate(widths) if own == width]
            for at in range(0, len(rows), BATCH):
                batch = rows[at : at + BATCH]
                yield batch, self._tokens.layout([read[i] for i in batch], width, BATCH)

    def _load(self) -> Network:
        with self._lock:
            if self._network is None:
                folder = self._conversion.folder
                try:
                    self._network = Network(folder / "model.xml", folder / "compiled", self._threads)
                except Exception as error:  # OpenVINO raises bare RuntimeError
                    raise EncoderError(
                        f"the converted model in {folder} cannot be loaded: {error}",
                        "Remove that folder, from which it is made anew, or set encoder.backend to torch",
                    ) from error
            return self._network


def _normalised(rows: Vectors) -> Vectors:
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows
