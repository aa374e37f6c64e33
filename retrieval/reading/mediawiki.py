"""The export of a wiki (MediaWiki's `pages-articles.xml`): an article for each page, its newest revision, streamed.

Pages that are about other pages (talk, users, templates, files) and redirects are counted and passed over. A revision's
author and date are those of an edit, so a page has neither author nor date of publication.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import quote

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits, article, check_length
from retrieval.reading.languages import language_code
from retrieval.reading.origins import told
from retrieval.reading.wikitext import wikitext_blocks
from retrieval.reading.xmltree import XmlFile, local, root_of, stated_words, words
from retrieval.types import Article, Skipped

FORMAT = "mediawiki"
_LANG = re.compile(r"xml:lang=[\"']([\w-]{2,20})")
_BASE = re.compile(r"(?P<wiki>https?://\S+/)[^/\s]*")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a wiki's export: its root element is called so."""
    return root_of(head)[0] == "mediawiki"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a wiki, in its order. Raises ReadError where it holds none, and OSError as reading does."""
    file.seek(0)
    language = _LANG.search(root_of(file.read(16 * 1024))[1])
    file.seek(0)
    xml = XmlFile(file, limits.file_bytes)
    about = Facts(language=language_code(language[1]) if language else None)
    wiki = ""
    count, passed_over = 0, Counter[str]()
    for element in xml.elements(("siteinfo", "page")):
        if local(element) == "siteinfo":
            about = replace(about, publisher=stated_words(element, "sitename") or None)
            base = _BASE.fullmatch(stated_words(element, "base"))
            wiki = base["wiki"] if base else ""
            continue
        count += 1
        why = _no_article(element)
        if why:
            passed_over[why] += 1
            continue
        try:
            yield _article(element, about, wiki, limits)
        except ReadError as error:
            yield Skipped(f"{name} at page {count} ({stated_words(element, 'title')[:100]})", error.message)
    if passed_over:
        kinds = "; ".join(f"{times:,} × {why}" for why, times in passed_over.most_common())
        yield Skipped(f"{name}: other pages", f"not read: {kinds}")
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was" if count else xml.trouble)
    elif not count:
        raise ReadError("it is a wiki's export without pages")


def _no_article(page: Any) -> str | None:
    if stated_words(page, "ns") not in ("", "0"):
        return "a page about pages (talk, users, files, templates)"
    if any(local(child) == "redirect" for child in page) or _text(page).lstrip().lower().startswith("#redirect"):
        return "a redirect"
    return None


def _newest(page: Any) -> Any:
    revisions = [child for child in page if local(child) == "revision"]
    return max(revisions, key=lambda revision: stated_words(revision, "timestamp"), default=None)


def _text(page: Any) -> str:
    revision = _newest(page)
    texts = [child for child in revision if local(child) == "text"] if revision is not None else []
    return (texts[0].text or "") if texts else ""


def _article(page: Any, about: Facts, wiki: str, limits: Limits) -> Article:
    text = _text(page)
    check_length(text, limits, times=4)
    title = next((words(child) for child in page if local(child) == "title"), "")
    facts = told(
        replace(about, title=title, url=f"{wiki}{quote(title.replace(' ', '_'), safe='/:@,()')}" if wiki else None),
        title="the element title",
        publisher="the element sitename",
        url="the element base, and the title",
        language="the language of the element mediawiki",
    )
    record = next((words(child) for child in page if local(child) == "id"), "") or title
    return replace(article(wikitext_blocks(text), facts, FORMAT, limits), record=record)
