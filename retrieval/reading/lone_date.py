"""The one day that a web page states by itself, without saying what it is: that of its article, as pages are made."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from retrieval.reading.dates import partial_date
from retrieval.reading.normalise import normalised, one_line

_SHORT = (
    "//text()[string-length(.) < 60][contains(., '20') or contains(., '19')][not(ancestor::*[self::a or self::script "
    "or self::style or self::footer or self::aside or self::nav or self::option or self::form])]"
)
_TIME = re.compile(r"\s*(?:[|,·•–-]\s*)?(?:at |um )?\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*(?:uhr|[ap]\.?m\.?))?$", re.I)
_MOST = 500
_LONGEST, _MOST_WORDS = 32, 4  # "Wednesday, 3 March 2004"
_LEVELS = 4  # up from a date, within which its heading stands
_DAY = len("2004-03-03")


def lone_date(tree: Any) -> str | None:
    """The day (ISO 8601) that stands alone near a heading of the page; None where there is none, or another one."""
    days: dict[str, bool] = {}
    for text in _finder()(tree)[:_MOST]:
        bare = _TIME.sub("", one_line(normalised(str(text))))
        if not 8 <= len(bare) <= _LONGEST or len(bare.split()) > _MOST_WORDS:
            continue
        day = partial_date(bare)
        if day and len(day) == _DAY:
            days[day] = days.get(day, False) or _is_near_heading(text.getparent())
            if len(days) > 1:
                return None
    return next((day for day, near in days.items() if near), None)


def _is_near_heading(element: Any) -> bool:
    for _ in range(_LEVELS):
        element = element.getparent() if element is not None else None
        if element is None or element.tag in ("body", "html"):
            return False
        if next(element.iter("h1", "h2"), None) is not None:
            return True
    return False


@cache
def _finder() -> Any:
    from lxml import etree

    return etree.XPath(_SHORT)
