from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from indexing_scripts import Script, failed, printed, progress

from bot.indexing import Indexer, IndexerBusy, Run
from bot.reports import IndexFailed, Progress, RunCancelled
from retrieval.types import Skipped


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


async def until(run: Run, phase: str) -> asyncio.Task[None]:
    """Follow a run until it is in a phase; return the task that goes on following it."""
    reached = asyncio.Event()

    async def follow() -> None:
        async for each in run:
            if each.phase == phase:
                reached.set()

    following = asyncio.create_task(follow())
    await asyncio.wait_for(reached.wait(), 10)
    return following


async def test_progress_comes_in_order_and_the_report_at_the_end(script: Script) -> None:
    script.write(progress("read", 0, 10), progress("encode", 5, 41, 2.5), printed())
    run = script.indexer.run()
    assert [each async for each in run] == [Progress("read", 0, 10, None), Progress("encode", 5, 41, 2.5)]
    assert (run.report.added, run.report.changed, run.report.removed) == (3, 2, 1)
    assert run.report.before == 98
    assert run.report.differs
    assert run.report.skipped == (Skipped("notes/blank.txt", "it is empty"),)


async def test_a_report_is_not_there_before_the_end(script: Script) -> None:
    script.write(printed())
    with pytest.raises(IndexFailed, match="has not ended"):
        _ = script.indexer.run().report


async def test_the_child_is_niced_and_has_one_thread(script: Script) -> None:
    script.write(progress("read", 0, None), {"wait": str(script.gate)}, {"append": str(script.calls)}, printed())
    run = script.indexer.run()
    async for _ in run:
        script.gate.touch()
    call = script.called()[-1]
    assert call["nice"] == min(os.nice(0) + 10, 19) if os.nice(0) >= 10 else call["nice"] == 10
    assert call["threads"] == "1"


async def test_what_is_wanted_reaches_the_command_line(script: Script, tmp_path: Path) -> None:
    script.write(printed())
    await script.indexer.run([Path("--odd")], full=True, dry_run=True, allow_removals=True).finish()
    await script.indexer.run().finish()
    data = str(tmp_path / "data")
    usual = ["index", "--data", data, "--progress", "json", "--json"]
    assert [call["arguments"] for call in script.called()] == [
        [*usual, "--full", "--dry-run", "--allow-removals", "--", "--odd"],
        [*usual, "--"],
    ]


async def test_the_childs_error_keeps_its_kind_message_and_hint(script: Script) -> None:
    script.write(*failed("removals", "9 of the 10 articles would go", "Run it with --allow-removals"))
    with pytest.raises(IndexFailed) as raised:
        await script.indexer.run().finish()
    assert (raised.value.kind, raised.value.message) == ("removals", "9 of the 10 articles would go")
    assert raised.value.hint == "Run it with --allow-removals"
    assert script.indexer.running is None


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([{"say": "MemoryError: no more"}, {"exit": 3}], "ended with code 3: MemoryError: no more"),
        ([{"print": "half a docu"}], "ended with code 0: it said nothing"),
        ([{"print": json.dumps({"generation": "0002"})}], "ended with code 0"),
        ([{"print": "[1]"}, {"exit": 1}], "ended with code 1"),
    ],
)
async def test_a_child_that_dies_without_a_word_is_told_with_what_it_said_last(
    script: Script, steps: list[dict[str, object]], told: str
) -> None:
    script.write(*steps)
    with pytest.raises(IndexFailed, match=told) as raised:
        await script.indexer.run().finish()
    assert raised.value.kind == "internal"


async def test_a_child_that_is_killed_from_outside_is_told_by_its_signal(script: Script) -> None:
    script.write(progress("read", 0, None), {"wait": str(script.gate)})
    run = script.indexer.run()
    following = await until(run, "read")
    assert run._process is not None
    run._process.kill()
    with pytest.raises(IndexFailed, match="ended by signal 9"):
        await following


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    indexer = Indexer(tmp_path, command=["/nowhere/archivist"])
    with pytest.raises(IndexFailed, match="/nowhere/archivist cannot be started: No such file"):
        await indexer.run().finish()
    assert indexer.running is None


async def test_only_one_run_at_a_time_and_the_second_is_told_of_the_first(script: Script) -> None:
    script.write(progress("read", 0, None), {"wait": str(script.gate)}, printed())
    first = script.indexer.run(by="Ann")
    with pytest.raises(IndexerBusy) as raised:  # before it was begun, too
        script.indexer.run()
    following = await until(first, "read")
    with pytest.raises(IndexerBusy) as raised:
        script.indexer.run()
    assert raised.value.run is first
    assert first.by == "Ann"
    assert abs(first.started - time.time()) < 60
    script.gate.touch()
    await asyncio.wait_for(script.indexer.idle(), 10)
    await following
    await script.indexer.run().finish()


async def test_cancelling_ends_the_child_and_says_so(script: Script) -> None:
    script.write(progress("read", 0, None), {"wait": str(script.gate)}, printed())
    run = script.indexer.run()
    following = await until(run, "read")
    await run.cancel()
    with pytest.raises(RunCancelled):
        await following
    assert run._process is not None
    assert run._process.returncode is not None
    assert run._process.returncode < 0
    assert script.indexer.running is None


async def test_cancelling_before_the_first_step_begins_nothing(script: Script) -> None:
    script.write(printed())
    run = script.indexer.run()
    await run.cancel()
    assert script.indexer.running is None
    with pytest.raises(RunCancelled):
        await run.finish()
    assert script.called() == []


async def test_cancelling_what_has_ended_changes_nothing(script: Script) -> None:
    script.write(printed())
    run = script.indexer.run()
    await run.finish()
    await run.cancel()
    assert run.report.added == 3


async def test_a_child_that_does_not_listen_is_killed(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.children._GRACE_S", 0.2)
    script.write({"deaf": True}, progress("read", 0, None), {"wait": str(script.gate)}, printed())
    run = script.indexer.run()
    following = await until(run, "read")
    await asyncio.wait_for(script.indexer.close(), 10)
    with pytest.raises(RunCancelled):
        await following
    assert run._process is not None
    assert run._process.returncode == -9


async def test_a_consumer_that_is_cancelled_leaves_no_child_behind(script: Script) -> None:
    script.write(progress("read", 0, None), {"wait": str(script.gate)}, printed())
    run = script.indexer.run()
    following = await until(run, "read")
    following.cancel()
    await asyncio.wait_for(script.indexer.idle(), 10)
    assert following.cancelled()
    assert run._process is not None
    assert run._process.returncode is not None


async def test_much_output_and_endless_lines_do_not_stop_a_run(script: Script) -> None:
    noise = [{"say": "x" * 300_000}, *(progress("encode", n, 3000) for n in range(3000))]
    script.write(*noise, printed(skipped=[{"path": "p" * 100, "reason": "r" * 100}] * 5000))
    run = script.indexer.run()
    assert len([each async for each in run]) == 3000
    assert len(run.report.skipped) == 5000


async def test_the_real_indexer_says_what_it_reads_and_what_it_did(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "mill.txt").write_text("The mill\n\nThe mill by the weir closed in 1968. Nobody was surprised.\n")
    (articles / "blank.txt").write_text("")
    indexer = Indexer(tmp_path / "data")
    rehearsed = await indexer.run([articles], dry_run=True).finish()
    assert (rehearsed.added, rehearsed.generation) == (1, None)
    run = indexer.run([articles])
    phases = [each.phase async for each in run]
    assert list(dict.fromkeys(phases)) == ["read", "split", "encode", "write", "check"]
    assert (run.report.added, run.report.generation) == (1, "0001")
    assert [skipped.path for skipped in run.report.skipped] == ["blank.txt"]
    with pytest.raises(IndexFailed) as raised:
        await indexer.run([tmp_path / "nowhere"]).finish()
    assert raised.value.kind == "source"
