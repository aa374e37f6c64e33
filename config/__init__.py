"""What can be set, where it may be set, and what is wrong with a setting, in one line each.

`load_settings` reads the environment, `.env` and `archivist.toml`; `Settings` is what it gives, frozen, and a bare
`Settings()` reads them too. Nothing is read at import, and pydantic is not imported before it is needed: `import
config` costs a few milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from config.errors import ConfigError, SettingsError

if TYPE_CHECKING:
    from config.model import Settings, load_settings
    from config.table import settings_table

__all__ = ["ConfigError", "Settings", "SettingsError", "load_settings", "settings_table"]

_HOMES = {"Settings": "config.model", "load_settings": "config.model", "settings_table": "config.table"}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
