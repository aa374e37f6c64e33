"""Which questions are told that the archive holds nothing in their language."""

from __future__ import annotations

from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.foreign import foreign_to, language_name

GERMAN = [
    "Wer gewann den Marathon in Holm?", "Wann wurde die Brücke repariert?", "Was steht in der Zeitung über die Fähre?",
    "Warum blieb das Freibad im Sommer zu?", "Wie viele Robben wurden auf den Schären gezählt?",
]  # fmt: skip
ENGLISH = [
    "Who won the marathon in Holm?", "When was the bridge repaired?", "Why did the pool stay shut?",
    "What did Van der Berg say about Die Welt?", "rye bread", "Holm", "Was it in or an am?",
]  # fmt: skip


@pytest.mark.parametrize("question", GERMAN)
def test_a_question_in_another_language_is_told_from_one_in_the_archives(question: str) -> None:
    assert foreign_to(question, ("en", "fr")) == "de"
    assert foreign_to(question, ("en", "de-AT")) is None


@pytest.mark.parametrize("question", ENGLISH)
def test_a_question_that_may_be_in_the_archives_language_is_left_alone(question: str) -> None:
    assert foreign_to(question, ("en",)) is None


def test_nothing_is_said_of_an_archive_whose_languages_are_not_known() -> None:
    assert foreign_to("Who won the marathon in Holm?", ()) is None
    assert foreign_to("Who won the marathon in Holm?", ("de", "eo")) is None
    assert (language_name("de-AT"), language_name("eo")) == ("German", "eo")


def test_only_an_answer_that_is_not_found_or_unsure_names_the_archives_languages(tmp_path: Path) -> None:
    text = "The bridge at Quay was repaired in 1988. Der Marathon in Holm."
    lines = [{"_id": "a", "title": "Bridge", "text": text, "language": "en"}]
    press.write_lines(tmp_path / "town.jsonl", lines)
    press.build(tmp_path / "data", tmp_path / "town.jsonl", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        foreign = archive.ask("Wie viele Einwohner hat die Stadt am Meer?")
        own = archive.ask("How many people live in the city by the sea?")
        counted = archive.ask("Wie viele Artikel gibt es über Marathon?")

    assert (foreign.status, foreign.elsewhere) == ("not_found", ("en",))
    assert own.status != "answered"
    assert own.elsewhere == ()
    assert (counted.status, counted.elsewhere) == ("answered", ())
