"""How long from the start of a process to its first answer: `archivist --help`, `archivist ask`, and the bot.

    python -m tests.benchmarks.starting DATA [--times 5] [--busy] [--out FILE]

DATA is a data folder with an index. The bot is started against the small Discord of the tests, which asks it a question
as soon as it has connected; it leaves its own file in DATA. With `--busy`, as many other processes as there are cores
compute all the while. Printed are medians and the slowest, with the processor time and the peak of memory (VmHWM) of
the process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("bot", ".")]

from first_answer import first_answer  # noqa: E402 - a module of the bot's tests

ROOT = Path(__file__).parents[2]
QUESTION = "When did the railway to the coast open?"
_SHELL = """
import contextlib, io, json, os, sys
from pathlib import Path
from retrieval.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    try:
        code = main(sys.argv[1:])
    except SystemExit as ended:
        code = ended.code
times = os.times()
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([code or 0, times.user + times.system, int(peak.split()[1]) / 1000]))
"""

Started = tuple[float, float, float]  # seconds, seconds of the processor, megabytes


def shell(*arguments: str) -> Started:
    """Run the command line in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _SHELL, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    seconds = time.perf_counter() - began
    if ran.returncode:
        raise SystemExit(ran.stderr)
    code, cpu_s, peak_mb = json.loads(ran.stdout)
    if code:
        raise SystemExit(f"archivist {' '.join(arguments)} ended with {code}:\n{ran.stderr}")
    return seconds, cpu_s, peak_mb


def bot(data: Path) -> Started:
    """Start the bot, ask it once it has connected, and stop it; the seconds are to the card with the answer."""
    first = asyncio.run(first_answer(data, QUESTION))
    return first.seconds, first.cpu_s, first.peak_mb


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep so many other processes computing."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.starting", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--out", type=Path, help="write everything to this file as JSON")
    given = parser.parse_args(arguments)
    data = given.data.resolve()
    kinds: dict[str, Callable[[], Started]] = {
        "archivist --help": lambda: shell("--help"),
        "archivist ask": lambda: shell("ask", QUESTION, "--data", str(data)),
        "the bot's first answer": lambda: bot(data),
    }
    results: dict[str, Any] = {}
    with busy((os.cpu_count() or 1) if given.busy else 0):
        runs: dict[str, list[Started]] = {name: [] for name in kinds}
        for _ in range(given.times):
            for name, run in kinds.items():
                runs[name].append(run())
    lines = ["| | median s | slowest s | processor s | peak MB |", "|---|---:|---:|---:|---:|"]
    for name, each in runs.items():
        seconds, cpu_s, peak_mb = zip(*each, strict=True)
        row = [statistics.median(seconds), max(seconds), statistics.median(cpu_s), max(peak_mb)]
        results[name] = dict(zip(("median_s", "slowest_s", "cpu_s", "peak_mb"), row, strict=True))
        lines.append(f"| {name} | {row[0]:.2f} | {row[1]:.2f} | {row[2]:.2f} | {row[3]:.0f} |")
    sys.stdout.write("\n".join(lines) + "\n")
    if given.out:
        given.out.write_text(json.dumps({"busy": given.busy, **results}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
