from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from retrieval import show
from retrieval.index import Source, Summary
from retrieval.indexing import Report
from retrieval.told_time import date_in_words
from retrieval.types import Answer, CatalogueAnswer, Citation, Filters, Hit, NameScope, Passage, Skipped, Status

LAMP = "The lamp was dark for years. Keeper Åse Lind lit it again in 1911. Ships had gone aground on the shoals below."
START, END = LAMP.index("Keeper"), LAMP.index(" Ships")
SUMMARY = Summary("0003", 1204, 5000, 3, 7, "1957-10-07", "2021", ("en",), "small-model", "2024-01-02", 1_500_000)
ARTICLE = Citation(
    "https://coast.example/lamp", "The Lamp of Varn", ("Jo Berg", "Liv Dahl"), "Coast Gazette", "2021-09-07",
    "https://coast.example/lamp", "/articles/lamp.html", "", "en", "html",
)  # fmt: skip


def hit(text: str = LAMP, article: Citation = ARTICLE, **more: object) -> Hit:
    made = Hit(1, 0.75, Passage("lamp#40", article.id, 40, 40 + len(text), text), article)
    return replace(made, **more)  # type: ignore[arg-type]


def answer(*hits: Hit, status: Status = "answered", filters: Filters = Filters(), undated: int = 0) -> Answer:
    return Answer("Who lit the lamp?", status, 0.834, hits, filters, "0003", 12.5, undated)


def printed(draw: Callable[[Console], None], *, terminal: bool = False, width: int = 80) -> str:
    out = io.StringIO()
    plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False, "_environ": {}}
    colours: Literal["standard"] | None = "standard" if terminal else None
    draw(Console(file=out, width=width, force_terminal=terminal, color_system=colours, **plain))
    return out.getvalue()


def shown(value: Answer, *, terminal: bool = False, width: int = 80) -> str:
    return printed(lambda console: show.show_answer(console, value, SUMMARY), terminal=terminal, width=width)


def test_an_answer_is_printed_with_its_source_and_the_sentence_that_answers_marked_in_the_margin() -> None:
    found = hit(
        highlights=((START, END),),
        also_in=(Citation("x", publisher="Harbour Post", published="2021-09", url="https://post.example/1"),),
    )

    assert shown(answer(found)).splitlines() == [
        "Answered · confidence 83%",
        "",
        "1. The Lamp of Varn",
        "   Jo Berg, Liv Dahl · Coast Gazette · 7 September 2021",
        "   https://coast.example/lamp",
        "",
        "   | The lamp was dark for years. Keeper Åse Lind lit it again in 1911. Ships",
        "     had gone aground on the shoals below.",
        "",
        "   also in: Harbour Post, September 2021, https://post.example/1",
    ]


def test_what_is_not_in_the_archive_says_what_was_searched_and_calls_its_passages_the_nearest() -> None:
    lines = shown(answer(hit(), status="not_found")).splitlines()

    assert lines[:3] == [
        "Not in the archive · confidence 83%",
        "Searched 1,204 articles, 1957 to 2021.",
        "Nearest passages:",
    ]


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("kept", [False, True, None])
@pytest.mark.parametrize("status", ["not_found", "unsure"])
@pytest.mark.parametrize("phrases", [(), ("red lamp",)])
def test_one_line_alone_stands_above_passages_that_are_not_what_was_asked_for(
    outside: bool, kept: bool | None, status: Status, phrases: tuple[str, ...]
) -> None:
    scope = None if kept is None else NameScope("Echo", 4, 8, publisher="Echo", kept=kept)
    found = replace(answer(hit(), status=status), outside=outside, scope=scope, phrases_missing=phrases)

    before = shown(found, width=200).split("1. The Lamp")[0].strip().splitlines()
    headings = [line for line in before if line.endswith(":")]

    expected = outside or kept is False or bool(phrases) or status == "not_found"
    assert len(headings) == expected
    assert headings == before[-1:] * expected
    assert ("from then" in " ".join(headings)) == outside
    assert ("published by Echo" in " ".join(headings)) == (kept is False)


def test_what_the_catalogue_counts_has_no_odds_and_tells_its_copies() -> None:
    about = CatalogueAnswer("how_many", "", "all", 3, (), with_copies=5)
    lines = shown(replace(answer(), about=about)).splitlines()

    assert lines[:2] == ["Answered · from the catalogue", "In the catalogue: 3 articles (5 with copies)."]
    without = shown(replace(answer(), about=replace(about, with_copies=3))).splitlines()
    assert without[1] == "In the catalogue: 3 articles."


def test_a_question_in_another_language_than_the_archives_is_told_which_there_are() -> None:
    text = " ".join(shown(replace(answer(hit(), status="not_found"), elsewhere=("en", "de"))).split())

    assert "The archive holds articles in English and German; the question seems to be in another language." in text


def test_filters_and_the_articles_that_they_left_out_for_want_of_a_date_are_told() -> None:
    filters = Filters(date(2021, 8, 1), date(2021, 9, 1), ("Coast Gazette",), ("Jo Berg", "Liv Dahl"))

    text = " ".join(shown(answer(status="not_found", filters=filters, undated=2)).split())

    assert "Only articles dated from 1 August 2021 on and before 1 September 2021, published by Coast Gazette," in text
    assert "written by Jo Berg or Liv Dahl." in text
    assert "those that the filters leave of 1,204 articles" in text
    assert "Left out for want of a date: 2 articles." in text
    assert "the filters leave none" in text


def test_an_article_of_which_little_is_known_is_named_by_its_id_and_its_file() -> None:
    article = Citation("archive/scan.txt", path="/articles/wire.jsonl", record="w7")

    lines = shown(answer(hit(article=article))).splitlines()

    assert lines[2:5] == ["1. archive/scan.txt", "   /articles/wire.jsonl, w7", ""]


def test_who_publishes_for_themselves_is_named_once() -> None:
    article = replace(ARTICLE, authors=("Jo Berg",), publisher="Jo Berg", published=None)

    assert "   Jo Berg\n" in shown(answer(hit(article=article)))


def test_on_a_terminal_the_questions_words_are_bold_and_the_answering_sentence_is_underlined() -> None:
    lamp = (4, 8)
    text = shown(answer(hit(matches=(lamp,), highlights=((0, 28),))), terminal=True)

    assert "\x1b[1;4mlamp\x1b[0m" in text
    assert "\x1b[4mThe \x1b[0m" in text


@pytest.mark.parametrize("place", ["title", "publisher", "text"])
def test_no_article_can_send_commands_to_a_terminal(place: str) -> None:
    evil = "a\x1b]0;owned\x07b\x9b2Jc\rd"
    found = hit(evil) if place == "text" else hit(article=replace(ARTICLE, **{place: evil}))  # type: ignore[arg-type]

    assert not set(shown(answer(found))) & {"\x1b", "\x07", "\x9b", "\r"}


def test_square_brackets_and_colons_of_an_article_are_not_taken_for_markup() -> None:
    assert "[bold]not[/bold] :smile:" in shown(answer(hit("[bold]not[/bold] :smile:")))


@given(
    words=st.lists(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=30), min_size=1),
    width=st.integers(40, 120),
)
def test_every_word_of_a_passage_is_printed_in_order_within_the_width(words: list[str], width: int) -> None:
    from rich.cells import cell_len

    lines = shown(answer(hit(" ".join(words))), width=width).splitlines()
    quote = lines[lines.index("", 3) + 1 :]

    assert "".join("".join(quote).split()) == "".join(words)
    assert all(cell_len(line) <= width for line in quote)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_is_told_in_words_to_the_precision_known(day: date) -> None:
    iso = day.isoformat()
    numeral, month, year = date_in_words(iso).split()

    assert (int(numeral), int(year)) == (day.day, day.year)
    assert date_in_words(iso[:7]) == f"{month} {year}"
    assert date_in_words(iso[:4]) == year


def test_the_months_have_their_names() -> None:
    names = [date_in_words(f"2021-{month:02}").split()[0] for month in range(1, 13)]

    assert [names[0], names[4], names[8], names[11]] == ["January", "May", "September", "December"]
    assert len(set(names)) == 12


def test_the_document_of_an_answer_holds_the_contracts_keys_and_the_spans_as_they_are() -> None:
    copy = Citation("x", publisher="Harbour Post", published="2021-09", url=None)
    filters = Filters(after=date(2021, 1, 1), publishers=("Coast Gazette",))
    found = hit(highlights=((START, END),), matches=((4, 8),), also_in=(copy,))

    assert show.answer_document(answer(found, filters=filters, undated=3)) == {
        "question": "Who lit the lamp?",
        "status": "answered",
        "confidence": 0.834,
        "filters": {
            "after": "2021-01-01",
            "before": None,
            "publishers": ["Coast Gazette"],
            "authors": [],
            "understood": [],
            "outside": False,
            "undated_left_out": 3,
            "phrases_missing": [],
        },
        "passages": [
            {
                "rank": 1,
                "score": 0.75,
                "text": LAMP,
                "start": 40,
                "end": 40 + len(LAMP),
                "highlights": [[START, END]],
                "matches": [[4, 8]],
                "page": None,
                "also_in": [{"publisher": "Harbour Post", "url": None, "published": "2021-09"}],
                "article": {
                    "id": "https://coast.example/lamp",
                    "title": "The Lamp of Varn",
                    "authors": ["Jo Berg", "Liv Dahl"],
                    "publisher": "Coast Gazette",
                    "published": "2021-09-07",
                    "url": "https://coast.example/lamp",
                    "path": "/articles/lamp.html",
                    "first_seen": None,
                    "last_seen": None,
                },
            }
        ],
        "generation": "0003",
        "took_ms": 12.5,
        "about": None,
        "also_searched": [],
        "follows": None,
        "elsewhere": [],
    }


def test_a_report_names_everything_that_was_skipped_with_the_reason() -> None:
    skipped = (Skipped("a/empty.txt", "it is empty"), Skipped("b.bin", "it looks like a picture"))
    report = Report("0004", 1204, 5000, 1, 10, 2, 3, 1192, skipped, 40, 2500.0)

    text = printed(lambda console: show.show_report(console, report, dry_run=False))
    rows = dict(line.split("  ", 1) for line in text.splitlines()[1:9])

    assert text.startswith("Generation 0004 is current.\n")
    assert {name: value.strip() for name, value in rows.items()} == {
        "Articles": "1,204 (1 exact copy)",
        "Passages": "5,000 (40 encoded now)",
        "Added": "10",
        "Changed": "2",
        "Removed": "3",
        "Unchanged": "1,192",
        "Skipped": "2",
        "Time": "2.5 s",
    }
    assert text.endswith("  a/empty.txt: it is empty\n  b.bin: it looks like a picture\n")


def test_a_report_counts_the_articles_of_each_format() -> None:
    report = Report("0004", 5, 9, 0, 5, 0, 0, 0, (), 9, 1.0, {"html": 3, "text": 2})
    lines = printed(lambda console: show.show_report(console, report, dry_run=False)).splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["Articles", "5", "(0", "exact", "copies)"],
        ["html", "3"],
        ["text", "2"],
    ]


def test_very_many_that_were_skipped_for_one_reason_are_summed_up() -> None:
    pictures = [Skipped(f"{n}.jpg", "it looks like a picture") for n in range(21)]
    report = Report("1", 0, 0, 0, 0, 0, 0, 0, (*pictures, Skipped("a.txt", "it is empty")), 0, 1.0)
    lines = printed(lambda console: show.show_report(console, report, dry_run=False)).splitlines()[9:]
    assert lines == [
        *(f"  {n}.jpg: it looks like a picture" for n in range(10)),
        "  and 11 more: it looks like a picture (`--json` names them all)",
        "  a.txt: it is empty",
    ]
    all_of_them = replace(report, skipped=tuple(pictures[:20]))
    assert printed(lambda console: show.show_report(console, all_of_them, dry_run=False)).count("picture") == 20


def test_a_rehearsal_says_that_nothing_was_changed() -> None:
    report = Report(None, 4, 0, 0, 4, 0, 0, 0, (), 0, 10.0)

    text = printed(lambda console: show.show_report(console, report, dry_run=True))

    assert "nothing was changed" in text
    assert "is current" not in text
    assert "encoded" not in text
    assert re.search(r"^Passages +[\d,]+$", text, re.M)


def test_the_status_of_an_index_without_dates_says_so() -> None:
    undated = replace(SUMMARY, first=None, last=None)

    assert "none known" in printed(lambda console: show.show_status(console, undated))
    assert "7 October 1957 to 2021" in printed(lambda console: show.show_status(console, SUMMARY))


def test_lists_are_tables_on_a_terminal_and_lines_with_tabs_elsewhere() -> None:
    sources = [Source("/articles/a\tfolder with a name that is longer than any line is wide " + "x" * 60, 3, 2, 1)]

    plain = printed(lambda console: show.show_sources(console, sources))
    table = printed(lambda console: show.show_sources(console, sources), terminal=True)

    assert plain == sources[0].path.replace("\t", " ") + "\t3\t2\t1\n"
    rows = re.sub(r"\x1b\[[0-9;]*m", "", table).splitlines()
    assert "Skipped" in table
    assert max(map(len, rows)) <= 80
    assert table.count("x") == 60  # folded, not cut
