"""What saved web pages are made of beside their text: known by name, and counted instead of listed one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_FEWEST = 3  # fewer are named each, with what they are
# wget writes the query of an address into the name: `style.css?ver=2`, on Windows `style.css@ver=2`.
_ASSET = re.compile(
    r".+\.(?P<kind>css|m?js|woff2?|ttf|eot|otf|ico|cur|png|jpe?g|jfif|gif|webp|avif|svgz?|bmp|tiff?|mp3|mp4|m4[av]|webm|"
    r"og[gv]|wav|mov|avi|flv|swf)(?:[?@].*)?",
    re.I | re.S,
)
_PAGE = re.compile(r"(?P<stem>.+)\.(?:x?html?|shtml)", re.I | re.S)
# What browsers call the folder beside a page saved "complete", in the languages they are used in.
_FOLDER = re.compile(
    r"(?P<stem>.+)(?:[_-](?:files?|dateien|fichiers|archivos|ficheiros|arquivos|bestanden|filer|tiedostot|pliki|soubory|"
    r"fajlovi|fails|failid|dosyalar|datoteke|elemei)|\.files)",
    re.I | re.S,
)


class Assets:
    """The entries of one folder that are only parts of web pages."""

    def __init__(self, names: Iterable[str]) -> None:
        listed = list(names)
        kinds = {name: match["kind"].lower() for name in listed if (match := _ASSET.fullmatch(name))}
        self._kinds = kinds if len(kinds) >= _FEWEST else {}
        self._pages = {match["stem"].casefold(): name for name in listed if (match := _PAGE.fullmatch(name))}

    def holds(self, name: str) -> bool:
        """Whether an entry is among those that `reason` counts."""
        return name in self._kinds

    def reason(self) -> str:
        """What was counted, in words; empty where nothing was."""
        if not self._kinds:
            return ""
        counted = sorted(Counter(self._kinds.values()).items(), key=lambda item: (-item[1], item[0]))[:8]
        listed = ", ".join(f"{count} .{kind}" for kind, count in counted)
        return f"{len(self._kinds):,} pictures, sounds, styles and scripts, which hold no articles ({listed})"

    def page_of(self, name: str) -> str:
        """The saved page that a folder belongs to (`Page_files` beside `Page.html`); empty where it is none such."""
        match = _FOLDER.fullmatch(name)
        return self._pages.get(match["stem"].casefold(), "") if match else ""
