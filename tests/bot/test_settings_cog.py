from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from home import AWAY, HOME, Home, home
from hypothesis import given
from hypothesis import strategies as st
from paced import PacedIndexer
from world import labels, parts, words

from bot.records import GuildSettings, HitRef, PostedAnswer
from bot.settings_card import changed

ASKED = PostedAnswer(
    question="When did the mill close?",
    asker_id=0,
    channel_id=1,
    guild_id=HOME,
    status="not_found",
    confidence=0.1,
    generation="0001",
)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Home]:
    async with home(tmp_path, PacedIndexer(tmp_path / "data")) as found:
        yield found


def menu(message: Any, field: str) -> dict[str, Any]:
    found = [part for part in parts(message) if part.get("custom_id") == f"archivist-pick:settings:{field}"]
    assert len(found) == 1
    return found[0]


def default(message: Any, field: str) -> list[str]:
    return [option["label"] for option in menu(message, field)["options"] if option.get("default")]


def test_only_what_a_menu_offers_can_be_set() -> None:
    for field, values in (("k", ["999"]), ("sure", ["2"]), ("private", []), ("nothing", ["1"]), ("k", ["1; drop"])):
        with pytest.raises(ValueError, match="cannot be set"):
            changed(GuildSettings(), field, values)


@given(
    st.sampled_from(["channels", "private", "k", "sure", "log_channel", "manager_role", "id"]),
    st.lists(st.text(max_size=20) | st.from_regex(r"[0-9]{1,20}", fullmatch=True), max_size=30),
)
def test_a_forged_choice_is_refused_or_leaves_settings_of_the_right_kind(field: str, values: list[str]) -> None:
    try:
        settings = changed(GuildSettings(), field, values)
    except ValueError:
        return
    assert len(settings.channels) <= 25
    assert all(isinstance(each, int) for each in settings.channels)
    assert settings.k is None or (field, values[0]) == ("k", str(settings.k))
    assert settings.sure is None or (field, float(values[0])) == ("sure", settings.sure)
    assert not settings.private or (field, values[0]) == ("private", "true")


async def test_each_setting_is_shown_set_and_shown_as_set(there: Home) -> None:
    card = (await there.ann.slash(there.channel, "settings")).response
    assert card.ephemeral
    assert "Settings of this server" in words(card)
    assert default(card, "private") == ["Everybody sees an answer"]
    await there.ann.select(card, ["true"], custom_id="archivist-pick:settings:private")
    await there.ann.select(card, ["3"], custom_id="archivist-pick:settings:k")
    await there.ann.select(card, ["0.7"], custom_id="archivist-pick:settings:sure")
    await there.ann.select(card, [there.channel], custom_id="archivist-pick:settings:channels")
    await there.ann.select(card, [there.channel], custom_id="archivist-pick:settings:log_channel")
    await there.ann.select(card, [there.role], custom_id="archivist-pick:settings:manager_role")
    here = there.channel.id
    assert await there.store.settings(HOME) == GuildSettings((here,), True, 3, 0.7, here, there.role.id)
    assert default(card, "private") == ["Only who asked sees it"]
    assert default(card, "k") == ["3"]
    assert default(card, "sure") == ["Only what is fairly sure"]
    assert [each["id"] for each in menu(card, "channels")["default_values"]] in ([here], [str(here)])


async def test_settings_can_be_taken_back(there: Home) -> None:
    await there.store.set_settings(HOME, GuildSettings((1,), True, 3, 0.7, 2, 3))
    card = (await there.ann.slash(there.channel, "settings")).response
    for field, values in (
        ("channels", []), ("private", ["false"]), ("k", ["default"]), ("sure", ["default"]), ("log_channel", []),
        ("manager_role", []),
    ):  # fmt: skip
        await there.ann.select(card, values, custom_id=f"archivist-pick:settings:{field}")
    assert await there.store.settings(HOME) == GuildSettings()


async def test_the_menus_work_after_a_restart(there: Home) -> None:
    card = (await there.ann.slash(there.channel, "settings")).response
    await there.restart()
    await there.ann.select(card, ["2"], custom_id="archivist-pick:settings:k")
    assert (await there.store.settings(HOME)).k == 2


async def test_servers_have_settings_of_their_own_and_a_keepers_role_only_at_home(there: Home) -> None:
    card = (await there.dan.slash(there.away_channel, "settings")).response
    assert not [part for part in parts(card) if str(part.get("custom_id", "")).endswith("manager_role")]
    await there.dan.select(card, ["8"], custom_id="archivist-pick:settings:k")
    assert (await there.store.settings(AWAY)).k == 8
    assert (await there.store.settings(HOME)).k is None


async def test_the_keepers_role_does_not_reach_to_the_settings(there: Home) -> None:
    await there.store.set_settings(HOME, GuildSettings(manager_role=there.role.id))
    command = there.env.backend.find_command("settings", HOME, type=1)
    assert command is not None
    there.guild.set_command_permissions(int(command["id"]), {there.guild.default_role: True})
    result = await there.ben.slash(there.channel, "settings")
    assert "Only members with the permission Manage Server may do that." in result.response.content
    assert there.env.errors


async def test_unanswered_lists_this_servers_questions_without_names(there: Home) -> None:
    await there.store.add_answer(replace(ASKED, asker_id=there.cid.id))
    await there.store.add_answer(replace(ASKED, asker_id=there.ben.id, question="when did the mill  close"))
    await there.store.add_answer(replace(ASKED, question="Who @everyone **built** it?"))
    await there.store.add_answer(replace(ASKED, guild_id=AWAY, question="Elsewhere?"))
    shown = (await there.ann.slash(there.channel, "unanswered")).response
    told = words(shown)
    assert shown.ephemeral
    assert told.lower().index("**2×** when did the mill close") < told.lower().index("**1×** who")
    assert "Elsewhere" not in told
    assert "@everyone" not in told
    assert "**built**" not in told
    assert str(there.cid.id) not in told
    assert "cid" not in told


async def test_hundreds_of_unanswered_questions_fit(there: Home) -> None:
    for number in range(200):
        await there.store.add_answer(replace(ASKED, question=f"{number} " + "*_~`|>" * 500))
    told = words((await there.ann.slash(there.channel, "unanswered")).response)
    assert "and 180 more" in told
    assert len(told) <= 4000


async def test_a_server_where_all_was_found_says_so(there: Home) -> None:
    told = words((await there.ann.slash(there.channel, "unanswered")).response)
    assert "Every question found something." in told


async def test_feedback_is_exported_as_queries_and_qrels(there: Home) -> None:
    hits = (HitRef("a#0", "https://example.org/a", "00"),)
    answer = await there.store.add_answer(replace(ASKED, status="answered", hits=hits))
    await there.store.vote(answer, there.cid.id, "https://example.org/a", 1)
    result = await there.ann.slash(there.channel, "feedback export")
    assert result.ephemeral
    files = {each.filename: (await each.read()).decode() for each in result.response.attachments}
    assert files == {
        "queries.jsonl": '{"_id": "q1", "text": "When did the mill close?"}\n',
        "qrels.tsv": "query-id\tcorpus-id\tscore\nq1\thttps://example.org/a\t1\n",
    }


async def test_a_server_without_votes_is_told_so(there: Home) -> None:
    result = await there.dan.slash(there.away_channel, "feedback export")
    assert "Nobody has voted" in result.response.content
    assert there.env.errors


@pytest.mark.parametrize("command", ["settings", "unanswered", "feedback export"])
async def test_a_member_may_not(there: Home, command: str) -> None:
    with pytest.raises(Exception, match="default-member-permissions"):
        await there.cid.slash(there.channel, command)


async def test_privacy_shows_and_deletes_ones_own(there: Home) -> None:
    await there.store.add_answer(replace(ASKED, asker_id=there.cid.id))
    await there.store.add_answer(replace(ASKED, asker_id=there.ben.id, question="Another's?"))
    shown = (await there.cid.slash(there.channel, "privacy")).response
    assert shown.ephemeral
    assert "When did the mill close?" in words(shown)
    assert "Another's?" not in words(shown)
    assert "30 days" in words(shown)
    await there.cid.click(shown, label="Delete all of it")
    assert "Nothing is kept of you any more." in words(shown)
    assert labels(shown) == []
    assert (await there.store.user_data(there.cid.id)).questions == ()
    assert len((await there.store.user_data(there.ben.id)).questions) == 1


async def test_where_nothing_is_kept_there_is_nothing_to_delete(there: Home) -> None:
    shown = (await there.cid.slash(there.channel, "privacy")).response
    assert "0 questions" in words(shown)
    assert labels(shown) == []


async def test_a_server_that_removes_the_bot_is_forgotten(there: Home) -> None:
    await there.store.set_settings(AWAY, GuildSettings(k=1))
    await there.store.set_settings(HOME, GuildSettings(k=2))
    there.env.backend.emit("GUILD_DELETE", {"id": str(AWAY)})
    await there.env.settle()
    assert (await there.store.settings(AWAY)).k is None
    assert (await there.store.settings(HOME)).k == 2


async def test_an_outage_forgets_no_server(there: Home) -> None:
    await there.store.set_settings(AWAY, GuildSettings(k=1))
    there.env.backend.emit("GUILD_DELETE", {"id": str(AWAY), "unavailable": True})
    await there.env.settle()
    assert (await there.store.settings(AWAY)).k == 1


async def test_servers_that_were_left_meanwhile_are_forgotten_at_the_start(there: Home) -> None:
    await there.store.set_settings(999, GuildSettings(k=1))
    await there.store.set_settings(HOME, GuildSettings(k=2))
    await there.restart()
    assert (await there.store.settings(999)).k is None
    assert (await there.store.settings(HOME)).k == 2
