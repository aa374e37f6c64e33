from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakes import HashEncoder
from home import HOME, Home, home
from paced import PacedIndexer
from world import button, labels, words

from bot.indexing import Indexer
from bot.records import GuildSettings
from bot.reports import IndexFailed
from bot.uploads import safe_name
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.indexing import run_index
from retrieval.withdrawing import restore, withdraw

MILL = (
    "The mill\n\nThe mill by the weir closed in the spring of 1968, after a flood. Nobody in the town was surprised.\n"
)
WEIR = "The weir\n\nThe weir was raised by two feet in 1931. Farmers upstream complained to the county about it.\n"


@pytest.fixture
def indexer(tmp_path: Path) -> PacedIndexer:
    return PacedIndexer(tmp_path / "data")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "mill.txt").write_text(MILL)
    (folder / "mill-again.txt").write_text(MILL)
    (folder / "weir.txt").write_text(WEIR)
    return folder


@pytest.fixture
async def there(tmp_path: Path, texts: Path, indexer: PacedIndexer) -> AsyncIterator[Home]:
    """A home over two generations: the first without the weir."""
    later = texts / "weir.txt"
    later.unlink()
    run_index(tmp_path / "data", [texts], HashEncoder())
    later.write_text(WEIR)
    run_index(tmp_path / "data", [], HashEncoder())
    async with home(tmp_path, indexer) as found:
        yield found


async def add(there: Home, *files: tuple[str, bytes]) -> Any:
    shown = await there.ann.slash(there.channel, "archive add")
    assert shown.modal is not None
    return await there.ann.submit_modal(shown, {"files": list(files)})


async def test_status_tells_what_the_archive_holds(there: Home) -> None:
    result = await there.ann.slash(there.channel, "archive status")
    told = words(result.response)
    assert result.ephemeral
    assert "3 articles" in told
    assert "1 source" in told
    assert "Generation 0002" in told
    assert "hashed words" in told


async def test_sources_tells_where_the_articles_come_from(there: Home, texts: Path) -> None:
    result = await there.ann.slash(there.channel, "archive sources")
    assert result.ephemeral
    assert f"{texts}: 3 articles" in words(result.response).replace("\\", "")


async def test_an_archive_without_an_index_says_so(tmp_path: Path, indexer: PacedIndexer) -> None:
    async with home(tmp_path, indexer, data=tmp_path / "empty") as there:
        result = await there.ann.slash(there.channel, "archive status")
        assert "The archive is still being indexed." in result.response.content
        assert there.env.errors


async def test_what_is_indexed_is_the_upload_folder_alone(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}]]
    await add(there, ("Cat.png", b"\x89PNG"))
    assert indexer.wanted[0].paths == (there.uploads.resolve(),)
    assert not indexer.wanted[0].allow_removals


async def test_a_file_that_holds_no_article_is_removed_again_with_the_reason(
    there: Home, indexer: PacedIndexer
) -> None:
    name = safe_name("Cat.png", hashlib.sha256(b"\x89PNG").hexdigest())
    indexer.plans = [[{"skipped": [{"path": name, "reason": "it looks like a PNG image"}]}]]
    result = await add(there, ("Cat.png", b"\x89PNG"))
    assert "Cat.png: not added, it looks like a PNG image" in words(result.response)
    assert list(there.uploads.iterdir()) == []
    assert await there.store.uploads() == []


async def test_empty_and_large_files_are_refused_before_anything_is_indexed(there: Home, indexer: PacedIndexer) -> None:
    result = await add(there, ("empty.txt", b""), ("large.txt", b"x" * (1024 * 1024 + 1)))
    told = words(result.response)
    assert "`empty.txt` is empty." in told
    assert "`large.txt` is larger than the 1 MB" in told
    assert indexer.wanted == []


async def test_a_failed_run_takes_the_files_back_and_says_why(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[IndexFailed("source", "/srv/private/uploads overlaps the source /srv/private")]]
    result = await add(there, ("mill.txt", MILL.encode()))
    assert "…/uploads overlaps" in result.response.content
    assert "srv" not in result.response.content
    assert list(there.uploads.iterdir()) == []
    assert await there.store.uploads() == []


async def test_only_uploads_can_be_removed(there: Home, indexer: PacedIndexer, texts: Path) -> None:
    for name in ("mill.txt", "../texts/mill.txt", str(texts / "mill.txt")):
        result = await there.ann.slash(there.channel, "archive remove", file=name)
        assert "No such file came through Discord." in result.response.content
    assert (texts / "mill.txt").exists()
    assert there.env.errors


async def test_a_withdrawn_article_is_gone_at_once_and_its_copies_are_named(there: Home, tmp_path: Path) -> None:
    offered = await there.ann.autocomplete(there.channel, "archive withdraw", "article", "the mill")
    assert len(offered) == 2
    asked = await there.ann.slash(
        there.channel, "archive withdraw", article=offered[0]["value"], reason="a wish of the author"
    )
    assert asked.ephemeral
    told = words(asked.response)
    for line in (
        "Withdraw this article?", "The mill", "Reason: a wish of the author", "gone from all answers at once",
        "2 kept generations hold it", "1 other article holds the same text", "`/archive restore` brings it back.",
    ):  # fmt: skip
        assert line in told
    answer = await there.asking.ask("When did the mill by the weir close?")
    assert await there.ann.autocomplete(there.channel, "archive restore", "article", "") == []
    result = await there.ann.click(asked.response, custom_id=button(asked.response, "confirm"))
    told = words(result.response or asked.response)
    assert "Withdrawn from the archive" in told
    assert "1 other article holds the same text" in told
    answer = await there.asking.ask("When did the mill by the weir close?")
    assert len({hit.article.id for hit in answer.hits} & {"texts/mill.txt", "texts/mill-again.txt"}) == 1
    back = await there.ann.autocomplete(there.channel, "archive restore", "article", "")
    assert [each["name"] for each in back] == ["The mill"]
    result = await there.ann.slash(there.channel, "archive restore", article=back[0]["value"])
    assert "Restored to the archive" in words(result.response)
    assert await there.ann.autocomplete(there.channel, "archive restore", "article", "") == []


async def test_an_article_that_is_not_there_cannot_be_withdrawn_or_restored(there: Home) -> None:
    result = await there.ann.slash(there.channel, "archive withdraw", article="No such title")
    assert "The archive holds no such article." in result.response.content
    result = await there.ann.slash(there.channel, "archive restore", article="No such title")
    assert "No such article is withdrawn." in result.response.content
    assert there.env.errors


async def test_rolling_back_asks_the_generation_before_at_once(there: Home) -> None:
    offered = await there.ann.autocomplete(there.channel, "archive rollback", "generation", "")
    assert [each["value"] for each in offered] == ["0001"]
    asked = await there.ann.slash(there.channel, "archive rollback")
    assert asked.ephemeral
    told = words(asked.response)
    assert "Go back to generation 0001?" in told
    assert re.search(r"Now: 0002 · .* · 3 articles", told)
    assert re.search(r"Then: 0001 · .* · 2 articles", told)
    assert there.asking.generation == "0002"
    result = await there.ann.click(asked.response, custom_id=button(asked.response, "confirm"))
    assert "Generation 0001 is asked now" in words(result.response or asked.response)
    assert there.asking.generation == "0001"
    assert (await there.asking.call(lambda archive: archive.status().articles)) == 2


async def test_what_is_asked_first_is_carried_out_for_its_asker_only_in_time_and_once(
    there: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (await there.ann.slash(there.channel, "archive rollback")).response
    with pytest.raises(Exception, match="not visible to this user"):
        await there.cid.click(asked, custom_id=button(asked, "confirm"))
    with monkeypatch.context() as later:
        later.setattr("bot.confirming.VALID_S", 0.0)
        late = (await there.ann.slash(there.channel, "archive rollback")).response
        refused = await there.ann.click(late, custom_id=button(late, "confirm"))
        assert "That question is out of date." in refused.response.content
    assert there.asking.generation == "0002"
    asked = (await there.ann.slash(there.channel, "archive rollback")).response
    left = await there.ann.click(asked, custom_id=button(asked, "decline"))
    assert "Nothing was changed" in words(left.response or asked)
    assert labels(left.response or asked) == []
    assert there.asking.generation == "0002"


async def test_a_rollback_that_fails_after_it_was_confirmed_says_why(there: Home, tmp_path: Path) -> None:
    asked = (await there.ann.slash(there.channel, "archive rollback")).response
    vectors = tmp_path / "data" / "generations" / "0001" / "dense.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"x")
    result = await there.ann.click(asked, custom_id=button(asked, "confirm"))
    told = words(result.response or asked)
    assert "Nothing was changed" in told
    assert "is damaged: dense.faiss" in told
    assert there.asking.generation == "0002"


async def test_nothing_is_confirmed_after_a_restart(there: Home) -> None:
    asked = (await there.ann.slash(there.channel, "archive rollback")).response
    await there.restart()
    refused = await there.ann.click(asked, custom_id=button(asked, "confirm"))
    assert "That question is out of date." in refused.response.content
    assert there.asking.generation == "0002"


async def test_a_withdrawn_article_is_not_offered_any_more_and_is_again_once_it_is_restored(
    there: Home, tmp_path: Path
) -> None:
    async def titles() -> list[str]:
        return [each["name"] for each in await there.cid.autocomplete(there.channel, "article", "title", "the")]

    assert await titles() == ["The mill", "The mill", "The weir"]
    read = await there.cid.slash(there.channel, "article", title="the weir")
    await asyncio.to_thread(withdraw, tmp_path / "data", "texts/weir.txt")  # by another program, as it were
    assert await titles() == ["The mill", "The mill"]
    assert await there.ann.autocomplete(there.channel, "archive withdraw", "article", "weir") == []
    gone = await there.cid.click(read.response, label="Read it here")
    assert "no longer in the archive" in gone.response.content
    await asyncio.to_thread(restore, tmp_path / "data", "texts/weir.txt")
    assert await titles() == ["The mill", "The mill", "The weir"]


async def test_a_rollback_to_nowhere_says_what_there_is(there: Home) -> None:
    result = await there.ann.slash(there.channel, "archive rollback", generation="0099")
    assert "there is no generation 0099" in result.response.content
    assert "There are: 0001, 0002" in result.response.content
    assert there.env.errors


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("archive status", {}), ("archive sources", {}), ("archive add", {}), ("archive remove", {"file": "x"}),
        ("archive withdraw", {"article": "x"}), ("archive restore", {"article": "x"}), ("archive rollback", {}),
    ],
)  # fmt: skip
async def test_a_member_may_not_even_where_the_command_is_shown(
    there: Home, command: str, options: dict[str, str]
) -> None:
    with pytest.raises(Exception, match="default-member-permissions"):
        await there.cid.slash(there.channel, command, **options)
    there.open_to_all("archive")
    result = await there.cid.slash(there.channel, command, **options)
    assert result.modal is None
    assert result.ephemeral
    assert "Only members with the permission Manage Server" in result.response.content
    assert there.env.errors
    assert there.asking.generation == "0002"


async def test_the_messages_menu_takes_its_files_from_those_who_may(there: Home, indexer: PacedIndexer) -> None:
    posted = await there.cid.send(there.channel, "a note", attachments=[("notes.txt", b"A note.")])
    refused = await there.menu(there.cid, "Add to the archive", posted)
    assert "Only members with the permission Manage Server" in refused.response.content
    assert indexer.wanted == []
    bare = await there.cid.send(there.channel, "no files")
    refused = await there.menu(there.ann, "Add to the archive", bare)
    assert "No files hang on that message." in refused.response.content
    assert there.env.errors
    indexer.plans = [[{}]]
    result = await there.menu(there.ann, "Add to the archive", posted)
    assert "notes.txt: not added" in words(result.response)


async def test_nothing_is_offered_to_a_member(there: Home) -> None:
    there.open_to_all("archive")
    assert await there.cid.autocomplete(there.channel, "archive withdraw", "article", "") == []
    assert await there.cid.autocomplete(there.channel, "archive rollback", "generation", "") == []
    await there.store.set_settings(HOME, GuildSettings(manager_role=there.role.id))
    assert len(await there.ben.autocomplete(there.channel, "archive withdraw", "article", "")) == 3


async def test_the_commands_exist_in_home_servers_only(there: Home) -> None:
    assert {"archive add", "archive rollback"} <= set(there.ann.available_commands(there.channel))
    assert not [each for each in there.dan.available_commands(there.away_channel) if each.startswith("archive")]


async def test_the_modal_works_after_a_restart(there: Home, indexer: PacedIndexer) -> None:
    indexer.plans = [[{}]]
    shown = await there.ann.slash(there.channel, "archive add")
    await there.restart()
    result = await there.ann.submit_modal(shown, {"files": [("notes.txt", b"A note.")]})
    assert len(indexer.wanted) == 1
    assert "notes.txt: not added" in words(result.response)


async def test_a_file_from_a_message_is_found_by_a_question_and_can_be_taken_out_again(
    tmp_path: Path, seeds_copy: Path, minilm: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVIST_ENCODER__BACKEND", "torch")  # as the index that it adds to was made
    # The real indexer as a child process, the real model, from the upload to the answer.
    async with home(tmp_path, Indexer(seeds_copy), data=seeds_copy, encoder=minilm, settle_s=300.0) as there:
        posted = await there.cid.send(there.channel, "for the archive", attachments=[("Mill.txt", MILL.encode())])
        result = await there.menu(there.ann, "Add to the archive", posted)
        assert "Mill.txt: added" in words(result.response)
        (upload,) = await there.store.uploads()
        assert (upload.original_name, upload.user_id, upload.guild_id) == ("Mill.txt", there.ann.id, HOME)
        await there.asking.refresh()
        answer = await there.asking.ask("When did the mill by the weir close?")
        assert "closed in the spring of 1968" in answer.hits[0].passage.text
        again = await there.menu(there.ann, "Add to the archive", posted)
        assert "Mill.txt: it was there already" in words(again.response)
        offered = await there.ann.autocomplete(there.channel, "archive remove", "file", "mi")
        result = await there.ann.slash(there.channel, "archive remove", file=offered[0]["value"])
        assert "Removed from the archive" in words(result.response)
        await there.asking.refresh()
        answer = await there.asking.ask("When did the mill by the weir close?")
        assert all("spring of 1968" not in hit.passage.text for hit in answer.hits)
        assert list(there.uploads.iterdir()) == []
        await there.ann.slash(there.channel, "reindex")  # the empty folder is in nobody's way
        assert "The archive is up to date" in words(there.last())
