"""Single articles in Discord: found by title, read page by page, taken as a file; and what the bot says of itself."""

from __future__ import annotations

import json
from pathlib import Path

from fakes import HashEncoder
from world import World, button, labels, words, world

from retrieval.indexing import run_index


async def chosen(asked: World, typed: str) -> str:
    offered = await asked.alice.autocomplete(asked.channel, "article", "title", typed)
    return str(offered[0]["value"])


async def test_an_article_is_found_by_what_is_typed_of_its_title(asked: World) -> None:
    offered = await asked.alice.autocomplete(asked.channel, "article", "title", "mir")
    assert "Mir comes down · Archivist seed desk · 2001" in [each["name"] for each in offered]
    shown = await asked.alice.slash(asked.channel, "article", title=offered[0]["value"])
    assert shown.ephemeral
    assert words(shown.response).startswith("### Mir comes down\nArchivist seed desk · 23 March 2001\n-# ")
    assert labels(shown.response) == ["Read it here", "As a file"]
    assert "seeds/articles" not in str(shown.response.components)


async def test_a_title_typed_whole_will_do_and_an_unknown_one_is_refused(asked: World) -> None:
    shown = await asked.alice.slash(asked.channel, "article", title="mir COMES down")
    assert "### Mir comes down" in words(shown.response)
    refused = await asked.alice.slash(asked.channel, "article", title="No such thing")
    assert "The archive has no article of that title." in words(refused.response)


async def test_an_article_is_read_in_private_after_a_restart_too(asked: World) -> None:
    shown = await asked.alice.slash(asked.channel, "article", title=await chosen(asked, "mir"))
    await asked.restart()
    read = await asked.alice.click(shown.response, label="Read it here")
    assert read.ephemeral
    assert "After fifteen years in orbit the Russian space station Mir" in words(read.response)
    assert "◀" not in labels(read.response)


async def test_an_article_comes_as_a_file_with_all_of_its_text(asked: World) -> None:
    shown = await asked.alice.slash(asked.channel, "article", title=await chosen(asked, "mir"))
    given = await asked.alice.click(shown.response, label="As a file")
    assert given.ephemeral
    (attachment,) = given.response.attachments
    assert attachment.filename == "mir-comes-down.txt"
    content = (await attachment.read()).decode()
    assert content.startswith("Mir comes down\nArchivist seed desk\n2001-03-23\n\n")
    known = await asked.asking.call(
        lambda archive: next(each.id for each, _ in archive.articles() if each.title == "Mir comes down")
    )
    article = await asked.asking.call(lambda archive: archive.article(known))
    assert article is not None
    assert content.endswith(f"\n\n{article.text}\n")


async def test_a_long_article_has_pages_and_one_that_went_says_so(tmp_path: Path) -> None:
    wire, data = tmp_path / "wire.jsonl", tmp_path / "data"
    record = {"_id": "n0", "title": "Long", "url": "https://news.example/long"}
    record["text"] = "\n\n".join(f"Paragraph {i} tells of the mill at Holm and of its wheel." for i in range(200))
    wire.write_text(json.dumps(record) + "\n" + json.dumps({"_id": "n1", "title": "Other", "text": "Another story."}))
    run_index(data, [wire], HashEncoder())
    async with world(data, tmp_path, HashEncoder()) as found:
        shown = await found.alice.slash(found.channel, "article", title="Long")
        assert labels(shown.response) == ["Read it here", "As a file", "Open"]
        read = (await found.alice.click(shown.response, label="Read it here")).response
        assert "page 1 of 4" in words(read)
        assert "Paragraph 0 tells" in words(read)
        turned = await found.alice.click(read, label="▶")
        assert turned.acknowledged
        assert "page 2 of 4" in words(read)
        assert "Paragraph 0 tells" not in words(read)
        wire.write_text(json.dumps({"_id": "n1", "title": "Other", "text": "Another story."}))
        run_index(data, [wire], HashEncoder(), allow_removals=True)
        await found.asking.refresh()
        gone = await found.alice.click(read, custom_id=button(read, "leaf", "0"))
        assert "no longer in the archive" in words(gone.followups[0])


async def test_about_tells_what_the_archive_holds_and_help_how_to_ask(asked: World) -> None:
    about = await asked.alice.slash(asked.channel, "about")
    assert about.ephemeral
    articles = await asked.asking.call(lambda archive: archive.status().articles)
    assert f"{articles} articles · " in words(about.response)
    assert "kept for 30 days" in words(about.response)
    shown = await asked.alice.slash(asked.channel, "help")
    assert shown.ephemeral
    assert all(name in words(shown.response) for name in ("/ask", "/article", "/about", "Find in the archive"))
