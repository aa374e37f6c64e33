"""What a layer of settings is: one place's values, known by where each was set, as a settings source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from config.knobs import KeyPath, Vocabulary

NONE_NEAR = "The README lists every setting; remove this one"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what was set, and what to do about it."""

    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}"


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was set: `name` as it was written, `where` it was written."""

    value: object
    name: str
    where: str


class Layer(PydanticBaseSettingsSource):
    """All that one place sets: `given` by the path of each knob, and `problems` with the rest.

    pydantic-settings' own sources would take names in any case, pass over unknown ones, stop at the first value that
    they cannot decode, and forget where it was set; so each layer reads its place itself.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.words = Vocabulary.of(settings_cls)
        self.given: dict[KeyPath, Given] = {}
        self.problems: list[Problem] = []

    def __call__(self) -> dict[str, Any]:
        """What this place sets, as a tree of groups and knobs."""
        tree: dict[str, Any] = {}
        for (*groups, key), given in self.given.items():
            branch = tree
            for group in groups:
                branch = branch.setdefault(group, {})
            branch[key] = given.value
        return tree

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """What this place sets of one field, None if nothing; never left to be decoded."""
        return self().get(field_name), field_name, False

    def _refuse(self, message: str, hint: str) -> None:
        self.problems.append(Problem(message, hint))

    def _text_of(self, path: Path, missing: Problem | None = None) -> str:
        """The text of a file, empty where it cannot be read; `missing` is what is wrong if there is no such file."""
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.problems.extend([missing] if missing else [])
        except UnicodeDecodeError as error:
            self._refuse(f"{path} is not UTF-8 text (byte {error.start})", "Save it as UTF-8")
        except OSError as error:
            self._refuse(f"{path} cannot be read: {error.strerror}", "Make it a file that this user may read")
        return ""
