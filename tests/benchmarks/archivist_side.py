"""Archivist in a process of its own, told what to do line by line: the lines that `tests/benchmarks/others.py` reads.

    python -m tests.benchmarks.archivist_side

Indexing is the whole of `run_index` over the file, with the index on disk, checked and published, and then opened for
asking; the encoder is the one that is chosen where nothing is set. Ready vectors take the place of the passages' own
only; questions are always encoded, each asked once, so that none is remembered.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from retrieval.archive import Archive
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import choose
from retrieval.indexing import run_index

from .ready_vectors import Ready, key_of

K = 5
_STRANGE = 0.03  # of the texts, full of numbers, have more tokens than a passage may have and are divided


class Side:
    """Indexes into folders within `folder`, and asks the last of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._encoder: Encoder = choose()
        self._archive: Archive | None = None
        self._made = 0

    def index(self, path: Path, vectors: Path | None, kept: Path | None) -> dict[str, Any]:
        """Index the texts in `path`; `seconds` is until they can be asked. Nothing is where `kept` holds an index."""
        self._made += 1
        data = kept or self._folder / str(self._made)
        if kept and (kept / "CURRENT").is_file():
            self._archive = Archive.open(kept, encoder=self._encoder)
            return {"seconds": 0.0, "cpu_s": 0.0, "passages": self._archive.status().passages, "encoded": 0}
        ready = Ready(self._encoder, self._known(path, vectors) if vectors else {})
        encoder = ready if vectors else self._encoder
        started, computed = time.perf_counter(), time.process_time()
        report = run_index(data, [path], encoder)
        self._archive = Archive.open(data, encoder=encoder)
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - computed
        if vectors and ready.encoded > _STRANGE * report.passages:
            raise SystemExit(f"{ready.encoded} passages of {path} are none of the texts that the vectors are of")
        return {
            "seconds": seconds,
            "cpu_s": cpu_s,
            "passages": report.passages,
            "encoded": ready.encoded if vectors else report.encoded,
        }

    def ask(self, questions: list[str]) -> dict[str, Any]:
        """Ask each of `questions`; `ms` is what each took."""
        if self._archive is None:
            raise SystemExit("nothing is indexed yet")
        times, computed = [], time.process_time()
        for question in questions:
            started = time.perf_counter()
            answer = self._archive.ask(question, k=K)
            times.append((time.perf_counter() - started) * 1000)
            if not answer.hits:
                raise SystemExit(f"nothing was found for {question!r}")
        return {"ms": times, "cpu_s": time.process_time() - computed}

    @staticmethod
    def _known(path: Path, vectors: Path) -> dict[bytes, Any]:
        with path.open(encoding="utf-8") as lines:
            keys = [key_of(json.loads(line)["text"]) for line in lines]
        return dict(zip(keys, np.load(vectors), strict=True))


def main() -> None:
    """Answer each line until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    with TemporaryDirectory(prefix="archivist-baseline-") as folder:
        side = Side(Path(folder))
        for line in sys.stdin:
            order = json.loads(line)
            if "index" in order:
                vectors, kept = (Path(order[name]) if order.get(name) else None for name in ("vectors", "kept"))
                done = side.index(Path(order["index"]), vectors, kept)
            else:
                done = side.ask(order["ask"])
            answers.write(json.dumps(done) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
