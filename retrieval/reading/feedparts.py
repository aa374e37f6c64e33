"""A feed in parts of a bounded size, each a feed of its own: the head of the file, and some of its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from retrieval.reading.blocks import Limits
from retrieval.reading.whole import read_whole

_WHOLE = 1 << 20  # bytes up to which a feed is parsed at once
_FIRST = re.compile(rb"<(?P<name>(?:[\w.-]{1,20}:)?(?:item|entry))[\s>]")
_ROOT = re.compile(rb"<(?P<name>(?:[\w.-]{1,20}:)?(?:rss|feed|RDF))[\s>]", re.I)


def feed_parts(file: BinaryIO, limits: Limits, plain: bool) -> Iterator[bytes]:
    """The feed whole where it is small (or not in bytes that are ASCII where tags are: `plain`), else in parts.

    Raises ReadError for a feed that can only be taken whole and is larger than `limits.file_bytes`.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_WHOLE)
    first, root = _FIRST.search(head), _ROOT.search(head)
    if size <= _WHOLE or not plain or not first or not root:
        yield read_whole(file, limits)
        return
    opening, held = head[: first.start()], head[first.start() :]
    closing = b"</" + root["name"] + b">"
    if b"<channel" in opening and b"</channel" not in opening:
        closing = b"</channel>" + closing
    end = b"</" + first["name"] + b">"
    while True:
        chunk = file.read(_WHOLE)
        cut = held.rfind(end) + len(end)
        if not chunk or (cut < len(end) and len(held) > limits.file_bytes):
            yield opening + held
            return
        if cut >= len(end):
            yield opening + held[:cut] + closing
            held = held[cut:]
        held += chunk
