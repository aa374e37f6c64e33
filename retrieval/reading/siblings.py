"""The other files of a source, for readers of files that only describe what stands in others (METS, DIDL)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote

from retrieval.errors import ReadError
from retrieval.reading.files import opened


class Siblings:
    """The files of a source as a file in it, `name`, may refer to them: no other file can be reached.

    `files` maps the names of the source's files (relative, POSIX) to their paths.
    """

    def __init__(self, name: str, files: Mapping[str, Path]) -> None:
        self._folder = PurePosixPath(name).parent
        self._files = files
        self._by_base: dict[str, list[str]] | None = None

    def find(self, reference: str) -> str | None:
        """The name of the file that a reference means, None where the source has none.

        A reference that leads nowhere as it stands (made on another machine, or a web address) means the one file of
        its name below the folder of the file that refers to it.
        """
        bare = unquote(reference.strip()).replace("\\", "/")
        bare = bare.removeprefix("file://").split("?", 1)[0].split("#", 1)[0]
        if not bare or bare.endswith("/"):
            return None
        if "://" not in bare:
            direct = _normal(self._folder / bare.lstrip("/"))
            if direct in self._files:
                return direct
        inside = self._named(bare.rsplit("/", 1)[-1])
        return inside[0] if len(inside) == 1 else None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The file of this name (from `find`), open for reading. Raises ReadError and OSError where it cannot be."""
        if name not in self._files:
            raise ReadError(f"{name} is not in the source")
        with opened(self._files[name]) as file:
            yield file

    def _named(self, base: str) -> list[str]:
        if self._by_base is None:
            top = "" if str(self._folder) == "." else f"{self._folder}/"
            self._by_base = {}
            for name in self._files:
                if name.startswith(top):
                    self._by_base.setdefault(name.rsplit("/", 1)[-1], []).append(name)
        return self._by_base.get(base, [])


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
