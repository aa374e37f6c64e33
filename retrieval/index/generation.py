"""Generations on disk: built beside the current one, checked, flushed, and made current by one atomic rename.

Nothing in a generation is changed after it was published. `CURRENT` names the one that is asked.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from retrieval.errors import DamagedError, GenerationError, NoGeneration
from retrieval.index.durable import is_whole, sealed, sha256_of, sync, write_new
from retrieval.index.lock import unread

FORMAT = 3
_NAME = re.compile(r"\d{4,}", re.ASCII)
_NEXT = "CURRENT.new"
_FULL = "`archivist index --full`, which builds a new index beside it"
_REBUILD = f"Run {_FULL}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is made of. `encoder` and `settings` hold what its vectors and passages depend on.

    `dense` says how vectors are searched by lists (`lists.Tuned`); it is empty where they are searched exactly.
    `files` maps each file's path within the generation to its size in bytes and sha256. `seal` is the sha256 of all the
    rest, so that a manifest knows when it was damaged itself.
    """

    generation: str
    built: str
    encoder: dict[str, Any]
    settings: dict[str, Any]
    articles: int
    passages: int
    languages: list[str]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    dense: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT
    seal: str = ""

    @property
    def size_bytes(self) -> int:
        """What the generation takes on disk."""
        return sum(int(file["size"]) for file in self.files.values())


def folder_of(data: Path, generation: str) -> Path:
    """Return where a generation lies."""
    return data / "generations" / generation


def names(data: Path) -> list[str]:
    """Return the names of all whole generations, oldest first."""
    found = [p.name for p in (data / "generations").glob("*") if _NAME.fullmatch(p.name) and p.is_dir()]
    return sorted(found, key=int)


def current(data: Path) -> str | None:
    """Return the name of the generation that is asked, None where none was ever published."""
    try:
        name = (data / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedError(f"{data / 'CURRENT'} cannot be read: {error}", _REBUILD) from error
    if not _NAME.fullmatch(name):
        raise DamagedError(f"{data / 'CURRENT'} names no generation: {name[:40]!r}", _REBUILD)
    return name


def require_current(data: Path) -> str:
    """Return the current generation's name.

    Raises NoGeneration where nothing was indexed yet, DamagedError where there are generations and none is current.
    """
    name = current(data)
    if name is None and names(data):
        raise DamagedError(f"{data / 'CURRENT'} is missing, though generations are there", remedy(data))
    if name is None:
        raise NoGeneration(f"there is no index in {data}", "Run `archivist index PATH` with your articles' folder")
    return name


def next_name(data: Path, taken: Iterable[str] = ()) -> str:
    """Return the name that the next generation gets, where those `taken` are used elsewhere."""
    return f"{max([int(name) for name in (*names(data), *taken)] + [int(current(data) or 0)]) + 1:04d}"


class OldFormat(GenerationError):
    """A generation that an earlier version of the program wrote; the next `index` builds it anew."""


def check_format(version: object, where: str) -> None:
    """Raise OldFormat for a generation of an earlier format, GenerationError for any other that is not read here."""
    if version == FORMAT:
        return
    message = f"{where} has format {version}, this program reads format {FORMAT}"
    if isinstance(version, int) and version < FORMAT:
        raise OldFormat(message, "Run `archivist index`, which builds the index anew beside it")
    raise GenerationError(message, "Update Archivist" if isinstance(version, int) else _REBUILD)


def load_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest; raises GenerationError for another format, DamagedError for a broken one."""
    path = folder / "manifest.json"
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text)
        version = raw["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path} cannot be read: {error!r}", _REBUILD) from error
    check_format(version, str(folder))
    try:
        manifest = Manifest(**raw)
    except TypeError as error:
        raise DamagedError(f"{path} is not a manifest: {error}", _REBUILD) from error
    if not is_whole(text, raw):
        raise DamagedError(f"{path} is not what was published", _REBUILD)
    return manifest


def remedy(data: Path) -> str:
    """Return what to do about a current generation that is damaged: go back, where there is one to go back to."""
    try:
        name = current(data)
    except DamagedError:
        name = None
    older = [other for other in names(data) if name is None or int(other) < int(name)]
    if not older:
        return _REBUILD
    return f"Run `archivist rollback`, which goes back to generation {older[-1]}, or {_FULL}"


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Raise DamagedError, naming the file, where one is missing or has another size than was published."""
    for name, expected in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise DamagedError(f"{folder / name} is missing or cannot be read: {error.strerror}", _REBUILD) from error
        if size != expected["size"]:
            raise DamagedError(f"{folder / name} has {size} bytes, not {expected['size']}", _REBUILD)


def check_columns(folder: Path, manifest: Manifest) -> None:
    """Raise DamagedError where the columns are not what was published: nothing else would tell a wrong filter.

    They are small (4 bytes a passage, 16 an article), and read as a whole anyway.
    """
    for name, expected in manifest.files.items():
        if name.startswith("columns/") and sha256_of(folder / name) != expected["sha256"]:
            raise DamagedError(f"{folder / name} is not what was published", _REBUILD)


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Return the paths of all files that are missing or are not what was published, by their sha256."""
    return [
        name
        for name, expected in manifest.files.items()
        if not (folder / name).is_file() or sha256_of(folder / name) != expected["sha256"]
    ]


def new_folder(data: Path) -> Path:
    """Return an empty folder to build a generation in, clearing what a run that died left behind."""
    folder = data / "generations" / ".building"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def clear(folder: Path) -> None:
    """Remove a folder that is not going to be published."""
    shutil.rmtree(folder, ignore_errors=True)


def publish(data: Path, folder: Path, manifest: Manifest) -> Manifest:
    """Seal the generation built in `folder`, put it among the others and make it current, durably."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.name.endswith(".lock"):  # tantivy's, empty
            path.unlink()
            continue
        path.chmod(0o644)  # tantivy makes some 0600; another user must be able to open a copy
        sync(path)
        files[path.relative_to(folder).as_posix()] = {"size": path.stat().st_size, "sha256": sha256_of(path)}
    write_new(folder / "manifest.json", sealed(asdict(replace(manifest, files=files))))
    for path in [*(p for p in folder.rglob("*") if p.is_dir()), folder]:
        path.chmod(0o755)
        sync(path)
    write_new(data / _NEXT, manifest.generation + "\n")  # from here on, a crash leaves it to `settle`
    final = folder_of(data, manifest.generation)
    folder.rename(final)
    sync(final.parent)
    settle(data)
    return load_manifest(final)


def make_current(data: Path, generation: str) -> None:
    """Point `CURRENT` at a generation: either wholly done or not at all, whatever happens."""
    write_new(data / _NEXT, generation + "\n")
    settle(data)


def settle(data: Path) -> None:
    """Finish or drop the switch to another generation that a writer which died had begun."""
    try:
        name = (data / _NEXT).read_text(encoding="ascii")
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        name = ""
    if name.endswith("\n") and _NAME.fullmatch(name.strip()) and folder_of(data, name.strip()).is_dir():
        (data / _NEXT).replace(data / "CURRENT")
    else:  # cut short, or written before the generation was in its place
        (data / _NEXT).unlink()
    sync(data)


def retire(data: Path, keep: int) -> list[str]:
    """Remove generations older than the newest `keep`, but for the current one and those that are being read."""
    kept = {*sorted(names(data), key=int, reverse=True)[:keep], current(data)}
    gone = []
    for name in names(data):
        folder = folder_of(data, name)
        if name in kept:
            continue
        with unread(folder / "manifest.json") as free:
            if free:
                folder.rename(folder.with_name(f".retired-{name}"))  # so that nobody opens what is half removed
                gone.append(name)
    for doomed in (data / "generations").glob(".retired-*"):
        shutil.rmtree(doomed, ignore_errors=True)
    return gone
