"""A server that is away, slow, full or old is told in one line; what was current stays so, and all recovers."""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import press
import pytest
from command_line import Shell
from fakes import HashEncoder
from milvus_places import LiteServer, Place, lite_server, milvus_place

from retrieval.errors import ArchivistError, DamagedError, ServerError, Unreachable
from retrieval.index.dense import DenseIndex
from retrieval.index.lock import Retired
from retrieval.index.milvus.publishing import Overtaken
from retrieval.index.milvus.refusals import Unfinished, told
from retrieval.index.milvus.server import Server
from retrieval.indexing import run_index


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiteServer]:
    with lite_server(tmp_path / "served") as running:
        yield running


@pytest.fixture
def place(server: LiteServer, tmp_path: Path) -> Iterator[Place]:
    """An archive of two articles on a server, generation 0001."""
    made = milvus_place(tmp_path / "data", server.uri, timeout_s=3)
    stories(tmp_path / "stories", 2)
    made.index(tmp_path / "stories")
    yield made
    made.keeper.close()  # type: ignore[attr-defined]


def stories(folder: Path, count: int) -> Path:
    for number in range(count):
        press.write_story(folder, f"{number}.txt", f"The pilot {number} of Holm wrote of the tide in his almanac.")
    return folder


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_server_that_is_away_is_told_in_one_line(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("ARCHIVIST_INDEX__BACKEND", "milvus")
    monkeypatch.setenv("ARCHIVIST_INDEX__MILVUS__URI", uri)
    monkeypatch.setenv("ARCHIVIST_INDEX__MILVUS__TIMEOUT_S", "1")
    commands: list[list[str | Path]] = [["status"], ["ask", "Who?"], ["index", tmp_path], ["generations"], ["verify"]]
    for command in commands:
        began = time.monotonic()
        ended = shell(*command)
        assert ended.code == 1
        assert ended.err.count("\n") == 1
        assert f"the Milvus at {uri} cannot be reached" in ended.err
        assert time.monotonic() - began < 10
    assert not caplog.records


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(Unreachable, match="cannot be reached"):
            Server(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=1)
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        ("UNAUTHENTICATED", "auth check failure, please check api key is correct", "index.milvus.token"),
        ("PERMISSION_DENIED", "role public has no privilege", "index.milvus.token"),
        ("RESOURCE_EXHAUSTED", "memory quota exceeded, please allocate more resources", "memory or disk"),
    ],
)
def test_a_server_that_refuses_is_told_at_once_in_one_line(status: str, said: str, hint: str) -> None:
    import grpc

    class Refusing(grpc.GenericRpcHandler):  # type: ignore[misc,name-defined,unused-ignore]
        def service(self, handler_call_details: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(lambda _, call: call.abort(grpc.StatusCode[status], said))

    refusing = grpc.server(ThreadPoolExecutor(2))
    refusing.add_generic_rpc_handlers((Refusing(),))
    port = refusing.add_insecure_port("127.0.0.1:0")
    refusing.start()
    began = time.monotonic()
    try:
        with pytest.raises(ServerError) as told:
            Server(f"http://127.0.0.1:{port}", "someone:wrong", timeout_s=5)
    finally:
        refusing.stop(None).wait()
    assert not isinstance(told.value, Unreachable)
    assert hint in told.value.hint
    assert said in told.value.message
    assert "\n" not in str(told.value)
    assert time.monotonic() - began < 5


def test_an_archive_recovers_when_its_server_does(place: Place, server: LiteServer) -> None:
    with place.open() as archive:
        before = replace(archive.ask("What did the pilot write?"), took_ms=0)
        server.kill()
        with pytest.raises(Unreachable, match="cannot be reached"):
            archive.ask("What did the pilot write of the tide?")
        with pytest.raises(Unreachable):
            archive.refresh()
        server.start()
        assert replace(archive.ask("What did the pilot write?"), took_ms=0) == before
        assert not archive.refresh()


@pytest.mark.parametrize("phase", ["load", "finish"])
def test_a_server_killed_while_a_generation_is_loaded_keeps_the_last_one_whole(
    place: Place, server: LiteServer, tmp_path: Path, phase: str
) -> None:
    stories(tmp_path / "stories", 4)

    def progress(now: str, done: int, total: int) -> None:
        if now == phase and done == total - 1 and server.process and server.process.poll() is None:
            server.kill()

    with pytest.raises(ServerError):
        run_index(place.data, [], HashEncoder(), place.options, progress=progress)
    server.start()
    assert place.keeper.current() == "0001"
    assert place.keeper.verify().ok

    encoder = HashEncoder()
    report = place.index(encoder=encoder)
    assert (report.generation, report.articles, encoder.encoded) == ("0002", 4, [])
    assert place.keeper.current() == "0002"
    assert place.keeper.verify().ok
    assert place.keeper.names() == ["0001", "0002"]
    held = place.keeper.server.collections()  # type: ignore[attr-defined]
    assert len([name for name in held if "_000" in name]) == 6


def test_of_two_machines_that_publish_at_once_the_second_is_told(place: Place, tmp_path: Path) -> None:
    other = place.elsewhere(tmp_path / "other")
    stories(tmp_path / "stories", 3)

    def overtake(now: str, done: int, total: int) -> None:
        if now == "load" and done == total:
            other.index()

    with pytest.raises(Overtaken, match="meanwhile"):
        run_index(place.data, [], HashEncoder(), place.options, progress=overtake)
    stories(tmp_path / "stories", 5)
    assert place.index().articles == 5
    assert place.keeper.verify().ok


def test_a_vector_that_is_no_number_never_leaves_this_machine(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories(tmp_path / "stories", 3)
    right = DenseIndex.vectors

    def wrong(index: DenseIndex, rows: Any) -> Any:
        loading = sys._getframe(1).f_code.co_name == "load"
        return np.full((len(rows), 64), np.nan, np.float32) if loading else right(index, rows)

    with monkeypatch.context() as patched:
        patched.setattr(DenseIndex, "vectors", wrong)
        with pytest.raises(DamagedError, match="does not have length 1"):
            place.index()
    assert place.keeper.current() == "0001"
    assert place.index().generation == "0002"


def test_what_was_changed_on_the_server_is_neither_quoted_nor_called_whole(place: Place) -> None:
    with closing(place.keeper.open()) as index:
        server, passages = place.keeper.server, index.stem.passages  # type: ignore[attr-defined]
        row = server.query(passages, "row == 0", ["*"])[0]
        server.upsert(passages, [row | {"text": "The pilot wrote nothing at all."}])
        with pytest.raises(DamagedError, match="is not what was indexed"):
            index.passages([0])
    checked = place.keeper.verify()
    assert [problem.file for problem in checked.problems] == ["passages"]
    server.delete(passages, "row == 1")
    assert "not the 2 that were loaded" in place.keeper.verify().problems[0].problem


def test_too_old_a_server_is_refused_by_its_version(server: LiteServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from pymilvus import MilvusClient

    for version in ("v2.3.5", "v2.3.5-lite"):
        monkeypatch.setattr(MilvusClient, "get_server_version", lambda self, *, said=version, **_: said)
        with pytest.raises(ServerError, match=rf"version {version}, at least 2\.5\.5 is needed"):
            Server(server.uri)
    monkeypatch.setattr(MilvusClient, "get_server_version", lambda self, **_: "v2.6.0-rc1")
    Server(server.uri).close()


def test_without_pymilvus_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(ServerError, match=r"pip install 'archivist\[milvus\]'"):
        Server("http://127.0.0.1:1")


def test_what_servers_say_is_told_by_what_to_do_about_it() -> None:
    from pymilvus.exceptions import MilvusException

    cases: list[tuple[int, str, type[ArchivistError], str]] = [
        (100, "collection not found[collection=x]", Retired, "Open the archive again"),
        (1600, "alias not found", Retired, "Open the archive again"),
        (700, "index not found[collection=x]", Unfinished, "archivist index"),
        (1400, "auth check failure, please check api key is correct", ServerError, "index.milvus.token"),
        (65535, "permission denied", ServerError, "index.milvus.token"),
        (9, "quota exceeded[reason=memory quota exceeded]", ServerError, "memory or disk"),
        (1, "No space left on device", ServerError, "memory or disk"),
        (
            2,
            "Fail connecting to server on 127.0.0.1:1, illegal connection params or server unavailable",
            Unreachable,
            "",
        ),
        (1, "", ServerError, "log"),
    ]
    for code, message, kind, hint in cases:
        said = told(MilvusException(code=code, message=message), "http://there", "ask")
        assert type(said) is kind, message
        assert hint in said.hint
        assert "http://there" in said.message
        assert "\n" not in str(said)


def test_the_clients_own_logging_is_quiet(server: LiteServer, caplog: pytest.LogCaptureFixture) -> None:
    with closing(Server(server.uri)) as connected, caplog.at_level(logging.WARNING):
        assert connected.target("nobody") is None
        with pytest.raises(Retired):
            connected.query("nothing", "", ["count(*)"])
    assert not caplog.records


def test_settings_choose_the_server(server: LiteServer, tmp_path: Path, shell: Shell, wire: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip # noqa: E501
    monkeypatch.setenv("ARCHIVIST_INDEX__BACKEND", "milvus")
    monkeypatch.setenv("ARCHIVIST_INDEX__MILVUS__URI", server.uri)
    built = shell("index", wire, "--json")
    assert built.code == 0, built.err
    elsewhere: list[str | Path] = ["--data", tmp_path / "nothing-here"]
    assert shell("status", *elsewhere).code == 0
    assert shell("ask", "Who wrote of the tide?", "--json", *elsewhere).code == 0
    assert shell("verify", *elsewhere).code == 0
    assert "0001" in shell("generations", *elsewhere).out
    assert str(wire) in shell("sources", *elsewhere).out
    assert not (tmp_path / "nothing-here").exists()
