"""The commands that take articles down and bring them back, and what an unknown id may have meant."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command_line import Shell, listed

from retrieval.arguments import nearest

CLOCK = "wire/wire.jsonl#4"
LAMP_COAST, LAMP_POST = "https://coast.example/lamp", "https://post.example/lamp"


def test_a_withdrawn_article_is_gone_from_answers_at_once_and_kept_out_of_the_next_run(
    shell: Shell, indexed: Path
) -> None:
    question = ("ask", "Who repaired the clock of the town hall?", "--json")
    assert CLOCK in {passage["article"]["id"] for passage in shell(*question).document["passages"]}

    done = shell("withdraw", CLOCK, "--reason", "the author asked", "--json").document

    assert CLOCK not in {passage["article"]["id"] for passage in shell(*question).document["passages"]}
    assert (done["article"]["id"], done["article"]["title"]) == (CLOCK, "A Clock")
    assert done["article"]["reason"] == "the author asked"
    assert (done["generations"], done["same_text"]) == (["0001"], [])
    assert shell("withdrawn", "--json").document == [done["article"]]
    again = shell("index", "--json").document
    assert (again["articles"], again["skipped"]) == (3, [{"path": CLOCK, "reason": "withdrawn"}])


def test_a_withdrawal_tells_where_the_text_still_is(shell: Shell, indexed_twice: Path) -> None:
    out = shell("withdraw", LAMP_COAST).out

    assert out.startswith("Withdrawn: The Lamp of Varn\n")
    assert "generations that are kept: 0001, 0002." in out
    assert out.endswith(f"The same text is still shown in 1 other article:\n  {LAMP_POST}\n")
    assert "still shown" not in shell("withdraw", LAMP_POST).out


def test_an_article_that_is_withdrawn_twice_stays_as_it_was_noted(shell: Shell, indexed: Path) -> None:
    first = shell("withdraw", CLOCK, "--reason", "the author asked")
    second = shell("withdraw", CLOCK, "--reason", "the court asked")

    assert (first.code, first.err, second.code) == (0, "", 0)
    assert "the reason that was given then stays" in second.err
    assert [taken["reason"] for taken in shell("withdrawn", "--json").document] == ["the author asked"]


def test_withdrawn_articles_are_lines_with_tabs_when_they_are_piped(shell: Shell, indexed: Path) -> None:
    shell("withdraw", CLOCK, "--reason", "asked\nto")

    line = shell("withdrawn").out.split("\t")

    assert line[2:] == [CLOCK, "A Clock", "asked to\n"]


def test_a_restored_article_is_shown_again_at_once_or_after_the_next_run(shell: Shell, indexed: Path) -> None:
    shell("withdraw", CLOCK)
    at_once = shell("restore", CLOCK, "--json").document
    assert (at_once["article"]["id"], at_once["shown"]) == (CLOCK, True)
    assert CLOCK in listed(shell)

    shell("withdraw", CLOCK)
    shell("index")
    later = shell("restore", CLOCK)
    assert later.out == "Restored: A Clock\nIt is shown again after the next `archivist index`.\n"
    assert CLOCK not in listed(shell)
    shell("index")
    assert CLOCK in listed(shell)


@pytest.mark.parametrize("asked", ["wire.jsonl#4", "wire/wire.json#4", "a clock"])
def test_an_article_that_is_not_known_is_an_error_that_names_near_ones(shell: Shell, indexed: Path, asked: str) -> None:
    unknown = shell("withdraw", asked, "--json")
    assert (unknown.code, unknown.document["error"]["kind"]) == (1, "generation")
    assert repr(asked) in unknown.document["error"]["message"]
    assert unknown.document["error"]["hint"].startswith(f"The nearest are: {CLOCK}")
    assert shell("withdrawn", "--json").document == []

    shell("withdraw", CLOCK)
    shell("withdraw", LAMP_COAST)
    not_down = shell("restore", asked, "--json")
    assert (not_down.code, not_down.document["error"]["kind"]) == (1, "generation")
    assert not_down.document["error"]["hint"].startswith(f"The nearest are: {CLOCK}")
    assert len(shell("withdrawn", "--json").document) == 2


def test_an_article_that_is_like_no_other_is_an_error_that_says_where_they_are_listed(
    shell: Shell, indexed: Path
) -> None:
    unknown, shown = shell("withdraw", "zzzz"), shell("restore", CLOCK)

    assert (unknown.code, shown.code) == (1, 1)
    assert "`archivist articles` lists those there are" in unknown.err
    assert "is not withdrawn" in shown.err
    assert shell("withdraw", "caf\udce9").code == 2


def test_a_withdrawal_that_cannot_be_written_is_not_called_an_unknown_article(
    shell: Shell, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("data/withdrawn.lock").mkdir()

    done = shell("withdraw", CLOCK)

    assert done.code == 1
    assert "cannot be written" in done.err
    assert "nearest" not in done.err


def test_a_likeness_is_by_id_or_title_nearest_first_and_never_of_nothing() -> None:
    known = {"wire/a.txt": "The Lamp", "wire/b.txt": "The Lamps of Varn", "https://x.example/c": "Bread"}

    assert nearest("the lamp", known) == ["wire/a.txt", "wire/b.txt"]
    assert nearest("wire/b.tx", known)[0] == "wire/b.txt"
    assert nearest("brad", known) == ["https://x.example/c"]
    assert nearest("", known) == []
    assert nearest("the lamp", {}) == []
    assert len(nearest("a", {f"a{n}": "" for n in range(9)})) == 3


def test_finding_what_an_id_may_have_meant_stays_quick_in_a_large_archive() -> None:
    known = {f"https://paper.example/2021/{n:05}/the-lamp": f"The lamp of Varn, part {n}" for n in range(20_000)}

    started = time.process_time()
    found = nearest("https://paper.example/2021/777/the-lamp", known)

    assert time.process_time() - started < 5
    assert "https://paper.example/2021/00777/the-lamp" in found
