"""A small invented archive in two states, what is asked of it, and what a data folder may hold when all is well."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import press
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.encoders import Encoder
from retrieval.index import generation as generations
from retrieval.indexing import Options, Report, run_index
from retrieval.types import Answer

OPTIONS = Options(words=30, keep=3)
QUESTIONS = ("Who repaired the windmill?", "What was sold at the harbour?", "Where is the new ferry?", "lantern 7")
BEFORE, AFTER = 0, 1
_THINGS = ["windmill", "harbour", "ferry", "lantern", "orchard", "granary"]


def write(folder: Path, state: int) -> None:
    """Bring the village's articles into a state: two articles differ, one is there only before, two only after."""
    shutil.rmtree(folder, ignore_errors=True)
    for number in range(12):
        if number == 3 and state == AFTER:
            continue
        news = f"edition {state}" if number in {1, 5} else "every edition"
        thing = _THINGS[number % 6]
        press.write_story(
            folder,
            f"{number:02}.txt",
            f"The miller {number} repaired the {thing} for {news}. It was sold at the harbour on day {number}.\n\n"
            f"A lantern {number} hung over the {thing} all night. Nobody in the village had asked for {news}.",
        )
    if state == AFTER:
        for number in (20, 21):
            press.write_story(folder, f"{number}.txt", f"The new ferry {number} lies in the north of the village.")


def build(data: Path, folder: Path, encoder: Encoder | None = None) -> Report:
    """Index the village; the guard against removals is the usual one."""
    return run_index(data, [folder], encoder or HashEncoder(), OPTIONS)


def ask(data: Path, encoder: Encoder | None = None, questions: Sequence[str] = QUESTIONS) -> list[Answer]:
    """Return the answers to a fixed set of questions, without what may differ: the generation and the time."""
    with Archive.open(data, encoder=encoder or HashEncoder()) as archive:
        return [replace(archive.ask(question), generation="", took_ms=0) for question in questions]


def debris(data: Path) -> list[str]:
    """Return what does not belong into a data folder that nobody is writing to, by path."""
    known = {"CURRENT", "LOCK", "generations", "spool", "withdrawn.json", "withdrawn.lock"}
    kept = {f"generations/{name}" for name in generations.names(data)}
    found = [path for path in data.glob("*") if path.name not in known]
    found += [path for path in (data / "generations").glob("*") if path.relative_to(data).as_posix() not in kept]
    found += list((data / "spool").glob("*"))
    return sorted(path.relative_to(data).as_posix() for path in found)


def current(data: Path) -> Path:
    """Return the folder of the current generation."""
    return generations.folder_of(data, generations.require_current(data))
