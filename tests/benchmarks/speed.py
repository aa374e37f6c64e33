"""How fast an archive answers, and how fast and in how much memory it is indexed, on this machine.

    python -m tests.benchmarks.speed [--passages 20000] [--questions 200] [--encode [--articles 2000]]
        [--threads N] [--out FILE]

Always: how long `Archive.ask` takes over about so many passages, with and without filters, and what of it goes to
encoding the question and to the index's candidates. Questions are encoded by the real encoder, each once, and so are
all sentences of the sample archive; the passages' vectors are drawn around those (see `Drawn`), since encoding them
would take most of an hour and no part of what is measured depends on it.

With `--encode`: a child process indexes articles with the real encoder and says its rate and its peak of memory.

The articles are made of sentences of the sample archive in random order, from a fixed seed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from retrieval.archive import Archive
from retrieval.encoders import Progress, Vectors
from retrieval.encoders.choosing import choose
from retrieval.encoders.remembering import Remembering
from retrieval.index import Candidates, Request, generation
from retrieval.index.local import LocalIndex
from retrieval.indexing import run_index
from retrieval.reading import Found, find_files, read_articles
from retrieval.sentences import sentence_spans
from retrieval.types import Article, Filters

SEEDS = Path(__file__).parents[2] / "seeds"
PUBLISHERS = tuple(
    f"The {place} {kind}" for place in ("Holm", "Lune", "Tarn", "Ouse") for kind in ("Echo", "Post", "Star")
)
YEARS = range(1990, 2024)
FILTERS = {
    "none": Filters(),
    "dates (5 of 34 years)": Filters(after=date(2000, 1, 1), before=date(2005, 1, 1)),
    "publisher (1 of 12)": Filters(publishers=(PUBLISHERS[0],)),
    "both": Filters(after=date(2000, 1, 1), before=date(2005, 1, 1), publishers=(PUBLISHERS[0],)),
}
WORDS_A_PASSAGE = 130  # about what is left of 150 at the end of a sentence; only to know how many articles to make


def seed_sentences() -> list[str]:
    """The sentences of the sample archive, of six words or more, each once, in the order of its files."""
    sentences: dict[str, None] = {}
    for file in find_files(SEEDS / "articles"):
        if not isinstance(file, Found):
            continue
        for article in read_articles(file.path, file.name):
            if isinstance(article, Article):
                for start, end in sentence_spans(article.text, "en"):
                    sentence = " ".join(article.text[start:end].split())
                    if len(sentence.split()) >= 6:
                        sentences[sentence] = None
    return list(sentences)


def write_articles(path: Path, count: int, words: range, sentences: Sequence[str]) -> None:
    """Write `count` articles of about so many `words` as JSON Lines; the same ones every time."""
    draw = random.Random(20_000)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            wanted = draw.choice(words)
            paragraphs: list[str] = []
            while sum(len(paragraph.split()) for paragraph in paragraphs) < wanted:
                paragraphs.append(" ".join(draw.choices(sentences, k=draw.randint(2, 5))))
            day = date(draw.choice(YEARS), draw.randint(1, 12), draw.randint(1, 28))
            line = {
                "_id": f"a{number:06}",
                "title": " ".join(draw.choice(sentences).split()[:7]),
                "text": "\n\n".join(paragraphs),
                "published": day.isoformat(),
                "publisher": draw.choice(PUBLISHERS),
                "lang": "en",
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def questions(count: int, sentences: Sequence[str]) -> list[str]:
    """The sample archive's questions, then runs of 4 to 9 words of its sentences, until there are `count`."""
    draw = random.Random(200)
    lines = (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [str(json.loads(line)["text"]) for line in lines][:count]
    while len(asked) < count:
        words = draw.choice(sentences).split()
        start = draw.randrange(len(words) - 4)
        asked.append(" ".join(words[start : start + draw.randint(4, 9)]))
    return asked


def drawn_around(anchors: Vectors, texts: Sequence[str]) -> Vectors:
    """Return a vector for each text: one of `anchors`, picked by the text's hash, plus normal noise, normalised.

    The noise is seeded by that hash; its standard deviation is 0.6 / √dimension a number, so that its length is 0.6.
    """
    dimension = anchors.shape[1]
    rows = np.empty((len(texts), dimension), np.float32)
    for row, text in zip(rows, texts, strict=True):
        draw = np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))
        row[:] = anchors[draw.integers(len(anchors))] + draw.normal(0, 0.6 / np.sqrt(dimension), dimension)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


class Drawn(Remembering):
    """The real encoder, but that a passage's vector is drawn: a real sentence's, picked by the passage's hash, plus
    normal noise (standard deviation 0.6 / √dimension a number, so of length 0.6), seeded by that hash, normalised.

    So vectors gather in clusters as real ones do. Its fingerprint is its own: no index of its can pass for a real one.
    """

    def __init__(self, sentences: Sequence[str], threads: int) -> None:
        super().__init__(choose(threads=threads), 0)
        self._anchors = super().encode_passages(sentences)
        digest = hashlib.sha256(f"drawn/1 {super().fingerprint}".encode() + self._anchors.tobytes())
        self._own = digest.hexdigest()
        self.spent_s = 0.0

    @property
    def fingerprint(self) -> str:
        return self._own

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        rows = drawn_around(self._anchors, texts)
        if progress:
            progress(len(texts))
        return rows

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        started = time.perf_counter()
        rows = super().encode_queries(texts)
        self.spent_s += time.perf_counter() - started
        return rows


class ClockedIndex(LocalIndex):
    """The index on disk, which notes how long it took to find candidates."""

    spent_s = 0.0

    def candidates(self, request: Request) -> Candidates:
        started = time.perf_counter()
        found = super().candidates(request)
        self.spent_s += time.perf_counter() - started
        return found


def latency(passages: int, count: int, threads: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Build an archive of about `passages` passages and ask it `count` questions under each filter; milliseconds."""
    sentences = seed_sentences()
    tell(f"encoding {len(sentences)} sentences")
    encoder = Drawn(sentences, threads)
    asked = questions(count, sentences)
    with TemporaryDirectory(prefix="archivist-speed-") as folder:
        source, data = Path(folder) / "source", Path(folder) / "data"
        source.mkdir()
        tell("writing and indexing articles")
        write_articles(source / "articles.jsonl", max(1, passages * WORDS_A_PASSAGE // 750), range(600, 900), sentences)
        report = run_index(data, [source], encoder)
        index = ClockedIndex(generation.folder_of(data, generation.require_current(data)))
        archive = Archive(index, encoder, questions_kept=0)
        size = index.summary.size_bytes
        try:
            for question in asked[:10]:
                archive.ask(question)
            rows = []
            for name, filters in FILTERS.items():
                tell(f"asking {count} questions, filters: {name}")
                rows.append(
                    {"filters": name, **_summary([_clocked(archive, index, encoder, q, filters) for q in asked])}
                )
        finally:
            archive.close()
    return {
        "articles": report.articles, "passages": report.passages, "questions": count, "size_bytes": size,
        "index_without_encoding_s": round(report.took_ms / 1000, 1), "ask_ms": rows,
    }  # fmt: skip


def _clocked(
    archive: Archive, index: ClockedIndex, encoder: Drawn, question: str, filters: Filters
) -> dict[str, float]:
    encoder.spent_s = index.spent_s = 0.0
    started = time.perf_counter()
    archive.ask(question, filters=filters)
    whole = time.perf_counter() - started
    rest = whole - encoder.spent_s - index.spent_s
    parts = {"whole": whole, "encode": encoder.spent_s, "candidates": index.spent_s, "rest": rest}
    return {name: 1000 * seconds for name, seconds in parts.items()}


def _summary(clocked: Sequence[dict[str, float]]) -> dict[str, float]:
    whole = [ask["whole"] for ask in clocked]
    parts = {name: statistics.median(ask[name] for ask in clocked) for name in ("encode", "candidates", "rest")}
    summary = {"median": statistics.median(whole), "p95": float(np.percentile(whole, 95)), **parts}
    return {name: round(value, 1) for name, value in summary.items()}


def encoding(articles: int, threads: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Index `articles` articles of 150 to 300 words with the real encoder in a child process; its rate and memory."""
    with TemporaryDirectory(prefix="archivist-speed-") as folder:
        source = Path(folder) / "source"
        source.mkdir()
        write_articles(source / "articles.jsonl", articles, range(150, 300), seed_sentences())
        tell(f"indexing {articles} articles with the real encoder")
        child = [sys.executable, "-m", "tests.benchmarks.speed", "--threads", str(threads)]
        child += ["--child", str(source), str(Path(folder) / "data")]
        done = subprocess.run(child, stdout=subprocess.PIPE, check=True, cwd=SEEDS.parent)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def index_here(source: Path, data: Path, threads: int) -> dict[str, Any]:
    """Index in this process and return what it took; what the child does."""
    report = run_index(data, [source], choose(threads=threads))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    seconds = report.took_ms / 1000
    return {
        "articles": report.articles, "passages": report.passages, "seconds": round(seconds, 1),
        "passages_per_s": round(report.passages / seconds, 1), "peak_mb": round(peak / 1e6),
    }  # fmt: skip


def tables(result: dict[str, Any]) -> Iterator[str]:
    """The results as Markdown, line by line."""
    asked = result["latency"]
    held = f"{asked['passages']:,} passages ({asked['articles']:,} articles)"
    yield f"`Archive.ask` over {held}, {asked['questions']} questions"
    yield ""
    yield "| filters | median ms | p95 ms | encode | candidates | rest |"
    yield "|---|---:|---:|---:|---:|---:|"
    for row in asked["ask_ms"]:
        cells = (f"{row[name]:.1f}" for name in ("median", "p95", "encode", "candidates", "rest"))
        yield f"| {row['filters']} | {' | '.join(cells)} |"
    if "encoding" in result:
        made = result["encoding"]
        yield ""
        yield "| articles indexed | passages | seconds | passages/s | peak MB |"
        yield "|---:|---:|---:|---:|---:|"
        yield (
            f"| {made['articles']:,} | {made['passages']:,} | {made['seconds']:.1f} | {made['passages_per_s']:.1f} "
            f"| {made['peak_mb']:,} |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.speed", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--passages", type=int, default=20_000, help="about how many to ask over")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--encode", action="store_true", help="also index with the real encoder, which takes minutes")
    parser.add_argument("--articles", type=int, default=2_000, help="how many to index with --encode")
    parser.add_argument("--threads", type=int, default=0, help="the encoder's; 0 is one for each core")
    parser.add_argument("--out", type=Path, help="write the results to this file as JSON")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        sys.stdout.write(json.dumps(index_here(given.child[0], given.child[1], given.threads)))
        return

    def tell(doing: str) -> None:
        sys.stderr.write(f"{doing} …\n")

    result: dict[str, Any] = {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "threads": given.threads,
        },
        "latency": latency(given.passages, given.questions, given.threads, tell),
    }
    if given.encode:
        result["encoding"] = encoding(given.articles, given.threads, tell)
    sys.stdout.write("\n".join(tables(result)) + "\n")
    if given.out:
        given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
