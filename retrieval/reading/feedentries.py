"""What the readers of feeds have in common."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from retrieval.types import Skipped

_SHOWN = 3
_KIND = re.compile(r"http://schemas\.google\.com/blogger/2008/kind#(\w{1,30})")
_UNPUBLISHED = ("draft", "auto-draft", "pending", "private", "trash", "future")
_NO_TEXTS = ("nav_menu_item", "attachment", "revision", "custom_css", "wp_global_styles", "wp_template", "oembed_cache")
_AUTHOR = re.compile(
    r"<wp:author_login>(?P<login>[^\n]{1,300}?)</wp:author_login>(?:(?!</wp:author>).){0,2000}?"
    r"<wp:author_display_name>(?P<name>[^\n]{1,300}?)</wp:author_display_name>",
    re.S,
)
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|wp_caption|vc_\w{1,30})\b[^\[\]\n]{0,1000}\]"
)


def no_article(entry: Any) -> str | None:
    """Why an entry of a blog's export is none of its articles: a template, a comment, a draft; None where it may be."""
    kinds = [_KIND.fullmatch(str(dict.get(tag, "term"))) for tag in dict.get(entry, "tags") or ()]
    kind = next((found[1] for found in kinds if found), "post")
    if kind not in ("post", "page"):
        return f"a {kind} of the blog"
    status, post = dict.get(entry, "wp_status"), dict.get(entry, "wp_post_type")
    if status in _UNPUBLISHED:
        return f"not published ({status})"
    return f"of the type {post}" if post in _NO_TEXTS else None


def wordpress_authors(head: str) -> dict[str, str]:
    """The names of a WordPress site's authors, by those that they log in with, as its export begins with them."""
    return {_bare(found["login"]): _bare(found["name"]) for found in _AUTHOR.finditer(head)}


def without_shortcodes(entry: Any, text: str) -> str:
    """The text of an entry without the marks that WordPress replaces itself when it shows one (`[caption]`)."""
    return _SHORTCODE.sub("", text) if dict.get(entry, "wp_post_type") else text


def _bare(text: str) -> str:
    return html.unescape(text.strip().removeprefix("<![CDATA[").removesuffix("]]>")).strip()


def titles_only(name: str, titles: Sequence[str], entries: int) -> Skipped:
    """One line for all entries of a feed that have no text, with the first titles, so that nothing is lost unseen.

    It is not by the name of the file itself, which would have a file that was read as far as it goes read by every run.
    """
    shown = "; ".join(title[:80] or "(untitled)" for title in titles[:_SHOWN])
    more = f" and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else ""
    return Skipped(
        f"{name} at its entries",
        f"{len(titles)} of its {entries} entries have no text, only a title or link: {shown}{more}",
    )
