"""The meta tags of a web page, gone through once however many of them are asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_MOST = 5000


class Metas:
    """What the meta tags of a page say, by `name` and `property`, in their order; `root` (lxml) is the whole page."""

    def __init__(self, root: Any) -> None:
        self._said: list[tuple[str | None, str | None, str]] = []
        for meta in root.iter("meta"):
            content = meta.get("content")
            if content is not None:
                self._said.append((meta.get("name"), meta.get("property"), content))
            if len(self._said) == _MOST:
                break

    def said(self, names: Collection[str], properties: Collection[str] = ()) -> list[str]:
        """What is said under any of these names or properties."""
        return [content for name, own, content in self._said if name in names or own in properties]
