"""What trafilatura takes a page's title, author and the like to be, each found only where it is asked for.

The same as its `extract_metadata` says in these fields, which finds all there are: those that no article needs (the
categories, the tags, the licence) and those that the page itself states take a tenth of the time of reading a page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any


class Guesses:
    """Guesses about a page, of which `tree` (lxml) is the whole, as it was parsed; "" where there is none."""

    def __init__(self, tree: Any) -> None:
        self._tree = tree

    @cached_property
    def title(self) -> str:
        """The headline, or what is left of the page's title without the names of site and section."""
        from trafilatura.metadata import extract_title

        return self._found(self._stated.title, extract_title)

    @cached_property
    def author(self) -> str:
        """The names in the byline, divided by semicolons."""
        from trafilatura.metadata import extract_author

        return self._found(self._stated.author, extract_author)

    @cached_property
    def url(self) -> str:
        """The canonical address."""
        from trafilatura.metadata import extract_url

        return self._found(self._stated.url, extract_url)

    @cached_property
    def sitename(self) -> str:
        """The site's name, or its domain."""
        from trafilatura.metadata import META_URL, extract_sitename

        name = self._found(self._stated.sitename, extract_sitename)
        if name:
            name = name.lstrip("@")
            return name if not name or "." in name or name[0].isupper() else name.title()
        domain = META_URL.match(self.url) if self.url else None
        return domain[1] if domain else ""

    @cached_property
    def date(self) -> str:
        """The day of publication, ISO 8601; the first of the month or year where that is all that is known."""
        from htmldate import find_date

        url = self.url or None
        return self._found(
            None, lambda tree: find_date(tree, url=url, extensive_search=False, original_date=True) or ""
        )

    @cached_property
    def _stated(self) -> Any:
        from trafilatura.metadata import examine_meta, extract_meta_json
        from trafilatura.settings import Document

        try:
            stated = examine_meta(self._tree)
            if stated.author and " " not in stated.author:
                stated.author = None
            return extract_meta_json(self._tree, stated)
        except Exception as error:  # what a page states may be broken in any way
            logging.getLogger(__name__).info("a page's metadata cannot be read: %r", error)
            return Document()

    def _found(self, stated: str | None, find: Callable[[Any], str | None]) -> str:
        from trafilatura.settings import Document

        try:
            known = Document(title=stated or find(self._tree))
        except Exception as error:  # as above
            logging.getLogger(__name__).info("trafilatura failed on a page's metadata: %r", error)
            return ""
        known.clean_and_trim()
        return known.title or ""
