"""An invented archive and two ways to run the program over it: as a process of its own, and within this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from config import Settings
from retrieval import build, cli
from retrieval.encoders import Encoder

LAMP = (
    "The lighthouse on the island of Varn was dark for six years. Keeper Åse Lind lit its lamp again on a stormy "
    "evening in September. Fishermen had collected the money for the new lens."
)
BREAD = "A loaf of rye bread costs twice what it did. Bakers blame the price of flour and a wet harvest."
CLOCK = "The clock of the town hall runs backwards since it was repaired. Nobody wants it mended."
RECORDS = [
    {
        "_id": "1", "title": "The Lamp of Varn", "text": LAMP, "author": "Jo Berg", "publisher": "Coast Gazette",
        "published": "2021-09-07", "url": "https://coast.example/lamp", "language": "en",
    },
    {
        "_id": "2", "title": "The Lamp of Varn", "text": LAMP, "author": "Jo Berg", "publisher": "Harbour Post",
        "published": "2021-09", "url": "https://post.example/lamp", "language": "en",
    },
    {
        "_id": "3", "title": "Dear Bread", "text": BREAD, "publisher": "Market Daily", "published": "2019",
        "language": "en",
    },
    {"_id": "4", "title": "A Clock", "text": CLOCK, "author": "Liv Dahl", "language": "en"},
]  # fmt: skip
FERRY = {"_id": "5", "title": "The Ferry", "text": "The new ferry to Holm sails at noon.", "language": "en"}


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ARCHIVIST_", "LC_", "PYTHON"))}
    return kept | {"LANG": "C", "LC_ALL": "C"} | more


def program(arguments: Sequence[str], folder: Path, **more: str) -> Done:
    """Run the program as a process of its own, in a C locale."""
    command = [sys.executable, "-m", "retrieval", *arguments]
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment(**more), timeout=300, check=False)
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def write_wire(folder: Path, records: Sequence[dict[str, str]]) -> None:
    """Write articles as the one file `wire.jsonl` in `folder`."""
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (folder / "wire.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_articles(folder: Path) -> Path:
    """Write the archive below `folder`, with a file that cannot be used; return the archive's folder."""
    articles = folder / "wire"
    articles.mkdir()
    write_wire(articles, RECORDS)
    (articles / "empty.txt").write_bytes(b"")
    return articles


class Shell:
    """Runs the program within this process, in `folder`, with an encoder that is loaded already."""

    def __init__(
        self,
        capture: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        folder: Path,
        encoder: Encoder,
    ) -> None:
        def loaded(settings: Settings) -> Encoder:
            return encoder

        for name in [name for name in os.environ if name.startswith("ARCHIVIST_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(build, "encoder_of", loaded)
        monkeypatch.chdir(folder)
        self._capture = capture

    def __call__(self, *arguments: str | Path) -> Done:
        """Run it with these arguments."""
        self._capture.readouterr()
        code = cli.main([str(argument) for argument in arguments])
        return Done(code, *self._capture.readouterr())


def listed(shell: Shell) -> set[str]:
    """Return the ids of the articles that are shown."""
    return {article["id"] for article in shell("articles", "--json").document}
