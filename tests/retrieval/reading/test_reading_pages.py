from __future__ import annotations

import json
from pathlib import Path

import pytest
from documents import BODY, LEAD

from retrieval.reading import Limits, find_files
from retrieval.reading.html import html_article
from retrieval.types import Article, Skipped


def read(head: str = "", body: str = "", before: str = "") -> Article:
    page = (
        f"<!DOCTYPE html>{before}<html><head>"
        f"{head}<"
        "/head>"
        "<"
        "body>"
        f"{body}<"
        "article>"
        "<"
        "p>"
        f"{LEAD}<"
        "/p>"
        "<"
        "p>"
        f"{BODY}<"
        "/p>"
        "<"
        "/article><"
        "/body>"
        "</html>"
    )
    return html_article(page, Limits())


def script(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


NEWS = {
    "@type": "NewsArticle", "headline": "A Lamp Is Lit at Saltmarsh", "datePublished": "2004-03-03T23:30:00-05:00",
    "author": [{"@type": "Person", "name": "Jane Doe"}, {"name": ["JOHN ROE"]}], "inLanguage": "en-GB",
    "publisher": {"@type": "Organization", "name": "Coast Courier"}, "url": "https://coast.example/lamp",
}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [NEWS, [{"@type": "WebSite", "name": "x"}, NEWS], {"@graph": [{"@type": "Person", "name": "x"}, NEWS]},
     {"@type": "WebPage", "mainEntity": NEWS}, {**NEWS, "@type": ["Article", "NewsArticle"]}],
)  # fmt: skip
def test_linked_data_says_who_wrote_what_when_and_where(data: object) -> None:
    article = read(script(data))
    assert (article.title, article.authors) == ("A Lamp Is Lit at Saltmarsh", ("Jane Doe", "John Roe"))
    assert (article.publisher, article.published, article.language) == ("Coast Courier", "2004-03-03", "en")
    assert article.url == "https://coast.example/lamp"


def test_of_several_descriptions_the_one_of_this_article_counts() -> None:
    other = {
        **NEWS,
        "headline": "Ships Collide off Northhaven",
        "datePublished": "1999-01-02",
        "author": {"name": "Max Mus"},
    }
    article = read(script([other, NEWS, other]), "<h1>A Lamp Is Lit at Saltmarsh</h1>")
    assert (article.authors, article.published) == (("Jane Doe", "John Roe"), "2004-03-03")


def test_linked_data_that_is_broken_still_tells_the_day() -> None:
    article = read(
        '<script type="application/ld+json">{"headline": "A Lamp Is Lit", "datePublished": "2004-03-03", oops</script>'
    )
    assert (article.title, article.published) == ("A Lamp Is Lit", "2004-03-03")


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Opinion | A Lamp Is Lit Again - Coast Courier<"
        "/title>", "<h1>A Lamp Is Lit Again</h1>", "A Lamp Is Lit Again"),
        ("<title>A Lamp Is Lit - Coast</title><meta property='og:site_name' content='Coast'>", "", "A Lamp Is Lit"),
        ("<title>The Lamp - a history</title>", "", "The Lamp - a history"),
        ("<title>A Lamp Is Lit | Coast Courier</title><meta property='og:site_name' content='Coast Courier'>",
         "<h1>Coast Courier</h1>", "A Lamp Is Lit"),
        ("<meta property='og:title' content='A Lamp Is Lit'><title>x</title>", "<h1>Most read</h1>", "A Lamp Is Lit"),
    ],
)  # fmt: skip
def test_the_title_is_the_headline_without_section_and_site(head: str, body: str, title: str) -> None:
    assert read(head, body).title == title


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ('<meta name="publishdate" content="2004-03-03">', "2004-03-03"),
        ('<meta name="article_date_original" content="Wednesday, March 3, 2004, 12:06 PM">', "2004-03-03"),
        ('<link rel="canonical" href="https://coast.example/2004/03/03/lamp.html">', "2004-03-03"),
        ('<link rel="canonical" href="https://coast.example/a/200403/03/lamp.html">', "2004-03-03"),
        ('<link rel="canonical" href="https://coast.example/2004/03/lamp.html">', "2004-03"),
        ('<link rel="canonical" href="https://coast.example/id/2004039912">', None),
    ],
)
def test_the_day_comes_from_what_the_page_states(head: str, published: str | None) -> None:
    assert read(head).published == published


@pytest.mark.parametrize(
    ("note", "url", "seen"),
    [
        ("<!-- saved from url=(0026)https://coast.example/lamp -->", "https://coast.example/lamp", None),
        ("<!--\n Page saved with SingleFile \n url: https://coast.example/lamp \n saved date: Wed Mar 03 2004 "
        "10:13:48 GMT+0100 \n-->",
         "https://coast.example/lamp", "2004-03-03"),
        ("<!-- Mirrored from coast.example/lamp.html by HTTrack Website Copier/3.x [XR&CO'2014], Wed, 03 Mar "
        "2004 10:00:00 GMT -->",
         "http://coast.example/lamp.html", "2004-03-03"),
        ("<!-- saved from url=(0014)about:internet -->", None, None),
    ],
)  # fmt: skip
def test_programs_that_save_pages_leave_the_address_and_the_day(note: str, url: str | None, seen: str | None) -> None:
    article = read(before=note)
    assert (article.url, article.first_seen, article.last_seen, article.published) == (url, seen, seen, None)


def test_a_print_version_has_the_address_of_the_article() -> None:
    note = "<!-- saved from url=(0034)https://coast.example/lamp?print=1 -->"
    assert read('<link rel="canonical" href="/lamp">', before=note).url == "https://coast.example/lamp"


@pytest.mark.parametrize("url", ["http://[", "http://[x]/a", "//[", "https://coast.example:99999999/a"])
def test_an_address_that_is_none_is_no_hindrance(url: str) -> None:
    shared = f'<meta property="og:url" content="{url}">'
    for head in (f'<link rel="canonical" href="{url}">', f'{shared}<link rel="canonical" href="/a">'):
        assert LEAD in read(head).text


def test_the_front_page_is_no_articles_address() -> None:
    head = (
        '<link rel="canonical" '
        'href="https://coast.example/">'
        "<"
        "meta "
        'property="og:url" '
        'content="https://coast.example/lamp">'
    )
    assert read(head).url == "https://coast.example/lamp"


@pytest.mark.parametrize(
    ("stated", "authors"),
    [("By JANE O'BRIEN", ("Jane O'Brien",)), ("admin", ()), ("https://social.example/jane", ()), ("RT", ("RT",)),
     ("Jane Doe, Coast Courier News", ("Jane Doe",)), ("Jane Doe and John Roe", ("Jane Doe", "John Roe"))],
)  # fmt: skip
def test_authors_are_names(stated: str, authors: tuple[str, ...]) -> None:
    assert read(f'<meta name="author" content="{stated}">').authors == authors


def found(folder: Path) -> tuple[list[str], dict[str, str]]:
    items = list(find_files(folder))
    names = [item.name for item in items if not isinstance(item, Skipped)]
    return names, {item.path: item.reason for item in items if isinstance(item, Skipped)}


@pytest.mark.parametrize("called", ["Lamp_files", "Lamp-Dateien", "Lamp_fichiers", "lamp.files"])
def test_the_folder_beside_a_saved_page_is_one_line(tmp_path: Path, called: str) -> None:
    (tmp_path / "Lamp.html").write_text("<p>x</p>")
    (tmp_path / called / "deep").mkdir(parents=True)
    for number in range(20):
        (tmp_path / called / "deep" / f"{number}.js").write_text("x")
    (tmp_path / called / "frame.html").write_text("<p>Buy</p>")
    names, skipped = found(tmp_path)
    assert names == ["Lamp.html"]
    assert skipped == {called: "21 files that belong to the saved page Lamp.html: no articles of their own"}


def test_a_folder_called_so_without_its_page_is_read(tmp_path: Path) -> None:
    (tmp_path / "case_files").mkdir()
    (tmp_path / "case_files" / "a.txt").write_text("x")
    assert found(tmp_path) == (["case_files/a.txt"], {})


def test_what_a_mirrored_site_is_made_of_is_counted_by_folder(tmp_path: Path) -> None:
    (tmp_path / "site" / "all.css").mkdir(parents=True)
    (tmp_path / "site" / "all.css" / "a.txt").write_text("x")
    for name in ["style.css?ver=1.2", "a.png", "b.PNG", "app.js@v=3", "index.html"]:
        (tmp_path / "site" / name).write_text("x")
    names, skipped = found(tmp_path)
    assert names == ["site/all.css/a.txt", "site/index.html"]
    assert skipped == {
        "site/*": "4 pictures, sounds, styles and scripts, which hold no articles (2 .png, 1 .css, 1 .js)"
    }


def test_a_picture_or_two_are_named_each(tmp_path: Path) -> None:
    for name in ["a.png", "b.png"]:
        (tmp_path / name).write_text("x")
    assert found(tmp_path) == (["a.png", "b.png"], {})
