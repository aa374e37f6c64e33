"""The kinds of values that knobs take, and the marks that say in words what a type cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Group(BaseModel):
    """Knobs that belong together: frozen, and without room for an unknown name."""

    # The values of a secret must not leak through a chained traceback.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Says in words what a knob takes, where its type and bounds do not say it all."""

    text: str


@dataclass(frozen=True, slots=True)
class NameOrFolder:
    """Marks text that is a folder's path if it begins with `./`, `../`, `~` or `/`, and a name otherwise."""


def _not_a_truth_value(value: object) -> object:
    """Refuse `true` and `false`, which Python would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("It takes a number, not true or false")
    return value


def _usable_path(value: object) -> object:
    if isinstance(value, str) and (not value or "\0" in value):
        raise ValueError("It takes a path that is not empty and holds no NUL character")
    return value


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path.parts[0]} is nobody's home folder on this machine") from error


def _name_or_folder(value: str) -> str:
    return str(_at_home(Path(value))) if value.startswith("~") else value


def _lowered(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


AnyCase = BeforeValidator(_lowered)
Whole = Annotated[int, BeforeValidator(_not_a_truth_value)]
Share = Annotated[float, BeforeValidator(_not_a_truth_value), Field(ge=0, le=1)]
Place = Annotated[Path, BeforeValidator(_usable_path), AfterValidator(_at_home)]
Code = Annotated[str, AnyCase, Field(pattern=r"\A[a-z]{2}\z")]
Ids = Annotated[
    tuple[Annotated[Whole, Field(ge=1, lt=2**63)], ...],
    Allowed("a list of Discord's ids, each a whole number"),
]
Shards = Annotated[
    tuple[Annotated[Whole, Field(ge=0, lt=100_000)], ...], Allowed("a list of whole numbers from 0 on, none twice")
]
WebAddress = Annotated[
    str, Field(pattern=r"\A(https?://[^\s?#]+)?\z"), Allowed("an address that begins with http:// or https://")
]
SocketAddress = Annotated[
    str, Field(pattern=r"\A(wss?://[^\s?#]+)?\z"), Allowed("an address that begins with ws:// or wss://")
]
ModelName = Annotated[
    str,
    NameOrFolder(),
    AfterValidator(_name_or_folder),
    Allowed("a model's name, or a folder that begins with ./, ../, ~ or /"),
]
