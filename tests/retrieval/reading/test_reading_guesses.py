"""What is guessed of a page bit by bit is what trafilatura guesses at once."""

from __future__ import annotations

import itertools

import pytest
from trafilatura.metadata import extract_metadata
from trafilatura.utils import load_html

from retrieval.reading.guesses import Guesses

HEADS = (
    "",
    "<title>A Mill Turns - the lune letter</title>",
    '<title>x</title><meta property="og:title" content="The Mill &amp; the Weir"><meta name="author" content="Ada">',
    '<meta name="author" content="Ada Lindqvist"><meta property="og:site_name" content="@lune">',
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "The Mill", "author": {"@type": "Person", '
    '"name": "Kofi Mensah"}, "publisher": {"name": "Lune Letter"}}</script>',
    '<script type="application/ld+json">{"@type": ["</script>',
)
LINKS = ("", '<link rel="canonical" href="https://www.lune.example/2021/09/07/mill.html">')
BODIES = (
    "<p>The mill turns.</p>",
    '<h1>The Mill of Lune</h1><p class="byline">By José Marín</p>'
    '<time datetime="2021-09-07">today</time><p>It turns.</p>',
)


@pytest.mark.parametrize(("head", "link", "body"), [*itertools.product(HEADS, LINKS, BODIES)])
def test_each_guess_is_that_of_all_guesses_at_once(head: str, link: str, body: str) -> None:
    page = f"<html><head>{head}{link}</head><body>{body}</body></html>"
    whole = extract_metadata(
        load_html(page), date_config={"extensive_search": False, "original_date": True}, extensive=False
    )
    guesses = Guesses(load_html(page))
    for name in ("date", "url", "sitename", "author", "title"):  # in another order than trafilatura
        assert getattr(guesses, name) == (getattr(whole, name) or ""), name
