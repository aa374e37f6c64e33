"""What the XMP packet of a PDF says about it, PRISM's words for articles among it (publication, cover date, URL)."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits
from retrieval.reading.dates import partial_date
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.richtext import local_name, xml_root

_START, _END = re.compile(rb"<x:xmpmeta\b|<rdf:RDF\b"), re.compile(rb"</x:xmpmeta>|</rdf:RDF>")
_LONGEST = 256 * 1024
_SEARCHED = 16 * 1024 * 1024  # bytes at the file's start and at its end


def xmp_facts(file: BinaryIO, limits: Limits) -> Facts:
    """The facts of the packet that is the document's own (not an image's); empty where there is none to be found.

    Packets lie in a PDF as plain text, so that programs which know nothing of PDF may read them; compressed ones are
    not looked for.
    """
    size = file.seek(0, 2)
    facts = Facts()
    for start in dict.fromkeys((0, max(0, size - _SEARCHED))):
        file.seek(start)
        data = file.read(_SEARCHED)
        place = 0
        for _ in range(200):
            begin = _START.search(data, place)
            end = _END.search(data, begin.end(), begin.end() + _LONGEST) if begin else None
            if not begin or not end:
                break
            place = end.end()
            packet = data[begin.start() : place]
            if b"application/pdf" in packet or b"prism:" in packet or b"pdf:Producer" in packet:
                facts = _facts(packet) or facts
    return facts


def _facts(packet: bytes) -> Facts | None:
    try:
        root = xml_root(packet.decode("utf-8", "replace"))
    except ReadError:
        return None
    values: dict[str, list[str]] = {}
    for element in root.iter():
        _collect(element, values)
    url = next((url for url in values.get("url", ()) if re.fullmatch(r"https?://\S+", url)), None)
    dates = [partial_date(when) for name in ("coverdate", "publicationdate") for when in values.get(name, ())]
    return Facts(
        title=next(iter(values.get("title", ())), ""),
        authors=tuple(dict.fromkeys(values.get("creator", ()))),
        publisher=next(iter([*values.get("publicationname", ()), *values.get("publisher", ())]), None),
        published=next((when for when in dates if when), None),
        url=url,
        language=next((code for name in values.get("language", ()) if (code := language_code(name))), None),
    )


_PRISM = ("coverdate", "publicationdate", "publicationname", "url")


def _collect(element: Any, values: dict[str, list[str]]) -> None:
    name = local_name(element)
    namespace = element.tag.rsplit("}", 1)[0] if isinstance(element.tag, str) else ""
    if name in ("title", "creator", "publisher", "language") and "purl.org/dc" in namespace:
        texts = [item.text or "" for item in element.iter() if local_name(item) == "li"] or [element.text or ""]
        values.setdefault(name, []).extend(text for text in map(_clean, texts) if text)
    elif name in _PRISM and "prism" in namespace and (text := _clean(element.text or "")):
        values.setdefault(name, []).append(text)
    elif name == "description":
        for key, value in element.attrib.items():
            space, _, local = key.rpartition("}")
            if "prism" in space and local.lower() in _PRISM and (text := _clean(value)):
                values.setdefault(local.lower(), []).append(text)


def _clean(text: str) -> str:
    return one_line(normalised(text))
