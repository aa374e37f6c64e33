"""What the buttons below an answer do: for whom, after a restart, after a reindex, and when Discord is unwell."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import press
import pytest
from fakes import HashEncoder
from world import World, button, labels, parts, user_installed_by, words, world

from bot.quotes import reread
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.indexing import Options, run_index
from retrieval.types import Filters

STATION = "When is the Russian space station planned for?"


async def test_pages_turn_for_the_asker_only(asked: World) -> None:
    first = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    assert "-# Passages 1–3 of 5" in words(first)
    refused = await asked.bob.click(first, label="▶")
    assert refused.ephemeral
    assert "Only whoever asked" in words(refused.response)
    assert "-# Passages 1–3 of 5" in words(asked.last())
    await asked.alice.click(first, label="▶")
    assert "-# Passages 4–5 of 5" in words(asked.last())
    assert "**4 · " in words(asked.last())
    await asked.alice.click(asked.last(), label="◀")
    assert words(asked.last()) == words(first)


async def test_buttons_work_after_a_restart(asked: World) -> None:
    first = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    before = words(first)
    await asked.restart()
    await asked.alice.click(first, label="▶")
    await asked.alice.click(asked.last(), label="◀")
    assert words(asked.last()) == before
    shown = await asked.bob.click(asked.last(), custom_id=button(asked.last(), "context", "0"))
    assert "The new Russian space station is planned for 2025." in words(shown.response)


async def test_custom_ids_hold_ids_and_never_the_question(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION, after="1990")).response
    ids = [part["custom_id"] for part in parts(card) if "custom_id" in part]
    assert ids
    assert all(len(each) <= 100 and "station" not in each.lower() for each in ids)


async def test_dropping_a_filter_asks_again_in_place_for_the_asker_only(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION, before="1960", after="1950")).response
    assert "✕ before 1960" in labels(card)
    refused = await asked.bob.click(card, label="✕ before 1960")
    assert "Only whoever asked" in words(refused.response)
    await asked.alice.click(card, label="✕ before 1960")
    assert asked.last().id == card.id
    assert labels(asked.last())[0] == "✕ from 1950 on"
    assert "✕ before 1960" not in labels(asked.last())
    assert "planned for 2025" in words(asked.last())
    posted = await asked.store.answer_in(card.id)
    assert posted is not None
    assert posted.filters.before is None


async def test_context_shows_what_stands_around_a_passage(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    shown = await asked.bob.click(card, custom_id=button(card, "context", "0"))
    assert shown.ephemeral
    posted = await asked.store.answer_in(card.id)
    assert posted is not None
    ref = posted.hits[0]
    article = await asked.asking.call(lambda archive: archive.article(ref.article_id))
    assert article is not None
    before, after = article.text[: ref.start].split()[-3:], article.text[ref.end :].split()[:3]
    told = words(shown.response).replace("\\", "")
    assert " ".join(before) in " ".join(told.split())
    assert " ".join(after) in " ".join(told.split())


async def test_more_shows_the_article_and_what_else_it_says(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    shown = await asked.bob.click(card, custom_id=button(card, "more", "0"))
    assert shown.ephemeral
    assert words(shown.response).startswith("### Musk Asks Rogozin About His Tea\nArchivist seed desk · September 2021")
    assert labels(shown.response)[:2] == ["Read it here", "As a file"]
    posted = await asked.store.answer_in(card.id)
    assert posted is not None
    article = Filters(articles=(posted.hits[0].article_id,))
    inside = await asked.asking.search(lambda archive: archive.search(STATION, k=3, filters=article))
    others = [hit.passage.text for hit in inside if hit.passage.id != posted.hits[0].passage_id]
    assert others
    assert others[0].split(".")[0] in words(shown.response).replace("**", "")


async def test_more_turns_through_everything_an_article_says_on_the_question(tmp_path: Path) -> None:
    told = "\n\n".join(
        f"The ferry {number} to Tarn sails at {number} in the morning. "
        + "Nobody in the harbour knows why that is. " * 9
        for number in range(1, 8)
    )
    press.write_story(tmp_path / "texts", "ferry.txt", told)
    run_index(tmp_path / "data", [tmp_path / "texts"], HashEncoder(), Options(words=60))
    async with world(tmp_path / "data", tmp_path, HashEncoder()) as there:
        card = (await there.alice.slash(there.channel, "ask", question="When does the ferry to Tarn sail?")).response
        shown = (await there.bob.click(card, custom_id=button(card, "more", "0"))).response
        seen = [words(shown)]
        among = re.search(r"Passages 1–2 of (\d+)", seen[0])
        assert among is not None
        assert int(among[1]) >= 6
        while f"–{among[1]} of {among[1]}" not in seen[-1]:
            turned = await there.bob.click(shown, custom_id=button(shown, "more_page", f"0-{len(seen)}"))
            shown = turned.response or shown
            seen.append(words(shown))
        assert len(seen) == -(-int(among[1]) // 2)
        assert len({*seen}) == len(seen)
        posted = await there.store.answer_in(card.id)
        assert posted is not None
        (pressed,) = await there.asking.call(reread, posted.hits[:1])  # which is not said again
        told = "\n".join([pressed.text, *seen]).replace("*", "")
        assert set(re.findall(r"The ferry (\d) to Tarn", told)) == {str(number) for number in range(1, 8)}


async def test_a_vote_is_kept_once_for_each_member_and_may_change(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    thumbs_up = button(card, "up")
    for member in (asked.alice, asked.bob, asked.bob):
        assert "helped" in words((await member.click(card, custom_id=thumbs_up)).response)
    await asked.bob.click(card, custom_id=button(card, "down"))
    votes = await asked.store.judgements(asked.guild.id)
    assert sorted((each.question, each.vote) for each in votes) == [(STATION, -1), (STATION, 1)]


async def test_a_private_answer_can_be_shared_once_more_for_everybody(asked: World) -> None:
    private = await asked.alice.slash(asked.channel, "ask", question=STATION, private=True)
    done = await asked.alice.click(private.response, label="Share")
    assert "Shared in this channel." in [words(each) for each in done.followups]
    shared = asked.last()
    assert not shared.flags.ephemeral
    assert f"-# asked by <@{asked.alice.id}>" in words(shared)
    assert "planned for 2025" in words(shared)
    assert "Share" not in labels(shared)
    assert shared.mentions == [] or all(user.id == asked.alice.id for user in shared.mentions)
    sent = [each for each in asked.env.http_requests if each.method == "POST" and each.path.endswith("/messages")]
    assert (sent[-1].json or {})["allowed_mentions"]["parse"] == []
    await asked.alice.click(shared, label="▶")
    assert "Passages 4–5" in words(asked.last())


async def test_a_member_who_may_not_post_cannot_share(asked: World) -> None:
    silent = {asked.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    channel = asked.guild.create_text_channel("read only", overwrites=silent)
    private = await asked.alice.slash(channel, "ask", question=STATION, private=True)
    refused = await asked.alice.click(private.response, label="Share")
    assert "You are not allowed to post in this channel." in words(refused.response)


async def test_a_thread_is_opened_below_an_answer_and_asked_on_in(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    await asked.bob.click(card, label="Ask in a thread")
    message = await asked.bot.get_channel(asked.channel.id).fetch_message(card.id)  # type: ignore[union-attr]
    thread = message.thread
    assert thread is not None
    assert thread.name == STATION
    hint = await anext(thread.history())
    assert "Ask on here" in words(hint)
    shown = await asked.bob.click(hint, label="Follow up")
    result = await asked.bob.submit_modal(shown, {"question": "who builds the first module?"})
    assert "### who builds the first module?" in words(result.response)
    assert "Ask in a thread" not in labels(result.response)
    asked.env.inject_error("POST", "/channels/*/messages/*/threads", status=400, code=160004, message="There is one")
    again = await asked.alice.click(card, label="Ask in a thread")
    assert "has a thread already" in words(again.followups[0])


async def test_an_answer_is_deleted_by_its_asker_and_by_moderators_only(asked: World) -> None:
    first = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    refused = await asked.bob.click(first, label="Delete")
    assert "Only whoever asked, and moderators" in words(refused.response)
    for member in (asked.alice, asked.mod):
        card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
        message_id = card.id
        await member.click(card, label="Delete")
        assert asked.last().id != message_id
        assert await asked.store.answer_in(message_id) is None


async def test_an_answer_that_is_not_kept_any_more_says_so(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    await asked.store.forget_user(asked.alice.id)
    for name in ("▶", "Follow up", "Ask in a thread"):
        told = await asked.alice.click(card, label=name)
        assert "I have forgotten that answer" in words(told.response)
    await asked.mod.click(card, label="Delete")  # which needs no memory


async def test_a_button_of_an_older_version_says_so(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    del asked.bot.presses["up"]
    told = await asked.alice.click(card, custom_id=button(card, "up"))
    assert "older version" in words(told.response)


async def test_sharing_is_refused_where_only_a_user_installed_it(
    seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    async with world(seeds_data, tmp_path, minilm, user_installs=True) as found:
        private = await found.alice.slash(found.channel, "ask", question=STATION, private=True)
        found.altered = user_installed_by(found.alice)
        refused = await found.alice.click(private.response, label="Share")
        assert "I cannot post in this channel." in words(refused.response)


@pytest.fixture
async def changing(tmp_path: Path) -> AsyncIterator[tuple[World, Path]]:
    """A small Discord over an archive of two articles that a test may change."""
    wire, data = tmp_path / "wire.jsonl", tmp_path / "data"
    write(wire, "The mill at Holm was painted green.", "The ferry to Tarn sails at noon.")
    run_index(data, [wire], HashEncoder())
    async with world(data, tmp_path, HashEncoder()) as found:
        yield found, wire


def write(wire: Path, *texts: str) -> None:
    lines = ({"_id": f"n{i}", "title": f"Story {i}", "text": text} for i, text in enumerate(texts))
    wire.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


async def test_a_quote_that_changed_or_went_since_the_answer_is_said_to_have(changing: tuple[World, Path]) -> None:
    found, wire = changing
    card = (await found.alice.slash(found.channel, "ask", question="mill painted ferry noon")).response
    posted = await found.store.answer_in(card.id)
    assert posted is not None
    assert len(posted.hits) == 2
    write(wire, "The mill at Holm was painted white.")
    run_index(found.asking._opener._data, [wire], HashEncoder(), allow_removals=True)  # type: ignore[attr-defined]
    assert await found.asking.refresh()
    places = {hit.article_id: place for place, hit in enumerate(posted.hits)}
    mill, ferry = sorted(places, key=lambda article: "n1" in article)
    changed = await found.bob.click(card, custom_id=button(card, "context", str(places[mill])))
    assert "has changed since it was quoted here" in words(changed.response)
    assert "green" not in words(changed.response)
    gone = await found.bob.click(card, custom_id=button(card, "more", str(places[ferry])))
    assert "no longer in the archive" in words(gone.response)


async def test_discord_failing_in_the_middle_is_told_with_an_id_that_is_in_the_log(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    asked.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=500)
    with caplog.at_level(logging.ERROR, "bot"):
        told = await asked.alice.click(card, label="▶")
    (reply,) = told.followups
    assert reply.ephemeral
    ident = words(reply).split("`")[1]
    assert any(ident in record.getMessage() and record.exc_info for record in caplog.records)
    assert "Passages 1–3" in words(asked.last())
    await asked.alice.click(card, label="▶")  # and it goes on
    assert "Passages 4–5" in words(asked.last())


async def test_discord_forbidding_it_is_told_as_such(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    asked.env.inject_error("POST", "/channels/*/messages/*/threads", status=403, code=50013, message="Missing")
    told = await asked.alice.click(card, label="Ask in a thread")
    assert "Discord does not let me do that here" in words(told.followups[0])


async def test_an_answer_that_discord_does_not_take_is_not_remembered(asked: World) -> None:
    asked.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=500)
    told = await asked.alice.slash(asked.channel, "ask", question=STATION)
    assert "Something went wrong here" in words(told.response)
    assert (await asked.store.user_data(asked.alice.id)).questions == ()
    assert [getattr(error.__cause__, "status", None) for error in asked.env.errors] == [500]


async def test_a_message_deleted_while_it_is_edited_and_an_expired_press_trouble_nobody(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    asked.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=404, code=10008, message="Unknown Message")
    asked.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, message="Unknown interaction")
    expired = await asked.alice.click(card, label="▶")
    assert not expired.acknowledged
    deleted = await asked.alice.click(card, label="▶")
    assert deleted.followups == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_press_that_was_acknowledged_already_is_told_and_logged(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=STATION)).response
    asked.env.inject_error("POST", "/interactions/*/callback", status=400, code=40060, message="Already acknowledged")
    await asked.alice.click(card, label="▶")
    assert "Passages 1–3" in words(asked.last())
    assert [record.levelname for record in caplog.records if record.name == "bot.errors"][:1] == ["ERROR"]
