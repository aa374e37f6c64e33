"""An invented archive with everything that an archive may have: dates known in part, copies, several publishers."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from retrieval.encoders import Encoder
from retrieval.indexing import Options, Report, run_index

OPTIONS = Options(words=30)
PUBLISHERS = ("Harbour Herald", "Küstenbote", "The Ridge Post", None)
AUTHORS = (("Ada Lindqvist",), ("José Marín", "Ada Lindqvist"), (), ("Kofi Mensah",))
DATES = (
    None,
    "2019",
    "2020-02",
    "2020-02-29",
    "2020-03-01",
    "2020-12-31",
    "2021",
    "2021-01-01",
    "2021-09",
    "2022-06-15",
)
_WHO = ["mayor", "harbourmaster", "baker", "pilot", "teacher", "surgeon", "farmer", "painter", "judge", "diver"]
_DID = ["opened", "closed", "painted", "sold", "repaired", "counted", "measured", "flooded", "rented", "moved"]
_WHAT = ["bridge", "lighthouse", "orchard", "library", "tunnel", "ferry", "granary", "stadium", "mill", "cannery"]
_WHERE = ["Holm", "Tarn", "Lune", "Brack", "Veld", "Oster", "Quay", "Sund", "Mira", "Pell"]


def record(number: int) -> dict[str, Any]:
    """Return article `number` as a line of JSON Lines; every twelfth has the text of the one before it."""
    drawn = random.Random(number - 1 if number % 12 == 11 else number)
    paragraphs = [
        " ".join(
            f"The {drawn.choice(_WHO)} of {drawn.choice(_WHERE)} {drawn.choice(_DID)} the {drawn.choice(_WHAT)} "
            f"number {drawn.randrange(1000)} before noon."
            for _ in range(drawn.randint(2, 4))
        )
        for _ in range(drawn.randint(1, 6))
    ]
    return {
        "_id": f"a{number:03}",
        "title": f"Story {number} of {drawn.choice(_WHERE)}",
        "text": "\n\n".join(paragraphs),
        "publisher": PUBLISHERS[number % 4],
        "authors": list(AUTHORS[number // 4 % 4]),
        "published": DATES[number % 10],
        "language": "en",
    }


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write records as JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in records), encoding="utf-8")


def write_story(folder: Path, name: str, text: str) -> Path:
    """Write a text file of which `text` is the body."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def build(data: Path, source: Path, encoder: Encoder, **choices: Any) -> Report:
    """Index `source` with short passages."""
    return run_index(data, [source], encoder, OPTIONS, **choices)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file under `folder` with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
