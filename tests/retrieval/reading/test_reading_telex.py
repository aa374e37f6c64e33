"""Wire text as it is kept: with its control characters, without them, and as telex copy between ZCZC and NNNN."""

from __future__ import annotations

import re
from pathlib import Path

import newsroom
import pytest

from retrieval.reading import read_articles
from retrieval.types import Article, Skipped

DPA = (
    "\x01hpa0051 3 i 120  hpa 0311\r\n\nBridges/Tarn/\r\n\x02{top}\n\nTarn (hpa) - The bridge at Tarn opens in May,\n"
    "the council said.\n\nNobody objected.\n\n# Notebook\n\n## Note to editors\n- adds second graf\n\n* * * *\n"
    "The following information is not intended for publication\n\n- Editing by: Jo Roe\n\n\x03{day}\r\n\x7f\x04"
)
HEAD = "REFILE\n2ND LEAD\nBridge at Tarn to open\nafter nine years\nBy Ada Lind, hpa ="
SUMMED = newsroom.WIRE.replace(
    "^By ADA LIND=",
    "^The bridge opened on Tuesday, and the ferry ``Alma'' made its last trip. It took nine years.<\r\n^By ADA LIND=",
).replace("^Holm Press Agency=", "^HPA Sports Writer=")
TELEX = """   ZCZC HPA
%ALL MFI
$J
:Tarn Harbour Board
*X
Harbour board mends the quay at Tarn

Tue 13 October 2015

The quay at Tarn is mended, and the harbour board thanks
all who waited.

* ferries run again
* the crane does not

https://board.example/quay
SOURCE: Tarn Harbour Board

NNNN
ZCZC FMG001
YY TDR
ROWING: Tarn regatta Thursday
 1 _   2  Call Me Ada (1)     J Roe        58
 2 _  11  Constant Heron (2)  A Lind       57

Legend: T - won at Tarn.
NNNN
"""
KYODO = (
    "a0105HOLMtarn-\nu s BC-Rowing-Tarn-Cup   09-12 0344\nBC-Rowing-Tarn-Cup\nRowing: Tarn Otters claim 7th cup+\n"
    "     TARN, Dec. 9 Holm - The Tarn Otters claimed their \nseventh cup on Sunday.\n     They were late.\n"
)


def read(folder: Path, data: str, name: str = "a.txt") -> list[Article | Skipped]:
    path = folder / name
    path.write_bytes(data.encode("cp1252"))
    return list(read_articles(path, name))


def one(folder: Path, data: str) -> Article:
    (item,) = read(folder, data)
    assert isinstance(item, Article), item
    return item


def bare(message: str) -> str:
    """What is left of a message where its control characters were taken away."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", message)


@pytest.mark.parametrize("day", ["212322 GMT Nov 18", "212322 Nov 18"])
@pytest.mark.parametrize("kept", [str, bare])
def test_headline_and_byline_of_a_message_go_up_to_an_equals_sign(tmp_path: Path, day: str, kept: type[str]) -> None:
    item = one(tmp_path, kept(DPA.format(top=HEAD, day=day)))
    assert (item.title, item.authors) == ("Bridge at Tarn to open after nine years", ("Ada Lind",))
    assert (item.published, item.record, item.format) == ("2018-11-21", "hpa0051", "wire")


def test_what_a_message_tells_editors_alone_is_no_text(tmp_path: Path) -> None:
    item = one(tmp_path, DPA.format(top=HEAD, day="212322 GMT Nov 18"))
    assert item.text == "Tarn (hpa) - The bridge at Tarn opens in May, the council said.\n\nNobody objected."


def test_a_byline_that_names_the_agencys_people_gives_the_agency(tmp_path: Path) -> None:
    item = one(tmp_path, DPA.format(top="Bridge opens\nBy hpa correspondents =", day="212322 GMT Nov 18"))
    assert (item.title, item.authors, item.publisher) == ("Bridge opens", (), "hpa")


@pytest.mark.parametrize("kept", [str, bare])
def test_a_summary_above_the_byline_and_the_writers_role_below_it_are_no_text(tmp_path: Path, kept: type[str]) -> None:
    item = one(tmp_path, kept(SUMMED))
    assert (item.title, item.authors) == ("Bridge of Tarn opens after nine years", ("Ada Lind",))
    assert item.text.startswith("TARN (HPA) — The bridge opened on Tuesday")
    assert "Writer" not in item.text
    assert item.text.count("last trip") == 1


def test_a_message_without_its_control_characters_is_read_as_one_with_them(tmp_path: Path) -> None:
    item = one(tmp_path, bare(newsroom.WIRE).replace("\n\t   AP-WF", "\nAP-WF"))
    assert (item.title, item.authors) == ("Bridge of Tarn opens after nine years", ("Ada Lind",))
    assert (item.publisher, item.published, item.record) == ("Holm Press Agency", "2013-11-12", "A2607")
    assert "AP-WF" not in item.text


def test_a_headline_may_end_with_a_plus_and_a_slug_with_nothing(tmp_path: Path) -> None:
    item = one(tmp_path, KYODO)
    assert item.title == "Rowing: Tarn Otters claim 7th cup"
    assert item.text == ("TARN, Dec. 9 Holm - The Tarn Otters claimed their seventh cup on Sunday.\n\nThey were late.")


def test_telex_copy_is_an_article_for_each_message_without_its_service_lines(tmp_path: Path) -> None:
    first, second = read(tmp_path, TELEX)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.title, first.publisher, first.published) == (
        "Harbour board mends the quay at Tarn", "Tarn Harbour Board", "2015-10-13",
    )  # fmt: skip
    assert first.text.startswith(
        "Tue 13 October 2015\n\nThe quay at Tarn is mended, and the harbour board thanks all who"
    )
    assert "%ALL" not in first.text
    assert "NNNN" not in first.text
    assert (second.title, second.record) == ("ROWING: Tarn regatta Thursday", "FMG001")
    assert second.text.startswith("1 _ | 2 | Call Me Ada (1) | J Roe | 58\n2 _ | 11 | Constant Heron (2) | A Lind | 57")


def test_telex_copy_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (item,) = read(tmp_path, TELEX[: TELEX.index("* the crane")])
    assert isinstance(item, Article)
    assert item.text.endswith("* ferries run again")


def test_prose_that_speaks_of_telex_copy_is_no_telex_copy(tmp_path: Path) -> None:
    item = one(tmp_path, "The Telex\n\nEach message began with ZCZC and ended with NNNN.\n")
    assert item.format == "text"


def test_a_headline_among_a_services_lines_is_the_title(tmp_path: Path) -> None:
    lines = "ZCZC HPA\n%A\n#Quay\n$Quay found whole in Tarn\n:(TARN)\n*07000000\n@TRN\n~AM Service\n"
    item = one(tmp_path, lines + "The quay at Tarn is whole.\n\n   Nobody objected.\n\nNNNN\n")
    assert (item.title, item.text) == ("Quay found whole in Tarn", "The quay at Tarn is whole.\n\nNobody objected.")


def test_telex_copy_in_which_no_message_can_be_told_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\x0b ZCZC HPA\n%ALL MFI\n\nThe quay at Tarn is mended, and ferries run again.\n")
    (item,) = read_articles(tmp_path / "a.txt", "a.txt")
    assert isinstance(item, Article)
    assert "The quay at Tarn is mended" in item.text
