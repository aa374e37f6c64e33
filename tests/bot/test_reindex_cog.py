from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from home import HOME, Home, home
from paced import PacedIndexer, Wanted
from world import button, labels, words

from bot.records import GuildSettings
from bot.reports import IndexFailed, Progress

DRY, RUN = Wanted((), False, True, True), Wanted((), False, False, False)


@pytest.fixture
def indexer(tmp_path: Path) -> PacedIndexer:
    return PacedIndexer(tmp_path / "data")


@pytest.fixture
async def there(tmp_path: Path, indexer: PacedIndexer) -> AsyncIterator[Home]:
    async with home(tmp_path, indexer) as found:
        yield found


async def test_a_reindex_shows_what_changed_and_ends_with_what_it_did(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [{}]]
    result = await there.ann.slash(there.channel, "reindex")
    assert result.ephemeral
    assert indexer.wanted == [DRY, RUN]
    told = words(there.last())
    assert "The archive is up to date" in told
    assert "**+3** new · **~2** changed · **−1** gone · **1** skipped" in told
    assert "- notes/blank.txt: it is empty" in told
    assert "The archive holds 100 articles." in told
    assert "Generation 0002" in told
    assert there.ann.mention in told
    assert labels(there.last()) == []
    assert there.last().jump_url in result.response.content


async def test_full_reads_everything_anew(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [{}]]
    await there.ann.slash(there.channel, "reindex", full=True)
    assert [each.full for each in indexer.wanted] == [True, True]


async def test_progress_is_shown_with_time_left_and_edited_at_most_every_five_seconds(
    there: Home, indexer: PacedIndexer
) -> None:
    steps = [step for n in range(60) for step in (Progress("encode", n, 60, 60.0 - n), 1.0)]
    indexer.plans = [[{}], [60.0, *steps, {}]]
    await there.ann.slash(there.channel, "reindex")
    assert "Indexing the archive …" in words(there.last())
    assert "0%" in words(there.last())
    edits = _edits(there)
    await there.env.advance_time(60)
    await there.env.advance_time(31)
    shown = words(there.last())
    assert re.search(r"`█{11}░{9}` 5[0-9]%", shown)
    assert re.search(r"about 3[0-5] seconds left", shown)
    assert "**+3** new" in shown
    assert _edits(there) - edits <= 91 / 5 + 1
    assert labels(there.last()) == ["Cancel"]
    await there.env.advance_time(60)
    assert "The archive is up to date" in words(there.last())


async def test_the_bar_never_goes_back(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [Progress("read", 10, 10, None), 6.0, Progress("read", 0, 10, None), 6.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    await there.env.advance_time(5)
    assert "10%" in words(there.last())
    await there.env.advance_time(5)
    assert "10%" in words(there.last())
    await there.env.advance_time(5)


async def test_cancel_stops_the_run_and_says_so(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [1000.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    await there.ann.click(there.last(), label="Cancel")
    told = words(there.last())
    assert "The archive was not indexed" in told
    assert "It was cancelled." in told
    assert labels(there.last()) == []
    assert indexer.running is None


async def test_looking_at_what_changed_can_be_cancelled_too(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[1000.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    assert "Looking at what has changed" in words(there.last())
    await there.ann.click(there.last(), label="Cancel")
    assert "It was cancelled." in words(there.last())
    assert indexer.wanted == [DRY]


async def test_a_member_cannot_cancel(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [1000.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    result = await there.cid.click(there.last(), label="Cancel")
    assert result.ephemeral
    assert "Only members with the permission Manage Server" in result.response.content
    assert indexer.running is not None


async def test_a_second_reindex_is_told_of_the_first(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [1000.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    first = there.last()
    result = await there.ann.slash(there.channel, "reindex")
    assert "The archive is being indexed already" in result.response.content
    assert there.ann.mention in result.response.content
    assert first.jump_url in result.response.content
    assert there.last().id == first.id
    assert [type(error.__cause__) for error in there.env.errors if error.__cause__] != [None]


async def test_many_removals_are_asked_about_and_carried_out_when_confirmed(there: Home, indexer: PacedIndexer) -> None:
    gone = {"added": 0, "changed": 0, "removed": 11, "unchanged": 89}
    indexer.plans = [[gone], [gone]]
    await there.ann.slash(there.channel, "reindex")
    told = words(there.last())
    assert "Remove 11 articles?" in told
    assert "11 of the 100 articles in the index would leave it" in told
    assert indexer.wanted == [DRY]
    assert indexer.running is None
    await there.ann.click(there.last(), label="Remove them")
    assert indexer.wanted[1] == Wanted((), False, False, True)
    assert "The archive is up to date" in words(there.last())


async def test_a_tenth_may_go_without_a_question(there: Home, indexer: PacedIndexer) -> None:
    gone = {"added": 0, "changed": 0, "removed": 10, "unchanged": 90}
    indexer.plans = [[gone], [gone]]
    await there.ann.slash(there.channel, "reindex")
    assert indexer.wanted == [DRY, RUN]


async def test_many_removals_that_are_not_confirmed_change_nothing(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{"removed": 50, "unchanged": 50}]]
    await there.ann.slash(there.channel, "reindex")
    await there.ann.click(there.last(), label="Leave the archive as it is")
    assert "It was cancelled." in words(there.last())
    assert indexer.wanted == [DRY]


async def test_a_source_that_the_guard_protects_is_asked_about(there: Home, indexer: PacedIndexer) -> None:
    small = {"added": 0, "changed": 0, "removed": 5, "unchanged": 95}
    refused = IndexFailed("removals", "5 of the 6 articles of /srv/texts/letters would leave the index")
    indexer.plans = [[small], [refused], [small]]
    await there.ann.slash(there.channel, "reindex")
    told = words(there.last())
    assert "Remove 5 articles?" in told
    assert "…/letters" in told
    assert "/srv" not in told
    await there.ann.click(there.last(), label="Remove them")
    assert indexer.wanted[-1].allow_removals
    assert "The archive is up to date" in words(there.last())


async def test_a_confirmation_from_before_a_restart_is_refused(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{"removed": 50, "unchanged": 50}]]
    await there.ann.slash(there.channel, "reindex")
    key = button(there.last(), "run_confirm")
    assert key.split(":")[2]
    await there.store.set_fact("reindex", None)  # as though the message could not be edited at the start
    await there.restart()
    result = await there.ann.click(there.last(), label="Remove them")
    assert "That question is out of date" in result.followups[0].content
    assert result.followups[0].ephemeral
    assert indexer.wanted == [DRY]


async def test_a_run_that_fails_says_why_without_the_servers_folders(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[IndexFailed("source", "cannot read the source /srv/private/texts: it is not there", "Mount it")]]
    await there.ann.slash(there.channel, "reindex")
    told = words(there.last())
    assert "cannot read the source …/texts: it is not there" in told
    assert "Mount it" in told
    assert "private" not in told


async def test_articles_names_cannot_style_or_ping(there: Home, indexer: PacedIndexer) -> None:
    hostile = {"skipped": [{"path": "@everyone **x**", "reason": "[a](https://example.org) <@1>"}]}
    indexer.plans = [[{}], [hostile]]
    await there.ann.slash(there.channel, "reindex")
    told = words(there.last())
    assert "@everyone" not in told
    assert "**x**" not in told
    assert "[a](" not in told


async def test_the_message_may_be_deleted_while_the_run_goes_on(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [100.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    there.env.backend.delete_message(there.channel.id, there.last().id)
    await there.env.advance_time(200)
    assert indexer.wanted == [DRY, RUN]
    assert indexer.running is None
    assert there.env.errors == []


@pytest.mark.parametrize("status", [500, 403])
async def test_discords_failures_do_not_stop_a_run(there: Home, indexer: PacedIndexer, status: int) -> None:
    indexer.plans = [[{}], [100.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    there.env.inject_error("PATCH", "/channels/*/messages/*", status=status, times=3)
    await there.env.advance_time(200)
    assert indexer.running is None
    assert ("The archive is up to date" in words(there.last())) is (status == 500)
    assert there.env.errors == []


async def test_a_channel_that_cannot_be_written_to_begins_nothing(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [{}]]
    there.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    result = await there.ann.slash(there.channel, "reindex")
    assert "does not let me" in result.response.content
    assert indexer.running is None
    assert there.env.errors
    await there.ann.slash(there.channel, "reindex")  # nothing is left in the way
    assert there.channel.last_message is not None


async def test_a_member_does_not_see_the_command_and_is_refused_where_they_do(
    there: Home, indexer: PacedIndexer
) -> None:
    with pytest.raises(Exception, match="default-member-permissions"):
        await there.cid.slash(there.channel, "reindex")
    there.open_to_all("reindex")
    result = await there.cid.slash(there.channel, "reindex")
    assert "Only members with the permission Manage Server" in result.response.content
    assert there.env.errors
    assert indexer.wanted == []


async def test_the_role_that_was_set_may_reindex(there: Home, indexer: PacedIndexer) -> None:
    there.open_to_all("reindex")
    await there.store.set_settings(HOME, GuildSettings(manager_role=there.role.id))
    indexer.plans = [[{}], [{}]]
    await there.ben.slash(there.channel, "reindex")
    assert indexer.wanted == [DRY, RUN]


async def test_the_command_exists_in_home_servers_only(there: Home) -> None:
    assert "reindex" in there.ann.available_commands(there.channel)
    assert not {"reindex", "archive status"} & set(there.dan.available_commands(there.away_channel))
    with pytest.raises(Exception, match="reindex"):
        await there.dan.slash(there.away_channel, "reindex")


async def test_a_run_that_a_crash_cut_off_is_said_to_be(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [1000.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    noted = await there.store.fact("reindex")
    await there.bot.close()  # tells it properly …
    await there.store.set_fact("reindex", noted)  # … so put it as a crash leaves it
    await there.restart()
    assert "The bot was restarted meanwhile" in words(there.last())
    assert await there.store.fact("reindex") is None


async def test_stopping_the_bot_stops_the_run_and_says_so(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}], [1000.0, {}]]
    await there.ann.slash(there.channel, "reindex")
    await there.restart()
    assert "It was cancelled." in words(there.last())
    assert indexer.running is None


def _edits(there: Home) -> int:
    return sum(request.method == "PATCH" and "/messages/" in request.path for request in there.env.http_requests)
