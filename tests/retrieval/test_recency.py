"""The preference for articles near a date: gentle, off by default, and never a filter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import press
import pytest
from command_line import Shell
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from config import load_settings
from retrieval.archive import Archive
from retrieval.build import ranking_of
from retrieval.errors import QuestionError
from retrieval.evaluate import evaluate
from retrieval.index.columns import days
from retrieval.ranking import Ranking
from retrieval.recency import WEIGHT, Recency, bonus

TEXT = "The council met and spoke about the bridge for an hour."
DATES = {"old": "2001-05-01", "new": "2021-05-01", "newer": "2021-06", "undated": None, "partial": "2021"}
NOW = date(2021, 6, 3)


def lines() -> list[dict[str, object]]:
    return [
        {"_id": name, "title": name, "text": f"{TEXT} Session {name}.", "published": when, "language": "en"}
        for name, when in DATES.items()
    ]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("council")
    press.write_lines(folder / "a.jsonl", lines())
    press.build(folder / "data", folder / "a.jsonl", HashEncoder())
    with Archive.open(folder / "data", encoder=HashEncoder()) as found:
        yield found


def order(archive: Archive, **choices: object) -> list[str]:
    question = "When did the council speak about the bridge?"
    return [hit.article.title for hit in archive.ask(question, **choices).hits]  # type: ignore[arg-type]


def test_it_is_off_unless_asked_for(archive: Archive) -> None:
    assert load_settings().search.prefer_recent_days == 0
    assert ranking_of(load_settings(search__prefer_recent_days=30)).prefer_recent_days == 30
    assert order(archive) == order(archive, now=NOW) == order(archive, now=date(2001, 5, 1))


def test_articles_near_the_date_go_first_and_none_is_left_out(archive: Archive) -> None:
    near = order(archive, prefer_recent_days=30, now=NOW)
    then = order(archive, prefer_recent_days=30, now=date(2001, 5, 2))

    assert set(near) == set(then) == set(DATES)
    assert near[-1] == "old"
    assert {near[0], near[1]} == {"newer", "partial"}  # both may be of that very day
    assert then[0] == "old"


def test_a_ranking_may_prefer_by_default_and_a_question_may_say_no(tmp_path: Path) -> None:
    press.write_lines(tmp_path / "a.jsonl", lines())
    press.build(tmp_path / "data", tmp_path / "a.jsonl", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder(), ranking=Ranking(prefer_recent_days=30)) as archive:
        assert order(archive, now=date(2001, 5, 2))[0] == "old"
        assert order(archive, now=date(2001, 5, 2), prefer_recent_days=0) == order(
            archive, now=NOW, prefer_recent_days=0
        )
        with pytest.raises(QuestionError):
            archive.ask("bridge", prefer_recent_days=-1)


def test_the_gain_is_as_documented() -> None:
    firsts, lasts = zip(*map(days, ["2021-06-03", "2021-05-04", "2021-07-03", "2021", "1921-06-03", None]), strict=True)

    gains = bonus(np.array(firsts), np.array(lasts), Recency(NOW, 30))

    assert gains[0] == WEIGHT
    assert gains[1] == gains[2] == pytest.approx(WEIGHT / 2)  # 30 days before, and after
    assert gains[3] == WEIGHT  # the year holds the day
    assert gains[4] == pytest.approx(0, abs=1e-9)
    assert gains[5] == pytest.approx(gains[:5].mean())  # neither helped nor harmed


@given(
    st.lists(st.sampled_from([None, "1999", "2020-02", "2021-06-03", "2030-01-01"]), min_size=1, max_size=9),
    st.integers(1, 5000),
)
def test_no_gain_is_above_the_weight_or_below_nothing(dates: list[str | None], half: int) -> None:
    firsts, lasts = zip(*map(days, dates), strict=True)
    gains = bonus(np.array(firsts), np.array(lasts), Recency(NOW, half))

    assert ((gains >= 0) & (gains <= WEIGHT)).all()
    if not any(dates):
        assert not gains.any()


def test_the_command_line_takes_days(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    recent = [{**line, "published": date.today().isoformat()} if line["_id"] == "old" else line for line in lines()]
    press.write_lines(tmp_path / "wire" / "a.jsonl", recent)
    assert shell("index", tmp_path / "wire").code == 0

    preferred = shell("ask", "council bridge session", "--prefer-recent", "7", "--json").document

    assert preferred["passages"][0]["article"]["title"] == "old"
    assert shell("ask", "council bridge", "--prefer-recent", "-1").code == 2


def test_evaluate_asks_as_of_the_date_of_a_query(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    press.write_lines(folder / "corpus.jsonl", lines())
    queries = [
        {"_id": "a", "text": "council bridge", "asked": "2001-05-03"},
        {"_id": "b", "text": "council bridge", "asked": "2021-05-01T08:00:00Z"},
    ]
    press.write_lines(folder / "queries.jsonl", queries)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\told\t1\nb\tnew\t1\n")

    evaluate(folder, HashEncoder(), ranking=Ranking(prefer_recent_days=10), run=tmp_path / "run")

    first = {line.split()[0]: line.split()[2] for line in (tmp_path / "run").read_text().splitlines()[::-1]}
    assert first["a"] == "old"
    assert first["b"] in {"new", "partial"}
