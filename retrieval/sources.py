"""What an archive is kept up to date with: its sources, their names, and the files that they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from retrieval.errors import DamagedError, SourceError
from retrieval.index import generation as generations
from retrieval.index.catalogue import Catalogue
from retrieval.reading import Found, find_files
from retrieval.types import Skipped


def with_new(known: dict[str, Path], paths: Sequence[Path], data: Path) -> tuple[dict[str, Path], set[str]]:
    """Return the sources of `known` and those at `paths`, by label, and the labels of those at `paths`.

    Raises SourceError for a path that overlaps a source or lies in the data folder `data`.
    """
    sources = dict(known)
    wanted = set()
    for path in dict.fromkeys(path.expanduser().resolve() for path in paths):
        label = next((label for label, source in sources.items() if source == path), None)
        if label is None:
            _refuse_own(path, data)
            _refuse_overlap(path, sources.values())
            label = _label(path, sources)
            sources[label] = path
        wanted.add(label)
    return sources, wanted


def remembered(data: Path) -> dict[str, Path]:
    """Return the sources, by label, of the newest generation whose catalogue can be read."""
    for name in reversed(generations.names(data)):
        try:
            with closing(Catalogue(generations.folder_of(data, name) / "catalogue.sqlite")) as catalogue:
                return dict(catalogue.sources)
        except DamagedError:
            continue  # an older one may know
    return {}


def list_files(root: Path, data: Path) -> tuple[list[Found], list[Skipped]]:
    """Return a source's files, and what of it is passed over: the index too, where it lies in the source.

    Raises SourceError where the source is missing or unreadable.
    """
    found: dict[str, Found] = {}
    skipped: list[Skipped] = []
    own = data.resolve()
    inside = own.relative_to(root).as_posix() if own.is_relative_to(root) and own.exists() else None
    if inside:
        skipped.append(Skipped(inside, "the index itself lies here"))
    for item in find_files(root):
        name = item.name if isinstance(item, Found) else item.path
        if inside and (name == inside or name.startswith(f"{inside}/")):
            continue
        if isinstance(item, Skipped):
            skipped.append(item)
        elif name in found:  # a name's bytes that are no text are written as what another name may hold
            skipped.append(Skipped(name, "another file's name is written the same; rename it"))
        else:
            found[name] = item
    return list(found.values()), skipped


def _refuse_own(path: Path, data: Path) -> None:
    if path.is_relative_to(data.resolve()):
        raise SourceError(
            f"{path} lies in the data folder {data}, which holds the index itself",
            "Keep your articles in another folder",
        )


def _refuse_overlap(path: Path, known: Iterable[Path]) -> None:
    for source in known:
        if path.is_relative_to(source) or source.is_relative_to(path):
            raise SourceError(
                f"{path} overlaps the source {source}, so its articles would be there twice",
                f"Run `archivist index {source}`, or `archivist sources remove {source}` first",
            )


def _label(path: Path, known: dict[str, Path]) -> str:
    """Return a short name for a new source that no other has; articles without a URL are known by it."""
    base = path.name or "archive"
    number = 2
    label = base
    while label in known:
        label = f"{base}-{number}"
        number += 1
    return label
