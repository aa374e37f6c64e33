"""Cards keep within Discord's limits and show only what they should, whatever stands in an archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from discord import ui
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import alive
from test_limits import HOSTILE
from world import button, labels, words

from bot.citing import filter_labels, web_address
from bot.limits import units
from bot.quotes import Context, Quote, State
from bot.reader import Reading, article_card, context_card, more_card, reader_card, text_pages
from bot.records import HitRef, PostedAnswer
from bot.render import Page, Reach, answer_card
from retrieval.index import Summary
from retrieval.types import Citation, Filters

SUMMARY = Summary("0001", 1200, 9000, 3, 0, "1957-10-04", "2021-09", ("en",), "hashed words", "2026-01-01", 1)
CITED = Citation(
    "https://news.example/a", "A title", ("A. Writer",), "The Daily", "2021-09-07", "https://news.example/a"
)
STATES: tuple[State, State] = ("changed", "gone")
NOWHERE = Reach()
POSTED = PostedAnswer("When?", 7, 8, 9, "answered", 0.876, "0001", id=12)


def quote(text: str, citation: Citation = CITED, also_in: tuple[Citation, ...] = ()) -> Quote:
    ref = HitRef(f"{citation.id}#0", citation.id, "", 0, len(text), ((0, text.find(".") + 1 or len(text)),))
    return Quote(ref, "same", citation, text, (0, len(text)), also_in)


def answer(*quotes: Quote, page: int = 0, reach: Reach = NOWHERE, locale: str = "en-GB", **changes: object) -> Shown:
    posted = replace(POSTED, hits=tuple(q.ref for q in quotes), **changes)  # type: ignore[arg-type]
    return Shown(answer_card(posted, Page(page, quotes[page * 3 :][:3], SUMMARY), reach, locale))


class Shown:
    """A layout as a message would hold it."""

    def __init__(self, view: ui.LayoutView) -> None:
        self.view = view
        self.content = ""
        self.components: list[dict[str, Any]] = view.to_components()  # type: ignore[no-untyped-call]


CITATIONS = st.builds(
    Citation,
    id=st.text(min_size=1),
    title=HOSTILE,
    authors=st.lists(HOSTILE, max_size=3).map(tuple),
    publisher=st.none() | HOSTILE,
    published=st.none() | st.sampled_from(["2021", "2021-09", "2021-09-07"]),
    url=st.none() | HOSTILE | st.just("https://ok.example/" + "a" * 480) | st.just("https://ok.example/" + "a" * 600),
    path=st.just("/srv/private/articles.jsonl"),
)
QUOTES = st.builds(
    quote,
    st.lists(HOSTILE, min_size=1, max_size=12).map("".join),
    CITATIONS,
    st.lists(CITATIONS, max_size=5).map(tuple),
)
FILTERS = st.builds(
    Filters,
    after=st.none() | st.dates(),
    before=st.none() | st.dates(),
    publishers=st.lists(HOSTILE, max_size=2).map(tuple),
    authors=st.lists(HOSTILE, max_size=4).map(tuple),
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(QUOTES, max_size=7), HOSTILE, HOSTILE, FILTERS, st.sampled_from(["answered", "unsure", "not_found"]),
    st.sampled_from(["en-US", "de", "fr"]),
)  # fmt: skip
def test_any_card_is_one_that_discord_takes(
    quotes: list[Quote], question: str, previous: str, filters: Filters, status: str, locale: str
) -> None:
    for page in range(max(1, -(-len(quotes) // 3))):
        card = answer(
            *quotes, page=page, reach=Reach(share=True, threads=True), locale=locale,
            question=question, previous=previous, filters=filters, status=status, undated=3,
        )  # fmt: skip
        assert card.view.content_length() <= 4000
        assert units(words(card)) <= 4000
        assert card.view.total_children_count <= 40
        assert all(1 <= units(label) <= 80 for label in labels(card))
        assert "/srv/private" not in str(card.components)


@settings(max_examples=20, deadline=None)
@given(QUOTES, HOSTILE, HOSTILE)
def test_context_and_article_cards_are_such_too(passage: Quote, before: str, after: str) -> None:
    reading = Reading(passage.citation, 10, 0, 2, text_pages(passage.text)[0])
    for view in (
        context_card(Context(passage, before * 9, after * 9), "de"),
        more_card(passage.citation, (passage, passage), "de"),
        article_card(reading, "de"),
        reader_card(reading, "de"),
    ):
        assert view.content_length() <= 4000
        assert view.total_children_count <= 40
        assert "/srv/private" not in str(Shown(view).components)


@given(HOSTILE)
def test_an_article_can_neither_style_nor_ping_nor_link(text: str) -> None:
    citation = Citation("a", f"t {text}", (f"a {text}",), f"p {text}", None, None)
    told = words(answer(quote(f"q {text} q", citation), question=f"q {text}"))
    for ours in ("### ", "-# ", "> "):
        told = "\n".join(line.removeprefix(ours) for line in told.split("\n"))
    assert set(alive(told)) <= {"*", "1."}


def test_an_ellipsis_around_a_passage_means_that_the_article_goes_on() -> None:
    whole, part = (Context(quote("Text."), "Before.", "After.", on, on) for on in (True, False))
    assert "…" not in words(Shown(context_card(whole, "en")))
    assert "… Before.\n> **Text.**\nAfter. …" in words(Shown(context_card(part, "en")))


def test_the_best_passage_stands_whole_and_the_others_as_excerpts() -> None:
    long = "One sentence. " * 60
    second = replace(quote("Before. Middle one. After. And so on. " * 9), excerpt=(8, 26))
    told = words(answer(quote(long), second))
    assert told.count("One sentence.") == 60
    assert "> **One sentence.** One sentence." in told
    assert "> … Middle one. After. …" in told


def test_a_citation_has_title_publisher_authors_and_the_date_as_far_as_it_is_known() -> None:
    for published, told in (("2021", "2021"), ("2021-09", "September 2021"), ("2021-09-07", "7 September 2021")):
        card = words(answer(quote("Text.", replace(CITED, published=published))))
        assert f"**1 · A title**\n-# The Daily · A. Writer · {told}\n> **Text.**" in card


def test_copies_are_cited_and_the_rest_counted() -> None:
    copies = tuple(replace(CITED, publisher=f"Paper {i}", published=f"200{i}") for i in range(5))
    told = words(answer(quote("Text.", also_in=copies)))
    assert "-# also in Paper 0 (2000), Paper 1 (2001), Paper 2 (2002) +2" in told


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://news.example/a", True),
        ("http://news.example", True),
        ("https://news.example/" + "a" * 491, True),
        ("https://news.example/" + "a" * 492, False),
        ("file:///srv/articles/a.html", False),
        ("javascript:alert(1)", False),
        ("/srv/articles/a.html", False),
        ("https://", False),
        ("https://[bad", False),
        ("https://news.example/a b", False),
        ("https://news.example/\u202egnp", False),
    ],
)
def test_only_web_addresses_that_discord_takes_get_a_button(url: str, opens: bool) -> None:
    assert (web_address(replace(CITED, url=url)) == url) is opens
    assert ("Open" in labels(answer(quote("Text.", replace(CITED, url=url))))) is opens


def test_an_article_without_a_title_is_not_called_by_its_path() -> None:
    told = words(answer(quote("Text.", Citation("/srv/private/a.txt", path="/srv/private/a.txt"))))
    assert "srv" not in told
    assert "**1 · –**" in told


def test_how_sure_the_archive_is_is_told() -> None:
    assert "**In the archive** · 88% sure" in words(answer(quote("Text.")))
    assert "**Perhaps in the archive** · 88% sure" in words(answer(quote("Text."), status="unsure"))
    assert "**Im Archiv** · zu 88 % sicher" in words(answer(quote("Text."), locale="de"))


def test_what_is_not_in_the_archive_has_a_card_of_its_own() -> None:
    card = answer(quote("Near. Miss."), status="not_found")
    assert "**Not in the archive** · Searched 1,200 articles, 1957–2021." in words(card)
    assert "come nearest, and do not seem to answer" in words(card)
    assert "**Near" not in words(card)  # no sentence is marked as if it answered
    filtered = answer(status="not_found", filters=Filters(after=date(2001, 1, 1)))
    assert "Searched what the filters leave of 1,200 articles" in words(filtered)
    assert "No article passes these filters. Drop one" in words(filtered)
    assert labels(filtered)[0] == "✕ from 2001 on"


def test_each_filter_is_a_button_that_names_it() -> None:
    filters = Filters(date(2021, 8, 1), date(2022, 1, 1), ("The Daily",), ("A. Writer",))
    assert filter_labels(filters, "en") == [
        ("after", "from August 2021 on"),
        ("before", "before 2022"),
        ("publisher-0", "The Daily"),
        ("author-0", "by A. Writer"),
    ]
    assert button(answer(quote("T."), filters=filters), "drop", "author-0") == "archivist:drop:12:author-0"
    assert filter_labels(Filters(date(2021, 8, 15)), "de") == [("after", "ab 15. August 2021")]


def test_buttons_that_a_place_has_no_room_for_are_left_out() -> None:
    assert {"Ask in a thread", "Share"}.isdisjoint(labels(answer(quote("T."))))
    assert "Share" in labels(answer(quote("T."), reach=Reach(private=True, share=True)))
    assert "Ask in a thread" in labels(answer(quote("T."), reach=Reach(threads=True)))
    assert "▶" not in labels(answer(*[quote("T.")] * 3))
    assert "▶" in labels(answer(*[quote("T.")] * 4))


def test_a_passage_that_changed_or_went_says_so_and_loses_its_buttons() -> None:
    changed, gone = (replace(quote("Old words."), state=state, text="") for state in STATES)
    card = answer(changed, gone)
    assert "has changed since it was quoted here" in words(card)
    assert "no longer in the archive" in words(card)
    assert "Old words" not in words(card)
    assert "Context" not in labels(card)
    assert labels(card).count("More from this article") == 1


def test_undated_articles_left_out_are_counted() -> None:
    assert "-# 1 article without a date was left out by the dates." in words(answer(quote("T."), undated=1))


def told(pages: Sequence[str]) -> str:
    """The pages' characters, but for spaces, dashes and what keeps a mention or a mark from being one."""
    return re.sub(r"[\s–\u200b\\]", "", "".join(pages))


@given(st.lists(HOSTILE, max_size=20).map("\n\n".join), st.integers(40, 300))
@example("******```py\n@everyone000000**", 40)
@example("```py\n```py\n[a](https://b.example)**********", 40)
@example("**```py\n```py\nz\u0301\u0302\u0303\u0304\u0305\u0306```py\n00000", 40)
def test_pages_of_a_text_fit_and_lose_no_word(text: str, limit: int) -> None:
    pages = text_pages(text, limit)
    assert pages
    assert all(0 < units(page) <= limit and alive(page) == [] for page in pages)
    assert told(pages) == told(text_pages(text, 10**9))
