"""WACZ: the web archives in it are read as far as they are what its digests say."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from web_archives import Capture, page, story, web_archive

from retrieval.reading.articles import read_stream
from retrieval.types import Article, Skipped

WARC = web_archive([Capture("http://holm.example/bridge", page("The bridge", story("bridge")))], packed=True)
UNTITLED = web_archive([Capture("http://holm.example/x", f"<html><body><p>{story('mill')}</p></body></html>".encode())])
PAGES = [
    {"format": "json-pages-1.0", "id": "pages", "title": "All pages"},
    {"url": "http://holm.example/bridge", "ts": "2020-01-01T00:00:00Z", "title": "Another title"},
    {"url": "https://www.holm.example/x", "ts": "2020-01-01T00:00:00Z", "title": "The mill at Holm"},
]


def wacz(parts: dict[str, bytes], **changed: str) -> bytes:
    """Return a WACZ of these parts, whose digests are right but where `changed` says another by the part's name."""
    resources = [
        {"name": path.rpartition("/")[2], "path": path, "bytes": len(data),
         "hash": changed.get(path.rpartition("/")[2].partition(".")[0], "sha256:" + hashlib.sha256(data).hexdigest())}
        for path, data in parts.items()
    ]  # fmt: skip
    package = json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}).encode()
    digest = changed.get("package", "sha256:" + hashlib.sha256(package).hexdigest())
    own = {"datapackage.json": package, "datapackage-digest.json": json.dumps({"hash": digest}).encode()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, data in (parts | own).items():
            packed = zipfile.ZIP_DEFLATED if path.endswith(("json", "jsonl")) else zipfile.ZIP_STORED
            archive.writestr(path, data, packed)
    return file.getvalue()


def lines(pages: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(listed) + "\n" for listed in pages).encode()


WHOLE = {"archive/a.warc.gz": WARC, "archive/b.warc": UNTITLED, "pages/pages.jsonl": lines(PAGES),
         "indexes/index.cdx.gz": b"index", "logs/crawl.log": b"log"}  # fmt: skip


def read(data: bytes, name: str = "crawl.wacz") -> list[Article | Skipped]:
    return list(read_stream(io.BytesIO(data), name))


def titles(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.record: item.title for item in items if isinstance(item, Article)}


def skips(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.path: item.reason for item in items if isinstance(item, Skipped)}


@pytest.mark.parametrize("name", ["crawl.wacz", "crawl.zip", "crawl"])
def test_every_page_is_an_article_and_the_list_gives_titles_to_those_without(name: str) -> None:
    found = read(wacz(WHOLE), name)
    assert titles(found) == {
        "archive/a.warc.gz#http://holm.example/bridge": "The bridge",
        "archive/b.warc#http://holm.example/x": "The mill at Holm",
    }
    assert skips(found) == {}
    assert [item.first_seen for item in found if isinstance(item, Article)] == ["2020-01-01"] * 2


def test_a_part_that_is_not_what_its_digest_says_is_not_read() -> None:
    found = read(wacz(WHOLE, a="sha256:" + "0" * 64))
    assert list(titles(found)) == ["archive/b.warc#http://holm.example/x"]
    assert "digest" in skips(found)["crawl.wacz: archive/a.warc.gz"]


def test_titles_of_a_changed_list_are_not_taken() -> None:
    found = read(wacz(WHOLE, pages="md5:00"))
    assert "The mill at Holm" not in titles(found).values()


def test_a_list_of_digests_that_was_changed_is_named() -> None:
    found = read(wacz(WHOLE, package="sha256:" + "0" * 64))
    assert len(titles(found)) == 2
    assert "changed" in skips(found)["crawl.wacz: datapackage.json"]


def test_what_is_listed_and_missing_or_there_and_not_listed_is_named() -> None:
    data = wacz(WHOLE).replace(b"archive/a.warc.gz", b"archive/c.warc.gz")  # in the zip itself: the list is packed
    found = read(data)
    assert list(titles(found)) == [
        "archive/c.warc.gz#http://holm.example/bridge",
        "archive/b.warc#http://holm.example/x",
    ]
    assert "not there" in skips(found)["crawl.wacz: archive/a.warc.gz"]
    assert "without a check" in skips(found)["crawl.wacz: archive/c.warc.gz"]


def test_one_without_a_web_archive_is_named_once() -> None:
    (skipped,) = read(wacz({"data/text.txt": b"words"}))
    assert isinstance(skipped, Skipped)
    assert skipped.path == "crawl.wacz"


@settings(max_examples=60, deadline=5000, derandomize=True)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=6),
    cut=st.floats(0, 1) | st.none(),
)
def test_no_damage_raises(changes: list[tuple[float, bytes]], cut: float | None) -> None:
    found = read(damaged(wacz(WHOLE), changes, cut))
    assert found
    assert not any("reading it failed" in reason for reason in skips(found).values())
