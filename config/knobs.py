"""The knobs of a settings model as a flat list: their names, what they take, and what a wrong name was meant to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from config.kinds import Allowed, NameOrFolder, Place

PREFIX = "ARCHIVIST_"
KeyPath = tuple[str, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting: where it stands in the model, and the field that says the rest."""

    path: KeyPath
    field: FieldInfo

    @property
    def name(self) -> str:
        """As it is written in `archivist.toml`, with dots between groups."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """As it is written in the environment."""
        return PREFIX + "__".join(self.path).upper()

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return get_origin(self.field.annotation) is tuple

    @property
    def is_secret(self) -> bool:
        """Whether its value must never be shown."""
        kinds = {self.field.annotation, *get_args(self.field.annotation)}
        return not kinds.isdisjoint({SecretStr, SecretBytes})

    @property
    def holds_paths(self) -> bool:
        """Whether its value, or each of its values, is a path."""
        return self.field.annotation is Path or self.field.annotation == tuple[Place, ...]

    @property
    def names_or_folder(self) -> bool:
        """Whether its value is a path only if it looks like one."""
        return any(isinstance(mark, NameOrFolder) for mark in self.field.metadata)

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        for mark in self.field.metadata:
            if isinstance(mark, Allowed):
                return mark.text
        kind = self.field.annotation
        if get_origin(kind) is Literal:
            return "one of " + ", ".join(get_args(kind))
        if kind in (Path, bool):
            return "a path" if kind is Path else "true or false"
        if kind in (int, float):
            return ("a whole number" if kind is int else "a number") + self._bounds()
        return "text"

    def _bounds(self) -> str:
        words = ""
        for attribute, word in (("ge", "from"), ("le", "to")):
            words += "".join(
                f" {word} {getattr(mark, attribute)}" for mark in self.field.metadata if hasattr(mark, attribute)
            )
        return words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a settings model knows: `knobs` by path in the model's order, and the paths of its `groups`."""

    knobs: dict[KeyPath, Knob]
    groups: tuple[KeyPath, ...]

    @classmethod
    def of(cls, model: type[BaseModel]) -> Vocabulary:
        """The vocabulary of `model`, at every depth."""
        knobs: dict[KeyPath, Knob] = {}
        groups: list[KeyPath] = []
        for path, field in _walk(model, ()):
            if _group(field) is None:
                knobs[path] = Knob(path, field)
            else:
                groups.append(path)
        return cls(knobs, tuple(groups))

    def nearest(self, path: KeyPath, *, group: bool = False) -> KeyPath | None:
        """The knob (or the group) that `path` was most likely meant to be, or None if none is near."""
        names = {".".join(known).lower(): known for known in (self.groups if group else self.knobs)}
        # A knob's own name in no group, or in a wrong one, is nearer than any likeness of letters.
        same_leaf = [known for known in names.values() if known[-1] == path[-1].lower()]
        if len(same_leaf) == 1:
            return same_leaf[0]
        close = difflib.get_close_matches(".".join(path).lower(), names, n=1)
        return names[close[0]] if close else None

    def inside(self, group: KeyPath) -> list[Knob]:
        """The knobs that stand in `group`."""
        return [knob for path, knob in self.knobs.items() if path[: len(group)] == group]


def written(path: KeyPath) -> str:
    """`path` as TOML writes it: on one line, with quotes around what is no bare key."""
    return ".".join(key if _BARE_KEY.fullmatch(key) else quoted(key) for key in path)


def quoted(text: str) -> str:
    """`text` between quotes, on one line and printable, whatever it holds."""
    inside = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text.replace("\\", "\\\\"))
    return '"' + inside.replace('"', '\\"') + '"'


def _group(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _walk(model: type[BaseModel], path: KeyPath) -> Iterator[tuple[KeyPath, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield (*path, name), field
        group = _group(field)
        if group is not None:
            yield from _walk(group, (*path, name))
