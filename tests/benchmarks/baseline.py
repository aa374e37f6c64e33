"""Archivist against the forty lines that a user would otherwise write, and against txtai, chromadb and lancedb.

    python -m tests.benchmarks.baseline index SET … --others-python PYTHON [--passages 2000] [--out FILE]
    python -m tests.benchmarks.baseline ask SET … --others-python PYTHON --cache FILE [--passages 20000] [--out FILE]

SETs are folders in BEIR's layout, whose sentences are recombined to texts (`recombining`); PYTHON is that of a virtual
environment with what `requirements-others.txt` names. All programs run the same model, all-MiniLM-L6-v2, on all cores,
each in a process of its own (`archivist_side`, `others`), one after the other, in an order that is turned each round.

`index`: text to searchable, in passages a second, in a fresh process for each program and round, after it has indexed
64 texts and answered a question: starting and loading the model are not counted. The texts are handed over as a file.

`ask`: one warm question end to end, after 20 others. Each round all programs are asked the same 40 questions of the
sets, one at a time. So that 20,000 texts need not be encoded by each program, they are once (by Archivist's encoder;
`--cache` keeps the vectors), and every program is given these; questions each program encodes itself.

Printed are the medians over the rounds, and what each takes of the processor, all its threads together, which says
more than the clock where the machine does other things too. With `--minutes` a call ends after the round in which so
much time is over; the next with the same `--out` goes on from there. `--kept` keeps Archivist's index of the 20,000
texts for the next call.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, NamedTuple, TypeVar

import numpy as np

from retrieval.encoders.choosing import choose
from retrieval.models import model_folder

from .ready_vectors import key_of, ready
from .recombining import questions, texts, write_jsonl

MODEL = "all-MiniLM-L6-v2"
PROGRAMS = ("archivist", "forty_lines", "txtai", "chromadb", "lancedb")
_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_WARM_TEXTS, _WARM_QUESTIONS, _ASKED = 64, 20, 40  # asked: a round
_PAUSE_S = 0.5  # between two programs: the threads of the one before are let fall asleep

T = TypeVar("T")
Rounds = list[dict[str, Any]]  # program -> what it said


class Program:
    """A program's process, which answers each order with what it measured."""

    def __init__(self, name: str, others_python: Path) -> None:
        self.name = name
        command = [sys.executable, "-m", "tests.benchmarks.archivist_side"]
        if name != "archivist":
            command = [str(others_python), str(_HERE / "others.py"), name, str(model_folder(MODEL))]
        self._errors = TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, cwd=_ROOT
        )

    def order(self, **order: Any) -> None:
        """Tell it what to do."""
        if self._process.stdin:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()

    def said(self) -> dict[str, Any]:
        """Wait for what it answers; raises SystemExit where it has ended."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._errors.seek(0)
            raise SystemExit(f"{self.name} ended without an answer:\n{self._errors.read()[-2_000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __call__(self, **order: Any) -> dict[str, Any]:
        self.order(**order)
        return self.said()

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()
        self._errors.close()


class Corpus(NamedTuple):
    """The texts' files in a temporary folder, and the questions: those that warm first."""

    texts: Path
    few: Path
    vectors: Path | None
    asked: list[str]


def index_round(corpus: Corpus, order: Sequence[str], others_python: Path) -> dict[str, Any]:
    """Return what each program takes to index the texts."""
    said = {}
    for name in order:
        program = Program(name, others_python)
        program(index=str(corpus.few))
        program(ask=corpus.asked[:1])
        time.sleep(_PAUSE_S)
        said[name] = program(index=str(corpus.texts))
        program.close()
    return said


def asking(
    corpus: Corpus, names: Sequence[str], rounds: range, others_python: Path, kept: Path | None
) -> Iterator[dict[str, Any]]:
    """Yield, for each of `rounds`, what each program takes for that round's questions."""
    with ExitStack() as stack:
        programs = [Program(name, others_python) for name in names]
        for program in programs:
            stack.callback(program.close)
            program.order(index=str(corpus.texts), vectors=str(corpus.vectors), kept=str(kept or ""))
        for program in programs:
            program.said()
        for program in programs:
            program(ask=corpus.asked[:_WARM_QUESTIONS])
        for number in rounds:
            at = _WARM_QUESTIONS + number * _ASKED
            said = {}
            for program in turned(programs, number):
                time.sleep(_PAUSE_S)
                said[program.name] = program(ask=corpus.asked[at : at + _ASKED])
            yield said


def turned(programs: Sequence[T], number: int) -> list[T]:
    """Return the programs in another order each round, so that none always follows the same."""
    at = number % len(programs)
    return [*programs[at:], *programs[:at]]


@contextmanager
def corpus_of(given: argparse.Namespace) -> Iterator[Corpus]:
    """Yield the texts and questions that are asked for, with ready vectors where they are needed."""
    made = texts(given.sets, given.passages)
    asked = questions(given.sets, _WARM_QUESTIONS + _ASKED * given.rounds)
    with TemporaryDirectory(prefix="archivist-baseline-") as folder:
        whole, few, vectors = Path(folder) / "texts.jsonl", Path(folder) / "few.jsonl", None
        write_jsonl(whole, made)
        write_jsonl(few, texts(given.sets, given.passages + _WARM_TEXTS)[-_WARM_TEXTS:])
        if given.measure == "ask":
            known = ready(choose(), made, given.cache, given.encode)
            vectors = Path(folder) / "vectors.npy"
            np.save(vectors, np.array([known[key_of(text)] for text in made], np.float32))
        yield Corpus(whole, few, vectors, asked)


def summary(measure: str, passages: int, rounds: Rounds) -> dict[str, dict[str, float]]:
    """Return each program's medians over the rounds, and how many times as long as Archivist it takes."""
    results: dict[str, dict[str, float]] = {}
    for name in rounds[0]:
        if measure == "index":
            rates = [passages / each[name]["seconds"] for each in rounds]
            cpu_ms = [1000 * each[name]["cpu_s"] / passages for each in rounds]
            results[name] = {
                "passages_per_s": statistics.median(rates), "least": min(rates), "most": max(rates),
                "cpu_ms_a_passage": statistics.median(cpu_ms),
            }  # fmt: skip
        else:
            results[name] = {
                "median_ms": statistics.median(statistics.median(each[name]["ms"]) for each in rounds),
                "p95_ms": statistics.median(float(np.percentile(each[name]["ms"], 95)) for each in rounds),
                "cpu_ms": statistics.median(1000 * each[name]["cpu_s"] / len(each[name]["ms"]) for each in rounds),
            }
    own = results["archivist"]
    for row in results.values():
        if measure == "index":
            row["archivist_is_times"] = own["passages_per_s"] / row["passages_per_s"]
        else:
            row["archivist_is_times"] = row["median_ms"] / own["median_ms"]
            row["archivist_is_times_p95"] = row["p95_ms"] / own["p95_ms"]
    return {name: {key: round(value, 2) for key, value in row.items()} for name, row in results.items()}


def table(results: dict[str, dict[str, float]]) -> str:
    """The results as Markdown."""
    columns = list(next(iter(results.values())))
    lines = [f"| program | {' | '.join(column.replace('_', ' ') for column in columns)} |"]
    lines.append("|---|" + "---:|" * len(columns))
    lines += [
        f"| {name.replace('_', ' ')} | {' | '.join(f'{row[column]:.1f}' for column in columns)} |"
        for name, row in results.items()
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.baseline", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("measure", choices=("index", "ask"))
    parser.add_argument("sets", nargs="+", type=Path, help="folders with corpus.jsonl and queries.jsonl")
    parser.add_argument("--others-python", type=Path, required=True)
    parser.add_argument("--passages", type=int, help="2,000 to index, 20,000 to ask over")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("baseline-vectors.npz"))
    parser.add_argument("--encode", type=int, default=1_000_000, help="at most so many texts for the cache in one call")
    parser.add_argument("--beside", nargs="+", choices=PROGRAMS[1:], default=PROGRAMS[1:], help="all, if not given")
    parser.add_argument("--kept", type=Path, help="to ask: Archivist's data folder, which is filled or asked as it is")
    parser.add_argument("--minutes", type=float, default=1_000.0, help="begin no round after so many")
    parser.add_argument("--out", type=Path, help="write everything to this file as JSON")
    given = parser.parse_args(arguments)
    given.passages = given.passages or {"index": 2_000, "ask": 20_000}[given.measure]
    names = (PROGRAMS[0], *given.beside)
    began = time.monotonic()
    about = {
        "measure": given.measure, "programs": list(names), "passages": given.passages,
        "sets": [folder.name for folder in given.sets], "machine": platform.platform(), "cpus": os.cpu_count(),
    }  # fmt: skip
    rounds: Rounds = []
    if given.out and given.out.is_file():
        kept = json.loads(given.out.read_text(encoding="utf-8"))
        if {key: kept[key] for key in about} != about:
            raise SystemExit(f"{given.out} holds another measurement: remove it, or name another file")
        rounds = kept["rounds"]
    results = summary(given.measure, given.passages, rounds) if rounds else {}
    with corpus_of(given) as corpus:
        left = range(len(rounds), given.rounds)
        if given.measure == "ask":
            each = asking(corpus, names, left, given.others_python, given.kept)
        else:
            each = (index_round(corpus, turned(names, number), given.others_python) for number in left)
        for said in each:
            rounds.append(said)
            results = summary(given.measure, given.passages, rounds)
            if given.out:
                whole = {**about, "results": results, "rounds": rounds}
                given.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
            if time.monotonic() - began > given.minutes * 60:
                break
    results = summary(given.measure, given.passages, rounds)
    sys.stdout.write(f"{given.passages:,} passages, {len(rounds)} rounds\n\n{table(results)}")


if __name__ == "__main__":
    main()
