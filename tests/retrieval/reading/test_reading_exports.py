"""What journals, editions, wikis, blogs and browsers export: read for what it is, what is no article told apart."""

from __future__ import annotations

import io
import json
import plistlib
from collections.abc import Iterator
from pathlib import Path

import newsroom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_archives import Capture, page, record, story, web_archive

from retrieval.reading import Limits, read_articles
from retrieval.reading.articles import read_stream
from retrieval.reading.markup import text_blocks
from retrieval.reading.wikitext import wikitext_blocks
from retrieval.types import Article, Skipped

LEAD = "The lighthouse keeper of Holm counted forty ships on the night of the storm, and all of them came home."


def read(name: str, data: bytes | str) -> list[Article | Skipped]:
    return list(read_stream(io.BytesIO(data.encode() if isinstance(data, str) else data), name))


def articles(name: str, data: bytes | str) -> list[Article]:
    return [item for item in read(name, data) if isinstance(item, Article)]


def skipped(name: str, data: bytes | str) -> Iterator[str]:
    return (f"{item.path}: {item.reason}" for item in read(name, data) if isinstance(item, Skipped))


@pytest.mark.parametrize(
    "opening", ["", '<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "x.dtd">']
)
def test_a_journal_article_is_read_without_its_references(opening: str) -> None:
    (found,) = articles("a.xml", opening + newsroom.JATS)
    assert (found.format, found.title, found.publisher) == ("jats", "Forty ships in one night", "Journal of Ferries")
    assert (found.authors, found.published) == (("Ada Lind", "The Harbour Group"), "2019-05-03")
    assert (found.url, found.language) == ("https://doi.org/10.1234/ferry.7", "en")
    assert found.text == "Ships were counted.\n\nCounting\n\nThe keeper counted forty ships.\n\n- Ten came early."
    assert [found.text[slice(*span)] for span in found.headings] == ["Counting"]


def test_an_edition_is_dated_by_its_source_and_gives_each_article_of_an_issue() -> None:
    one, two = articles("a.xml", newsroom.TEI)
    assert (one.format, one.title, one.text) == ("tei", "Forty ships", "They came home.")
    assert (two.title, two.text) == ("A mill", "It was sold.")
    assert (one.authors, one.publisher, one.published, one.language) == (
        ("Ada Lind",),
        "Holm Courier",
        "1899-05-03",
        "en",
    )
    assert one.record != two.record


def test_a_wiki_gives_the_newest_revision_of_its_pages_without_templates_and_files() -> None:
    (found,) = articles("dump.xml", newsroom.WIKI)
    assert (found.title, found.url) == ("Forty ships", "https://holm.example/wiki/Forty_ships")
    assert (found.publisher, found.published, found.language) == ("Holmpedia", None, "en")
    assert found.text == "Forty ships were counted at Holm. They came home.\n\nHistory\n\n- The first came early."
    assert list(skipped("dump.xml", newsroom.WIKI)) == [
        "dump.xml: other pages: not read: 1 × a redirect; 1 × a page about pages (talk, users, files, templates)"
    ]


@settings(max_examples=200, deadline=1000)
@given(
    st.lists(
        st.sampled_from(
            ["{{", "}}", "[[", "]]", "{|", "|}", "|", "a b", "<ref>", "</ref>", "<!--", "\n", "== x ==", "[//"]
        )
    )
)
def test_any_wiki_markup_comes_to_an_end(pieces: list[str]) -> None:
    assert all(block.text.strip() for block in wikitext_blocks("".join(pieces)))


@pytest.mark.parametrize("mark", ["<!--", "[//x", "<ref>", "{{", "[[", "'''", "==", "<a "])
def test_wiki_markup_that_never_ends_takes_no_time(mark: str) -> None:
    wikitext_blocks(mark * (400_000 // len(mark)))


def test_a_page_that_safari_saved_is_read_with_its_address() -> None:
    main = {"WebResourceData": page("Forty ships", LEAD), "WebResourceMIMEType": "text/html",
            "WebResourceTextEncodingName": "UTF-8", "WebResourceURL": "https://holm.example/ships"}  # fmt: skip
    for form in (plistlib.FMT_BINARY, plistlib.FMT_XML):
        data = plistlib.dumps({"WebMainResource": main}, fmt=form)
        (found,) = articles("a.webarchive", data)
        assert (found.title, found.text, found.url) == ("Forty ships", LEAD, "https://holm.example/ships")
    assert list(skipped("a.webarchive", data[: len(data) // 2]))
    (why,) = skipped("a.webarchive", plistlib.dumps({"WebMainResource": {"WebResourceMIMEType": "image/png"}}))
    assert "no web page (image/png)" in why


def test_json_keyed_by_id_gives_each_article_under_its_key() -> None:
    held = {
        "a1": {"title": "Ships", "text": LEAD},
        "a2": {"title": "Mill", "body": story("mill"), "source": "Mill Post"},
    }
    for document in (held, {"source": "Holm Courier", "articles": held}, {"data": {"x": {"articles": held}}}):
        one, two = articles("a.json", json.dumps(document, indent=1))
        assert (one.record, one.title, one.text) == ("a1", "Ships", LEAD)
        assert (two.record, two.publisher) == ("a2", "Mill Post")
        assert not list(skipped("a.json", json.dumps(document)))
    assert articles("a.json", json.dumps({"source": "Holm Courier", "articles": held}))[0].publisher == "Holm Courier"


def test_large_json_keyed_by_id_is_streamed() -> None:
    held = {f"a{number}": {"title": f"T{number}", "text": LEAD + "x" * 40_000} for number in range(250)}
    found = articles("a.json", json.dumps(held))
    assert [item.record for item in found] == list(held)


def test_a_blog_kept_as_ghost_exports_it_gives_its_posts_and_not_its_tags() -> None:
    posts = [{"id": "5c1", "title": "Ships", "html": f"<p>{LEAD}</p>", "published_at": "2019-05-03T10:00:00.000Z"}]
    data = {"posts": posts, "tags": [{"id": "2", "name": "News", "description": "All the news of Holm and around it"}]}
    (found,) = articles("ghost.json", json.dumps({"db": [{"meta": {"version": "4"}, "data": data}]}))
    assert (found.title, found.text, found.published, found.record) == ("Ships", LEAD, "2019-05-03", "5c1")


WXR = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Holm</title>'
    "<wp:author><wp:author_login><![CDATA[ada]]></wp:author_login><wp:author_display_name><![CDATA[Ada Lind]]>"
    "</wp:author_display_name></wp:author>{items}</channel></rss>"
)


def wxr_item(title: str, status: str = "publish", kind: str = "post") -> str:
    return (
        f"<item><title>{title}</title><link>https://holm.example/{title}</link><dc:creator>ada</dc:creator><guid>{title}"
        f"</guid><content:encoded><![CDATA[[caption id='x' align='left']{LEAD}[/caption]]]></content:encoded>"
        f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type></item>"
    )


def test_wordpress_gives_published_posts_under_their_authors_names() -> None:
    items = [wxr_item("Ships"), wxr_item("Draft", "draft"), wxr_item("Menu", kind="nav_menu_item")]
    data = WXR.replace("{items}", "".join(items))
    (found,) = articles("wordpress.xml", data)
    assert (found.title, found.text, found.authors) == ("Ships", LEAD, ("Ada Lind",))
    (why,) = skipped("wordpress.xml", data)
    assert why.endswith("not read: 1 × not published (draft); 1 × of the type nav_menu_item")


def test_blogger_gives_posts_and_counts_templates_and_comments() -> None:
    def entry(kind: str) -> str:
        return (
            f"<entry><id>{kind}</id><category scheme='http://schemas.google.com/g/2005#kind' "
            f"term='http://schemas.google.com/blogger/2008/kind#{kind}'/><title>{kind}</title><content>{LEAD}</content>"
            "</entry>"
        )

    kinds = "".join(map(entry, ("template", "post", "comment", "comment")))
    data = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Holm</title>{kinds}</feed>"
    assert [found.title for found in articles("blog.xml", data)] == ["post"]
    assert list(skipped("blog.xml", data)) == [
        "blog.xml: other entries: not read: 2 × a comment of the blog; 1 × a template of the blog"
    ]


def test_front_matter_in_toml_is_no_text() -> None:
    (found,) = articles(
        "a.md", f'+++\ntitle = "Ships"\ndate = 2019-05-03T10:00:00Z\nauthor = "Ada Lind"\n+++\n\n{LEAD}\n'
    )
    assert (found.title, found.text, found.authors, found.published) == ("Ships", LEAD, ("Ada Lind",), "2019-05-03")
    (broken,) = articles("a.md", f"+++\ntitle = = x\n+++\n\n{LEAD}\n")
    assert LEAD in broken.text


def test_the_title_block_of_pandoc_is_no_text() -> None:
    (found,) = articles("a.md", f"% Ships\n% Ada Lind; Jon Roe\n% May 3, 2019\n\n{LEAD}\n")
    assert (found.title, found.authors, found.published, found.text) == (
        "Ships",
        ("Ada Lind", "Jon Roe"),
        "2019-05-03",
        LEAD,
    )


def test_authors_in_a_table_may_be_a_list_as_python_writes_it() -> None:
    (found,) = articles(
        "a.tsv", f"url\ttitle\tmaintext\tauthors\nhttps://x.example/a\tShips\t{LEAD}\t['Ada Lind', \"Jon d'Or\"]\n"
    )
    assert found.authors == ("Ada Lind", "Jon d'Or")


def test_the_source_of_a_clipping_is_its_address_and_no_publisher() -> None:
    front = '---\ntitle: Ships\nauthor:\n  - "[[Ada Lind]]"\nsource: "https://x.example/a"\n---\n'
    (found,) = articles("a.md", front + LEAD)
    assert (found.authors, found.publisher, found.url) == (("Ada Lind",), None, "https://x.example/a")


def test_a_byline_in_a_news_services_answer_is_read() -> None:
    docs = [{"headline": {"main": "Ships"}, "lead_paragraph": LEAD, "byline": {"original": "By Ada Lind"}, "_id": "7"}]
    (found,) = articles("a.json", json.dumps({"status": "OK", "response": {"docs": docs}}))
    assert (found.title, found.authors) == ("Ships", ("Ada Lind",))


def test_what_stands_in_a_records_head_is_told_apart() -> None:
    data = (
        '<?xml version="1.0"?><m><article><head><title>Ships</title><creator>Ada Lind</creator><coverDate>2019-05-03'
        f"</coverDate><publicationName>Holm Courier</publicationName></head><body><p>{LEAD}</p></body></article></m>"
    )
    (found,) = articles("a.xml", data)
    assert (found.title, found.authors, found.text) == ("Ships", ("Ada Lind",), LEAD)
    assert (found.publisher, found.published) == ("Holm Courier", "2019-05-03")


def test_a_note_is_read_with_its_attributes() -> None:
    data = (
        f"<?xml version='1.0'?><en-export><note><title>Ships</title><content><![CDATA[<en-note><div>{LEAD}</div>"
        "</en-note>]]></content><created>20190503T100000Z</created><note-attributes><author>Ada Lind</author>"
        "<source-url>https://x.example/a</source-url></note-attributes></note></en-export>"
    )
    (found,) = articles("a.enex", data)
    assert (found.authors, found.published, found.url) == (("Ada Lind",), "2019-05-03", "https://x.example/a")


BODY = page("Ships", "</p><p>".join((LEAD, story("mill"))))


def segmented(*pieces: bytes, last: bool = True) -> list[bytes]:
    """Return the records of one page in segments, cut where the pieces of its body are."""
    first = record(
        Capture(
            "https://holm.example/a", pieces[0], fields={"WARC-Record-ID": "<urn:uuid:1>", "WARC-Segment-Number": "1"}
        )
    )
    rest = [
        record(Capture("https://holm.example/a", piece, kind="continuation", mime="", fields={
            "WARC-Record-ID": f"<urn:uuid:9{number}>", "WARC-Segment-Origin-ID": "<urn:uuid:1>",
            "WARC-Segment-Number": str(number),
            **({"WARC-Segment-Total-Length": "1"} if last and number == len(pieces) else {}),
        }))
        for number, piece in enumerate(pieces[1:], 2)
    ]  # fmt: skip
    return [first, *rest]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, len(BODY)), min_size=1, max_size=4).map(sorted))
def test_a_captured_page_in_segments_is_read_whole(cuts: list[int]) -> None:
    pieces = [BODY[start:end] for start, end in zip([0, *cuts], [*cuts, len(BODY)], strict=True)]
    other = web_archive([Capture("https://holm.example/b", page("Mill", story("mill")))])
    first, *rest = segmented(*pieces)
    found = articles("a.warc", first + other + b"".join(rest))
    assert {item.url: item.text for item in found} == {
        "https://holm.example/a": f"{LEAD}\n\n{story('mill')}", "https://holm.example/b": story("mill"),
    }  # fmt: skip


def test_a_segment_that_is_missing_is_told_and_what_there_is_is_read() -> None:
    cut = BODY.index(b"The mill")
    first, second, third = segmented(BODY[:cut], BODY[cut : cut + 9], BODY[cut + 9 :])
    assert [item.text for item in articles("a.warc", first)] == [LEAD]
    assert any("of which the last is not in this file" in why for why in skipped("a.warc", first))
    assert any("what is between, is missing" in why for why in skipped("a.warc", first + third))
    assert any(
        "what is between, is missing" in why
        for why in skipped("a.warc", web_archive([Capture("https://x.example/", BODY)]) + second)
    )


@pytest.mark.parametrize("name", ["jats.xml", "tei.xml", "wiki.xml"])
def test_a_file_that_was_cut_off_gives_what_is_left_or_a_reason(name: str) -> None:
    data = newsroom.FILES[name]
    for end in range(60, len(data), 97):
        assert read(name, data[:end]), end


def test_limits_hold_for_a_wikis_page() -> None:
    from retrieval.reading import mediawiki

    long = newsroom.WIKI.replace("Forty ships were", "x " * 3000)
    items = list(mediawiki.read(io.BytesIO(long.encode()), "a.xml", Limits(1 << 20, 20)))
    assert any(isinstance(item, Skipped) and "more than the 20" in item.reason for item in items)


def test_bloggers_own_export_is_a_feed_although_its_root_names_a_google_namespace(tmp_path: Path) -> None:
    entry = (
        "<entry><id>tag:blogger.com,1999:{kind}</id><category scheme='http://schemas.google.com/g/2005#kind' "
        "term='http://schemas.google.com/blogger/2008/kind#{kind}'/><title>{kind}</title><content>{text}</content>"
        "</entry>"
    )
    data = (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:gd="http://schemas.google.com/g/2005"><title>Tarn Notes</title><author><name>Ada Lind</name></author>'
        + entry.format(kind="template", text=LEAD) + entry.format(kind="post", text=LEAD) + "</feed>"
    )  # fmt: skip
    (tmp_path / "blog.xml").write_text(data)
    post, skipped = read_articles(tmp_path / "blog.xml", "blog.xml")
    assert isinstance(post, Article)
    assert (post.title, post.authors, post.publisher, post.format) == ("post", ("Ada Lind",), "Tarn Notes", "feed")
    assert isinstance(skipped, Skipped)
    assert "template" in skipped.reason


def test_a_channel_of_the_channel_definition_format_gives_its_items(tmp_path: Path) -> None:
    data = (
        '<?xml version="1.0"?><CHANNEL HREF="http://coast.example/"><TITLE>Coast</TITLE><ITEM '
        f'HREF="http://coast.example/1" LASTMOD="2004-04-06T23:05"><TITLE>A Lamp</TITLE><ABSTRACT>{LEAD}</ABSTRACT>'
        "</ITEM></CHANNEL>"
    )
    (tmp_path / "a.cdf").write_text(data)
    (item,) = read_articles(tmp_path / "a.cdf", "a.cdf")
    assert isinstance(item, Article)
    assert (item.title, item.url, item.text, item.format) == ("A Lamp", "http://coast.example/1", LEAD, "feed")


def test_blank_lines_divide_what_a_blogs_editor_marked_only_in_part() -> None:
    posted = (
        "The <b>weir</b> was shut.\r\n\r\nIt opened &amp; closed.\n<ul>\n\n<li>a</li>\n<li>b</li></ul>\n \nIt ended."
    )
    assert [block.text for block in text_blocks(posted)] == [
        "The weir was shut.", "It opened & closed.", "- a\n- b", "It ended.",
    ]  # fmt: skip
    assert [block.text for block in text_blocks("<p>The weir\n\nwas shut.</p>")] == ["The weir was shut."]
