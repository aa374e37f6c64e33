"""What a scripted indexer is told to say."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bot.indexing import Indexer

SCRIPTED = (sys.executable, "-S", str(Path(__file__).with_name("scripted_indexer.py")))
REPORT: dict[str, Any] = {
    "generation": "0002", "articles": 100, "passages": 900, "copies": 0, "added": 3, "changed": 2, "removed": 1,
    "unchanged": 95, "skipped": [{"path": "notes/blank.txt", "reason": "it is empty"}], "encoded": 41,
    "took_ms": 1234.5,
}  # fmt: skip


def printed(**changes: Any) -> dict[str, str]:
    return {"print": json.dumps(REPORT | changes)}


def failed(kind: str, message: str, hint: str = "") -> list[dict[str, Any]]:
    return [{"print": json.dumps({"error": {"kind": kind, "message": message, "hint": hint}})}, {"exit": 1}]


def progress(phase: str, done: int, total: int | None, seconds_left: float | None = None) -> dict[str, str]:
    line = {"phase": phase, "done": done, "total": total, "per_second": 0.0, "seconds_left": seconds_left}
    return {"say": json.dumps(line)}


class Script:
    """The script that the next run of `indexer` follows, kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "script.jsonl"
        self.calls = folder / "calls.jsonl"
        self.gate = folder / "gate"
        self.indexer = Indexer(folder / "data", command=SCRIPTED, environment={"SCRIPT": str(self._file)})

    def write(self, *steps: dict[str, Any]) -> None:
        self._file.write_text(
            "".join(json.dumps(step) + "\n" for step in ({"append": str(self.calls)}, *steps)), encoding="utf-8"
        )

    def called(self) -> list[dict[str, Any]]:
        if not self.calls.exists():
            return []
        return [json.loads(line) for line in self.calls.read_text(encoding="utf-8").splitlines()]

    def flags(self) -> list[list[str]]:
        """The flags of each call, beside those that all have."""
        usual = {"--progress", "--json", "--data", "--"}
        return [
            [each for each in call["arguments"] if each.startswith("--") and each not in usual]
            for call in self.called()
        ]
