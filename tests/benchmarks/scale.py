"""How time, memory and recall grow with an archive, from ten thousand passages to a million, on this machine.

    python -m tests.benchmarks.scale FOLDER [FOLDER ...] --work DIR [--sizes 10000 100000 1000000]
        [--questions 1000] [--out FILE] [--plot FILE.svg]

FOLDERs hold data sets in BEIR's layout: their sentences are recombined to articles of about ten passages of 30 words,
their questions are asked. The passages' vectors are drawn around real ones (`scale_corpus.Drawn` says how), so the
build is timed from ready vectors: reading, cutting, the index and its checks. What was built in DIR is not built again.

Each build and each asking is a process of its own. Every question is another one, encoded by the real encoder:
`--questions` of them without a filter, after which memory is read (VmRSS, mapped pages with it), then a quarter of them
under each filter. The recall is that of the dense side's ten nearest against comparing with every vector.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.archive import Archive
from retrieval.encoders.choosing import choose
from retrieval.index import generation
from retrieval.index.lists import recall
from retrieval.index.local import LocalIndex, open_current
from retrieval.indexing import run_index
from retrieval.reports import Options
from retrieval.types import Filters

from .scale_corpus import PUBLISHERS, Drawn, neighbours_of, questions_of, sentences_of, write_articles
from .scale_report import plot, tables

SENTENCES = 24_000
WORDS = 30
RECALLS = 200  # questions whose ten nearest are compared with those of an exhaustive search
FILTERS = {
    "none": Filters(),
    "half (dates)": Filters(after=date(1999, 1, 1)),
    "a tenth (publisher)": Filters(publishers=PUBLISHERS[:1]),
    "a hundredth (both)": Filters(date(2000, 1, 1), date(2005, 1, 1), PUBLISHERS[:1]),
    "a thousandth (both)": Filters(date(2000, 1, 1), date(2000, 7, 1), PUBLISHERS[:1]),
}


def drawn(folders: Sequence[Path], work: Path) -> tuple[Drawn, list[str]]:
    """Return the encoder that draws vectors, and the sentences; what it draws around is encoded once in `work`."""
    real = choose()
    sentences = sentences_of(folders, SENTENCES)
    path = work / f"centres-{real.fingerprint[:16]}.npz"
    if not path.is_file():
        centres = real.encode_passages(sentences)
        np.savez(path, centres=centres, neighbours=neighbours_of(centres))
    with np.load(path) as stored:
        return Drawn(real, sentences, stored["centres"], stored["neighbours"]), sentences


def build(folders: Sequence[Path], work: Path, passages: int) -> dict[str, Any]:
    """Build an archive of about `passages` passages in `work`; seconds, from ready vectors, by phase, and memory."""
    encoder, sentences = drawn(folders, work)
    folder = work / str(passages)
    shutil.rmtree(folder, ignore_errors=True)
    write_articles(folder / "articles", passages, sentences)
    phases: dict[str, float] = {}
    now = ""
    since = time.perf_counter()

    def progress(phase: str, done: int, total: int) -> None:
        nonlocal now, since
        if phase != now:
            phases[now] = round(time.perf_counter() - since, 1)
            now, since = phase, time.perf_counter()

    report = run_index(folder / "data", [folder / "articles"], encoder, Options(words=WORDS), progress=progress)
    shutil.rmtree(folder / "articles")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "articles": report.articles,
        "passages": report.passages,
        "build_s": round(report.took_ms / 1000, 1),
        "phases_s": {name: seconds for name, seconds in phases.items() if name},
        "build_peak_mb": round(peak / 1e6),
    }


def ask(folders: Sequence[Path], work: Path, passages: int, count: int) -> dict[str, Any]:
    """Ask the archive of `passages` in `work`; milliseconds from end to end by filter, and memory after the first."""
    texts = questions_of(folders, 2 * count)
    index = open_current(work / str(passages) / "data")
    share = len(index.columns.article_of)
    archive = Archive(index, choose())
    rows = []
    resident = 0.0
    at = 0
    for name, filters in FILTERS.items():
        some = texts[at : at + (count if name == "none" else count // 4)]
        at += len(some)
        archive.ask(some[0], filters=filters)
        took = []
        for text in some[1:]:
            started = time.perf_counter()
            archive.ask(text, filters=filters)
            took.append(1000 * (time.perf_counter() - started))
        if name == "none":
            resident = _resident_mb()
        allowed = index.columns.allowed_passages(index.columns.allowed_articles(filters))
        rows.append(
            {
                "filters": name,
                "questions": len(took),
                "passages": share if allowed is None else int(np.count_nonzero(allowed)),
                "median": round(float(np.median(took)), 1),
                "p95": round(float(np.percentile(took, 95)), 1),
            }
        )
    summary = index.summary
    result = {
        "search": summary.search,
        "recall_at_build": summary.recall,
        "size_bytes": summary.size_bytes,
        "resident_mb": round(resident),
        "ask_ms": rows,
    }
    archive.close()
    return result


def recalls(folders: Sequence[Path], work: Path, passages: int) -> dict[str, float]:
    """Return the dense side's recall@10 against an exhaustive search, under each filter, for other questions."""
    data = work / str(passages) / "data"
    index = LocalIndex(generation.folder_of(data, generation.require_current(data)))
    real = choose()
    queries = np.vstack([real.encode_queries([text]) for text in questions_of(folders, 3_000)[-RECALLS:]])
    rows = index.manifest.passages
    cosines = np.empty((len(queries), rows), np.float32)
    for start in range(0, rows, 8_192):
        some = np.arange(start, min(rows, start + 8_192))
        cosines[:, some] = queries @ index.dense.vectors(some).T
    found = {}
    for name, filters in FILTERS.items():
        allowed = index.columns.allowed_passages(index.columns.allowed_articles(filters))
        shares = [_recall(index, query, all_of, allowed) for query, all_of in zip(queries, cosines, strict=True)]
        found[name] = round(float(np.mean(shares)), 4)
    index.close()
    return found


def _recall(
    index: LocalIndex, query: NDArray[np.float32], cosines: NDArray[np.float32], allowed: NDArray[np.bool_] | None
) -> float:
    cosines = cosines if allowed is None else cosines[allowed]
    best = np.sort(np.partition(cosines, -10)[-10:])[::-1]
    return recall(index.dense.search(query, 100, allowed)[1], best)  # as many as a question asks for


def _resident_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) * 1024 / 1e6


def _child(doing: str, given: argparse.Namespace, passages: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.scale", *map(str, given.folders), "--work", str(given.work)]
    command += ["--child", doing, "--sizes", str(passages), "--questions", str(given.questions)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield what was measured of each size."""
    for passages in given.sizes:
        noted = given.work / str(passages) / "build.json"
        if not noted.is_file():
            sys.stderr.write(f"building {passages:,} passages …\n")
            built = _child("build", given, passages)
            noted.write_text(json.dumps(built), encoding="utf-8")
        sys.stderr.write(f"asking {passages:,} passages …\n")
        asked = _child("ask", given, passages)
        yield json.loads(noted.read_text(encoding="utf-8")) | asked | {"recall": _child("recall", given, passages)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, write the JSON and the picture."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scale", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("folders", nargs="+", type=Path, help="data sets in BEIR's layout, or folders of such")
    parser.add_argument("--work", type=Path, required=True, help="where archives are built; a million take 4 GB")
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--out", type=Path, help="write the results to this file as JSON")
    parser.add_argument("--plot", type=Path, help="draw them into this file, with matplotlib")
    parser.add_argument("--child", choices=("build", "ask", "recall"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    given.work.mkdir(parents=True, exist_ok=True)
    if given.child:
        passages = given.sizes[0]
        if given.child == "build":
            done = build(given.folders, given.work, passages)
        elif given.child == "ask":
            done = ask(given.folders, given.work, passages, given.questions)
        else:
            done = dict(recalls(given.folders, given.work, passages))
        sys.stdout.write(json.dumps(done))
        return
    machine = {"system": platform.platform(), "python": platform.python_version(), "cpus": os.cpu_count()}
    result: dict[str, Any] = {"machine": machine, "sizes": list(measure(given))}
    sys.stdout.write("\n".join(tables(result)) + "\n")
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if given.plot:
        plot(result, given.plot)


if __name__ == "__main__":
    main()
