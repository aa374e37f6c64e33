"""The errors of `config`, one tree.

ConfigError
└── SettingsError   settings that cannot be used as they stand

A message names what is wrong and where it was set; `hint` says what is allowed. `kind` is a stable name for programs.
"""

from __future__ import annotations


class ConfigError(Exception):
    """The base of every error that `config` raises on purpose."""

    kind = "config"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class SettingsError(ConfigError):
    """Settings that cannot be used: unknown names, values that are not allowed, files that cannot be read.

    The text has one line for each problem. A single problem is divided into `message` and `hint`; of several, `message`
    holds all lines, each with its own hint, and `hint` is empty.
    """

    kind = "settings"
