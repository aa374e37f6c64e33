"""The builder's side: the current generation comes home before a run, what the run made goes to the server after it.

The data folder is the builder's workshop. `milvus.json` in it says which generation on the server it was built from,
so that a run that could not publish is published by the next, and one that another machine overtook is built anew.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from retrieval.errors import DamagedError, GenerationError
from retrieval.index import durable, withdrawals
from retrieval.index import generation as generations
from retrieval.index.generation import Manifest
from retrieval.index.local import open_current
from retrieval.index.lock import Retired
from retrieval.index.milvus import layout
from retrieval.index.milvus.contents import Contents, sealed
from retrieval.index.milvus.fetching import fetch
from retrieval.index.milvus.keeper import MilvusKeeper
from retrieval.index.milvus.layout import Stem
from retrieval.index.milvus.loading import Loader
from retrieval.index.withdrawals import Withdrawals

Progress = Callable[[str, int, int], None]  # phase, done, total
_MARK = 8  # letters of a seal in a collection's name
_GRACE_S = 60.0  # for so long, a generation stays after another took its place: somebody may be asking it


class Overtaken(GenerationError):
    """A generation that another machine's came before."""

    kind = "overtaken"


class Publishing:
    """Publishes to the archive that `keeper` keeps, called `prefix`. `vectors` is the kind of index they get."""

    def __init__(
        self, keeper: MilvusKeeper, prefix: str, *, shards: int = 1, vectors: str = "auto", grace_s: float = _GRACE_S
    ) -> None:
        self._keeper = keeper
        self._prefix = prefix
        self._shards = shards
        self._vectors = vectors
        self._grace_s = grace_s

    def fetch(self, data: Path, progress: Progress) -> None:
        """Bring the data folder to the server's current generation and withdrawals, unless it is there or ahead.

        Whoever calls holds the folder's writer lock.
        """
        known = self._keeper.taken_down.load()
        withdrawals.change(data, lambda _: Withdrawals(known.articles, known.log))
        stem = self._keeper.current_stem()
        if stem is None:
            return
        state, here = _State(data), _current(data)
        if here and state.mark_of(here) == stem.mark:
            state.building(stem.mark)
            return
        if here and self._is_ahead(state, here, stem):
            return
        kept = [name for name in generations.names(data) if state.mark_of(_manifest(data, name)) == stem.mark]
        if kept:
            generations.make_current(data, kept[-1])
            state.building(stem.mark)
            return
        for collection in stem.collections:
            self._keeper.server.load(collection)
        try:
            contents = Contents(self._keeper.server, stem)
        except generations.OldFormat as error:
            logging.getLogger(__name__).warning("%s; all articles are read and encoded anew", error.message)
            return
        state.fetched(fetch(contents, data, progress), stem.mark)

    def publish(self, data: Path, keep: int, progress: Progress) -> None:
        """Load the data folder's current generation, unless it is there, and let the alias point at it, last.

        Older generations are dropped but for `keep`. Raises Overtaken where another machine published meanwhile.
        """
        here = _current(data)
        if here is None:
            return
        state, current = _State(data), self._keeper.current_stem()
        mark = state.mark_of(here)
        if current and current.mark == mark:
            self.retire(keep)
            return
        stem = Stem(self._prefix, here.generation, mark)
        server = self._keeper.server
        if stem not in self._keeper.stems():
            for collection in stem.collections:
                server.drop(collection)  # what a run that died left there
            try:
                with closing(open_current(data)) as index:
                    loader = Loader(server, stem, index, self._shards, self._vectors)
                    loader.load(progress, current.mark if current else "")
            except Retired as error:
                raise self._overtaken() from error
        with closing(self._keeper.open_stem(stem)) as index:
            index.check(index.sample(64))
            index.ready()
        now = self._keeper.current_stem()
        if now != current:
            raise self._overtaken()
        server.point(layout.current(self._prefix), stem.records)
        state.building(mark)
        self.retire(keep)

    def names(self) -> list[str]:
        """Return the names of the generations that are there."""
        return self._keeper.names()

    def retire(self, keep: int) -> list[str]:
        """Drop generations older than the newest `keep`, but for the current one and those asked a minute ago."""
        server, current = self._keeper.server, self._keeper.current_stem()
        if current is None:
            return []
        stems = self._keeper.stems()
        known = [sealed(server, stem) for stem in stems]
        gone = []
        for stem in stems[:-keep]:
            after = [float(each["loaded_at"]) for each in known if each["replaced"] == stem.mark]
            if stem != current and time.time() - max(after, default=0.0) > self._grace_s:
                gone.append(stem)
        for stem in gone:
            for collection in stem.collections:
                server.drop(collection)
        whole = {name for stem in stems for name in stem.collections}
        for name in server.collections():  # of runs that died
            other = layout.stem_of(self._prefix, name)
            if other and name not in whole and int(other.generation) < int(current.generation):
                server.drop(name)
        return [stem.generation for stem in gone]

    def _overtaken(self) -> Overtaken:
        return Overtaken(
            f"generation {self._keeper.current()} of {self._keeper.place} was published meanwhile by another machine",
            "Run `archivist index` again, which builds from that",
        )

    def _is_ahead(self, state: _State, here: Manifest, stem: Stem) -> bool:
        """Whether the folder's generation was built from the server's and is not there yet."""
        mine = state.mark_of(here)
        return (
            state.base == stem.mark
            and int(here.generation) > int(stem.generation)
            and all(other.mark != mine for other in self._keeper.stems())
        )


class _State:
    """`milvus.json` in a data folder: the mark of what the next generation is built from, and those of fetched ones."""

    def __init__(self, data: Path) -> None:
        self._path = data / "milvus.json"
        try:
            said: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            self.base = str(said["base"])
            self._fetched = {str(seal): str(mark) for seal, mark in said["fetched"].items()}
        except FileNotFoundError:
            self.base, self._fetched = "", {}
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise DamagedError(
                f"{self._path} cannot be read: {error}", "Remove it: the next run begins from what is on the server"
            ) from error

    def mark_of(self, manifest: Manifest) -> str:
        """Return what a local generation is called on the server, or would be."""
        return self._fetched.get(manifest.seal, manifest.seal[:_MARK])

    def fetched(self, manifest: Manifest, mark: str) -> None:
        """Note that a generation here is the one with this mark there."""
        self._fetched[manifest.seal] = mark
        self.building(mark)

    def building(self, mark: str) -> None:
        """Note what the next generation is built from."""
        self.base = mark
        self._write()

    def _write(self) -> None:
        durable.replace(self._path, json.dumps({"base": self.base, "fetched": self._fetched}, indent=1) + "\n")


def _current(data: Path) -> Manifest | None:
    name = generations.current(data)
    return _manifest(data, name) if name else None


def _manifest(data: Path, name: str) -> Manifest:
    return generations.load_manifest(generations.folder_of(data, name))
