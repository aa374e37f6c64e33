"""Pages that Safari saved (`.webarchive`): a property list with the page's bytes and where they came from."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.html import html_article, page_text
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "webarchive"
_MAIN = b"WebMainResource"
_MARKUP = ("text/html", "application/xhtml+xml")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a property list of that kind: it begins with its key, or is called so."""
    listed = head.startswith(b"bplist0") or (head.lstrip().startswith(b"<?xml") and b"<plist" in head[:1000])
    return listed and (_MAIN in head or suffix == ".webarchive")


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The article of the page. Raises ReadError where there is none, and OSError as reading does."""
    main = _main(read_whole(file, limits))
    data, mime = main.get("WebResourceData"), main.get("WebResourceMIMEType")
    if not isinstance(data, bytes) or mime not in _MARKUP:
        raise ReadError(f"what was saved is no web page ({str(mime)[:60] or 'of a type that is not stated'})")
    charset = main.get("WebResourceTextEncodingName")
    found = html_article(page_text(data, charset if isinstance(charset, str) else None), limits)
    url = main.get("WebResourceURL")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        yield replace(found, format=FORMAT)
        return
    origins = found.origins if found.url else (*found.origins, ("url", "the address that it was saved from"))
    yield replace(found, url=found.url or url, format=FORMAT, origins=origins, links=(*found.links, ("self", url)))


def _main(data: bytes) -> dict[str, Any]:
    try:
        listed = plistlib.loads(data)
    except Exception as error:  # a damaged one fails in many ways
        raise ReadError(f"it is a property list that cannot be read ({type(error).__name__})") from error
    main = listed.get("WebMainResource") if isinstance(listed, dict) else None
    if not isinstance(main, dict):
        raise ReadError("it is a property list without a saved page")
    return main
