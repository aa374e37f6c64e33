"""Puts the layers on top of each other and makes settings of them, or says in plain lines why it cannot."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from config.errors import SettingsError
from config.knobs import KeyPath, Vocabulary, quoted
from config.layers import Given, Problem
from config.nested import Arguments, Toml
from config.variables import Dotenv, Environment

_SHOWN_CHARS = 80


class LayeredSettings(BaseSettings):
    """Settings that know where each was set: arguments, environment, `.env`, `archivist.toml`, from the strongest.

    Every way of making one reads these layers, `model_validate` too; `model_construct()` alone gives the bare defaults.
    Groups are models of knobs, and validators are of single knobs. Raises `SettingsError`, a line for each problem.
    """

    # The values of a future secret must not leak through a chained traceback.
    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    # Takes none of the `_…` options of BaseSettings: the layers would not heed them, so each is refused by name.
    def __init__(self, /, **arguments: Any) -> None:
        kind = type(self)
        environment, dotenv = Environment(kind), Dotenv(kind, Path(".env"))
        toml = Toml(kind, environment.config_file or dotenv.config_file)
        layers = (Arguments(kind, arguments), environment, dotenv, toml)
        problems = [problem for layer in layers for problem in layer.problems]
        try:
            super().__init__(_layers=layers)
        except ValidationError as error:
            given = ChainMap(*(layer.given for layer in layers))
            raise _failure([*problems, *_refused(error, given, Vocabulary.of(kind))]) from error
        if problems:
            raise _failure(problems)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The layers that `__init__` made, from the strongest: it keeps them, to tell where a refused value was set."""
        layers: tuple[PydanticBaseSettingsSource, ...] = cast(InitSettingsSource, init_settings).init_kwargs["_layers"]
        return layers


def _refused(error: ValidationError, given: Mapping[KeyPath, Given], words: Vocabulary) -> list[Problem]:
    """One problem for each knob whose value was refused, however many of its parts were."""
    problems: dict[KeyPath, Problem] = {}
    for detail in error.errors(include_url=False):
        path = next(path for path in words.knobs if path == detail["loc"][: len(path)])
        knob = words.knobs[path]
        # Our own validators speak in whole hints; pydantic's wording stays inside.
        ours = detail["ctx"]["error"] if detail["type"] == "value_error" else None
        hint = str(ours) if ours else f"It takes {knob.allowed}"
        if detail["type"] == "missing":
            problems[path] = Problem(f"{knob.name} is not set", hint)
            continue
        source = given.get(path, Given(knob.field.default, knob.name, "default"))
        value = "" if knob.is_secret else f" = {_shown(source.value)}"
        problems.setdefault(path, Problem(f"{source.name}{value} ({source.where}) is not allowed", hint))
    return list(problems.values())


def _shown(value: object) -> str:
    """A value on one line, as JSON, cut where it is long."""
    text = quoted(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _failure(problems: list[Problem]) -> SettingsError:
    if len(problems) == 1:
        return SettingsError(problems[0].message, problems[0].hint)
    return SettingsError("\n".join(map(str, problems)))
