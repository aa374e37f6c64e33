"""How many questions a second an archive answers when 20 people ask at once, against one who asks on one core.

    python -m tests.benchmarks.concurrent_askers [--passages 20000] [--questions 400] [--askers 20] [--rounds 5]
        [--out FILE]

The archive is that of `tests.benchmarks.speed`: invented articles, the passages' vectors drawn around those of real
sentences; questions are encoded by the encoder that is the default here. Each measurement is a process of its own, so
that no question's vector is remembered from another, and asks each question once through `Archive.ask`:

    one   one thread, the process bound to one core, OpenVINO on one thread
    many  so many threads that ask without pause, on all cores

In each round both are measured, one after the other; printed are the medians over the rounds. The 95th percentile is of
the time that one question takes; to be fair to all it should be at most 1.5 x askers / throughput.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import queue
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from retrieval.archive import Archive
from retrieval.encoders import Encoder, Progress, Vectors
from retrieval.encoders.choosing import choose
from retrieval.encoders.remembering import Remembering
from retrieval.indexing import run_index

from .speed import SEEDS, WORDS_A_PASSAGE, drawn_around, seed_sentences, write_articles

_WARM = 20  # questions asked before it counts


class DrawnAround(Remembering):
    """An encoder whose questions' vectors are those of `encoder`, and whose passages' are drawn as `speed.Drawn` does:
    around a real sentence's, picked and moved by the passage's hash.
    """

    def __init__(self, encoder: Encoder, sentences: Sequence[str]) -> None:
        super().__init__(encoder, 0)
        self._sentences = sentences
        self._anchors: Vectors | None = None

    @property
    def fingerprint(self) -> str:
        """Its own: no index of its can pass for a real one."""
        return hashlib.sha256(f"drawn around/1 {super().fingerprint}".encode()).hexdigest()

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return a vector for each text, without encoding it."""
        if self._anchors is None:
            self._anchors = super().encode_passages(self._sentences)
        rows = drawn_around(self._anchors, texts)
        if progress:
            progress(len(texts))
        return rows


def questions(count: int, sentences: Sequence[str]) -> list[str]:
    """Return `count` distinct questions: those of the sample archive, then two runs of words of its sentences."""
    lines = (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    asked = dict.fromkeys(str(json.loads(line)["text"]) for line in lines)
    draw = random.Random(20)
    while len(asked) < count:
        parts = []
        for _ in range(2):
            words = draw.choice(sentences).split()
            start = draw.randrange(len(words) - 4)
            parts.append(" ".join(words[start : start + draw.randint(3, 5)]))
        asked[" ".join(parts)] = None
    return list(asked)[:count]


def ask_all(data: Path, count: int, askers: int, threads: int) -> dict[str, float]:
    """Ask `count` questions from `askers` threads; questions a second, and milliseconds a question."""
    sentences = seed_sentences()
    texts = questions(count + _WARM, sentences)
    took: list[float] = []
    failed: list[BaseException] = []
    with Archive.open(data, encoder=DrawnAround(choose(threads=threads), sentences)) as archive:
        for text in texts[:_WARM]:
            archive.ask(text)
        waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for text in texts[_WARM:]:
            waiting.put(text)

        def ask() -> None:
            while True:
                try:
                    text = waiting.get_nowait()
                except queue.Empty:
                    return
                started = time.perf_counter()
                try:
                    archive.ask(text)
                except BaseException as error:
                    failed.append(error)
                    raise
                took.append(time.perf_counter() - started)

        people = [threading.Thread(target=ask) for _ in range(askers)]
        began, used = time.perf_counter(), time.process_time()
        for person in people:
            person.start()
        for person in people:
            person.join()
        seconds, used = time.perf_counter() - began, time.process_time() - used
    if failed:
        raise failed[0]
    return {
        "per_s": count / seconds,
        "median_ms": 1000 * statistics.median(took),
        "p95_ms": 1000 * float(np.percentile(took, 95)),
        "cores_used": used / seconds,
        "cpu_ms": 1000 * used / count,
    }


def measure(data: Path, count: int, askers: int, rounds: int) -> dict[str, Any]:
    """Measure both ways `rounds` times, alternating; the medians, with what came of each round."""
    core = str(min(os.sched_getaffinity(0)))
    found: dict[str, list[dict[str, float]]] = {"one": [], "many": []}
    for number in range(rounds):
        for name, runs in found.items():
            sys.stderr.write(f"round {number + 1}: {name} …\n")
            child = [sys.executable, "-m", "tests.benchmarks.concurrent_askers", "--questions", str(count)]
            child += ["--child", str(data), "--askers", str(askers if name == "many" else 1)]
            child += ["--core", core] if name == "one" else []
            done = subprocess.run(child, stdout=subprocess.PIPE, check=True, cwd=SEEDS.parent)
            runs.append(json.loads(done.stdout))
    medians = {
        name: {key: round(statistics.median(each[key] for each in runs), 2) for key in runs[0]}
        for name, runs in found.items()
    }
    ratio = statistics.median(m["per_s"] / o["per_s"] for o, m in zip(found["one"], found["many"], strict=True))
    fair = statistics.median(each["p95_ms"] * each["per_s"] / (1000 * askers) for each in found["many"])
    return {"medians": medians, "times_one": round(ratio, 2), "p95_of_fair": round(fair, 2), "rounds": found}


def table(result: dict[str, Any]) -> Iterator[str]:
    """The results as Markdown, line by line."""
    yield f"{result['passages']:,} passages, {result['questions']} questions, {result['askers']} askers"
    yield ""
    yield "| | questions/s | median ms | p95 ms | cores used | CPU ms a question |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, of in result["medians"].items():
        cells = (f"{of[key]:.1f}" for key in ("per_s", "median_ms", "p95_ms", "cores_used", "cpu_ms"))
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    fair = f"p95 is {result['p95_of_fair']:.2f} x askers / throughput"
    yield f"{result['times_one']:.2f} times the questions of one; {fair}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.concurrent_askers", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--passages", type=int, default=20_000, help="about how many to ask over")
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--askers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="write the results to this file as JSON")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--core", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, help="the archive's folder, made where it is not there, and kept")
    given = parser.parse_args(arguments)
    if given.child:
        if given.core is not None:
            os.sched_setaffinity(0, {given.core})
        one = given.core is not None
        sys.stdout.write(json.dumps(ask_all(given.child, given.questions, given.askers, 1 if one else 0)))
        return
    with TemporaryDirectory(prefix="archivist-askers-") as folder:
        kept = given.keep or Path(folder) / "archive"
        if not (kept / "data").exists():
            sys.stderr.write("writing and indexing articles …\n")
            sentences = seed_sentences()
            source = kept / "source"
            source.mkdir(parents=True)
            articles = max(1, given.passages * WORDS_A_PASSAGE // 750)
            write_articles(source / "articles.jsonl", articles, range(600, 900), sentences)
            run_index(kept / "data", [source], DrawnAround(choose(), sentences))
        with Archive.open(kept / "data", encoder=DrawnAround(choose(), ())) as archive:
            passages = archive.status().passages
        result: dict[str, Any] = {
            "machine": {"system": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()},
            "passages": passages, "questions": given.questions, "askers": given.askers,
            **measure(kept / "data", given.questions, given.askers, given.rounds),
        }  # fmt: skip
    sys.stdout.write("\n".join(table(result)) + "\n")
    if given.out:
        given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
