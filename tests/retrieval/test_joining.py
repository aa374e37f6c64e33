"""Several web pages of one article are one article, in whatever order and from whatever files they come."""

from __future__ import annotations

import tempfile
from itertools import permutations
from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_incremental import contents
from test_recaptures import found
from web_archives import Capture, web_archive

from retrieval.index.joining import shortened
from retrieval.reading.leaves import MOST_TOGETHER, Leaf, connected, numbers
from retrieval.withdrawing import restore, withdraw

SITE = "https://holm.example"
STORY = f"{SITE}/2019/ferry"
PARTS = (
    "The ferry of Holm crosses the sound four times a day, and has done so since the first king gave the miller leave "
    "to build a jetty below the old granary on the northern shore.",
    "Its second engine came from a tannery that burned down in the winter of the great frost; the smith carried it "
    "across the ice on two sledges, as his granddaughter still likes to tell.",
    "Nobody knows who will steer it next year. The council has asked both of the pilot's sons, and neither of them has "
    "given an answer before the herring season ends in October.",
)
MILL = (
    "A mill was sold at Tarn on Tuesday to a baker from the capital, who wants to grind rye there again, forty years "
    "after the wheel stood still and the owls moved in beneath its roof."
)


def page(text: str, title: str = "The ferry of Holm", head: str = "", tail: str = "") -> str:
    """Return a web page of one paragraph."""
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"<p>{text}</p></article>{tail}</body></html>"
    )


def link(relation: str, target: str) -> str:
    return f"<link rel='{relation}' href='{target}'>"


def paged(address: str = STORY + "?page={}", own: bool = True) -> list[str]:
    """Return three pages that link to each other, each with its own address as the canonical one, or the first's."""
    urls = [STORY, address.format(2), address.format(3)]
    pages = []
    for at, text in enumerate(PARTS):
        head = link("canonical", urls[at] if own else STORY)
        head += link("prev", urls[at - 1]) if at else ""
        head += link("next", urls[at + 1]) if at < 2 else ""
        pages.append(page(text, head=head))
    return pages


def write(source: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return source


def texts(tmp_path: Path, files: dict[str, str]) -> dict[str, str]:
    """Return the article of each id that an index of these files has."""
    press.build(tmp_path / "data", write(tmp_path / "web", files), HashEncoder())
    return {citation.id: article.text for citation, article in found(tmp_path / "data")}


@pytest.mark.parametrize("own", [True, False], ids=["own canonicals", "the first page's canonical"])
@pytest.mark.parametrize(
    "address", [STORY + "?page={}", STORY + "/{}/", STORY + "/page/{}", STORY + "_{}.html", STORY + "?seite={}"]
)
def test_pages_that_link_to_each_other_are_one_article_in_their_order(tmp_path: Path, address: str, own: bool) -> None:
    one, two, three = paged(address, own)
    assert texts(tmp_path, {"z.html": one, "m.html": two, "a.html": three}) == {STORY: "\n\n".join(PARTS)}


def test_saved_pages_whose_links_lead_to_files_are_one_article(tmp_path: Path) -> None:
    names = ["story.html", "b/continued.html", "b/end.html"]
    files = {
        names[0]: page(PARTS[0], head=link("next", "b/continued.html")),
        names[1]: page(
            PARTS[1], tail="<a rel='prev' href='../story.html'>back</a><a rel='next' href='end.html'>on</a>"
        ),
        names[2]: page(PARTS[2]),
    }
    ((article_id, text),) = texts(tmp_path, files).items()
    assert text == "\n\n".join(PARTS)
    assert article_id.endswith("b/continued.html")  # no page has an address: the first place in the archive


def captured(urls: list[str], pages: list[str]) -> bytes:
    return web_archive(
        [Capture(url, text.encode(), "2020-02-02T00:00:00Z") for url, text in zip(urls, pages, strict=True)]
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_captured_pages_are_joined_by_number_and_canonical_address_alone(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    urls = [STORY, f"{STORY}?page=2", f"{STORY}/3/"]
    pages = [page(text, head=link("canonical", STORY)) for text in PARTS]
    source = tmp_path / "web"
    source.mkdir()
    (source / "a.warc").write_bytes(captured([urls[at] for at in order[:2]], [pages[at] for at in order[:2]]))
    (source / "b.warc").write_bytes(captured([urls[order[2]]], [pages[order[2]]]))
    report = press.build(tmp_path / "data", source, HashEncoder())
    ((citation, article),) = found(tmp_path / "data")
    assert (citation.id, article.text) == (STORY, "\n\n".join(PARTS))
    assert (citation.first_seen, citation.last_seen) == ("2020-02-02", "2020-02-02")
    (note,) = [skipped for skipped in report.skipped if "one article" in skipped.reason]
    assert note.path == STORY
    assert note.reason.startswith("one article of 3 pages, with ")


def test_the_printed_version_gives_the_text_that_the_first_page_lacks(tmp_path: Path) -> None:
    source = tmp_path / "web"
    source.mkdir()
    whole = page("</p><p>".join(PARTS), head=link("canonical", STORY))
    first = page(
        PARTS[0],
        head=f"<link rel='alternate' media='print' href='{SITE}/p.php?i=7'><meta name='author' content='Ann Doe'>",
    )
    for name, printed in {
        "canonical": f"{STORY}?print=1",
        "marked": f"{STORY}/print/",
        "told": f"{SITE}/p.php?i=7",
    }.items():
        (source / "a.warc").write_bytes(captured([printed, STORY], [whole, first]))
        press.build(tmp_path / name, source, HashEncoder())
        ((citation, article),) = found(tmp_path / name)
        assert (citation.id, citation.url, citation.authors) == (STORY, STORY, ("Ann Doe",)), name
        assert article.text == "\n\n".join(PARTS)


def test_a_page_saved_twice_is_one_article_with_the_fuller_text(tmp_path: Path) -> None:
    head = link("canonical", STORY)
    files = {"a.html": page(PARTS[0], head=head), "b.html": page("</p><p>".join(PARTS[:2]), head=head)}
    assert texts(tmp_path, files) == {STORY: "\n\n".join(PARTS[:2])}


def test_posts_that_link_to_the_next_post_stay_apart(tmp_path: Path) -> None:
    files = {
        "a.html": page(PARTS[0], head=link("canonical", f"{SITE}/?p=12") + link("next", f"{SITE}/?p=13")),
        "b.html": page(MILL, "A mill is sold", link("canonical", f"{SITE}/?p=13") + link("prev", f"{SITE}/?p=12")),
    }
    assert texts(tmp_path, files) == {f"{SITE}/?p=12": PARTS[0], f"{SITE}/?p=13": MILL}


def test_a_daily_column_of_one_title_stays_apart(tmp_path: Path) -> None:
    def column(day: int, text: str, relation: str, other: int) -> str:
        dated = f"<meta property='article:published_time' content='2019-05-0{day}'>"
        address = f"{SITE}/2019/05/0{day}/letters"
        return page(
            text, "Letters", dated + link("canonical", address) + link(relation, f"{SITE}/2019/05/0{other}/letters")
        )

    assert len(texts(tmp_path, {"a.html": column(1, PARTS[0], "next", 2), "b.html": column(2, MILL, "prev", 1)})) == 2


def test_other_texts_under_one_canonical_address_stay_apart(tmp_path: Path) -> None:
    head = link("canonical", f"{SITE}/article")
    files = {"news-1.html": page(PARTS[0], head=head), "news-2.html": page(MILL, "A mill is sold", head)}
    assert sorted(texts(tmp_path, files).values()) == sorted([PARTS[0], MILL])


def test_a_paragraph_that_every_page_repeats_stands_once(tmp_path: Path) -> None:
    lead = "A ferry, its three engines and the family that has steered it for two hundred years across the sound."
    pages = [text.replace("<p>", f"<p>{lead}</p><p>", 1) for text in paged()]
    assert texts(tmp_path, dict(zip("abc", pages, strict=True))) == {STORY: "\n\n".join((lead, *PARTS))}


def test_what_was_joined_comes_apart_when_a_page_goes(tmp_path: Path) -> None:
    source, data = tmp_path / "web", tmp_path / "data"
    assert len(texts(tmp_path, dict(zip(("a.html", "b.html", "c.html"), paged(), strict=True)))) == 1
    (source / "b.html").unlink()
    press.build(data, source, HashEncoder(), allow_removals=True)
    press.build(tmp_path / "anew", source, HashEncoder())
    assert contents(data) == contents(tmp_path / "anew")
    assert not press.build(data, source, HashEncoder()).changed


def test_no_page_of_a_withdrawn_article_is_shown(tmp_path: Path) -> None:
    source, data = tmp_path / "web", tmp_path / "data"
    one, two, three = paged()
    assert len(texts(tmp_path, {"a.html": one, "b.html": two, "d.html": page(MILL, "A mill is sold")})) == 2
    withdraw(data, STORY)
    write(source, {"c.html": three})
    for full in (False, True):
        press.build(data, source, HashEncoder(), allow_removals=True, full=full)
        assert [article.text for _, article in found(data)] == [MILL], full
    restore(data, STORY)
    press.build(data, source, HashEncoder())
    assert [article.text for citation, article in found(data) if citation.id == STORY] == ["\n\n".join(PARTS)]


POOL = [
    *paged(), *paged(own=False),
    page("</p><p>".join(PARTS), head=link("canonical", STORY)),
    page(MILL, "A mill is sold", link("canonical", f"{SITE}/mill") + link("next", STORY)),
    page(PARTS[0] + " " + MILL, head=link("canonical", STORY)),
    page(MILL, head=link("canonical", STORY)),
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(range(len(POOL))), min_size=1, max_size=5, unique=True), st.randoms(use_true_random=False)
)
def test_any_order_of_the_files_gives_the_same_articles(chosen: list[int], drawn: object) -> None:
    seen = []
    for order in (chosen, chosen[::-1]):
        with tempfile.TemporaryDirectory() as folder:
            files = {f"{name}.html": POOL[at] for name, at in zip("abcde", order, strict=False)}
            press.build(Path(folder) / "data", write(Path(folder) / "web", files), HashEncoder())
            articles = [article for _, article in found(Path(folder) / "data")]
            seen.append(sorted((article.text, article.title, article.url or "") for article in articles))
    assert seen[0] == seen[1]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.sampled_from(range(len(POOL))), max_size=4, unique=True), min_size=1, max_size=3))
def test_an_index_kept_up_to_date_is_the_one_that_is_built_at_once(runs: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, data = Path(folder) / "web", Path(folder) / "data"
        write(source, {"always.html": page(MILL, "A mill is sold")})
        for held in runs:
            for at in range(len(POOL)):
                path = source / f"{at}.html"
                if at in held and not path.exists():
                    path.write_text(POOL[at], encoding="utf-8")
                elif at not in held:
                    path.unlink(missing_ok=True)
            press.build(data, source, HashEncoder(), allow_removals=True)
        press.build(Path(folder) / "anew", source, HashEncoder())
        assert contents(data) == contents(Path(folder) / "anew")


def leaf(key: int, address: str, *links: tuple[str, str]) -> Leaf:
    return Leaf(key, address, "A", "", None, None, f"s/{key}.html", links)


def test_an_address_that_very_many_pages_share_joins_none_of_them() -> None:
    assert list(connected([leaf(key, f"{SITE}/home") for key in range(MOST_TOGETHER + 1)])) == []
    assert [len(group) for group in connected([leaf(key, f"{SITE}/home") for key in range(MOST_TOGETHER)])] == [
        MOST_TOGETHER
    ]


def test_links_in_a_circle_come_to_an_end() -> None:
    group = [
        leaf(key, f"{SITE}/{name}", ("next", f"{SITE}/{after}"))
        for key, (name, after) in enumerate([("a", "b"), ("b", "c"), ("c", "a")])
    ]
    assert set(numbers(group)) == {0, 1, 2}


def test_very_many_notes_are_told_as_a_number() -> None:
    notes = [(f"{at:03}", "x") for at in range(130)]
    assert len(shortened(notes)) == 101
    assert shortened(notes)[-1][0] == "30 more"
