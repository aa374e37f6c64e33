"""What a page says about its article in JSON-LD (schema.org), wherever in it: a list, `@graph`, `mainEntity`."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from retrieval.reading.normalise import normalised, one_line

_LONGEST = 2_000_000
_MOST_NODES = 5000
_ARTICLE = re.compile(r"(?:\w*Article|\w*Posting|Report|Review|ClaimReview)")
_PAGE = re.compile(r"(?:\w*WebPage|\w*Page|CreativeWork|VideoObject|PodcastEpisode)")
_BROKEN = re.compile(r"(\"datePublished\"|\"headline\")\s*:\s*(\"(?:[^\"\\]|\\.){4,400}\")")


def article_node(tree: Any, headlines: str) -> dict[str, Any]:
    """The object that describes the page's article, or else the page; an empty one where nothing does.

    Of several articles it is the one whose headline is among `headlines`, what the page calls itself.
    Of a script that is no valid JSON, which many are, the headline and the date are still taken.
    """
    nodes: list[dict[str, Any]] = []
    loose: dict[str, Any] = {}
    for script in tree.xpath("//script[contains(@type, 'ld+json')]")[:50]:
        text = (script.text or "")[:_LONGEST]
        text = (
            re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*+\]\]>|\]\]>)\s*+;?+\s*+$", "", text)
            .strip()
            .rstrip(";")
        )
        try:
            nodes += _nodes(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            for key, value in _BROKEN.findall(text):
                loose.setdefault(key.strip('"'), _unquoted(value))
    described = [node for node in nodes if node.get("datePublished") or node.get("headline")]
    for pattern in (_ARTICLE, _PAGE):
        fitting = [node for node in described if any(pattern.fullmatch(kind) for kind in _kinds(node))]
        own = [node for node in fitting if _is_called(node, headlines)]
        if own or len(fitting) == 1:
            return next(iter([*own, *fitting]))
    return loose


def _is_called(node: dict[str, Any], headlines: str) -> bool:
    name = re.sub(r"[\W_]+", " ", words(node.get("headline")) or words(node.get("name"))).strip().casefold()
    return bool(name) and name[:40] in re.sub(r"[\W_]+", " ", headlines).casefold()


def named(value: Any) -> list[str]:
    """The names of people or organisations in a property: a name, an object that has one, or a list of either."""
    items = value[:100] if isinstance(value, list) else [value]
    names = (item.get("name") if isinstance(item, dict) else item for item in items)
    flat = [inner for name in names for inner in (name if isinstance(name, list) else [name])]
    return [text for name in flat if isinstance(name, str) and (text := words(name))]


def words(value: Any) -> str:
    """A property as a line of text, its entities read; empty where it is none."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, str):
        return ""
    if "&" in value:
        from html import unescape

        value = unescape(value)
    return one_line(normalised(value))


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return ""


def _kinds(node: dict[str, Any]) -> list[str]:
    stated = node.get("@type")
    kinds = stated if isinstance(stated, list) else [stated]
    return [kind.rsplit("/", 1)[-1] for kind in kinds if isinstance(kind, str)]


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    queue = deque([data])
    for _ in range(_MOST_NODES):
        if not queue:
            return
        item = queue.popleft()
        if isinstance(item, list):
            queue.extendleft(reversed(item[:_MOST_NODES]))
        elif isinstance(item, dict):
            yield item
            queue += [item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item]
