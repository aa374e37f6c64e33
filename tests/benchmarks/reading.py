"""How fast pages are read on all cores, beside trafilatura alone on as many processes.

    python -m tests.benchmarks.reading FOLDER [--pages 2000] [--rounds 3] [--processes 2] [--out FILE]

FOLDER holds pages (`.html`, `.html.gz`), which are repeated under other names until there are so many. A round is (a)
`trafilatura.bare_extraction`, with its defaults, over all of them, in a pool of processes that have read one page
already, and (b) `archivist index --dry-run` over them as a process of its own, with its start, its walk through the
folder, the languages of the articles and the comparison at its end; (a) and (b) take turns. Printed is JSON: pages a
second of each round, and the ratio of the medians of (b) and (a).
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def write_pages(pages: Path, folder: Path, count: int) -> list[Path]:
    """Write `count` files of the pages below `pages`, over and over, into `folder`."""
    known = sorted([*pages.rglob("*.html"), *pages.rglob("*.html.gz")])
    if not known:
        raise SystemExit(f"{pages} holds no pages (.html, .html.gz)")
    folder.mkdir()
    written = []
    for number in range(count):
        page = known[number % len(known)]
        data = page.read_bytes()
        path = folder / f"{number:05}.html"
        path.write_bytes(gzip.decompress(data) if page.suffix == ".gz" else data)
        written.append(path)
    return written


def extracted(path: Path) -> bool:
    """Whether trafilatura finds something in a page."""
    import trafilatura

    return trafilatura.bare_extraction(path.read_bytes()) is not None


def alone(files: list[Path], processes: int) -> float:
    """Seconds that trafilatura takes for all files, on so many processes, each of which is warm."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(extracted, files[: 4 * processes], chunksize=2)
        began = time.perf_counter()
        pool.map(extracted, files, chunksize=8)
        return time.perf_counter() - began


def indexed(folder: Path, processes: int) -> tuple[float, dict[str, Any]]:
    """Seconds that a rehearsed index run takes from start to end, and its report."""
    with tempfile.TemporaryDirectory(prefix="archivist-reading-") as data:
        command = [
            sys.executable, "-m", "retrieval", "index", str(folder), "--data", data, "--dry-run", "--json",
        ]  # fmt: skip
        set_here = {"ARCHIVIST_READING__PROCESSES": str(processes)}
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=True, env=os.environ | set_here)
        return time.perf_counter() - began, json.loads(done.stdout)


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rates: dict[str, list[float]] = {"trafilatura": [], "archivist": []}
    with tempfile.TemporaryDirectory(prefix="archivist-pages-") as scratch:
        files = write_pages(given.folder, Path(scratch) / "pages", given.pages)
        for _ in range(given.rounds):
            rates["trafilatura"].append(len(files) / alone(files, given.processes))
            took_s, report = indexed(Path(scratch) / "pages", given.processes)
            rates["archivist"].append(len(files) / took_s)
    medians = {name: statistics.median(rounds) for name, rounds in rates.items()}
    result = {
        "pages": given.pages,
        "processes": given.processes,
        "cpus": os.cpu_count(),
        "pages_per_s": {name: [round(rate, 1) for rate in rounds] for name, rounds in rates.items()},
        "median_pages_per_s": {name: round(rate, 1) for name, rate in medians.items()},
        "ratio": round(medians["archivist"] / medians["trafilatura"], 3),
        "articles": report["articles"],
        "skipped": len(report["skipped"]),
    }
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
