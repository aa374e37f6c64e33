from __future__ import annotations

import json

import pytest

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.html import html_article
from retrieval.types import Article

LEAD = "The lighthouse at Saltmarsh was lit again on Monday night, after two winters in which no keeper could be found."
BODY = (
    "The keeper, who came from the islands, said that the lamp had taken her four days to clean and an hour to light."
)


def page(head: str = "", body: str = "", attributes: str = "") -> str:
    return (
        f"<!DOCTYPE html><html {attributes}><head>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav>"
        f"<article>{body}<p>{LEAD}</p><h2>The keeper</h2><p>{BODY}</p></article><footer>Imprint</footer></body></html>"
    )


def read(markup: str) -> Article:
    return html_article(markup, Limits())


def test_a_page_becomes_its_article_with_what_it_says_about_it() -> None:
    head = """<title>A Lamp Is Lit | Coast Courier</title><meta property="og:site_name" content="Coast Courier">
      <meta name="author" content="By Jane Doe and John Roe"><link rel="canonical" href="https://coast.example/lamp">
      <meta property="article:published_time" content="2004-03-03T23:30:00-05:00">"""
    article = read(page(head, "<h1>A Lamp Is Lit</h1>", "lang='en-GB'"))
    assert article.title == "A Lamp Is Lit"
    assert article.authors == ("Jane Doe", "John Roe")
    assert (article.publisher, article.published) == ("Coast Courier", "2004-03-03")
    assert (article.url, article.language, article.format) == ("https://coast.example/lamp", "en", "html")
    assert article.text == f"{LEAD}\n\nThe keeper\n\n{BODY}"
    assert [article.text[start:end] for start, end in article.headings] == ["The keeper"]


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2004-03-03"}</script>',
            "2004-03-03",
        ),
        ('<meta name="date" content="2004-03">', "2004-03"),
        ('<meta name="DC.date" content="2004">', "2004"),
        ("", None),
    ],
)
def test_a_date_is_only_as_precise_as_the_page_states_it(head: str, published: str | None) -> None:
    assert read(page(head)).published == published


def test_a_part_of_a_title_that_is_not_the_sites_name_stays() -> None:
    article = read(page("<title>Light - and shade</title><meta property='og:site_name' content='Coast Courier'>"))
    assert article.title == "Light - and shade"


def test_the_pages_own_heading_says_where_its_title_ends() -> None:
    article = read(page("<title>A Lamp Is Lit - Coast - Sports and News</title>", "<h1>A Lamp Is Lit</h1>"))
    assert article.title == "A Lamp Is Lit"


def test_lists_and_tables_become_lines() -> None:
    body = "<ul><li>one lamp</li><li>two <b>boats</b></li></ul><table><tr><td>Gull</td><td>2004</td></tr></table>"
    text = read(page("", body)).text
    assert "- one lamp\n- two boats" in text
    assert "Gull | 2004" in text


def test_a_page_of_hardly_any_text_is_read_all_the_same() -> None:
    assert read("<html><body><div>Fog.</div></body></html>").text == "Fog."


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(ReadError, match="no text"):
        read("<html><body><script>let a = 1</script></body></html>")


def test_links_to_other_articles_between_the_paragraphs_are_no_text() -> None:
    head, after = "<title>A Lamp Is Lit</title>", "<p>Read also: Ten gadgets you need</p><p>Advertisement</p>"
    assert read(page(head, after)).text == f"{LEAD}\n\nThe keeper\n\n{BODY}"


def test_a_paragraph_that_only_begins_like_such_a_link_stays() -> None:
    kept = "Read also by those who never sail, the harbour letter of Saltmarsh has found nine hundred subscribers."
    assert kept in read(page("", f"<p>{kept}</p>")).text


def test_where_each_thing_stands_in_the_page_is_told() -> None:
    head = """<title>A Lamp Is Lit | Coast Courier</title><meta property="og:site_name" content="Coast Courier">
      <meta name="author" content="Jane Doe"><link rel="canonical" href="https://coast.example/lamp">
      <script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2004-03-03"}</script>"""
    assert dict(read(page(head, "<h1>A Lamp Is Lit</h1>", "lang='en'")).origins) == {
        "title": "the heading",
        "authors": "a meta tag",
        "publisher": "og:site_name",
        "published": "datePublished in JSON-LD",
        "url": "the canonical link",
        "language": "the lang attribute",
    }


def test_what_a_page_does_not_say_has_no_origin() -> None:
    assert dict(read("<html><body><div>Fog.</div></body></html>").origins) == {"title": "its opening words"}


@pytest.mark.parametrize(
    ("head", "origin"),
    [
        ('<meta property="article:published_time" content="2004-03-03">', "a meta tag"),
        ('<span itemprop="datePublished" content="2004-03-03"></span>', "an itemprop"),
        ('<link rel="canonical" href="https://coast.example/2004/03/03/lamp">', "the address"),
    ],
)
def test_where_the_date_stands_is_told(head: str, origin: str) -> None:
    article = read(page(head))
    assert (article.published, dict(article.origins)["published"]) == ("2004-03-03", origin)


NAV = "<nav><ul><li><a href='/a'>Harbour</a></li><li><a href='/b'>Weather and tides</a></li></ul></nav>"


def test_navigation_is_no_text_however_short_the_page_is() -> None:
    markup = f"<html><head><title>Notice</title></head><body>{NAV * 8}<p>The lamp stays dark.</p></body></html>"
    article = read(markup)
    assert article.text.strip() == "The lamp stays dark."


def test_a_page_whose_paragraphs_are_all_in_its_navigation_keeps_them() -> None:
    text = "The lamp of the old harbour stays dark until the keeper has found the oil that was sold. " * 3
    article = read(f"<html><head><title>Notice</title></head><body><nav><p>{text}</p></nav></body></html>")
    assert "until the keeper has found the oil" in article.text


def test_a_date_that_only_a_script_writes_is_not_the_article_s() -> None:
    script = "<script>document.write('<b>Ada</b> <i>2018-02-24 10:15:59</i> A fine lamp!')</script>"
    body = "<p>The lamp of the old harbour stays dark until the keeper has found the oil that was sold.</p>" * 3
    article = read(f"<html><head><title>Notice</title></head><body>{body}{script}</body></html>")
    assert article.published is None


def test_text_that_a_page_holds_as_data_only_is_read() -> None:
    said = "The lamp of the old harbour stays dark until the keeper has found the oil that was sold. " * 4
    data = json.dumps({"@type": "NewsArticle", "headline": "Dark lamp", "articleBody": said})
    markup = f"<html><body><div id='app'></div><script type='application/ld+json'>{data}</script></body></html>"
    article = read(markup)
    assert article.title == "Dark lamp"
    assert "the keeper has found the oil" in article.text


STORY = "<p>The lamp of the old harbour stays dark until the keeper has found the oil that was sold.</p>" * 4


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("Posted 03/04/1998", "1998"),
        ("Posted 13/04/1998", "1998-04-13"),
        ("Posted 04/04/1998", "1998-04-04"),
        ("Posted 03/04/1998 <span data-at='1998-04-03T09:00'></span>", "1998-04-03"),
    ],
)
def test_of_a_date_that_may_be_two_the_year_is_known(stated: str, published: str) -> None:
    article = read(f"<html><head><title>Lamp</title></head><body><h1>Lamp</h1><p>{stated}</p>{STORY}</body></html>")
    assert article.published == published


def test_a_month_in_the_address_is_a_date_to_the_month() -> None:
    link = "<link rel='canonical' href='https://coast.example/2011/06/quarry-closes'>"
    article = read(f"<html><head><title>Quarry</title>{link}</head><body><h1>Quarry</h1>{STORY}</body></html>")
    assert article.published == "2011-06"
