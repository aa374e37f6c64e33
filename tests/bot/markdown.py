"""What Discord makes of Markdown, as far as a quote could reach: which signs are alive in a text, and what is shown."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_ALIVE = re.compile(
    r"[*_~`|<>\[\]\\]"  # styles, spoilers, code, mentions, masked links, quotes
    r"|://"  # links
    r"|@(?:everyone|here)"
    r"|^\s*(?:#|-|\+|[0-9]+[.)])",  # headings, small print, lists
    re.MULTILINE | re.IGNORECASE,
)


def alive(text: str) -> list[str]:
    """Return the signs that Discord would act on."""
    return _ALIVE.findall(_ESCAPE.sub("\ue000", text))


def shown(text: str) -> str:
    """Return what is read of a text in which nothing is alive."""
    return _ESCAPE.sub(r"\1", text).replace("@\u200b", "@")
