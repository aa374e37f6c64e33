"""How much of an article's text the reader of web pages finds, against known texts, beside trafilatura alone.

    python tests/benchmarks/html_gold.py FOLDER

FOLDER holds either a `ground-truth.json` with gzipped pages beside it (zyte's article-extraction-benchmark), or
`html/` with reference texts of the same stem in `txt/` (newspaper4k's tests). Printed are the mean F1 over bags of
words, for the reader and for `trafilatura.extract`, and the seconds that each took. Where `metadata/` says of a page
what its title and its date are (newspaper4k), printed too is on how many of those the reader says the same: a title in
its words, one being the other but for what section or site add to it; a date to the day.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import trafilatura

from retrieval.reading import read_articles
from retrieval.types import Article


def pages(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    """Name, page and known text of each article."""
    truth = folder / "ground-truth.json"
    if truth.exists():
        for name, known in json.loads(truth.read_text(encoding="utf-8")).items():
            yield name, gzip.decompress(next(folder.rglob(f"{name}.html.gz")).read_bytes()), known["articleBody"]
        return
    for text in sorted((folder / "txt").glob("*.txt")):
        page = folder / "html" / f"{text.stem}.html"
        if page.exists():
            yield text.stem, page.read_bytes(), text.read_text(encoding="utf-8")


def stated(folder: Path, name: str) -> tuple[str, str]:
    """The known title and day (ISO 8601) of a page; empty where they are not known."""
    path = folder / "metadata" / f"{name}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return str(known.get("title") or ""), str(known.get("publish_date") or "")[:10]


def same_title(found: str, known: str) -> bool:
    """Whether two titles are one, but for what stands before or after it in the longer one."""
    left, right = (" ".join(re.findall(r"\w+", text.lower())) for text in (found, known))
    shorter, longer = sorted((left, right), key=len)
    return bool(shorter) and shorter in longer and 2 * len(shorter) > len(longer)


def f1(found: str, known: str) -> float:
    """F1 over bags of words; 1 where both are empty."""
    left, right = (Counter(re.findall(r"\w+", text.lower())) for text in (found, known))
    both = left.total() + right.total()
    return 2 * (left & right).total() / both if both else 1.0


def main(folder: Path) -> None:
    """Measure one folder and print a line for each side."""
    scores: dict[str, list[float]] = {"reader": [], "trafilatura": []}
    seconds: Counter[str] = Counter()
    right: dict[str, list[bool]] = {"title": [], "date": []}
    with tempfile.TemporaryDirectory() as scratch:
        for name, page, known in pages(folder):
            path = Path(scratch) / "page.html"
            path.write_bytes(page)
            began = time.perf_counter()
            found = [item for item in read_articles(path, name + ".html") if isinstance(item, Article)]
            seconds["reader"] += int(1e9 * (time.perf_counter() - began))
            began = time.perf_counter()
            alone = trafilatura.extract(page, include_comments=False) or ""
            seconds["trafilatura"] += int(1e9 * (time.perf_counter() - began))
            scores["reader"].append(f1("\n\n".join(item.text for item in found), known))
            title, day = stated(folder, name)
            right["title"] += [any(same_title(item.title, title) for item in found)] if title else []
            right["date"] += [any(item.published == day for item in found)] if day else []
            scores["trafilatura"].append(f1(alone, known))
    for side, values in scores.items():
        mean = sum(values) / len(values)
        sys.stdout.write(f"{side}: F1 {mean:.4f} over {len(values)} pages, {seconds[side] / 1e9:.1f} s\n")
    for what, answers in right.items():
        if answers:
            sys.stdout.write(f"{what}: right on {sum(answers)} of {len(answers)} pages where it is known\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
