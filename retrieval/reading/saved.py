"""The notes that programs leave in the pages they save: where a page came from, and when it was saved."""

from __future__ import annotations

import re

from retrieval.reading.dates import partial_date

_LOOKED_AT = 20_000
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(?P<url>https?://[^\s<>]{3,4000}?)\s*+-->", re.I)
_SINGLE_FILE = re.compile(
    r"<!--\s*Page saved with SingleFile\s+url:\s*(?P<url>\S{3,4000})\s+(?:saved date:\s*(?P<when>[^\n]{4,80}))?", re.I
)
_HTTRACK = re.compile(
    r"<!--\s*Mirrored from\s+(?P<url>\S{3,4000})\s+by HTTrack[^,>]{0,200},\s*+(?P<when>[^>\n]{4,60}?)\s*+-->", re.I
)
_WGET = re.compile(
    r"<!--\s*(?:Saved|Archived|Downloaded|Captured) from:?\s+(?P<url>https?://[^\s<>]{3,4000})(?:\s+on\s++(?P<when>[^>\n]{4,60}?))?\s*+-->",
    re.I,
)


def saved_note(markup: str) -> tuple[str | None, str | None]:
    """The address that a page was saved from, and the day (ISO 8601) on which it was, as far as a note says so."""
    for text in (markup[:_LOOKED_AT], markup[-_LOOKED_AT:]):
        for pattern in (_SINGLE_FILE, _SAVED_FROM, _HTTRACK, _WGET):
            match = pattern.search(text)
            if not match:
                continue
            url = match["url"]
            if pattern is _HTTRACK and not url.startswith("http"):
                url = "http://" + url
            when = match.groupdict().get("when")
            if re.fullmatch(r"https?://\S+", url):
                return url, partial_date(when) if when else None
    return None, None
