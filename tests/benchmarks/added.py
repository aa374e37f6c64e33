"""What an answer costs above a plain search: time, names, spelling, ranking, marked sentences, confidence.

    python -m tests.benchmarks.added [--passages 20000] [--questions 100] [--rounds 5] [--work DIR] [--out FILE]

The same questions are asked of the same index in two ways, in turn, the order changing from round to round: through
`Archive.ask`, and by a plain search of both engines (the question encoded, 100 candidates of each, a weighted sum
of cosine and BM25 of the passage, the best five read). Each question's time in either way is the median of its rounds;
printed are the medians over the questions and that of what each question takes more.

The archive is `tests.benchmarks.speed`'s: sentences of the sample archive in random order, from a fixed seed; vectors
drawn around those of the real sentences; questions really encoded, since none is still remembered when it is asked
again. DIR keeps the index, so that it is made once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from retrieval.archive import Archive
from retrieval.index import Request, Stored, generation
from retrieval.index.local import LocalIndex
from retrieval.indexing import run_index
from retrieval.search import understand
from retrieval.types import Filters

from .speed import WORDS_A_PASSAGE, Drawn, questions, seed_sentences, write_articles

CANDIDATES, SHOWN = 100, 5
_KEPT = 4  # questions whose vectors are remembered: fewer than lie between two askings of one
_DENSE = 0.55


def index_in(data: Path, passages: int, sentences: Sequence[str], encoder: Drawn) -> None:
    """Make the index of about `passages` passages in `data`, where it is not there yet."""
    source = data.parent / "source"
    source.mkdir(parents=True, exist_ok=True)
    articles = source / "articles.jsonl"
    if not articles.exists():
        write_articles(articles, max(1, passages * WORDS_A_PASSAGE // 750), range(600, 900), sentences)
    if not (data / "CURRENT").exists():
        run_index(data, [source], encoder)


def plainly(index: LocalIndex, encoder: Drawn, question: str) -> list[Stored]:
    """Return the best passages by a weighted sum of both engines' scores, and by nothing else."""
    asked = understand(question, index.summary.languages)
    vector = encoder.encode_queries([asked.text])[0]
    found = index.candidates(Request(lambda: vector, asked.terms, (), Filters(), CANDIDATES))
    lexical = found.passage / max(float(found.passage.max(initial=0)), 1e-9)
    scores = _DENSE * found.dense + (1 - _DENSE) * lexical
    order = np.lexsort((found.rows, -scores))[:SHOWN]
    return index.passages([int(row) for row in found.rows[order]])


def measured(archive: Archive, index: LocalIndex, encoder: Drawn, asked: Sequence[str], rounds: int) -> dict[str, Any]:
    """Ask each question `rounds` times in both ways; milliseconds."""
    ways: dict[str, Callable[[str], object]] = {
        "plain": lambda question: plainly(index, encoder, question),
        "ask": lambda question: archive.ask(question, k=SHOWN),
    }
    spent: dict[str, list[list[float]]] = {name: [[] for _ in asked] for name in ways}
    for turn in range(rounds + 1):
        for number, question in enumerate(asked):
            for name in sorted(ways, reverse=bool(turn % 2)):
                started = time.perf_counter()
                ways[name](question)
                if turn:  # the first round warms up
                    spent[name][number].append(1000 * (time.perf_counter() - started))
    medians = {name: [statistics.median(times) for times in each] for name, each in spent.items()}
    more = [ask - plain for ask, plain in zip(medians["ask"], medians["plain"], strict=True)]
    result: dict[str, Any] = {name: _summary(times) for name, times in medians.items()}
    dearest = max(range(len(asked)), key=lambda number: more[number])
    return result | {"added": _summary(more), "dearest": {"question": asked[dearest], "ms": round(more[dearest], 2)}}


def _summary(times: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(times), 2), "p95": round(float(np.percentile(times, 95)), 2)}


def table(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    lines = [
        f"{result['passages']:,} passages, {result['questions']} questions, {result['rounds']} rounds", "",
        "| way | median ms | p95 ms |", "|---|--:|--:|",
    ]  # fmt: skip
    lines += [f"| {name} | {result[name]['median']:.2f} | {result[name]['p95']:.2f} |" for name in _WAYS]
    return "\n".join(lines) + "\n"


_WAYS = ("plain", "ask", "added")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.added", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--passages", type=int, default=20_000, help="about how many to ask over")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="the encoder's; 0 leaves it to PyTorch")
    parser.add_argument("--work", type=Path, help="keep the index in this folder and use it again")
    parser.add_argument("--out", type=Path, help="write the result to this file as JSON")
    given = parser.parse_args(arguments)
    sentences = seed_sentences()
    encoder = Drawn(sentences, given.threads)
    with TemporaryDirectory(prefix="archivist-added-") as folder:
        data = (given.work or Path(folder)) / "data"
        index_in(data, given.passages, sentences, encoder)
        index = LocalIndex(generation.folder_of(data, generation.require_current(data)))
        with Archive(index, encoder, questions_kept=_KEPT) as archive:
            asked = questions(given.questions, sentences)
            told = {"passages": index.summary.passages, "questions": len(asked), "rounds": given.rounds}
            result = told | measured(archive, index, encoder, asked, given.rounds)
    sys.stdout.write(table(result))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
