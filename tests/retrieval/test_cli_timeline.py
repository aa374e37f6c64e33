"""`archivist timeline`: a chart of characters, a picture, a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import Shell, write_wire

from retrieval import chart
from retrieval.periods import Period

PNG = b"\x89PNG\r\n\x1a\n"
_TEXT = "The ferry to Holm sails at noon. Report number {}."


@pytest.fixture
def ferries(shell: Shell, tmp_path: Path) -> Path:
    """An archive that wrote about ferries in June 2020, three times in January 2021, and without a date."""
    folder = tmp_path / "ferries"
    folder.mkdir()
    dates = ["2020-06-03", "2021-01-05", "2021-01-09", "2021-01", "2021", ""]
    record: dict[str, Any] = {"title": "The Ferry", "publisher": "Coast Gazette", "language": "en"}
    write_wire(
        folder,
        [record | {"_id": f"{i}", "text": _TEXT.format(i), "published": day} for i, day in enumerate(dates)],
    )
    assert shell("index", folder).code == 0
    return folder


def test_a_timeline_is_bars_of_characters_what_stands_in_none_and_each_peaks_passage(
    shell: Shell, ferries: Path
) -> None:
    done = shell("timeline", "ferries")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("6 articles: counted were articles with “ferries” in one passage")
    assert "Of unknown month, and in no bar: 1 of 2021." in lines
    assert "Without a date, and in no bar: 1 article." in lines
    (june,) = (line for line in lines if "June 2020 1 " in line)
    (january,) = (line for line in lines if "January 2021 3 " in line)
    (nothing,) = (line for line in lines if "July 2020 to December 2020 0" in line)
    assert january.count("#") == pytest.approx(3 * june.count("#"), abs=2)
    assert "#" not in nothing
    assert max(len(line) for line in lines if "#" in line) == 80  # as wide as the terminal
    assert "January 2021, 3 articles:" in lines
    assert any("The ferry to Holm sails at noon." in line for line in lines)


def test_the_document_holds_every_period_and_cites_the_peaks(shell: Shell, ferries: Path) -> None:
    done = shell("timeline", "ferries", "--json")
    document = done.document
    assert (document["count"], document["undated"], document["unit"], document["rule"]) == (6, 1, "month", "passage")
    assert [(p["first"], p["count"]) for p in document["periods"] if p["count"]] == [("2020-06", 1), ("2021-01", 3)]
    assert len(document["periods"]) == 8
    assert document["year_only"] == [{"first": "2021", "last": "2021", "count": 1}]
    assert [peak["first"] for peak in document["peaks"]] == ["2020-06", "2021-01"]
    passage = document["peaks"][1]["passage"]
    assert passage["article"]["published"].startswith("2021-01")
    assert passage["text"].startswith("The ferry to Holm")
    assert document["filters"]["understood"] == []


def test_options_bound_it_and_the_time_understood_is_told(shell: Shell, ferries: Path) -> None:
    bounded = shell("timeline", "ferries", "--before", "2021", "--json").document
    assert (bounded["count"], bounded["undated"], bounded["filters"]["before"]) == (1, 1, "2021-01-01")
    told = shell("timeline", "ferries in 2020").out
    assert "“in 2020” set the time. With --as-asked, it is words like others." in told
    assert "in one passage or its article's title, dated in 2020; copies once." in " ".join(told.split())
    assert "left out by the dates: 1 article" in told
    literal = shell("timeline", "ferries in 2020", "--as-asked").out
    assert "“ferries”, “2020”" in literal


def test_the_picture_is_written_and_not_where_there_is_nothing_to_draw(
    shell: Shell, ferries: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "ferry.png"
    assert shell("timeline", "ferries", "--png", picture).code == 0
    assert picture.read_bytes().startswith(PNG)
    picture.unlink()
    done = shell("timeline", "zeppelins", "--png", picture)
    assert (done.code, picture.exists()) == (0, False)
    assert "there is nothing to draw" in done.err
    assert done.out.startswith("No article: counted were articles with “zeppelins”")
    failed = shell("timeline", "ferries", "--png", tmp_path / "no" / "such" / "folder.png")
    assert failed.code == 1
    assert "folder.png" in failed.err


def test_what_cannot_be_asked_and_no_index_say_so(shell: Shell, tmp_path: Path) -> None:
    assert "no index" in shell("timeline", "ferries").err
    assert shell("timeline", "ferries", "--after", "soon").code == 2


def pixels(picture: bytes) -> Any:
    from io import BytesIO

    from matplotlib.image import imread

    return (imread(BytesIO(picture), format="png")[..., :3] * 255).round().astype(int)


def bars(*counts: int) -> list[Period]:
    return [Period(f"{1900 + i}", f"{1900 + i}", tuple(range(count))) for i, count in enumerate(counts)]


def test_a_picture_has_its_size_an_opaque_card_and_peaks_of_another_colour() -> None:
    drawn = pixels(chart.draw(bars(1, 4, 2), ["a", "b", "c"], {"1901"}))
    assert drawn.shape == (chart.HEIGHT_PX, chart.WIDTH_PX, 3)
    found = {tuple(pixel) for pixel in drawn[::4, ::4].reshape(-1, 3)}
    assert {(0x1E, 0x1F, 0x22), (0x5B, 0x8D, 0xD9), (0xF0, 0xB1, 0x32)} <= found
    none = {
        tuple(pixel) for pixel in pixels(chart.draw(bars(1, 4, 2), ["a", "b", "c"], set()))[::4, ::4].reshape(-1, 3)
    }
    assert (0xF0, 0xB1, 0x32) not in none


def names_below(n: int, name: str) -> tuple[int, int]:
    """Return how many names stand apart below `n` bars, and how many pixels high their letters are."""
    drawn = pixels(chart.draw(bars(*[2] * n), [name] * n, set()))
    light = (drawn > 0x70).all(axis=2)
    axis = int(light.sum(axis=1).argmax())
    below = light[axis + 18 :]  # half of the 0 beside the bars ends above that
    columns, rows = (line.nonzero()[0] for line in (below.any(axis=0), below.any(axis=1)))
    return int((columns[1:] - columns[:-1] > 25).sum()) + 1, int(rows[-1] - rows[0]) + 1


@pytest.mark.parametrize(
    ("n", "name", "shown"),
    [(80, "1900", 4), (6, "1900", 6), (30, "Sep. 2021", 3), (36, "September 2021", 2), (12, "September 2021", 2)],
)
def test_names_below_the_bars_can_be_read_at_a_quarter_of_the_size_and_do_not_touch(
    n: int, name: str, shown: int
) -> None:
    apart, high = names_below(n, name)
    assert apart == shown
    assert high >= 24  # of 1,100 pixels in width; a telephone has 265 for them, at the least


@pytest.mark.parametrize("n", [1, 2, 7, 36, 80, 1000])
def test_any_number_of_bars_and_any_characters_in_their_names_are_drawn(n: int) -> None:
    names = [f"$\\frac{{{i}}}$_^" for i in range(n)]
    assert chart.draw(bars(*[i % 5 for i in range(n)]), names, {"1900"}).startswith(PNG)


def test_the_same_timeline_gives_the_same_picture_and_no_period_none() -> None:
    assert chart.draw(bars(2, 1), ["a", "b"], {"1900"}) == chart.draw(bars(2, 1), ["a", "b"], {"1900"})
    with pytest.raises(ValueError, match="0 periods"):
        chart.draw([], [], set())
