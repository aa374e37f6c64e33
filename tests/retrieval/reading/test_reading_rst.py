"""Posts as blogs keep them: reStructuredText, and what stands at the top of a text in any of their forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import BODY, LEAD
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.reading import Limits, read_articles
from retrieval.reading.rst import _marked
from retrieval.types import Article

POST = f"""A Lamp Is Lit
=============

:date: 2010-12-02 10:14
:authors: - Ada Lind
          - John Roe
:summary: How the lamp
    was lit

{LEAD}

The Keeper
----------

See the `harbour board's
page <https://board.example/>`_, :doc:`tides` and Tarn_, says `Ada`_ of ``lamp_``:

.. image:: lamp.png
   :alt: A lamp

.. note:: Bring a light.

   {BODY}

.. code-block:: python

   lamp = 1

.. [1] The lamp of Tarn.

.. _Tarn: https://tarn.example/
.. A comment that
   nobody sees.

- oil
- wick::

====  =====
Oil   Wick
====  =====
"""


def one(folder: Path, text: str, name: str = "a.rst") -> Article:
    (folder / name).write_text(text, encoding="utf-8")
    (item,) = read_articles(folder / name, name)
    assert isinstance(item, Article), item
    return item


def test_a_post_is_read_without_its_marks_and_with_what_its_fields_say(tmp_path: Path) -> None:
    item = one(tmp_path, POST)
    assert (item.title, item.published, item.format) == ("A Lamp Is Lit", "2010-12-02", "rst")
    assert item.authors == ("Ada Lind", "John Roe")
    assert item.text == (
        f"{LEAD}\n\nThe Keeper\n\nSee the harbour board's page, tides and Tarn, says Ada of lamp_:"
        f"\n\nBring a light.\n\n{BODY}\n\nlamp = 1\n\n[1] The lamp of Tarn.\n\n- oil\n- wick:\n\nOil Wick"
    )
    assert [item.text[start:end] for start, end in item.headings] == ["The Keeper"]


def test_a_title_may_have_a_line_above_it_too(tmp_path: Path) -> None:
    item = one(tmp_path, f"=============\nA Lamp Is Lit\n=============\n\n{LEAD}\n")
    assert (item.title, item.text) == ("A Lamp Is Lit", LEAD)


COMMENTS = (
    ".. title: A Lamp Is Lit\n.. slug: lamp\n.. date: 2012-03-30 23:00:00 UTC-03:00\n.. author: Ada Lind\n.. tags:\n"
)


@pytest.mark.parametrize(
    ("top", "name"),
    [
        (COMMENTS, "a.rst"),
        (COMMENTS, "a.txt"),
        (f"<!--\n{COMMENTS}-->", "a.md"),
        (
            "Title: A Lamp Is Lit\nDate: 2012-03-30\nTags:\nSummary: How\n    the lamp was lit\nAuthor: Ada Lind\n",
            "a.md",
        ),
        ("title: A Lamp Is Lit\ndate: 2012-03-30 10:00\nauthor: Ada Lind\n", "a.md"),
        ('{\n "title": "A Lamp Is Lit",\n "date": "2012-03-30",\n "author": "Ada Lind"\n}\n', "a.md"),
    ],
)
def test_the_top_of_a_post_says_what_it_is_in_every_programs_form(tmp_path: Path, top: str, name: str) -> None:
    item = one(tmp_path, f"{top}\n{LEAD}\n\n{BODY}\n", name)
    assert (item.title, item.authors, item.published) == ("A Lamp Is Lit", ("Ada Lind",), "2012-03-30")
    assert item.text == f"{LEAD}\n\n{BODY}"


def test_a_text_that_begins_with_a_word_and_a_colon_keeps_its_lines(tmp_path: Path) -> None:
    assert one(tmp_path, f"Summary: {LEAD}\n\n{BODY}\n", "a.md").text == f"Summary: {LEAD}\n\n{BODY}"
    assert one(tmp_path, f'{{"a": 1}}\n\n{LEAD}\n', "a.md").text.endswith(LEAD)


def test_a_list_of_fields_within_a_text_stays_text(tmp_path: Path) -> None:
    assert ":range: far" in one(tmp_path, f"A Lamp\n======\n\n{LEAD}\n\n:range: far\n").text


@settings(max_examples=60, deadline=1000)
@given(
    st.lists(st.sampled_from(["====", "A", "    x", "", ".. note::", ":a: b", "`a <b>`_", "::", "..", "|a|", "----"]))
)
def test_whatever_lines_come_are_gone_through_once(lines: list[str]) -> None:
    marked = list(_marked(lines, {}))
    assert len(marked) <= 6 * len(lines)


def test_a_long_text_without_an_end_to_its_marks_takes_no_longer(tmp_path: Path) -> None:
    (tmp_path / "a.rst").write_text("`a <" * 200_000 + "\n" + ":a" * 100_000)
    assert list(read_articles(tmp_path / "a.rst", "a.rst", Limits()))


def test_what_stands_in_a_directive_that_nobody_knows_is_text_and_what_only_shows_something_is_not(
    tmp_path: Path,
) -> None:
    text = """The lamps
=========

The harbour has two lamps, and both are looked after by one keeper.

.. option:: --lit=HOUR

   The hour at which the lamp is lit in winter (dawn|dusk|noon).

.. harbour-note:: From the keeper

   Oil is sold at the pier on Mondays.

.. youtube:: 8N_tupPBtWQ

.. contents::
   :depth: 2

.. image:: lamp.jpg
   :alt: none
"""
    article = one(tmp_path, text)
    for said in ("--lit=HOUR", "The hour at which", "dawn|dusk|noon", "From the keeper", "Oil is sold at the pier"):
        assert said in article.text
    for shown in ("8N_tupPBtWQ", "depth", "lamp.jpg", "harbour-note"):
        assert shown not in article.text
