"""One page in several web archives is one article, however the index came about."""

from __future__ import annotations

import tempfile
from pathlib import Path

import press
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_incremental import contents
from web_archives import Capture, page, story, web_archive

from retrieval.archive import Archive
from retrieval.types import Article, Citation
from retrieval.withdrawing import restore, withdraw

NEWER, OLDER = "2021-05-01T10:00:00Z", "2019-03-02T10:00:00Z"


def write(source: Path, name: str, *captures: Capture) -> None:
    source.mkdir(exist_ok=True)
    (source / name).write_bytes(web_archive(captures, packed=name.endswith(".gz")))


def capture(url: str, subject: str, date: str) -> Capture:
    return Capture(url, page(f"The {subject}", story(subject)), date)


def found(data: Path) -> list[tuple[Citation, Article]]:
    with Archive.open(data, encoder=HashEncoder()) as archive:
        both = [(citation, archive.article(citation.id)) for citation, _ in archive.articles()]
        return [(citation, article) for citation, article in both if article]


def test_the_newest_capture_is_shown_with_the_first_and_last_day(tmp_path: Path) -> None:
    source, data = tmp_path / "web", tmp_path / "data"
    write(source, "a.warc.gz", capture("http://www.holm.example/bridge/", "bridge", OLDER))
    write(source, "b.warc", capture("https://holm.example/bridge?utm_source=x", "ferry", NEWER))
    report = press.build(data, source, HashEncoder())
    assert report.articles == 1
    ((citation, article),) = found(data)
    assert "ferry" in article.text
    assert citation.url == "https://holm.example/bridge?utm_source=x"
    assert (citation.first_seen, citation.last_seen) == ("2019-03-02", "2021-05-01")
    assert citation.id == "http://www.holm.example/bridge/"


def test_what_was_merged_comes_back_when_its_file_is_alone(tmp_path: Path) -> None:
    source, data = tmp_path / "web", tmp_path / "data"
    write(source, "a.warc", capture("http://holm.example/x", "bridge", OLDER))
    write(source, "b.warc", capture("http://holm.example/x", "ferry", NEWER))
    press.build(data, source, HashEncoder())
    (source / "b.warc").unlink()
    press.build(data, source, HashEncoder())
    ((citation, article),) = found(data)
    assert "bridge" in article.text
    assert (citation.first_seen, citation.last_seen) == ("2019-03-02", "2019-03-02")


def test_no_capture_of_a_withdrawn_page_is_shown(tmp_path: Path) -> None:
    source, data = tmp_path / "web", tmp_path / "data"
    write(source, "a.warc", capture("http://holm.example/x", "bridge", OLDER))
    write(
        source,
        "b.warc",
        capture("http://holm.example/x", "ferry", NEWER),
        capture("http://holm.example/y", "mill", OLDER),
    )
    press.build(data, source, HashEncoder())
    withdraw(data, "http://holm.example/x")
    write(source, "c.warc", capture("https://www.holm.example/x", "quay", "2022-01-01T00:00:00Z"))
    press.build(data, source, HashEncoder(), allow_removals=True)
    assert [citation.id for citation, _ in found(data)] == ["http://holm.example/y"]
    (source / "a.warc").unlink()
    press.build(data, source, HashEncoder(), allow_removals=True)
    assert [citation.id for citation, _ in found(data)] == ["http://holm.example/y"]
    restore(data, "http://holm.example/x")
    press.build(data, source, HashEncoder())
    assert {citation.url for citation, _ in found(data)} == {"http://holm.example/y", "https://www.holm.example/x"}


def feed(source: Path, name: str, *entries: tuple[str, str, str]) -> None:
    """A file with entries (guid, link, subject), all of one day."""
    items = "".join(
        f"<item><title>The {subject}</title><link>https://holm.example/{link}</link><guid isPermaLink='false'>{guid}"
        f"</guid><pubDate>Tue, 05 Mar 2013 10:00:00 GMT</pubDate><description>{story(subject)}</description></item>"
        for guid, link, subject in entries
    )
    source.mkdir(exist_ok=True)
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Holm</title>{items}</channel></rss>'
    (source / name).write_text(text, encoding="utf-8")


def test_an_entry_in_several_feed_files_is_one_article_in_its_newest_version(tmp_path: Path) -> None:
    source, data = tmp_path / "feeds", tmp_path / "data"
    feed(source, "2013-03-05.xml", ("1", "bridge", "bridge"), ("2", "mill", "mill"))
    feed(source, "2013-03-06.xml", ("1", "bridge", "ferry"), ("3", "quay", "quay"))
    assert press.build(data, source, HashEncoder()).articles == 3
    texts = {citation.id: article.text for citation, article in found(data)}
    assert "ferry" in texts["https://holm.example/bridge"]
    (source / "2013-03-06.xml").unlink()
    press.build(data, source, HashEncoder(), allow_removals=True)
    texts = {citation.id: article.text for citation, article in found(data)}
    assert "bridge" in texts["https://holm.example/bridge"]


def test_entries_that_share_one_address_within_a_file_stay_apart(tmp_path: Path) -> None:
    source, data = tmp_path / "feeds", tmp_path / "data"
    for name in ("a.xml", "b.xml"):
        feed(source, name, *((" ", "", f"{subject} of {name}") for subject in ("mill", "quay")))
    assert press.build(data, source, HashEncoder()).articles == 4


def test_no_version_of_a_withdrawn_entry_is_shown(tmp_path: Path) -> None:
    source, data = tmp_path / "feeds", tmp_path / "data"
    feed(source, "a.xml", ("1", "bridge", "bridge"), ("2", "mill", "mill"))
    feed(source, "b.xml", ("1", "bridge", "ferry"))
    press.build(data, source, HashEncoder())
    withdraw(data, "https://holm.example/bridge")
    feed(source, "c.xml", ("1", "bridge", "quay"))
    press.build(data, source, HashEncoder(), allow_removals=True)
    assert [citation.id for citation, _ in found(data)] == ["https://holm.example/mill"]


def test_articles_that_no_web_archive_saw_are_not_merged(tmp_path: Path) -> None:
    source, data = tmp_path / "web", tmp_path / "data"
    write(source, "a.warc", capture("http://holm.example/x", "bridge", OLDER))
    (source / "b.html").write_bytes(
        page("The mill", story("mill"), "<link rel='canonical' href='http://holm.example/x'>")
    )
    assert press.build(data, source, HashEncoder()).articles == 2


URLS = ["http://holm.example/x", "https://www.holm.example/x/", "http://holm.example/y"]
FILES = st.fixed_dictionaries(
    {name: st.lists(st.tuples(st.sampled_from(URLS), st.integers(0, 3)), max_size=3) for name in "abc"}
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    runs=st.lists(st.tuples(FILES, st.sampled_from(["", "", "http://holm.example/x", "back"])), min_size=2, max_size=3)
)
def test_step_by_step_is_the_same_as_at_once(runs: list[tuple[dict[str, list[tuple[str, int]]], str]]) -> None:
    subjects = ("bridge", "ferry", "mill", "quay")
    with tempfile.TemporaryDirectory() as folder:
        source, steps, once = Path(folder) / "web", Path(folder) / "steps", Path(folder) / "once"
        before: dict[str, list[tuple[str, int]]] = {}
        gone = False
        for files, act in runs:
            for name, captures in files.items():
                if captures == before.get(name):
                    continue
                path = source / f"{name}.warc"
                if captures:
                    write(
                        source, path.name,
                        *(capture(url, subjects[n], f"20{10 + n}-01-0{1 + n}T00:00:00Z") for url, n in captures),
                    )  # fmt: skip
                else:
                    path.unlink(missing_ok=True)
            before = files
            source.mkdir(exist_ok=True)
            press.build(steps, source, HashEncoder(), allow_removals=True)
            ids = {citation.id for citation, _ in found(steps)}
            if act in ids:
                withdraw(steps, act)
                gone = True
            elif act == "back" and gone:
                restore(steps, "http://holm.example/x")
                gone = False
            press.build(steps, source, HashEncoder(), allow_removals=True)
        if gone:
            once.mkdir()
            (once / "withdrawn.json").write_bytes((steps / "withdrawn.json").read_bytes())
        press.build(once, source, HashEncoder(), allow_removals=True)
        assert contents(steps) == contents(once)
