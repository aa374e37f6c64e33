"""The reference encoder: the sentence-transformers library, which runs any of its models.

Its vectors are L2-normalised float32 rows; a text's vector is a function of that text alone: every text is padded to a
multiple of 32 tokens and encoded only among texts of the same width, in batches that are always filled to the same
size, so that the same arithmetic is done in the same order.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoders.counting import TokenCounts
from retrieval.encoders.encoder import Progress, Vectors, known_languages
from retrieval.errors import EncoderError
from retrieval.models import fingerprint, load_tokenizer, model_folder, shape

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

WIDTH = 32  # tokens: widths are multiples of this
BATCH = 32  # passages: every batch has this many rows, since another size may round otherwise


class SentenceTransformerEncoder:
    """An encoder of the sentence-transformers library, run by PyTorch on the processor.

    `model` is a folder, the name of a model that an installed package carries, or a name on the model hub. Nothing
    heavy happens before the first text is encoded; `fingerprint`, `dimension` and `count` need only the model's files.

    Raises EncoderError where the model cannot be found, is damaged or cannot be loaded.
    """

    def __init__(
        self,
        model: str = "all-MiniLM-L6-v2",
        *,
        query_prompt: str = "",
        passage_prompt: str = "",
        threads: int = 0,
        languages: tuple[str, ...] = (),
    ) -> None:
        self._name = model
        self._query_prompt = query_prompt
        self._passage_prompt = passage_prompt
        self._threads = threads or len(os.sched_getaffinity(0))
        self._folder = model_folder(model)
        self._languages = languages or known_languages(model)
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._tokenizer = load_tokenizer(self._folder, model)
        self._counts = TokenCounts(self._tokenizer)
        method = ("sentence-transformers/1", WIDTH, BATCH, query_prompt, passage_prompt)
        self._fingerprint = fingerprint(self._folder, method)
        self._dimension, self._reads = shape(self._folder, model)

    @property
    def name(self) -> str:
        """The model as it was asked for."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the model's weights, tokenizer, configuration and prompts."""
        return self._fingerprint

    @property
    def method(self) -> dict[str, str]:
        """PyTorch, in single precision."""
        return {"backend": "torch", "precision": "float32"}

    @property
    def prompts(self) -> tuple[str, str]:
        """What is put before a question and before a passage."""
        return self._query_prompt, self._passage_prompt

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """What the model reads, less its special tokens and the passage prompt."""
        prompt = self.count([self._passage_prompt])[0] if self._passage_prompt else 0
        return self._reads - self._tokenizer.num_special_tokens_to_add(False) - prompt

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the model was trained for; empty for all."""
        return self._languages

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, without special tokens."""
        return self._counts(texts)

    def is_word(self, text: str) -> bool:
        """Whether `text` is in the model's vocabulary whole."""
        return self.count([text])[0] == 1

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised float32 row a question, each encoded by itself."""
        prompted = [self._query_prompt + text for text in texts]
        rows = [self._forward([text], self._width(text), threads=1) for text in prompted]
        return np.concatenate(rows) if rows else np.empty((0, self._dimension), np.float32)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one L2-normalised float32 row a passage, in the order given; the longest are encoded first."""
        prompted = [self._passage_prompt + text for text in texts]
        widths = self._widths(prompted)
        out = np.empty((len(prompted), self._dimension), np.float32)
        done = 0
        for width in sorted(set(widths), reverse=True):
            rows = [i for i, w in enumerate(widths) if w == width]
            for at in range(0, len(rows), BATCH):
                batch = rows[at : at + BATCH]
                filled = [prompted[i] for i in batch] + [""] * (BATCH - len(batch))
                out[batch] = self._forward(filled, width, self._threads)[: len(batch)]
                done += len(batch)
                if progress:
                    progress(done)
        return out

    def _widths(self, texts: Sequence[str]) -> list[int]:
        special = self._tokenizer.num_special_tokens_to_add(False)
        return [min(-(-(n + special) // WIDTH) * WIDTH, self._reads) for n in self.count(texts)]

    def _width(self, text: str) -> int:
        return self._widths([text])[0]

    def _forward(self, texts: list[str], width: int, threads: int) -> Vectors:
        """Encode texts padded to `width` tokens: shape (len(texts), dimension), float32, L2-normalised.

        One question is too little to share out: on a busy machine it would wait for the threads that share it. How many
        threads there are does not change a bit of the result.
        """
        model = self._load()
        import torch

        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

        features = model.tokenizer(texts, padding="max_length", truncation=True, max_length=width, return_tensors="pt")
        with torch.inference_mode():
            rows: Vectors = model(dict(features))["sentence_embedding"].float().numpy()
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return rows

    def _load(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
                try:
                    from sentence_transformers import SentenceTransformer
                    from transformers.utils import logging as transformers_logging

                    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
                    self._model = SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
                except Exception as error:
                    raise EncoderError(
                        f"the model {self._name} in {self._folder} cannot be loaded: {error}",
                        "Check that the folder holds a whole sentence-transformers model",
                    ) from error
                self._model.eval()
            return self._model
