"""Which files of a source make up a whole that one of them describes (a newspaper's issue), from run to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from retrieval.index.parts import consumed
from retrieval.reading import Found, Limits, Siblings, find_files, issue_parts

_SUFFIXES = (".xml", ".mets", ".didl")

State = tuple[int, int]  # size in bytes, time of the last change in nanoseconds


class Issues:
    """The issues of a source as it is now. `known` and `before` are the files and parts of the last generation.

    `parts` says for each issue what it calls its parts, and which files they are; `consumed` are these files, which
    are not read by themselves.
    """

    def __init__(
        self,
        found: Sequence[Found],
        known: Mapping[str, State],
        before: Mapping[str, Mapping[str, str | None]],
        limits: Limits,
    ) -> None:
        self._paths = {file.name: file.path for file in found}
        self._now: dict[str, State] = {file.name: (file.size_bytes, file.mtime_ns) for file in found}
        self._known = known
        self._before = before
        self._part_before = {part for parts in before.values() for part in parts.values() if part}
        self.parts: dict[str, dict[str, str | None]] = {}
        for file in found:
            parts = self._parts(file, limits)
            if parts:
                self.parts[file.name] = parts
        self.consumed = consumed(self.parts, self._paths)

    def unchanged(self, file: Found) -> bool:
        """Whether a file would be read as it was for the last generation: alone, or with the same parts as they were.

        A file that was part of an issue and is not any more has to be read.
        """
        if not self._same(file.name) or file.name in self._part_before:
            return False
        before, now = self._before.get(file.name, {}), self.parts.get(file.name, {})
        return before == now and all(self._same(part) for part in now.values() if part)

    def siblings(self, file: Found) -> Siblings | None:
        """What an issue is read with; None for any other file."""
        return Siblings(file.name, self._paths) if file.name in self.parts else None

    def _parts(self, file: Found, limits: Limits) -> dict[str, str | None]:
        """What a file calls its parts (as noted by the last generation, where it is the same), and which they are."""
        if not file.name.lower().endswith(_SUFFIXES):
            return {}
        siblings = Siblings(file.name, self._paths)
        if self._same(file.name):
            return {reference: siblings.find(reference) for reference in self._before.get(file.name, ())}
        return issue_parts(file.path, limits, siblings)

    def _same(self, name: str) -> bool:
        return self._known.get(name) == self._now[name]


def beside(path: Path, limits: Limits) -> Siblings | None:
    """What an issue is read with by itself: the files of its folder and below; None for any other file.

    Raises SourceError where that folder cannot be listed.
    """
    if not path.name.lower().endswith(_SUFFIXES) or not issue_parts(path, limits, Siblings(path.name, {})):
        return None
    return Siblings(path.name, {item.name: item.path for item in find_files(path.parent) if isinstance(item, Found)})
