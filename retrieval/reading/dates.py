"""Dates as people write them, to the precision that they state and no further.

`partial_date` never fills in what is missing: "March 2004" is `2004-03`. Where a day and a month cannot be told apart
("03/04/2004") only the year is known. Dates with dots are day-first, as everywhere that dots are the custom.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

EARLIEST, LATEST = 1450, 2100
_LONGEST = 200  # a date, its weekday, time and zone are shorter by far

# English, German, French and Spanish, without accents; a name that is no prefix of these is not understood.
_NAMES = (
    "january jan januar jaenner janner janvier janv enero ene",
    "february feb februar feber fevrier fevr fev febrero",
    "march mar maerz marz mrz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug aout agosto ago",
    "september sep sept septembre septiembre setiembre set",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez decembre diciembre dic",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}

_MONTH = r"\b(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?<![0-9])(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?<![0-9])(?P<year>[0-9]{4})(?![0-9])"
_OF = r"(?:[ ,-]|de |del |of |the ){1,3}"
_TIME = r"(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?,? ?(?:[ap]\.?m\.? ?)?(?:[a-z]{2,4} )?)?"
_CLOCK = re.compile(r"[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?(?![0-9.])")

# The most telling first; what one of them finds is final, even where no such day exists.
_FULL = tuple(
    re.compile(pattern)
    for pattern in (
        _YEAR + r"(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})(?![0-9])",
        r"^(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?=$|t[0-9]|[0-9]{6}$)",
        r"(?P<year>[0-9]{4})年 ?(?P<month>[0-9]{1,2})月 ?(?P<day>[0-9]{1,2})日",
        _DAY + _OF + _MONTH + _OF + _YEAR,
        _MONTH + r" ?(?:the )?" + _DAY + r"(?:,? | ?, ?)" + _TIME + _YEAR,
        _YEAR + r",? " + _MONTH + r" " + _DAY + r"(?![0-9])",
    )
)
# The two digits of RFC 822, which mean what RFC 5322 (4.3) says.
_MAILED = re.compile(r"^[a-z]{3}, ?" + _DAY + r" " + _MONTH + r" (?P<year>[0-9]{2}) [0-9]{1,2}:[0-9]{2}\b")
_NUMERIC = re.compile(
    r"(?<![0-9])(?P<first>[0-9]{1,2})(?P<mark>[-/.]) ?(?P<second>[0-9]{1,2})(?P=mark) ?(?P<year>[0-9]{4})(?![0-9])"
)
_MONTHLY = tuple(
    re.compile(pattern)
    for pattern in (
        _MONTH + r",?(?: | de | del | of |-|/)" + _YEAR,
        r"^" + _YEAR + r"[-/](?P<month>[0-9]{1,2})$",
        r"^(?P<month>[0-9]{1,2})/" + _YEAR + r"$",
        _YEAR + r",? " + _MONTH,
    )
)
_ONLY_YEAR = re.compile(_YEAR)
_YEAR_RANGE = re.compile(r"[0-9]{4} ?(?:-|/|to|bis|a) ?[0-9]{2,4}$")
_DAY_MONTH = (
    re.compile(_DAY + _OF + _MONTH),
    re.compile(_MONTH + r" ?" + _DAY + r"(?![0-9])"),
)


def partial_date(text: str) -> str | None:
    """The first date in a short text that is known to state one, as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, else None.

    Only the first 200 characters are looked at. A time and its zone are left aside: the day is the one written.
    None too for a day that does not exist, a year outside 1450-2100, and a range of years.
    """
    plain = _plain(text)
    for pattern in _FULL:
        if match := pattern.search(plain):
            return _iso(match["year"], _month(match["month"]), int(match["day"]))
    if match := _MAILED.match(plain):
        return _iso(
            ("19" if match["year"] >= "50" else "20") + match["year"], _month(match["month"]), int(match["day"])
        )
    if match := _NUMERIC.search(plain):
        return _numeric(match)
    for pattern in _MONTHLY:
        if match := pattern.search(plain):
            # "32 March 2004" is no month with something in front of it, but a day that does not exist.
            return None if _dangling_day(plain, match.start()) else _iso(match["year"], _month(match["month"]))
    years = [year for year in _ONLY_YEAR.findall(_CLOCK.sub(" ", plain)) if EARLIEST <= int(year) <= LATEST]
    if len(years) == 1 and not _YEAR_RANGE.search(plain):
        return str(years[0])
    return None


def month_and_day(text: str) -> tuple[int, int] | None:
    """The first month and day in a text that states no year ("March 3"), or None."""
    plain = _plain(text)
    for pattern in _DAY_MONTH:
        if match := pattern.search(plain):
            month, day = MONTHS[match["month"]], int(match["day"])
            return (month, day) if _exists(2000, month, day) else None
    return None


def with_year(year: str, month: int, day: int) -> str | None:
    """An ISO date from a year (`YYYY`) and a month and day that were stated apart; None where there is no such day."""
    return _iso(year, month, day)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text[:_LONGEST].replace("ß", "ss").lower())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    bare = re.sub(r"[\u2010-\u2015\u2212]", "-", bare)
    return " ".join(bare.split())


def _month(written: str) -> int:
    return MONTHS[written] if written in MONTHS else int(written)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _iso(year: str, month: int, day: int | None = None) -> str | None:
    number = int(year)
    if not EARLIEST <= number <= LATEST or not _exists(number, month, day or 1) or day == 0:
        return None
    return f"{number:04d}-{month:02d}" + ("" if day is None else f"-{day:02d}")


def _numeric(match: re.Match[str]) -> str | None:
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    day_first, month_first = _iso(year, second, first), _iso(year, first, second)
    if match["mark"] == "." or month_first is None or day_first == month_first:
        return day_first
    return year if day_first else month_first


def _dangling_day(plain: str, start: int) -> bool:
    return bool(re.search(r"(?<![0-9])[0-9]{1,2}(?:st|nd|rd|th|\.)?(?: of)? ?$", plain[max(0, start - 12) : start]))
