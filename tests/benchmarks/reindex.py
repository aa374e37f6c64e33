"""How long a reindex takes of an archive that did not change, and of one of which 1 % did, on this machine.

    python -m tests.benchmarks.reindex [--articles 20000] [--changed 0.01] [--real 200] [--threads N] [--out FILE]

Each article is a file of its own, made of sentences of the sample archive in random order, from a fixed seed. They are
indexed with an encoder that costs next to nothing (a passage's vector is drawn from its hash), which is the worst case
for the ratio: what a reindex saves is encoding. With `--real N`, N of the articles are also indexed by the real
encoder; what a full build of all of them would take with it is *extrapolated* from that rate, and called so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders import Encoder, SentenceTransformerEncoder
from retrieval.encoders import Progress as Encoded
from retrieval.index.catalogue import text_hash
from retrieval.indexing import run_index

from .speed import seed_sentences

PHASES = ("read", "split", "encode", "write", "check")


class Cheap:
    """An encoder whose vectors are drawn from a text's hash: no two texts are near each other, and none costs much."""

    name = "drawn from a hash"
    prompts = ("", "")
    fingerprint = "drawn-from-a-hash-1"
    dimension = 384
    max_tokens = 256
    languages: tuple[str, ...] = ()
    method = {"backend": "drawn"}  # noqa: RUF012 - never changed

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return about how many tokens each text has."""
        return [len(text.split()) * 4 // 3 for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: Encoded | None = None) -> NDArray[np.float32]:
        """Return a vector for each text."""
        rows = np.empty((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = np.random.default_rng(int.from_bytes(text_hash(text)[:8])).standard_normal(self.dimension)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        if progress:
            progress(len(texts))
        return rows


class Phases:
    """Notes how long each phase of a run took: from its first word to the next phase's, in seconds."""

    def __init__(self) -> None:
        self.spent_s = dict.fromkeys(PHASES, 0.0)
        self._phase, self._since = "", time.perf_counter()

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Take how far the run is."""
        if phase != self._phase:
            self.end()
            self._phase = phase

    def end(self) -> None:
        """Close the phase that goes on."""
        now = time.perf_counter()
        if self._phase:
            self.spent_s[self._phase] += now - self._since
        self._since = now


def write_article(path: Path, draw: random.Random, sentences: Sequence[str]) -> None:
    """Write an article of about 300 words."""
    paragraphs = (" ".join(draw.choices(sentences, k=draw.randint(2, 5))) for _ in range(4))
    path.write_text("\n\n".join([" ".join(draw.choice(sentences).split()[:7]), *paragraphs]) + "\n", encoding="utf-8")


def clocked(name: str, data: Path, source: Path, encoder: Encoder) -> dict[str, Any]:
    """Index, and return what it took: seconds in all and by phase, with what was done."""
    phases = Phases()
    began = time.perf_counter()
    report = run_index(data, [source], encoder, progress=phases)
    seconds = time.perf_counter() - began
    phases.end()
    return {
        "run": name, "seconds": round(seconds, 2), "generation": report.generation, "articles": report.articles,
        "passages": report.passages, "changed": report.changed, "encoded": report.encoded,
        "phases_s": {phase: round(spent, 2) for phase, spent in phases.spent_s.items()},
    }  # fmt: skip


def measure(articles: int, share: float, tell: Callable[[str], None]) -> dict[str, Any]:
    """Build, do nothing, change a `share` of the articles, and build again."""
    draw, sentences = random.Random(5), seed_sentences()
    with TemporaryDirectory(prefix="archivist-reindex-") as folder:
        source, data = Path(folder) / "source", Path(folder) / "data"
        source.mkdir()
        tell(f"writing {articles:,} files")
        paths = [source / f"{number:06}.txt" for number in range(articles)]
        for path in paths:
            write_article(path, draw, sentences)
        runs = []
        for name in ("full", "unchanged", "changed"):
            if name == "changed":
                for path in draw.sample(paths, round(articles * share)):
                    write_article(path, draw, sentences)
            tell(f"indexing: {name}")
            runs.append(clocked(name, data, source, Cheap()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"changed_share": share, "runs": runs, "peak_mb": round(peak / 1e6)}


def extrapolate(articles: int, wanted: int, threads: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Index `articles` articles with the real encoder, and say what `wanted` would take at that rate."""
    draw, sentences = random.Random(5), seed_sentences()
    encoder = SentenceTransformerEncoder(threads=threads)
    encoder.encode_passages(["loaded before it is measured"])
    with TemporaryDirectory(prefix="archivist-reindex-") as folder:
        source = Path(folder) / "source"
        source.mkdir()
        for number in range(articles):
            write_article(source / f"{number:06}.txt", draw, sentences)
        tell(f"indexing {articles} articles with the real encoder")
        run = clocked("real", Path(folder) / "data", source, encoder)
    rate = run["passages"] / run["seconds"]
    return {**run, "passages_per_s": round(rate, 1), "extrapolated_full_s": round(wanted / rate)}


def table(result: dict[str, Any]) -> Iterator[str]:
    """The results as Markdown, line by line."""
    full = result["runs"][0]
    yield f"{full['articles']:,} articles, {full['passages']:,} passages; an encoder that costs next to nothing"
    yield ""
    yield f"| run | seconds | of the full build | encoded | generation | {' | '.join(PHASES)} |"
    yield f"|---|---:|---:|---:|---|{'---:|' * len(PHASES)}"
    for run in result["runs"]:
        spent = " | ".join(f"{run['phases_s'][phase]:.2f}" for phase in PHASES)
        cells = f"{run['seconds']:.2f} | {run['seconds'] / full['seconds']:.1%} | {run['encoded']:,}"
        yield f"| {run['run']} | {cells} | {run['generation']} | {spent} |"
    yield ""
    yield f"Peak of memory: {result['peak_mb']:,} MB"
    if "real" in result:
        real, changed = result["real"], result["runs"][-1]
        # What was encoded anew costs the real encoder's rate; the rest is as measured.
        small = changed["seconds"] + changed["encoded"] / real["passages_per_s"]
        whole = real["extrapolated_full_s"]
        yield ""
        yield (
            f"Extrapolated, not measured: the real encoder indexed {real['passages']:,} passages at "
            f"{real['passages_per_s']:.1f} a second, so all {full['passages']:,} would take {whole:,} s, "
            f"and the changed ones {small:.0f} s, {small / whole:.1%} of that."
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.reindex", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--changed", type=float, default=0.01, help="the share of articles that changes")
    parser.add_argument("--real", type=int, default=0, help="how many articles to index with the real encoder as well")
    parser.add_argument("--threads", type=int, default=0, help="the real encoder's; 0 leaves it to PyTorch")
    parser.add_argument("--out", type=Path, help="write the results to this file as JSON")
    given = parser.parse_args(arguments)

    def tell(doing: str) -> None:
        sys.stderr.write(f"{doing} …\n")

    machine = {"system": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()}
    result: dict[str, Any] = {"machine": machine, **measure(given.articles, given.changed, tell)}
    if given.real:
        passages = result["runs"][0]["passages"]
        result["real"] = extrapolate(given.real, passages, given.threads, tell)
    sys.stdout.write("\n".join(table(result)) + "\n")
    if given.out:
        given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
