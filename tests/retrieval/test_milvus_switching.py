"""Processes ask without pause while generations are published, and a server dies while they are: nobody sees half."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import press
import pytest
from fakes import HashEncoder
from milvus_places import LiteServer, Place, lite_server, milvus_place

from retrieval.errors import ServerError
from retrieval.indexing import Options, run_index

_ASKER = """
import json, re, sys, time
from pathlib import Path
sys.path[:0] = sys.argv[3].split(":")
from fakes import HashEncoder
from retrieval.archive import Archive
from retrieval.index.milvus.keeper import MilvusKeeper
from retrieval.index.milvus.server import Server
uri, prefix, stop = sys.argv[1], sys.argv[2], Path(sys.argv[4])
keeper = MilvusKeeper(lambda: Server(uri, timeout_s=60), uri, prefix)
seen, errors, mixed, asked = set(), [], [], 0
with Archive.open(stop.parent, keeper=keeper, encoder=HashEncoder()) as archive:
    while not stop.exists():
        try:
            archive.refresh()
            answer = archive.ask(f"What did the pilot write of the tide in the almanac?", k=8)
        except Exception as error:
            errors.append(repr(error))
            continue
        asked += 1
        editions = {found for hit in answer.hits for found in re.findall(r"edition (\\d+)", hit.passage.text)}
        seen.add(answer.generation)
        if editions != {str(int(answer.generation))} or len(answer.hits) != 8:
            mixed.append([answer.generation, sorted(editions), len(answer.hits)])
print(json.dumps({"seen": sorted(seen), "errors": errors, "mixed": mixed, "asked": asked}))
"""


def write(folder: Path, edition: int) -> Path:
    """Bring every story to an edition; generation n holds edition n."""
    for number in range(8):
        press.write_story(folder, f"{number}.txt", f"The pilot {number} of Holm wrote edition {edition} of the tide.")
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiteServer]:
    with lite_server(tmp_path / "served") as running:
        yield running


def publish_under_questions(place: Place, server: LiteServer, folder: Path, publishes: int, askers: int) -> list[Any]:
    """Publish so many generations while so many processes ask; return what each of those saw."""
    stop = folder / "stop"
    paths = ":".join(str(path) for path in (Path(__file__).parents[2], Path(__file__).parents[1]))
    prefix = place.keeper._prefix  # type: ignore[attr-defined]
    with ExitStack() as opened:
        processes = [
            opened.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", _ASKER, server.uri, prefix, paths, str(stop)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(askers)
        ]
        try:
            time.sleep(3)
            for edition in range(2, publishes + 2):
                write(folder / "stories", edition)
                assert place.index().generation == f"{edition:04}"
            time.sleep(3)
        finally:
            stop.touch()
        ended = [process.communicate(timeout=120) for process in processes]
    return [json.loads(said) if said else pytest.fail(complained) for said, complained in ended]


@pytest.mark.parametrize(
    ("publishes", "askers"), [(2, 1), pytest.param(30, 4, marks=pytest.mark.soak)], ids=["short", "long"]
)
def test_generations_are_published_under_questions(
    server: LiteServer, tmp_path: Path, publishes: int, askers: int
) -> None:
    place = milvus_place(tmp_path / "data", server.uri, grace_s=20, timeout_s=60)
    place.index(write(tmp_path / "stories", 1))
    for told in publish_under_questions(place, server, tmp_path, publishes, askers):
        assert told["errors"] == []
        assert told["mixed"] == []
        assert told["asked"] >= publishes
        assert told["seen"][-1] == f"{publishes + 1:04}"
        assert len(told["seen"]) > 1
    assert place.keeper.verify().ok


@pytest.mark.soak
@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0])
def test_a_server_killed_at_any_moment_of_a_publish_comes_back_whole(
    server: LiteServer, tmp_path: Path, after_s: float
) -> None:
    from threading import Timer

    place = milvus_place(tmp_path / "data", server.uri, timeout_s=3)
    place.index(write(tmp_path / "stories", 1))
    write(tmp_path / "stories", 2)
    timer = Timer(0, lambda: None)

    def progress(phase: str, done: int, total: int) -> None:
        nonlocal timer
        if phase == "check":  # the generation is built here, and goes to the server next
            timer = Timer(after_s, server.kill)
            timer.start()

    with suppress(ServerError):
        run_index(place.data, [], HashEncoder(), place.options, progress=progress)
    timer.join()
    server.start()
    assert place.keeper.current() in {"0001", "0002"}
    assert place.keeper.verify().ok
    assert place.index().generation == "0002"
    assert place.keeper.current() == "0002"
    assert place.keeper.verify().ok
    with place.open() as archive:
        assert {hit.passage.text.split("edition ")[1][0] for hit in archive.ask("What of the tide?", k=8).hits} == {"2"}


@pytest.mark.soak
def test_a_hundred_thousand_passages_are_loaded_filtered_and_asked(server: LiteServer, tmp_path: Path) -> None:
    from datetime import date

    from retrieval.types import Filters

    drawn = random.Random(5)
    syllables = ["ka", "lo", "mir", "ten", "sol", "vi", "dra", "pe", "nu", "gar", "ho", "bes"]
    words = ["".join(drawn.choices(syllables, k=drawn.randint(2, 4))) for _ in range(20_000)]
    press.write_lines(tmp_path / "wire" / "wire.jsonl", (
        {"_id": f"{number:05}", "title": f"Story q{number}", "publisher": f"Paper {number % 7}",
         "published": f"{1900 + number % 100}-03-04", "language": "en",
         "text": "\n\n".join(" ".join(drawn.choices(words, k=18)).capitalize() + "." for _ in range(10))}
        for number in range(11_000)
    ))  # fmt: skip
    place = milvus_place(tmp_path / "data", server.uri, timeout_s=120)
    place = Place(place.data, place.keeper, Options(words=20, away=place.options.away))
    began = time.monotonic()
    report = place.index(tmp_path / "wire")
    sys.stderr.write(f"{report.passages:,} passages built and loaded in {time.monotonic() - began:.0f} s\n")
    assert report.passages >= 100_000
    with place.open() as archive:
        filters = Filters(after=date(1950, 1, 1), before=date(1952, 1, 1), publishers=("Paper 3",))
        began = time.monotonic()
        hits = archive.ask(" ".join(words[:6]), k=10, filters=filters).hits
        sys.stderr.write(f"asked with filters in {(time.monotonic() - began) * 1000:.0f} ms\n")
        assert len(hits) == 10
        assert {hit.article.publisher for hit in hits} == {"Paper 3"}
        assert {str(hit.article.published)[:4] for hit in hits} <= {"1950", "1951"}
        began = time.monotonic()
        assert archive.ask("What does story q1234 tell?").hits[0].article.title == "Story q1234"
        sys.stderr.write(f"asked without in {(time.monotonic() - began) * 1000:.0f} ms\n")
        times = []
        for at in range(0, 60, 3):
            began = time.monotonic()
            archive.ask(" ".join(words[at : at + 6]))
            times.append(time.monotonic() - began)
        sys.stderr.write(f"median of 20 questions: {statistics.median(times) * 1000:.0f} ms\n")
        assert statistics.median(times) < 2  # 0.2 s, where the machine has nothing else to do
    assert place.keeper.verify().ok
