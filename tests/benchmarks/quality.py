"""How well articles are found and answers known, over every dataset below a folder.

    python -m tests.benchmarks.quality FOLDER [SET …] [--out FILE] [--work DIR] [--threads N]
        [--backend auto|openvino|torch] [--precision int8|float32]

A dataset is a folder with queries.jsonl, qrels.tsv and corpus.jsonl or articles/; SET names some of them. Each is
measured as `archivist evaluate` does. Printed is a Markdown table whose last line holds the means of the columns, over
the sets that have a value; FILE gets everything as JSON. DIR keeps each set's index, so that the next run, after a
change of the ranking say, encodes only what changed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrieval.dataset import ARTICLES, CORPUS, QRELS, QUERIES
from retrieval.encoders.choosing import choose
from retrieval.errors import ArchivistError, DatasetError
from retrieval.evaluate import evaluate

# Heading of a column: key of the evaluation's dictionary, digits shown.
COLUMNS = {
    "articles": ("articles", 0),
    "passages": ("passages", 0),
    "queries": ("queries", 0),
    "nDCG@10": ("nDCG@10", 3),
    "R@10": ("R@10", 3),
    "R@100": ("R@100", 3),
    "RR@10": ("RR@10", 3),
    "AUROC": ("AUROC", 3),
    "answered, answerable": ("answered_of_answerable", 3),
    "refused, unanswerable": ("refused_of_unanswerable", 3),
    "highlight accuracy": ("highlight_accuracy", 3),
    "ask ms, median": ("ask_ms_median", 1),
    "ask ms, p95": ("ask_ms_p95", 1),
    "index s": ("index_s", 1),
}
MEANS = [heading for heading, (_, digits) in COLUMNS.items() if digits == 3]


def sets_below(folder: Path, wanted: Sequence[str]) -> dict[str, Path]:
    """Name and folder of the datasets at or below `folder`; a name is the path from it, by which `wanted` choose.

    Raises DatasetError where none is there, or not each that is wanted.
    """
    found = {}
    for queries in sorted(folder.rglob(QUERIES)):
        place = queries.parent
        if (place / QRELS).is_file() and ((place / CORPUS).is_file() or (place / ARTICLES).is_dir()):
            name = place.relative_to(folder).as_posix()
            found[place.resolve().name if name == "." else name] = place
    unknown = [name for name in wanted if name not in found]
    if unknown or not found:
        raise DatasetError(
            f"there is no dataset {', '.join(unknown)} below {folder}"
            if unknown
            else f"there is no dataset below {folder}",
            f"There are: {', '.join(found)}" if found else f"One is a folder with {CORPUS}, {QUERIES} and {QRELS}",
        )
    return {name: path for name, path in found.items() if not wanted or name in wanted}


def kept_at(work: Path, name: str) -> Path:
    """The folder below `work` that keeps the index of the dataset `name`."""
    return work / name.replace("/", "--")


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown, a set a line, then the mean of each measure over the sets that have it."""
    lines = [["set", *COLUMNS], ["---", *("---:" for _ in COLUMNS)]]
    for name, result in results.items():
        lines.append([name, *(_shown(result[key], digits) for key, digits in COLUMNS.values())])
    means = mean(results)
    lines.append(["**mean**", *(_shown(means[h], 3) if h in means else "" for h in COLUMNS)])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def mean(results: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    """The mean of each measure over the sets that have a value, by its heading; None where none has."""
    means: dict[str, float | None] = {}
    for heading in MEANS:
        values = [result[COLUMNS[heading][0]] for result in results.values()]
        known = [value for value in values if value is not None]
        means[heading] = round(sum(known) / len(known), 4) if known else None
    return means


def _shown(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _progress(name: str) -> Any:
    def tell(phase: str, done: int, total: int) -> None:
        if done == total or done % 50 == 0:
            sys.stderr.write(f"\r\033[K{name}: {phase} {done:,}" + (f" of {total:,}" if total else ""))
            sys.stderr.flush()

    return tell


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the JSON; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.quality", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="datasets lie at or below it")
    parser.add_argument("sets", nargs="*", metavar="SET", help="only these, by their path from FOLDER")
    parser.add_argument("--out", type=Path, help="write everything to this file as JSON")
    parser.add_argument("--work", type=Path, help="keep the indexes in this folder and use them again")
    parser.add_argument("--threads", type=int, default=0, help="the encoder's; 0 leaves it to PyTorch")
    parser.add_argument("--backend", choices=("auto", "openvino", "torch"), default="auto", help="what encodes")
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8", help="OpenVINO's")
    given = parser.parse_intermixed_args(arguments)
    results: dict[str, dict[str, Any]] = {}
    try:
        sets = sets_below(given.folder, given.sets)
        encoder = choose(backend=given.backend, precision=given.precision, threads=given.threads)
        for name, path in sets.items():
            data = kept_at(given.work, name) if given.work else None
            results[name] = evaluate(path, encoder, data=data, progress=_progress(name)).to_dict()
            sys.stderr.write(f"\r\033[K{name}: nDCG@10 {_shown(results[name]['nDCG@10'], 3)}\n")
            if given.out:  # after each, so that a run that is stopped has not been for nothing
                whole = {"encoder": encoder.name, **encoder.method, "sets": results, "mean": mean(results)}
                given.out.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except ArchivistError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
