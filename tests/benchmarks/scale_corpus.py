"""Texts and vectors for an archive of any size, made of the sentences of real ones; what `scale` measures on.

An article is a few paragraphs of sentences drawn from a stretch of neighbouring ones, so that it has a subject. A
passage's vector is drawn around the real vector of the sentence that it begins with (see `Drawn`). Everything comes
from fixed seeds.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders import Encoder, Progress, Vectors
from retrieval.sentences import sentence_spans

PUBLISHERS = tuple(
    f"The {place} {kind}" for place in ("Holm", "Lune", "Tarn", "Ouse", "Wear") for kind in ("Echo", "Post")
)
YEARS = range(1974, 2024)
PASSAGES_AN_ARTICLE = 10  # about; what was made is counted
_STRETCH = 120  # neighbouring sentences that an article is drawn from
_WORDS = 18  # of a paragraph, and more to the end of its last sentence
_A_FILE = 10_000  # articles
_BEGINNING = 40  # characters that a sentence is known by
NEIGHBOURS = 16
NOISE = 0.35


def texts_in(folders: Sequence[Path]) -> Iterator[str]:
    """Yield the texts of all data sets in BEIR's layout in and below `folders`."""
    for folder in folders:
        for path in sorted(folder.rglob("corpus.jsonl")):
            with path.open(encoding="utf-8") as lines:
                yield from (str(json.loads(line)["text"]) for line in lines)


def sentences_of(folders: Sequence[Path], most: int) -> list[str]:
    """Return up to `most` sentences of 6 to 60 words, each once, in the order in which they stand."""
    found: dict[str, None] = {}
    for text in texts_in(folders):
        for start, end in sentence_spans(text, "en"):
            sentence = " ".join(text[start:end].split())
            if 6 <= len(sentence.split()) <= 60:
                found[sentence] = None
        if len(found) >= most:
            break
    return list(found)[:most]


def questions_of(folders: Sequence[Path], count: int) -> list[str]:
    """Return `count` questions of the sets, each once, drawn from a fixed seed; all where there are fewer."""
    found: dict[str, None] = {}
    for folder in folders:
        for path in sorted(folder.rglob("queries.jsonl")):
            with path.open(encoding="utf-8") as lines:
                found.update((str(json.loads(line)["text"]), None) for line in lines)
    asked = [text for text in found if len(text) < 300]
    random.Random(1_000).shuffle(asked)
    return asked[:count]


def write_articles(folder: Path, passages: int, sentences: Sequence[str]) -> None:
    """Write articles that make about `passages` passages into the new folder `folder`, as JSON Lines.

    A larger archive begins with the smaller one's articles.
    """
    folder.mkdir(parents=True)
    draw = random.Random(1_000_000)
    count = max(1, passages // PASSAGES_AN_ARTICLE)
    for first in range(0, count, _A_FILE):
        with (folder / f"articles-{first:07}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(first, min(count, first + _A_FILE)):
                file.write(json.dumps(_article(number, draw, sentences), ensure_ascii=False) + "\n")


def _article(number: int, draw: random.Random, sentences: Sequence[str]) -> dict[str, object]:
    start = draw.randrange(len(sentences))
    near = sentences[start : start + _STRETCH] or list(sentences)
    paragraphs: list[str] = []
    for _ in range(PASSAGES_AN_ARTICLE):
        paragraph: list[str] = []
        words = 0
        while words < _WORDS:
            paragraph.append(draw.choice(near))
            words += paragraph[-1].count(" ") + 1
        paragraphs.append(" ".join(paragraph))
    day = date(draw.choice(YEARS), draw.randint(1, 12), draw.randint(1, 28))
    return {
        "_id": f"a{number:07}",
        "title": " ".join(draw.choice(near).split()[:7]),
        "text": "\n\n".join(paragraphs),
        "published": day.isoformat(),
        "publisher": draw.choice(PUBLISHERS),
        "lang": "en",
    }


class Drawn:
    """Vectors that need not be computed: around those of real sentences, by an encoder that counts as `real` does.

    A passage takes the vector of the sentence that it begins with, moved a random part of the way to one of that
    sentence's 16 nearest (so that it lies where real vectors lie), plus normal noise of length `NOISE` in all
    directions, normalised; what is random is seeded by the passage's hash. Its fingerprint is its own: no index of its
    can pass for a real one.
    """

    languages: tuple[str, ...] = ()
    prompts = ("", "")

    def __init__(
        self, real: Encoder, sentences: Sequence[str], centres: Vectors, neighbours: NDArray[np.int32]
    ) -> None:
        self._real = real
        self._centres = centres
        self._neighbours = neighbours
        self._row = {sentence[:_BEGINNING]: row for row, sentence in enumerate(sentences)}
        self.name = "drawn around real vectors"
        self.method = {"backend": "drawn", "precision": "float32"}
        digest = hashlib.sha256(f"drawn/2 {NOISE} {real.fingerprint}".encode() + centres.tobytes())
        self.fingerprint = digest.hexdigest()
        self.dimension, self.max_tokens = real.dimension, real.max_tokens

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has for the real encoder."""
        return self._real.count(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the real encoder's vectors."""
        return self._real.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return the vectors drawn for `texts`."""
        rows = np.empty((len(texts), self.dimension), np.float32)
        for i, text in enumerate(texts):
            draw = np.random.default_rng(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()))
            anchor = self._row.get(text[:_BEGINNING])
            at = int(draw.integers(len(self._centres))) if anchor is None else anchor
            towards = self._neighbours[at, draw.integers(NEIGHBOURS)]
            noise = draw.standard_normal(self.dimension, np.float32) * np.float32(NOISE / self.dimension**0.5)
            rows[i] = self._centres[at] + draw.random() * (self._centres[towards] - self._centres[at]) + noise
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        if progress:
            progress(len(texts))
        return rows


def neighbours_of(centres: Vectors) -> NDArray[np.int32]:
    """Return the rows of the 16 nearest to each of `centres`, itself not among them."""
    found = np.empty((len(centres), NEIGHBOURS), np.int32)
    for start in range(0, len(centres), 1024):
        block = centres[start : start + 1024] @ centres.T
        block[np.arange(len(block)), start + np.arange(len(block))] = -1
        found[start : start + 1024] = np.argpartition(-block, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    return found
