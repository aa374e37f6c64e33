"""An archive on a Milvus server: which generation is current, which there are, going back, taking articles down.

A machine that answers needs this and the encoder, and no disk that it shares with others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

from retrieval.errors import DamagedError, GenerationError, NoGeneration
from retrieval.index import Source
from retrieval.index.generation import OldFormat
from retrieval.index.lock import Retired
from retrieval.index.milvus import layout
from retrieval.index.milvus.contents import Contents, sealed
from retrieval.index.milvus.index import MilvusIndex
from retrieval.index.milvus.layout import Stem
from retrieval.index.milvus.refusals import Unfinished
from retrieval.index.milvus.server import Server
from retrieval.index.milvus.taken_down import Followed, TakenDown
from retrieval.index.staging import second_name
from retrieval.index.verifying import Problem, Verification
from retrieval.index.withdrawals import Logged, Withdrawn, now, who
from retrieval.leases import ALONE, Right
from retrieval.upkeep import GenerationInfo
from retrieval.withdrawing import Restoration, Withdrawal

_SAMPLE = 2_000  # passages that `verify` reads again


class MilvusKeeper:
    """The archive called `prefix` on the server that `connect` reaches, which is done at the first call.

    Safe between threads. Every call raises Unreachable, ServerError and whatever it says itself.
    """

    def __init__(self, connect: Callable[[], Server], uri: str, prefix: str) -> None:
        self._connect = connect
        self._uri = uri
        self._prefix = prefix
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._followed: Followed | None = None

    @property
    def place(self) -> str:
        """The server's address, with the archive's name there."""
        return f"{self._prefix} on {self._uri}"

    @property
    def server(self) -> Server:
        """The connection, made at the first call; one that could not be made is tried again."""
        with self._lock:
            if self._server is None:
                self._server = self._connect()
            return self._server

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._server is not None:
                self._server.close()
            self._server = self._followed = None

    def current(self) -> str | None:
        """Return the name of the generation that the alias points at, None for none."""
        stem = self.current_stem()
        return stem.generation if stem else None

    def current_stem(self) -> Stem | None:
        """Return what the current generation's collections are called."""
        target = self.server.target(layout.current(self._prefix))
        return layout.stem_of(self._prefix, target) if target else None

    def stems(self) -> list[Stem]:
        """Return all whole generations, oldest first."""
        found = [
            stem
            for name in self.server.collections()
            if name.endswith("_records") and (stem := layout.stem_of(self._prefix, name)) and self._is_whole(stem)
        ]
        return sorted(found, key=lambda stem: (int(stem.generation), stem.mark))

    def names(self) -> list[str]:
        """Return the names of all whole generations, oldest first."""
        return [stem.generation for stem in self.stems()]

    def open(self, name: str | None = None) -> MilvusIndex:
        """Open a generation, the current one if None; one that gives way while it is opened to the one after it."""
        while True:
            stem = self._require(name)
            try:
                return MilvusIndex(self.server, stem, self._following())
            except Retired:
                if name is not None or self.current_stem() == stem:
                    raise

    def open_stem(self, stem: Stem) -> MilvusIndex:
        """Open a whole generation, current or not."""
        return MilvusIndex(self.server, stem, self._following())

    def maker(self) -> dict[str, Any] | None:
        """Return what the current generation's manifest says of its encoder."""
        stem = self.current_stem()
        if stem is None:
            return None
        self.server.load(stem.records)
        return Contents(self.server, stem).manifest.encoder

    def remedy(self) -> str:
        """Return what to do about a current generation that is damaged."""
        current = self.current()
        older = [name for name in self.names() if current is None or int(name) < int(current)]
        back = f"Run `archivist rollback`, which goes back to generation {older[-1]}, or" if older else "Run"
        return f"{back} `archivist index --full`, which loads a new generation beside it"

    def generations(self) -> list[GenerationInfo]:
        """Return all generations that are kept, oldest first."""
        current = self.current_stem()
        return [self._info(stem, stem == current) for stem in self.stems()]

    def verify(self, name: str | None = None) -> Verification:
        """Check that a generation has all rows that were loaded, and an even sample of 2,000 passages by their hashes.

        Problems name the collection that they are in.
        """
        stem = self._require(name)
        contents = Contents(self.server, stem)
        problems: list[Problem] = []
        expected = dict(contents.counts)
        for collection in stem.collections:
            kind = collection.rpartition("_")[2]
            wanted = expected[kind] + (len(self._manifest_parts(stem)) if kind == "records" else 0)
            self.server.load(collection)
            found = self.server.count(collection, strong=True)
            if found != wanted:
                problems.append(Problem(kind, f"it holds {found:,} rows, not the {wanted:,} that were loaded"))
        try:
            with closing(MilvusIndex(self.server, stem, Followed(TakenDown(self.server, self._prefix)))) as index:
                index.check(index.sample(_SAMPLE))
        except DamagedError as error:
            problems.append(Problem("passages", error.message))
        made = contents.manifest
        return Verification(made.generation, len(stem.collections), made.articles, made.passages, tuple(problems))

    def rollback_target(self, name: str | None = None) -> GenerationInfo:
        """Return the generation that `rollback` would make current."""
        stem = self._known(name) if name is not None else self._before()
        return self._info(stem, stem == self.current_stem())

    def rollback(self, name: str | None = None, right: Right = ALONE) -> str:
        """Let the alias point at another generation, the one before if None, once it is checked."""
        if not self.stems():
            self._require(None)
        stem = self._known(name) if name is not None else self._before()
        if problems := self.verify(stem.generation).problems:
            raise DamagedError(
                f"generation {stem.generation} of {self.place} is damaged: {problems[0].file}: {problems[0].problem}",
                "`archivist generations` lists the others",
            )
        with right.held() as holding:
            holding.assure(anew=True)
            self.server.point(layout.current(self._prefix), stem.records)
        return stem.generation

    def withdraw(self, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
        """Take an article down: every reader sees it within a second."""
        found = self.to_be_withdrawn(article_id, reason, by=by)
        self.taken_down.add(found.article)
        self._following().forget()
        return found

    def to_be_withdrawn(self, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
        """Return what `withdraw` would do, and do nothing; raises GenerationError where no generation holds it."""
        known = self.taken_down.load()
        taken = next((each for each in known.articles if each.id == article_id), None)
        holding: list[str] = []
        same: set[str] = set()
        for stem in self.stems():
            for collection in stem.collections:
                self.server.load(collection)
            try:
                contents = Contents(self.server, stem)
            except OldFormat:  # nobody can ask it: the next run builds anew, without what is withdrawn
                continue
            if not (rows := contents.rows_of([article_id])):
                continue
            holding.append(stem.generation)
            said = contents.whole(rows)[rows[0]]
            alike = contents.select(stem.articles, f"story == {said['story']}", ("row",))
            others = contents.citations([int(each["row"]) for each in alike])
            same = {other.id for other in others.values()} - {article_id}
            also = second_name(*(said[name] for name in ("url", "source", "file", "record", "ordinal")))
            if taken is None or taken.at == "":
                taken = Withdrawn(article_id, also, str(said["title"]), "", by or who(), reason)
        if taken is None:
            raise GenerationError(
                f"no generation of {self.place} holds an article {article_id!r}",
                "`archivist articles` lists those there are",
            )
        if not taken.at:
            taken = Withdrawn(taken.id, taken.also, taken.title, now(), taken.by, taken.reason)
        return Withdrawal(taken, tuple(holding), tuple(sorted(same - known.names)))

    def restore(self, article_id: str, reason: str = "", *, by: str | None = None) -> Restoration:
        """Let a withdrawn article be shown again; raises GenerationError where it is not withdrawn."""
        article = next((each for each in self.taken_down.load().articles if each.id == article_id), None)
        if article is None:
            raise GenerationError(f"the article {article_id!r} is not withdrawn", "Nothing had to be done")
        self.taken_down.remove(article_id, Logged("restore", article_id, now(), by or who(), reason))
        self._following().forget()
        stem = self.current_stem()
        return Restoration(article, bool(stem and Contents(self.server, stem).rows_of([article_id])))

    def withdrawn(self) -> list[Withdrawn]:
        """Return every article that is taken down, by id."""
        return list(self.taken_down.load().articles)

    def log(self) -> list[Logged]:
        """Return all that was ever withdrawn and restored, oldest first."""
        return list(self.taken_down.load().log)

    def holdings(self) -> list[Source]:
        """Return the sources of the current generation with what came of each, by path."""
        return Contents(self.server, self._require(None)).holdings()

    def articles_in(self, name: str) -> int:
        """Return how many articles the current generation has of the files of a name, in whatever folder."""
        with closing(self.open()) as index:
            return sum(citation.path.replace("\\", "/").rpartition("/")[2] == name for citation, _ in index.citations())

    @property
    def taken_down(self) -> TakenDown:
        """What is withdrawn."""
        return TakenDown(self.server, self._prefix)

    def _following(self) -> Followed:
        server = self.server
        with self._lock:
            if self._followed is None:
                self._followed = Followed(TakenDown(server, self._prefix))
            return self._followed

    def _is_whole(self, stem: Stem) -> bool:
        try:
            self.server.load(stem.records)
        except Unfinished:  # by a run that died while it loaded
            return False
        return bool(self._manifest_parts(stem))

    def _manifest_parts(self, stem: Stem) -> list[str]:
        rows = self.server.query(stem.records, 'key like "manifest:%"', ("key",), strong=True)
        return [str(row["key"]) for row in rows]

    def _require(self, name: str | None) -> Stem:
        if name is not None:
            return self._known(name)
        stem = self.current_stem()
        if stem is None:
            hint = "Run `archivist index PATH` with your articles' folder"
            raise NoGeneration(f"there is no index of {self.place}", hint)
        return stem

    def _known(self, name: str) -> Stem:
        stems = self.stems()
        found = [stem for stem in stems if stem.generation == name]
        if not found:
            raise GenerationError(
                f"there is no generation {name} of {self.place}",
                f"There are: {', '.join(stem.generation for stem in stems)}" if stems else "Run `archivist index PATH`",
            )
        return found[-1]

    def _before(self) -> Stem:
        current = self.current()
        older = [stem for stem in self.stems() if current is None or int(stem.generation) < int(current)]
        if not older:
            raise GenerationError(
                f"there is no generation before {current} of {self.place}",
                "`archivist generations` lists those there are",
            )
        return older[-1]

    def _info(self, stem: Stem, current: bool) -> GenerationInfo:
        made = sealed(self.server, stem)["manifest"]
        size_bytes = sum(int(file["size"]) for file in made["files"].values())
        about = (str(made["built"]), int(made["articles"]), int(made["passages"]), size_bytes)
        return GenerationInfo(stem.generation, *about, current, None)
