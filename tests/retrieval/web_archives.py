"""Web archives of invented pages (WARC 1.0, ISO 28500)."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field


def page(title: str, text: str, head: str = "") -> bytes:
    """Return an HTML page."""
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{title}</h1><p>{text}</p></article></body></html>"
    ).encode()


def story(subject: str, day: str = "yesterday") -> str:
    """Return a paragraph long enough to be an article's."""
    return (
        f"The {subject} of Holm was repaired {day} by the town's own carpenters, who had waited for the timber since "
        f"the spring. The mayor thanked them, and said that the {subject} would last for another hundred years."
    )


@dataclass
class Capture:
    """One record to be written: an answer to a request for `url` at `date`, or of another `kind`."""

    url: str
    body: bytes = b""
    date: str = "2020-01-01T00:00:00Z"
    mime: str = "text/html; charset=utf-8"
    status: str = "200 OK"
    kind: str = "response"
    http: list[tuple[str, str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


def web_archive(captures: Iterable[Capture], packed: bool = False) -> bytes:
    """Return a WARC of these captures, in their order, each a gzip member where it is `packed`."""
    about = Capture("", b"software: tests\r\n", kind="warcinfo", mime="application/warc-fields")
    records = [record(capture) for capture in (about, *captures)]
    return b"".join(gzip.compress(data, mtime=0) if packed else data for data in records)


def record(capture: Capture, length: int | None = None) -> bytes:
    """Return one WARC record, which may state another length than it has."""
    block, mime = capture.body, capture.mime
    if capture.kind in ("response", "revisit"):
        headers = [("Content-Type", capture.mime)] if capture.mime else []
        head = "".join(f"{name}: {value}\r\n" for name, value in [*headers, *capture.http])
        block = f"HTTP/1.1 {capture.status}\r\n{head}\r\n".encode() + block
        mime = "application/http; msgtype=response"
    fields = {"WARC-Type": capture.kind, "WARC-Target-URI": capture.url, "WARC-Date": capture.date,
              "WARC-Record-ID": "<urn:uuid:0>", **capture.fields, "Content-Type": mime,
              "Content-Length": str(len(block) if length is None else length)}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"
