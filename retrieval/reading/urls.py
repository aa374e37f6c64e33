"""When two addresses are of the same page, as web archives see it.

As in the sort-friendly form of the Internet Archive (SURT), these make no other page: the scheme and its own port,
`www.`, a slash at the end, the fragment, session ids, the order of parameters; nor do parameters that only tell where a
reader came from. Everything else does: another parameter, a path in another case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_FOREIGN = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|mkt_tok|"
    r"vero_id|oly_(?:anon|enc)_id|ocid|cmpid|xtor|wt_mc|at_(?:medium|campaign)|"
    r"phpsessid|jsessionid|aspsessionid\w*|sessionid|cfid|cftoken|sid",
    re.I,
)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/?;]*", re.I)
_WWW = re.compile(r"^www\d{0,3}\.(?=[^.]+\.)")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}
_PATH_SAFE = "/:@!$&'()*+,;=~-._"


@lru_cache(maxsize=1 << 16)
def same_page(url: str) -> str:
    """What the addresses of one page have in common; an address that is none is only itself."""
    stripped = url.strip()
    try:
        parts = urlsplit(stripped)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return stripped
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return stripped
    place = _WWW.sub("", host) + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme.lower()] else "")
    path = unquote(_SESSION_IN_PATH.sub("", parts.path), errors="surrogateescape")
    path = quote(path, _PATH_SAFE, errors="surrogateescape")
    kept = sorted((key, value) for key, value in query if not _FOREIGN.fullmatch(key))
    route = f"#{parts.fragment}" if parts.fragment.startswith("!") else ""  # a page that its script tells apart
    return place + (path.rstrip("/") or "/") + (f"?{urlencode(kept, errors='surrogateescape')}" if kept else "") + route


def last_name(url: str) -> str:
    """The name at the end of an address's path, as a file would be called; empty where there is none."""
    try:
        path = urlsplit(url.strip()).path
    except ValueError:
        return ""
    return unquote(path.rpartition("/")[2]) if "://" in url else ""
