"""`/timeline` in Discord: a picture with words for those who do not see it, and the passages of its peaks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakes import HashEncoder
from world import World, labels, parts, words, world

from bot.limits import ALTERNATIVE_CHARS, LAYOUT_CHARS, LAYOUT_COMPONENTS, units
from bot.timelines import Drawn, alternative, find_timeline, timeline_card
from retrieval.archive import Archive
from retrieval.indexing import run_index
from retrieval.types import Filters

_GALLERY = 12
_TEXT = "The *ferry* to Holm @everyone sails at noon, says report {}."


def write(folder: Path, dates: list[str | None], text: str = _TEXT, title: str = "The [Ferry](x)") -> Path:
    """Index an article about ferries for each of the dates."""
    lines = [
        {"_id": f"f{i:04}", "title": f"{title} {i}", "text": text.replace("{}", str(i)), "published": day,
         "language": "en", "publisher": "Coast Gazette", "url": f"https://coast.example/{i}"}
        for i, day in enumerate(dates)
    ]  # fmt: skip
    wire = folder / "wire.jsonl"
    wire.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run_index(folder / "data", [wire], HashEncoder())
    return folder / "data"


@pytest.fixture
async def ferries(tmp_path: Path) -> AsyncIterator[World]:
    data = write(tmp_path, ["2020-06-03", "2021-01-05", "2021-01-09", "2021-01", "2021", None])
    async with world(data, tmp_path, HashEncoder()) as found:
        yield found


def gallery(message: Any) -> dict[str, Any]:
    (item,) = (item for part in parts(message) if part["type"] == _GALLERY for item in part["items"])
    return dict(item)


async def test_a_timeline_is_a_picture_with_its_words_and_the_passage_of_each_peak(ferries: World) -> None:
    shown = await ferries.alice.slash(ferries.channel, "timeline", question="ferries")
    message = shown.response
    assert not shown.ephemeral
    (attachment,) = message.attachments
    assert attachment.filename == "timeline.png"
    assert (await attachment.read()).startswith(b"\x89PNG")
    assert gallery(message)["description"] == (
        "Chart: articles by month, June 2020 to January 2021. Peaks: June 2020 (1), January 2021 (3). "
        "All: June 2020 (1), January 2021 (3)."
    )
    told = words(message)
    assert told.startswith("### ferries\n**6 articles** with “ferries” in one passage or its article's title")
    assert "**January 2021** · 3 articles\n**The \\[Ferry\\](x) 1**\n-# Coast Gazette · 5 January 2021\n" in told
    assert "> **The \\*ferry\\* to Holm @\u200beveryone sails at noon, says report 1.**" in told
    assert "-# Of unknown month, and in no bar: 2021 (1)." in told
    assert "-# 1 article without a date is in no bar." in told
    assert labels(message) == ["Read it here", "Open"] * 2
    first = next(part["custom_id"] for part in parts(message) if part.get("label") == "Read it here")
    read = await ferries.alice.click(message, custom_id=first)
    assert read.ephemeral
    assert "sails at noon, says report 0" in words(read.response)


async def test_a_timeline_can_be_bounded_and_private_and_nothing_found_has_no_picture(ferries: World) -> None:
    shown = await ferries.alice.slash(ferries.channel, "timeline", question="ferries", before="2021", private=True)
    assert shown.ephemeral
    assert "**1 article** with “ferries”" in words(shown.response)
    assert "-# Only before 2021" in words(shown.response)
    assert "1 article without a date was left out by the dates." in words(shown.response)
    nothing = await ferries.alice.slash(ferries.channel, "timeline", question="zeppelins")
    assert "**0 articles** with “zeppelins”" in words(nothing.response)
    assert not nothing.response.attachments
    assert not [part for part in parts(nothing.response) if part["type"] == _GALLERY]
    refused = await ferries.alice.slash(ferries.channel, "timeline", question="ferries", after="2021", before="2020")
    assert "No day lies between" in words(refused.response)
    unheard = await ferries.alice.slash(ferries.channel, "timeline", question="who is it")
    assert "There is no word in it that articles could be looked for by." in words(unheard.response)


async def test_a_timeline_is_told_in_the_askers_language(ferries: World) -> None:
    ferries.altered["locale"] = "de"
    shown = await ferries.alice.slash(ferries.channel, "timeline", question="ferries in 2021")
    assert gallery(shown.response)["description"].startswith("Diagramm: Artikel nach Monaten, Januar 2021 bis")
    told = words(shown.response)
    assert "**Januar 2021** · 3 Artikel" in told
    assert "„in 2021“ gab die Zeit vor." in told


async def test_names_are_offered_and_the_archives_own_spelling_is_taken(ferries: World) -> None:
    offered = await ferries.alice.autocomplete(ferries.channel, "timeline", "publisher", "coast")
    assert [each["name"] for each in offered] == ["Coast Gazette"]
    shown = await ferries.alice.slash(ferries.channel, "timeline", question="ferries", publisher=offered[0]["value"])
    assert "**6 articles**" in words(shown.response)


@pytest.mark.parametrize("locale", ["en-GB", "de"])
def test_the_largest_timeline_keeps_within_discords_limits(tmp_path: Path, locale: str) -> None:
    months = [f"{year}-{month:02}" for year in (2019, 2020, 2021) for month in range(1, 13)]
    long = "The ferry 🛳️ *to* [Holm](x) sails at noon ||again|| and the harbourmaster of {} waits. " * 30
    data = write(tmp_path, [*months, *months[::2], "2020", None], long, "🛳️*" * 200)
    question = "ferry " + "🛳️*_ " * 190
    with Archive.open(data, encoder=HashEncoder()) as archive:
        drawn = find_timeline(archive, question, Filters(), locale)
    assert len(drawn.timeline.periods) == 36
    assert len(drawn.quotes) == 3
    view = timeline_card(drawn, locale)
    assert view.content_length() + units(alternative(drawn.timeline, locale)) <= LAYOUT_CHARS
    assert view.total_children_count <= LAYOUT_COMPONENTS
    assert units(alternative(drawn.timeline, locale)) <= ALTERNATIVE_CHARS
    assert sum("\n> " in str(part.get("content")) for part in _texts(drawn, locale)) == 3


def _texts(drawn: Drawn, locale: str) -> list[dict[str, Any]]:
    (container,) = timeline_card(drawn, locale).to_components()  # type: ignore[no-untyped-call]
    return [part for part in container["components"] if part["type"] == 10]


def test_decades_are_named_in_each_language(tmp_path: Path) -> None:
    data = write(tmp_path, ["1899-12", "1931", "2004-02-01"])
    with Archive.open(data, encoder=HashEncoder()) as archive:
        found = archive.timeline("ferries")
    assert alternative(found, None).startswith("Chart: articles by decade, 1890s to 2000s.")
    assert alternative(found, "de").startswith("Diagramm: Artikel nach Jahrzehnten, 1890er bis 2000er.")
