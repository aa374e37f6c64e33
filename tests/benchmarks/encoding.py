"""How many passages a second each encoder encodes, how near its vectors are to the reference's, and what a question
takes.

    python -m tests.benchmarks.encoding [--passages 400] [--rounds 5] [--threads N] [--out FILE]

Encoders: sentence-transformers as it comes (PyTorch, float32, batches of 32, whatever company a text finds itself in);
Archivist's reference, which runs the same so that a text's vector never depends on its company, and fills each batch of
one width for that; and the same model converted for OpenVINO in float32 and in int8, of which the same is true. Of a
part as small as here the reference fills up more of its batches than of an archive.

Passages are runs of sentences of the sample archive in random order, from a fixed seed, about as long as those of an
index. In each round every encoder encodes the same part of them, one after the other, and then as many questions, one
at a time; printed are the medians over the rounds. The cosine is to the vectors of the first, mean and least over all
passages; `times` is against the first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encoders import Encoder, Progress, SentenceTransformerEncoder, Vectors
from retrieval.encoders.choosing import choose

from .speed import questions, seed_sentences

_QUESTIONS = 20  # a round


class AsItComes(SentenceTransformerEncoder):
    """The same model as whoever uses sentence-transformers runs it."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._plainly(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._plainly(texts)

    def _plainly(self, texts: Sequence[str]) -> Vectors:
        model = self._load()
        import torch

        torch.set_num_threads(self._threads)  # the reference, beside it, takes one for a question
        found = model.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, np.float32)


def passages(count: int) -> list[str]:
    """Return `count` passages of 100 to 150 words."""
    draw = random.Random(4)
    sentences = seed_sentences()
    made = []
    for _ in range(count):
        wanted, taken = draw.randint(100, 150), [draw.choice(sentences)]
        while sum(len(sentence.split()) for sentence in taken) < wanted:
            taken.append(draw.choice(sentences))
        made.append(" ".join(taken))
    return made


def measure(
    encoders: dict[str, Encoder], texts: Sequence[str], asked: Sequence[str], rounds: int
) -> dict[str, dict[str, Any]]:
    """Return for each encoder its medians over `rounds`, and how near its vectors are to the first encoder's."""
    rates: dict[str, list[float]] = {name: [] for name in encoders}
    times: dict[str, list[float]] = {name: [] for name in encoders}
    vectors: dict[str, list[Vectors]] = {name: [] for name in encoders}
    for encoder in encoders.values():  # loads it, and meets every width once
        encoder.encode_passages(texts[:: max(1, len(texts) // 64)])
        encoder.encode_queries(asked[:8])
    size = len(texts) // rounds
    for number in range(rounds):
        part = texts[number * size : (number + 1) * size]
        for name, encoder in encoders.items():
            started = time.perf_counter()
            vectors[name].append(encoder.encode_passages(part))
            rates[name].append(len(part) / (time.perf_counter() - started))
            for question in asked[number * _QUESTIONS : (number + 1) * _QUESTIONS]:
                started = time.perf_counter()
                encoder.encode_queries([question])
                times[name].append((time.perf_counter() - started) * 1000)
    reference = np.concatenate(next(iter(vectors.values())))
    results = {}
    for name in encoders:
        cosines = (np.concatenate(vectors[name]) * reference).sum(axis=1)
        results[name] = {
            "passages_per_s": round(statistics.median(rates[name]), 1),
            "question_ms": round(statistics.median(times[name]), 2),
            "cosine_mean": round(float(cosines.mean()), 5),
            "cosine_min": round(float(cosines.min()), 5),
        }
    return results


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown; `times` is against the first encoder."""
    first = next(iter(results.values()))
    lines = [
        "| encoder | passages/s | times | question ms, median | cosine, mean | cosine, least |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in results.items():
        times = row["passages_per_s"] / first["passages_per_s"]
        lines.append(
            f"| {name} | {row['passages_per_s']:.1f} | {times:.1f} | {row['question_ms']:.2f} "
            f"| {row['cosine_mean']:.4f} | {row['cosine_min']:.4f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the JSON; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.encoding", description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="of each encoder; 0 is one per core")
    parser.add_argument("--out", type=Path, help="write everything to this file as JSON")
    given = parser.parse_args(arguments)
    encoders: dict[str, Encoder] = {
        "sentence-transformers as it comes": AsItComes(threads=given.threads),
        "PyTorch float32, the reference": choose(backend="torch", threads=given.threads),
        "OpenVINO float32": choose(backend="openvino", precision="float32", threads=given.threads),
        "OpenVINO int8": choose(backend="openvino", precision="int8", threads=given.threads),
    }
    texts = passages(given.passages)
    asked = questions(_QUESTIONS * given.rounds, seed_sentences())
    tokens = round(statistics.mean(next(iter(encoders.values())).count(texts)))
    results = measure(encoders, texts, asked, given.rounds)
    sys.stdout.write(f"{len(texts)} passages of {tokens} tokens on average, {given.rounds} rounds\n\n{table(results)}")
    if given.out:
        about = {
            "passages": len(texts), "tokens": tokens, "rounds": given.rounds, "machine": platform.processor(),
            "cores": os.cpu_count(), "encoders": results,
        }  # fmt: skip
        given.out.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
