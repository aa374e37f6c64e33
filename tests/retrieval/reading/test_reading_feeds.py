"""RSS, Atom and JSON Feed."""

from __future__ import annotations

from pathlib import Path

import newsroom
import pytest

from retrieval.reading import read_articles
from retrieval.types import Article, Skipped


def read(folder: Path, data: str | bytes, name: str = "feed.xml") -> tuple[list[Article], list[str]]:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    items = list(read_articles(folder / name, name))
    assert all(item.path in (name, f"{name} at its entries") for item in items if isinstance(item, Skipped))
    return (
        [item for item in items if isinstance(item, Article)],
        [item.reason for item in items if isinstance(item, Skipped)],
    )


def test_an_entry_gives_all_that_a_citation_needs(tmp_path: Path) -> None:
    ((item,), reasons) = read(tmp_path, newsroom.rss(newsroom.rss_item(7)))
    assert not reasons
    assert (item.title, item.authors, item.publisher) == ("Tide 7", ("Ada Lind",), "Holm Courier")
    assert (item.url, item.record, item.language) == ("https://holm.example/tide/7", "tide-7", "en")
    assert (item.published, item.format, item.text) == ("2013-03-05", "feed", "The tide came in.")
    assert dict(item.origins) == {
        "title": "the entry's title",
        "authors": "the entry's author",
        "publisher": "the feed, or the source that the entry names",
        "published": "the entry's date (published)",
        "url": "the entry's link",
        "language": "the feed's language",
    }


def test_the_full_content_counts_where_there_is_one(tmp_path: Path) -> None:
    full = "<p>The tide came in.</p><ul><li>Holm: 3 m</li></ul><script>no()</script>It &amp; the wind."
    ((item,), _) = read(tmp_path, newsroom.rss(newsroom.rss_item(1, "Short.", full=full)))
    assert item.text == "The tide came in.\n\n- Holm: 3 m\n\nIt & the wind."


def test_a_summary_in_html_is_read_as_html_and_double_breaks_divide_paragraphs(tmp_path: Path) -> None:
    ((item,), _) = read(tmp_path, newsroom.rss(newsroom.rss_item(1, "High <b>water</b>.<br><br>Low &eacute;bb.")))
    assert item.text == "High water.\n\nLow ébb."


def test_atom_is_dated_by_its_publication_and_linked_from_its_base(tmp_path: Path) -> None:
    ((item,), _) = read(tmp_path, newsroom.ATOM)
    assert (item.title, item.authors, item.publisher) == ("Le pont", ("Ada Lind",), "La Tarn")
    assert (item.published, item.url, item.record) == ("2011-02-03", "https://tarn.example/pont.html", "tag:tarn,1")
    assert (item.language, item.text) == ("fr", "Le pont est ouvert.\n\nIl est neuf.")


def test_rss_1_is_read(tmp_path: Path) -> None:
    data = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://h.example/"><title>Holm</title>'
        "<link>https://h.example/</link></channel><item rdf:about='https://h.example/1'><title>Ice</title><link>"
        "https://h.example/1</link><description>Ice on the Tarn.</description><dc:date>2002-09-04</dc:date></item>"
        "</rdf:RDF>"
    )
    ((item,), reasons) = read(tmp_path, data, "feed.rdf")
    assert not reasons
    assert (item.title, item.publisher, item.published, item.url) == (
        "Ice",
        "Holm",
        "2002-09-04",
        "https://h.example/1",
    )


def test_entries_of_only_a_title_are_counted_and_named_in_one_line(tmp_path: Path) -> None:
    bare = [f"<item><title>Only {n}</title></item>" for n in range(5)]
    found, reasons = read(tmp_path, newsroom.rss(*bare, newsroom.rss_item(1)))
    assert len(found) == 1
    assert reasons == ["5 of its 6 entries have no text, only a title or link: Only 0; Only 1; Only 2 and 2 more"]


def test_a_broken_feed_gives_what_can_be_read_and_a_reason(tmp_path: Path) -> None:
    data = newsroom.rss(newsroom.rss_item(1), newsroom.rss_item(2)).replace(
        "</channel></rss>", "<item><title>Tide 3 & on"
    )
    found, reasons = read(tmp_path, data)
    assert [item.title for item in found] == ["Tide 1", "Tide 2"]
    assert len(reasons) == 2
    assert "the feed is broken" in reasons[1]
    assert "what could be read of it was" in reasons[1]


def test_entries_that_share_an_id_keep_records_of_their_own(tmp_path: Path) -> None:
    found, _ = read(tmp_path, newsroom.rss(newsroom.rss_item(1), newsroom.rss_item(1, "It went out.")))
    assert [item.record for item in found] == ["tide-1", "tide-1 (2)"]


def test_a_large_feed_is_read_in_parts_without_loss(tmp_path: Path) -> None:
    text = "<p>" + "The tide came in at Holm. " * 40 + "</p>"
    data = newsroom.rss(*(newsroom.rss_item(n, full=text) for n in range(2500)))
    assert len(data) > 2_500_000
    found, reasons = read(tmp_path, data)
    assert not reasons
    assert [item.record for item in found] == [f"tide-{n}" for n in range(2500)]
    assert {(item.publisher, item.language) for item in found} == {("Holm Courier", "en")}


@pytest.mark.parametrize(("encoding", "declared"), [("utf-8", "utf-8"), ("cp1252", "iso-8859-1"), ("utf-16", "utf-16")])
def test_a_feed_is_read_in_its_encoding(tmp_path: Path, encoding: str, declared: str) -> None:
    data = newsroom.rss(newsroom.rss_item(1, "Café “Tarn” is open.")).replace('"utf-8"', f'"{declared}"')
    ((item,), reasons) = read(tmp_path, data.encode(encoding))
    assert not reasons
    assert item.text == "Café “Tarn” is open."


def test_json_feed_is_read(tmp_path: Path) -> None:
    ((item,), reasons) = read(tmp_path, newsroom.JSON_FEED, "feed.json")
    assert (item.title, item.authors, item.publisher) == ("Gulls", ("Ada Lind",), "Holm Notes")
    assert (item.published, item.url, item.record) == ("2020-05-01", "https://h.example/1", "1")
    assert (item.text, item.format) == ("Gulls are back.", "json-feed")
    assert reasons == ["1 of its 2 entries have no text, only a title or link: Only a title"]


def test_a_feed_without_entries_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, newsroom.rss()) == ([], ["it is a feed without entries"])
