"""Whether the marked sentences hold the answer, beside what simple choices of one sentence do.

    python -m tests.benchmarks.highlights FOLDER --work DIR [SET …] [--every N] [--encode N]

`--work` holds the sets' indexes as `tests.benchmarks.quality --work` leaves them. Of every set's answerable queries,
one in N is asked; those count whose first passage holds a known answer. Printed is for each choice the share whose
marked text holds one too, with the share of the passages' text that is marked: the program's own, the first sentence,
the best by BM25 (k1 1.2, b 0.75, inverse document frequencies of the archive), the best by the encoder (of the first
`--encode` queries).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from retrieval.archive import Archive
from retrieval.dataset import load_dataset
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import choose
from retrieval.index.generation import folder_of, require_current
from retrieval.index.local import LocalIndex
from retrieval.measures import holds
from retrieval.search import understand
from retrieval.sentences import sentence_spans
from retrieval.terms import stems
from retrieval.types import Span
from retrieval.weighing import Weigher

from .quality import kept_at, sets_below


class Case(NamedTuple):
    """A query whose first passage holds one of its answers, with that passage's sentences and what was marked."""

    question: str
    answers: tuple[str, ...]
    text: str
    sentences: list[Span]
    marked: tuple[Span, ...]
    best_by_bm25: int


def cases(folder: Path, data: Path, encoder: Encoder, every: int) -> list[Case]:
    """Ask one in `every` of the answerable queries; return those whose first passage holds an answer."""
    found = []
    index = LocalIndex(folder_of(data, require_current(data)))
    with Archive(index, encoder) as archive:
        queries = [query for query in load_dataset(folder).queries if query.answerable and query.answers]
        for query in queries[::every]:
            hit = archive.ask(query.text, k=1).hits[0]
            text = hit.passage.text
            if holds(text, query.answers):
                spans = sentence_spans(text, hit.article.language)
                weigher = Weigher(index, understand(query.text, index.summary.languages))
                best = _bm25([stems(text[a:b], hit.article.language) for a, b in spans], weigher)
                found.append(Case(query.text, query.answers, text, spans, hit.highlights, best))
    return found


def _bm25(sentences: list[list[str]], weigher: Weigher) -> int:
    mean = sum(map(len, sentences)) / len(sentences)

    def score(sentence: list[str]) -> float:
        count = Counter(sentence)
        damped = 1.2 * (0.25 + 0.75 * len(sentence) / max(mean, 1))
        of = [max(count[form] for form in group) for group in weigher.groups]
        return sum(w * 2.2 * n / (n + damped) for w, n in zip(weigher.weights, of, strict=True) if n)

    return max(range(len(sentences)), key=lambda i: score(sentences[i]))


def measured(chosen: Sequence[Case], choose: Callable[[Case], Sequence[Span]]) -> str:
    """Return the share of `chosen` whose marked text holds an answer, and the share of text that is marked."""
    marks = [choose(case) for case in chosen]
    right = [
        any(holds(case.text[a:b], case.answers) for a, b in spans) for case, spans in zip(chosen, marks, strict=True)
    ]
    size = sum(b - a for spans in marks for a, b in spans) / sum(len(case.text) for case in chosen)
    return f"{np.mean(right):.3f} ({size:.2f})"


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--encode", type=int, default=150)
    options = parser.parse_intermixed_args(arguments)
    encoder = choose()

    def by_encoder(case: Case) -> list[Span]:
        rows = encoder.encode_passages([case.text[a:b] for a, b in case.sentences])
        return [case.sentences[int(np.argmax(rows @ encoder.encode_queries([case.question])[0]))]]

    sys.stdout.write("| set | queries | marked | first sentence | best by BM25 | best by the encoder |\n")
    sys.stdout.write("|---|--:|--:|--:|--:|--:|\n")
    for name, place in sets_below(options.folder, options.sets).items():
        found = cases(place, kept_at(options.work, name) / "index", encoder, options.every)
        if found:
            cells = [
                measured(found, lambda case: case.marked),
                measured(found, lambda case: case.sentences[:1]),
                measured(found, lambda case: [case.sentences[case.best_by_bm25]]),
                measured(found[: options.encode], by_encoder),
            ]
            sys.stdout.write(f"| {name} | {len(found):,} | {' | '.join(cells)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
