"""The upkeep of a data folder: which generations there are, whether they are whole, and going back to one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import DamagedError, GenerationError
from retrieval.index import generation as generation_files
from retrieval.index.faults import told
from retrieval.index.generation import folder_of
from retrieval.index.lock import writing
from retrieval.index.verifying import Verification, verify_folder
from retrieval.index.withdrawals import load, path_in
from retrieval.leases import ALONE, Right

__all__ = ["GenerationInfo", "Verification", "generations", "rollback", "rollback_target", "verify"]


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """A generation in a data folder. `damage` says why it cannot be opened; all else is then as far as it is known.

    `built` is ISO 8601 in UTC; the counts are those it was built with, before anything was withdrawn.
    """

    name: str
    built: str | None
    articles: int
    passages: int
    size_bytes: int
    current: bool
    damage: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as `archivist generations --json` lists it."""
        return asdict(self)


def generations(data: Path) -> list[GenerationInfo]:
    """Return all generations that are kept, oldest first; their files are looked at, not read (`verify` does that)."""
    current = _current_if_known(data)
    return [_info(data, name, name == current) for name in generation_files.names(data)]


def verify(data: Path, generation: str | None = None) -> Verification:
    """Check a generation, the current one if None, to the last bit, and name every file that is damaged.

    Raises NoGeneration where there is no index, GenerationError where there is no such generation or it has a format
    that this program does not read, WithdrawalsDamaged where the list of what was withdrawn is broken.
    """
    load(path_in(data))
    name = generation_files.require_current(data) if generation is None else _known(data, generation)
    return verify_folder(folder_of(data, name))


def rollback_target(data: Path, generation: str | None = None) -> GenerationInfo:
    """Return the generation that `rollback` would make current, looked at and not read; the same errors but damage."""
    name = _known(data, generation) if generation is not None else _before(data)
    return _info(data, name, name == _current_if_known(data))


def rollback(data: Path, generation: str | None = None, right: Right = ALONE) -> str:
    """Make another generation current, after a full check of it, and return its name.

    Without a name, the one before the current; where `CURRENT` itself is broken, the newest. The others stay: the next
    index run brings the one that was gone back to up to date. Raises GenerationError where there is no such generation,
    DamagedError where it is not whole, WriterBusy where another process writes, or holds the `right` to.
    """
    if not generation_files.names(data):
        generation_files.require_current(data)  # nothing was ever built: no lock file is to be left there
    with writing(data, right), told(data):
        generation_files.settle(data)
        name = _known(data, generation) if generation is not None else _before(data)
        checked = verify(data, name)
        if not checked.ok:
            broken = ", ".join(sorted({problem.file for problem in checked.problems}))
            others = [info.name for info in generations(data) if info.damage is None and info.name != name]
            raise DamagedError(
                f"generation {name} in {data} is damaged: {broken}",
                f"Choose another: {', '.join(others)}" if others else "Run `archivist index --full`",
            )
        generation_files.make_current(data, name)
    return name


def _before(data: Path) -> str:
    names, current = generation_files.names(data), _current_if_known(data)
    older = names if current is None else [name for name in names if int(name) < int(current)]
    if not older:
        raise GenerationError(
            f"there is no generation before {current} in {data}", "`archivist generations` lists those there are"
        )
    return older[-1]


def _known(data: Path, generation: str) -> str:
    names = generation_files.names(data)
    if generation not in names:
        raise GenerationError(
            f"there is no generation {generation} in {data}",
            f"There are: {', '.join(names)}" if names else "Run `archivist index PATH` with your articles' folder",
        )
    return generation


def _current_if_known(data: Path) -> str | None:
    try:
        return generation_files.current(data)
    except DamagedError:
        return None


def _info(data: Path, name: str, current: bool) -> GenerationInfo:
    folder = folder_of(data, name)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        manifest = generation_files.load_manifest(folder)
    except GenerationError as error:
        return GenerationInfo(name, None, 0, 0, size, current, error.message)
    damage = None
    try:
        generation_files.check_sizes(folder, manifest)
    except DamagedError as error:
        damage = error.message
    return GenerationInfo(name, manifest.built, manifest.articles, manifest.passages, size, current, damage)
