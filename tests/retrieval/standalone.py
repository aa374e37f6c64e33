"""What is asked of a real server beside the contract, in a namespace of its own: see `milvus_standalone`.

`test_milvus_standalone` runs this file there; it is no test file by its name, since it is for nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from threading import Timer

import press
import pytest
from fakes import HashEncoder
from milvus_places import Place, milvus_place
from milvus_standalone import OLD, StandaloneServer

from retrieval.errors import ServerError
from retrieval.index.lock import Retired
from retrieval.index.milvus.layout import RECORDS, passages
from retrieval.index.milvus.server import Server
from retrieval.indexing import run_index


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneServer]:
    running = StandaloneServer(tmp_path_factory.mktemp("standalone"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def place(server: StandaloneServer, tmp_path: Path) -> Iterator[Place]:
    """An archive of two articles, generation 0001."""
    made = milvus_place(tmp_path / "data", server.uri, timeout_s=10, dense_only=True)
    for number in range(2):
        press.write_story(tmp_path / "stories", f"{number}.txt", f"The pilot {number} of Holm wrote of the tide.")
    made.index(tmp_path / "stories")
    yield made
    made.keeper.close()  # type: ignore[attr-defined]


def connected(server: StandaloneServer) -> Server:
    return Server(server.uri, timeout_s=10, oldest=OLD)


def test_it_is_refused_in_ordinary_use_by_its_version(server: StandaloneServer) -> None:
    with pytest.raises(ServerError, match=r"is version v?2\.3\.5.*, at least 2\.5\.5 is needed") as told:
        Server(server.uri)
    assert told.value.hint == "Update the server"


def test_what_is_missing_is_told_as_such(server: StandaloneServer) -> None:
    with closing(connected(server)) as there:
        assert there.target("nobody_current") is None
        assert not there.has("nobody_0001")
        there.drop("nobody_0001")
        with pytest.raises(Retired):
            there.query("nobody_0001", "", ["count(*)"])


def test_an_alias_moves_at_once_and_goes_before_its_collection(server: StandaloneServer) -> None:
    with closing(connected(server)) as there:
        for name in ("first", "second"):
            there.create(name, RECORDS)
            there.finish(name, RECORDS, "FLAT", {})
        there.point("which", "first")
        there.point("which", "second")
        assert there.target("which") == "second"
        there.drop("second")
        assert there.target("which") is None
        there.drop("first")


def test_a_vector_of_another_length_is_refused_in_one_line(place: Place) -> None:
    with closing(place.keeper.open()) as index:
        there = place.keeper.server  # type: ignore[attr-defined]
        passages_of = index.stem.passages  # type: ignore[attr-defined]
        with pytest.raises(ServerError, match="cannot ask") as told:
            there.search(passages_of, "vector", [[1.0, 0.0, 0.0]], 5)
    assert "\n" not in str(told.value)


def test_as_many_rows_and_as_long_texts_come_back_as_are_asked_for(server: StandaloneServer) -> None:
    fields = [
        replace(field, indexed=False) for field in passages(384) if field.kind != "sparse"
    ]  # it has neither sparse vectors nor inverted indexes
    plain = {"authors": [], "first": 0, "last": 0, "publisher": 0, "hash": "x", "place": "[]", "exact": " x "}
    with closing(connected(server)) as there:
        there.create("many", fields)
        for start in range(0, 20_000, 1_000):
            there.insert("many", [
                {"row": row, "article": row, "story": row, "start": 0, "end": 1, "text": "x" * 2_000,
                 "vector": [1.0] + [0.0] * 383, **plain}
                for row in range(start, start + 1_000)
            ])  # fmt: skip
        there.finish("many", fields, "FLAT", {})
        assert there.count("many", strong=True) == 20_000
        rows = there.query("many", "row < 16384", ("row", "text", "vector"), strong=True)
        assert len(rows) == 16_384  # 58 MB, which gRPC takes because pymilvus has it take anything
        hits = there.search("many", "vector", [[1.0] + [0.0] * 383], 20_000)[0]
        assert len(hits) == 16_384
        there.drop("many")


@pytest.mark.parametrize("phase", ["load", "finish"])
def test_killed_while_a_generation_is_loaded_it_keeps_the_last_one_whole(
    place: Place, server: StandaloneServer, tmp_path: Path, phase: str
) -> None:
    press.write_story(tmp_path / "stories", "2.txt", "The pilot 2 of Holm wrote of the tide.")
    killed: list[str] = []

    def progress(now: str, done: int, total: int) -> None:
        if now == phase and not killed:
            server.kill()
            killed.append(now)

    with pytest.raises(ServerError):
        run_index(place.data, [], HashEncoder(), place.options, progress=progress)
    server.start()
    _recovers(place, {"0001"})


@pytest.mark.parametrize("after_s", [1.0, 4.0, 8.0, 12.0])
def test_killed_at_any_moment_of_a_publish_it_comes_back_whole(
    place: Place, server: StandaloneServer, tmp_path: Path, after_s: float
) -> None:
    press.write_story(tmp_path / "stories", "2.txt", "The pilot 2 of Holm wrote of the tide.")
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
    _recovers(place, {"0001", "0002"})


def test_a_wrong_token_is_told_with_what_to_do(server: StandaloneServer, tmp_path: Path) -> None:
    server.kill()
    settings = "common.security.authorizationEnabled=true"
    guarded = StandaloneServer(tmp_path / "guarded", settings, token="root:Milvus")  # noqa: S106 - Milvus's own
    guarded.start()
    try:
        for token in ("", "root:wrong"):
            with pytest.raises(ServerError) as told:
                Server(guarded.uri, token, timeout_s=5, oldest=OLD).collections()
            assert "index.milvus.token" in told.value.hint, told.value
        with closing(Server(guarded.uri, "root:Milvus", timeout_s=5, oldest=OLD)) as there:
            assert there.collections() == []
    finally:
        guarded.kill()
        server.start()


def _recovers(place: Place, current: set[str]) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            assert place.keeper.current() in current
            checked = place.keeper.verify()
            break
        except ServerError:  # it answers before it has found all that it holds
            if time.monotonic() > end:
                raise
            time.sleep(1)
    assert checked.ok, checked
    assert place.index().generation == "0002"
    assert place.keeper.current() == "0002"
    assert place.keeper.verify().ok
    with place.open() as archive:
        assert len(archive.ask("What did the pilot write of the tide?", k=8).hits) == 3
