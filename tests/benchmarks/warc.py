"""How much memory a large web archive takes to read: a made WARC goes through `archivist index --dry-run`.

`python -m tests.benchmarks.warc [--gigabytes 2] [--double]` writes a WARC of that size into a temporary folder, from a
seeded generator: many captures of a few hundred pages (only the newest of each is read, as trafilatura reads about 30
pages a second), and images and films as the rest, which make up nearly all of a real one's bytes. It prints the time
and the highest memory of the indexing process as JSON; `--double` does so again with twice the size and the same pages.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_GIB = 1024**3
_WORDS = ("harbour", "bridge", "ferry", "mayor", "timber", "lamp", "school", "winter", "river", "market", "miller")


def write_warc(path: Path, size_bytes: int, seed: int, pages: int = 300, captures: int = 20_000) -> None:
    """Write a WARC of about `size_bytes`: `captures` captures of `pages` pages, the rest of it images and films."""
    drawn = random.Random(seed)
    noise = drawn.randbytes(1 << 20)
    with path.open("wb") as file:
        while file.tell() < size_bytes:
            if captures and drawn.random() < 0.95:
                captures -= 1
                number = captures % pages
                _write(file, f"http://news.example/{number}", "text/html", _page(number, drawn).encode(), captures)
                continue
            mime, most = drawn.choice([("image/jpeg", 3), ("video/mp4", 40), ("application/octet-stream", 10)])
            block = noise * drawn.randint(1, most)
            _write(file, f"http://news.example/media/{file.tell()}", mime, block, captures)


def _page(number: int, drawn: random.Random) -> str:
    paragraphs = "".join(
        f"<p>The {drawn.choice(_WORDS)} of {number} was {' '.join(drawn.choices(_WORDS, k=40))} again.</p>"
        for _ in range(8)
    )
    head = f"<title>Story {number}</title>"
    return f"<!DOCTYPE html><html><head>{head}</head><body><article>{paragraphs}</article></body></html>"


def _write(file: object, url: str, mime: str, body: bytes, left: int) -> None:
    block = f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\n\r\n".encode() + body
    day = 1 + (20_000 - left) % 28
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2020-01-{day:02}T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    file.write(head.encode() + block + b"\r\n\r\n")  # type: ignore[attr-defined]


def measure(size_bytes: int, seed: int) -> dict[str, object]:
    """Return size, seconds, the child's highest resident memory in MB, and what the run reports."""
    with tempfile.TemporaryDirectory(prefix="archivist-warc-") as folder:
        source = Path(folder) / "web"
        source.mkdir()
        write_warc(source / "made.warc", size_bytes, seed)
        command = [
            sys.executable,
            "-m",
            "retrieval",
            "index",
            str(source),
            "--data",
            f"{folder}/data",
            "--dry-run",
            "--json",
        ]
        with (Path(folder) / "report.json").open("w+b") as out:
            began = time.perf_counter()
            child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - began
            out.seek(0)
            report = json.loads(out.read())
        return {
            "bytes": size_bytes, "exit": os.waitstatus_to_exitcode(status), "seconds": round(took, 1),
            "peak_mb": round(usage.ru_maxrss / 1024), "articles": report.get("articles"),
            "skipped": [skipped["reason"] for skipped in report.get("skipped", [])],
        }  # fmt: skip


def main() -> None:
    """Measure as the arguments say, one line of JSON each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--gigabytes", type=float, default=2.0)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--double", action="store_true")
    chosen = arguments.parse_args()
    for factor in (1, 2) if chosen.double else (1,):
        print(json.dumps(measure(int(chosen.gigabytes * factor * _GIB), chosen.seed)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
