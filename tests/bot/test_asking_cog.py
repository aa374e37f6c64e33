"""Every way of asking, in a small Discord with the real index: who is answered, where, with what."""

from __future__ import annotations

from pathlib import Path

import pytest
from world import World, button, labels, user_installed_by, words, world

from bot.names import Names
from bot.records import GuildSettings
from retrieval.archive import Archive
from retrieval.encoders import SentenceTransformerEncoder

STATION = "When is the Russian space station planned for?"
HEAVY = "How heavy was Sputnik?"


async def test_ask_answers_with_the_passage_and_its_citation(asked: World) -> None:
    result = await asked.alice.slash(asked.channel, "ask", question=STATION)
    assert result.acknowledged
    assert not result.ephemeral
    told = words(result.response)
    assert f"### {STATION}" in told
    assert "**The new Russian space station is planned for 2025.**" in told
    assert "**1 · Musk Asks Rogozin About His Tea**\n-# Archivist seed desk · September 2021\n> " in told
    assert labels(result.response)[-7:] == ["◀", "▶", "👍", "👎", "Delete", "Follow up", "Ask in a thread"]
    posted = await asked.store.answer_in(result.response.id)
    assert posted is not None
    assert (posted.question, posted.asker_id, posted.guild_id) == (STATION, asked.alice.id, asked.guild.id)
    assert len(posted.hits) == 5


async def test_ask_in_private_is_seen_by_its_asker_only(asked: World) -> None:
    result = await asked.alice.slash(asked.channel, "ask", question=STATION, private=True)
    assert result.ephemeral
    assert "Share" in labels(result.response)
    assert "Ask in a thread" not in labels(result.response)


async def test_filters_narrow_the_answer_and_are_shown_as_buttons(asked: World) -> None:
    result = await asked.alice.slash(
        asked.channel, "ask", question="space station", after="1998", before="2002", publisher="archivist seed desk"
    )
    assert labels(result.response)[:3] == ["✕ from 1998 on", "✕ before 2002", "✕ Archivist seed desk"]
    posted = await asked.store.answer_in(result.response.id)
    assert posted is not None
    assert posted.hits
    with_dates = await asked.asking.call(lambda archive: {each.id: each.published for each, _ in archive.articles()})
    assert all("1998" <= (with_dates[hit.article_id] or "") < "2002" for hit in posted.hits)


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        ({"after": "last year"}, "'last year' is not a date. Write YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"after": "2021", "before": "2020"}, "No day lies between 2021-01-01 and 2020-01-01."),
        ({"publisher": "Archivist seed dusk"}, "Did you mean Archivist seed desk?"),
        ({"question": "?!"}, "The question has no words"),
    ],
)
async def test_what_cannot_be_asked_is_told_in_one_line(asked: World, options: dict[str, str], reply: str) -> None:
    result = await asked.alice.slash(asked.channel, "ask", **{"question": STATION, **options})
    assert reply in words(result.response)
    assert "\n" not in words(result.response)


async def test_publishers_and_authors_are_completed_from_the_archive(asked: World) -> None:
    offered = await asked.alice.autocomplete(asked.channel, "ask", "publisher", "arch", question="x")
    assert {"name": "Archivist seed desk", "value": "Archivist seed desk"} in [
        {"name": each["name"], "value": each["value"]} for each in offered
    ]
    assert await asked.alice.autocomplete(asked.channel, "ask", "author", "zzzz", question="x") == []


async def test_names_are_read_once_a_generation_however_often_they_are_asked_for(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    class Counted(Names):
        def __init__(self, archive: Archive) -> None:
            read.append(archive.status().generation)
            super().__init__(archive)

    monkeypatch.setattr("bot.cogs.asking.Names", Counted)
    for typed in ("a", "ar", "arc"):
        assert await asked.alice.autocomplete(asked.channel, "ask", "publisher", typed, question="x")
    assert read == ["0001"]


async def test_what_is_not_in_the_archive_is_said_with_the_nearest_misses(asked: World) -> None:
    result = await asked.alice.slash(asked.channel, "ask", question="What does a litre of milk cost in Oslo?")
    assert "**Not in the archive** · Searched 4" in words(result.response)
    assert "come nearest, and do not seem to answer" in words(result.response)
    unanswered = await asked.store.unanswered(asked.guild.id)
    assert [(each.question, each.times) for each in unanswered] == [("What does a litre of milk cost in Oslo?", 1)]


async def test_a_mention_is_answered_without_pinging(asked: World) -> None:
    assert asked.bot.user is not None
    await asked.alice.send(asked.channel, f"<@{asked.bot.user.id}> {HEAVY}")
    reply = asked.last()
    assert reply.author.id == asked.bot.user.id
    assert f"### {HEAVY}" in words(reply)
    assert "**1 · " in words(reply)
    assert reply.mentions == []
    sent = [each for each in asked.env.http_requests if each.method == "POST" and each.path.endswith("/messages")]
    assert (sent[-1].json or {})["allowed_mentions"]["parse"] == []


async def test_a_mention_without_a_question_gets_a_hint(asked: World) -> None:
    assert asked.bot.user is not None
    await asked.alice.send(asked.channel, f"<@!{asked.bot.user.id}>  ")
    assert "Write your question after my name" in words(asked.last())


async def test_what_does_not_mention_it_is_none_of_its_business(asked: World) -> None:
    sent = await asked.alice.send(asked.channel, HEAVY)
    assert asked.last().id == sent.id


async def test_a_reply_to_an_answer_follows_it_up_with_its_filters_and_topic(asked: World) -> None:
    assert asked.bot.user is not None
    first = await asked.alice.slash(asked.channel, "ask", question=HEAVY, before="1960")
    await asked.bob.send(asked.channel, f"<@{asked.bot.user.id}> who built it?", reply_to=first.response.message)
    told = words(asked.last())
    assert "### who built it?" in told
    assert f"following up “{HEAVY}”" in told
    assert "✕ before 1960" in labels(asked.last())
    posted = await asked.store.answer_in(asked.last().id)
    assert posted is not None
    assert (posted.asker_id, posted.previous) == (asked.bob.id, HEAVY)
    alone = await asked.asking.ask("who built it?", k=5, filters=posted.filters, previous=HEAVY)
    assert [hit.passage_id for hit in posted.hits] == [hit.passage.id for hit in alone.hits]


async def test_the_follow_up_button_opens_a_form_also_after_a_restart(asked: World) -> None:
    first = await asked.alice.slash(asked.channel, "ask", question=HEAVY, before="1960")
    shown = await asked.bob.click(first.response, label="Follow up")
    assert shown.modal is not None
    await asked.restart()
    result = await asked.bob.submit_modal(shown, {"question": "on what frequencies could it be heard?"})
    assert "### on what frequencies could it be heard?" in words(result.response)
    assert f"following up “{HEAVY}”" in words(result.response)
    assert "✕ before 1960" in labels(result.response)


async def test_a_follow_up_of_a_private_answer_stays_private(asked: World) -> None:
    first = await asked.alice.slash(asked.channel, "ask", question=HEAVY, private=True)
    shown = await asked.alice.click(first.response, label="Follow up")
    assert (await asked.alice.submit_modal(shown, {"question": "who built it?"})).ephemeral


async def test_a_messages_menu_asks_with_its_text(asked: World) -> None:
    message = await asked.bob.send(asked.channel, HEAVY)
    result = await asked.alice.context_menu(asked.channel, "Find in the archive", message)
    assert f"### {HEAVY}" in words(result.response)
    posted = await asked.store.answer_in(result.response.id)
    assert posted is not None
    assert posted.asker_id == asked.alice.id


async def test_direct_messages_are_refused_unless_they_are_on(asked: World) -> None:
    await asked.alice.send_dm(HEAVY)
    sent = [each for each in asked.env.http_requests if each.method == "POST" and each.path.endswith("/messages")]
    assert [(each.json or {})["content"] for each in sent] == ["I do not answer direct messages. Ask me in a server."]


async def test_direct_messages_are_answered_where_they_are_on(
    seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    async with world(seeds_data, tmp_path, minilm, direct_messages=True) as found:
        await found.alice.send_dm(HEAVY)
        sent = [each for each in found.env.http_requests if each.method == "POST" and each.path.endswith("/messages")]
        assert f"### {HEAVY}" in str(sent[-1].json)
        assert "Ask in a thread" not in str(sent[-1].json)


async def test_a_server_that_is_not_allowed_is_refused(
    seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    async with world(seeds_data, tmp_path, minilm, allowed_guilds=(1,)) as found:
        result = await found.alice.slash(found.channel, "ask", question=HEAVY)
        assert result.ephemeral
        assert "not among those that may use this archive" in words(result.response)
        assert found.bot.user is not None
        await found.alice.send(found.channel, f"<@{found.bot.user.id}> {HEAVY}")
        assert "not among those that may use this archive" in words(found.last())


async def test_it_answers_in_the_channels_that_are_set_and_in_their_threads(asked: World) -> None:
    other = asked.guild.create_text_channel("other")
    await asked.store.set_settings(asked.guild.id, GuildSettings(channels=(asked.channel.id,)))
    result = await asked.alice.slash(other, "ask", question=HEAVY)
    assert result.ephemeral
    assert words(result.response) == f"I answer in <#{asked.channel.id}> only."
    first = await asked.alice.slash(asked.channel, "ask", question=HEAVY)
    assert "### " in words(first.response)


async def test_a_servers_settings_decide_on_privacy_length_and_certainty(asked: World) -> None:
    await asked.store.set_settings(asked.guild.id, GuildSettings(private=True, k=1, sure=0.999))
    result = await asked.alice.slash(asked.channel, "ask", question=STATION)
    assert result.ephemeral
    assert "Perhaps in the archive" in words(result.response)
    posted = await asked.store.answer_in(result.response.id)
    assert posted is not None
    assert (len(posted.hits), posted.status) == (1, "unsure")
    shown = await asked.alice.slash(asked.channel, "ask", question=STATION, private=False)
    assert not shown.ephemeral


async def test_too_many_questions_in_a_minute_are_put_off(
    seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    async with world(seeds_data, tmp_path, minilm, user_questions_per_minute=2, guild_questions_per_minute=3) as found:
        told = [words((await found.alice.slash(found.channel, "ask", question=HEAVY)).response) for _ in range(3)]
        assert [text.startswith("### ") for text in told] == [True, True, False]
        assert "That was a lot of questions. Ask again in " in told[2]
        others = [words((await found.bob.slash(found.channel, "ask", question=HEAVY)).response) for _ in range(2)]
        assert [text.startswith("### ") for text in others] == [True, False]  # the server's own limit


async def test_a_reader_of_german_gets_german(asked: World) -> None:
    asked.altered = {"locale": "de"}
    result = await asked.alice.slash(asked.channel, "ask", question=STATION, after="2021-09")
    assert "**Im Archiv** · zu " in words(result.response)
    assert "-# Archivist seed desk · September 2021" in words(result.response)
    assert labels(result.response)[0] == "✕ ab September 2021"
    command = asked.env.backend.find_command("ask", None, type=1)
    assert command is not None
    assert command["description_localizations"]["de"].startswith("Frag das Archiv")


async def test_where_only_a_user_installed_it_nothing_is_posted_or_opened(
    seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    async with world(seeds_data, tmp_path, minilm, user_installs=True) as found:
        found.altered = user_installed_by(found.alice)
        result = await found.alice.slash(found.channel, "ask", question=HEAVY, private=True)
        assert "### " in words(result.response)
        assert {"Share", "Ask in a thread"}.isdisjoint(labels(result.response))


async def test_what_a_user_asked_in_a_server_without_the_bot_is_that_users_alone_and_outlives_a_restart(
    seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    async with world(seeds_data, tmp_path, minilm, user_installs=True) as found:
        found.altered = {**user_installed_by(found.alice), "guild_id": str(found.guild.id + 1)}
        result = await found.alice.slash(found.channel, "ask", question=HEAVY)
        await found.restart()  # which forgets the servers that the bot is not in
        read = await found.alice.click(result.response, custom_id=button(result.response, "context", "0"))
        assert "83.6 kilograms" in words(read.response)
        assert (await found.store.user_data(found.alice.id)).questions


async def test_a_user_install_is_refused_unless_it_is_on(asked: World) -> None:
    asked.altered = user_installed_by(asked.alice)
    result = await asked.alice.slash(asked.channel, "ask", question=HEAVY)
    assert words(result.response) == "I only work in servers that have added me."


async def test_an_answer_is_forgotten_with_its_message(asked: World) -> None:
    result = await asked.alice.slash(asked.channel, "ask", question=HEAVY)
    message_id = result.response.id
    assert await asked.store.answer_in(message_id) is not None
    await asked.mod.delete(result.response)
    assert await asked.store.answer_in(message_id) is None


async def test_a_question_that_is_too_long_is_cut_and_one_with_markdown_is_shown_as_written(asked: World) -> None:
    message = await asked.bob.send(asked.channel, "**Sputnik** " + "weight " * 200)
    result = await asked.alice.context_menu(asked.channel, "Find in the archive", message)
    assert "### \\*\\*Sputnik\\*\\* weight" in words(result.response)
    posted = await asked.store.answer_in(result.response.id)
    assert posted is not None
    assert 990 < len(posted.question) <= 1000
