"""The layers that are `ARCHIVIST_…` variables: the environment, and `.env`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from config.knobs import PREFIX, Knob, quoted
from config.layers import NONE_NEAR, Given, Layer

CONFIG_VARIABLE = PREFIX + "CONFIG"

# A line that means to set one of ours, whether or not it is well formed.
_OURS = re.compile(rf"^\s*(?:export\s+)?['\"]?({PREFIX}[^\s=#'\"]*)", re.MULTILINE | re.IGNORECASE)


class Variables(Layer):
    """What `ARCHIVIST_…` variables set. `config_file` is what they name as `archivist.toml`, if they do."""

    config_file: Given | None = None

    def _take(self, variables: Mapping[str, str | None], where: str) -> None:
        knobs = {knob.variable: knob for knob in self.words.knobs.values()}
        for name, value in variables.items():
            if not name.upper().startswith(PREFIX) or value is None:
                continue
            if name not in knobs and name != CONFIG_VARIABLE:
                self._refuse(*self._unknown(name, where))
            elif not value:  # empty is unset, as most shells and containers have it
                continue
            elif name == CONFIG_VARIABLE:
                self.config_file = Given(value, name, where)
            else:
                knob = knobs[name]
                try:
                    self.given[knob.path] = Given(_listed(knob, value), name, where)
                except json.JSONDecodeError:
                    self._refuse(f"{name} ({where}) begins like JSON and is not JSON", f"It takes {knob.allowed}")

    def _unknown(self, name: str, where: str) -> tuple[str, str]:
        shown = name if name.isprintable() else quoted(name)
        path = tuple(name[len(PREFIX) :].lower().split("__"))
        if path in self.words.groups:
            keys = ", ".join(knob.variable for knob in self.words.inside(path))
            return f"{shown} ({where}) is a group of settings, not a setting", f"Set one of {keys}"
        near = CONFIG_VARIABLE if name.upper() == CONFIG_VARIABLE else None
        if near is None and (known := self.words.nearest(path)) is not None:
            near = self.words.knobs[known].variable
        return f"{shown} ({where}) is not a setting", f"Did you mean {near}?" if near else NONE_NEAR


class Environment(Variables):
    """What the environment sets."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self._take(os.environ, "environment variable")


class Dotenv(Variables):
    """What the lines of a `.env` file set; variables of other programs are left alone."""

    def __init__(self, settings_cls: type[BaseSettings], path: Path) -> None:
        super().__init__(settings_cls)
        if path.is_dir():  # some call a virtual environment's folder so
            return
        text = self._text_of(path)
        variables = dotenv_values(stream=StringIO(text))
        self._take(variables, str(path))
        for name in dict.fromkeys(_OURS.findall(text)):
            if variables.get(name) is None:
                self._refuse(f"{name} ({path}) cannot be understood", f"Write it on one line, as {name}=value")


def _listed(knob: Knob, value: str) -> object:
    """A list knob's value as a list; any other value as it is."""
    if not knob.is_list:
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    parts = value.split(os.pathsep if knob.holds_paths else ",")
    return [part.strip() for part in parts if part.strip()]
