"""The layers that are nested as the settings are: the arguments of a call, and `archivist.toml`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from config.knobs import KeyPath, Knob, Vocabulary, quoted, written
from config.layers import NONE_NEAR, Given, Layer, Problem


class Nested(Layer):
    """What mappings set, one in another: groups, and in them knobs."""

    def _take(self, data: Mapping[str, object], where: str) -> None:
        for path, value in _leaves(data, (), self.words):
            name = written(path)
            if path in self.words.knobs:
                if value is not None:
                    self.given[path] = Given(value, name, where)
            elif path in self.words.groups:
                keys = ", ".join(knob.name for knob in self.words.inside(path))
                self._refuse(f"{name} ({where}) is a group of settings, not a setting", f"Set one of {keys}")
            else:
                near = self.words.nearest(path, group=isinstance(value, Mapping))
                hint = f"Did you mean {'.'.join(near)}?" if near else NONE_NEAR
                self._refuse(f"{name} ({where}) is not a setting", hint)


class Arguments(Nested):
    """What arguments set: `search__k=3` or `search={"k": 3}`; None stands for an argument that was not given.

    A group may also be given whole, as a model, and then sets each of its knobs.
    """

    def __init__(self, settings_cls: type[BaseSettings], arguments: Mapping[str, object]) -> None:
        super().__init__(settings_cls)
        for name, value in arguments.items():
            *groups, key = name.split("__")
            tables: Mapping[str, object] = {key: value}
            for group in reversed(groups):
                tables = {group: tables}
            self._take(tables, "argument")


class Toml(Nested):
    """What `archivist.toml` in the working folder sets, or the file that `ARCHIVIST_CONFIG` names."""

    def __init__(self, settings_cls: type[BaseSettings], named: Given | None) -> None:
        super().__init__(settings_cls)
        path, missing = Path("archivist.toml"), None
        if named:
            path = _at_home(str(named.value))
            missing = Problem(
                f"{named.name} ({named.where}) names {quoted(str(path))}, which does not exist",
                f"Create that file, or unset {named.name}",
            )
        try:
            self._take(tomllib.loads(self._text_of(path, missing)), str(path))
        except tomllib.TOMLDecodeError as error:
            self._refuse(f"{path} is not valid TOML: {error}", "Correct that line")
        for key, given in self.given.items():
            self.given[key] = replace(given, value=_based(self.words.knobs[key], given.value, path.parent))


def _leaves(data: Mapping[str, object], path: KeyPath, words: Vocabulary) -> Iterator[tuple[KeyPath, object]]:
    """What stands in `data` below its known groups: knobs, and all that is unknown, with the whole path of each."""
    for key, value in data.items():
        here = (*path, key)
        if here in words.groups and isinstance(value, Mapping | BaseModel):
            yield from _leaves(dict(value), here, words)
        else:
            yield here, value


def _based(knob: Knob, value: object, folder: Path) -> object:
    """`value` with its relative paths taken from `folder`; what is no path stays as it is."""
    if knob.holds_paths and isinstance(value, list):
        return [_below(folder, part) for part in value]
    if knob.holds_paths:
        return _below(folder, value)
    if knob.names_or_folder and isinstance(value, str) and re.match(r"\.\.?([/\\]|$)", value):
        return str((folder / value).absolute())  # else it would lose the ./ that tells it from a name
    return value


def _below(folder: Path, value: object) -> object:
    if not isinstance(value, str) or not value or value.startswith("~"):
        return value
    return str(folder / value)


def _at_home(value: str) -> Path:
    return Path(os.path.expanduser(value))  # noqa: PTH111 - unlike Path's, leaves an unknown user's ~ as it is
