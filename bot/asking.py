"""Questions to the archive from the event loop: the only place of the bot where a thread is hopped to for them.

Searches and look-ups in the catalogue have lanes of their own, so that a publisher's name can be completed while
questions wait. Each call keeps the generation that it began with; a newer one is taken up within two seconds.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec, Protocol, TypeVar

from bot.errors import Busy, NotReady, TooSlow
from bot.lanes import Lane
from retrieval.errors import ArchivistError, DamagedError, ServerError
from retrieval.types import Answer, Filters

if TYPE_CHECKING:
    from retrieval.archive import Archive
    from retrieval.keeper import Keeper

P = ParamSpec("P")
T = TypeVar("T")
Outcome = Literal["answered", "unsure", "not_found", "busy", "too_slow", "failed"]

_log = logging.getLogger(__name__)
_CATALOGUE_THREADS, _CATALOGUE_QUEUE = 2, 32  # these take milliseconds
_LONG_S = 600.0


class Opener(Protocol):
    """Opens the archive. Both calls may take their time: they are made on a thread."""

    def open(self, avoiding: Collection[str] = ()) -> Archive:
        """Open the generation that `current` names; raises NoGeneration where nothing was indexed yet."""
        ...

    def current(self, avoiding: Collection[str] = ()) -> str | None:
        """Return the name of the generation to ask, None where nothing was indexed yet.

        That is the current one or, where it is to be avoided, the newest before it that is not. Where all are to be
        avoided it is the current one all the same.
        """
        ...


class Gauge(Protocol):
    """Is told how the questions go."""

    def count_question(self, outcome: Outcome, seconds: float) -> None:
        """Count a question that took `seconds`."""
        ...

    def set_searches(self, running: int, waiting: int) -> None:
        """Tell how many searches hold a thread now, and how many wait for one."""
        ...


class Asking:
    """The archive, for the event loop: at most `searches` at once, `queue` waiting, `timeout_s` each.

    Use it as `async with Asking(…)`, or call `start` and `close`. Without an index it starts all the same, and every
    call raises NotReady until there is one. `doubted` is set when a call meets damage; whoever looks into that takes it
    back.
    """

    def __init__(
        self,
        opener: Opener,
        *,
        searches: int = 2,
        queue: int = 8,
        timeout_s: float = 10.0,
        follow_every_s: float = 1.0,
        gauge: Gauge | None = None,
    ) -> None:
        self._opener = opener
        self._searches = Lane("search", searches, queue, timeout_s)
        self._catalogue = Lane("catalogue", _CATALOGUE_THREADS, _CATALOGUE_QUEUE, timeout_s)
        self._upkeep = Lane("upkeep", 1, 1, _LONG_S)  # opening may load a model
        self._lists = Lane("lists", 1, 4, _LONG_S)
        self._follow_every_s = follow_every_s
        self._gauge = gauge
        self._held: _Held | None = None
        self._problem: str | None = None
        self._away: ServerError | None = None  # why there is no archive yet, where its server is away or refuses
        self._damaged: dict[str, str] = {}
        self._wanted: str | None = None
        self.doubted = False
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Asking:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Open the archive if there is one, and begin to follow its generations."""
        await self.refresh()
        self._following = asyncio.create_task(self._follow(), name="generations")

    async def close(self) -> None:
        """Take no more calls, wait for those that run, and close the archive; a second call does nothing."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
            self._following = None
        for lane in (self._searches, self._catalogue, self._lists, self._upkeep):
            await lane.close()
        held, self._held = self._held, None
        if held is not None:
            held.retire()

    @property
    def generation(self) -> str | None:
        """The generation that is asked, None while there is none."""
        return self._held.generation if self._held else None

    @property
    def wanted(self) -> str | None:
        """The generation that was to be asked last; another one than `generation` where it cannot be opened."""
        return self._wanted

    @property
    def problem(self) -> str | None:
        """What keeps the newest generation from being asked, None if nothing does."""
        if self._problem or not self._damaged:
            return self._problem
        return "; ".join(f"generation {name} is damaged: {what}" for name, what in sorted(self._damaged.items()))

    async def avoid(self, damaged: Mapping[str, str]) -> None:
        """Ask none of these generations, given with what is wrong with each, as long as there is one before them."""
        self._damaged = dict(damaged)
        await self.refresh()

    @property
    def running(self) -> int:
        """How many searches hold a thread."""
        return self._searches.running

    @property
    def waiting(self) -> int:
        """How many searches wait for one."""
        return self._searches.waiting

    async def ask(
        self, question: str, *, k: int = 5, filters: Filters = Filters(), previous: Answer | str | None = None
    ) -> Answer:
        """Return the archive's answer; `previous` is what the question follows, as `Archive.ask` has it.

        Raises Busy, TooSlow, Closing, NotReady, QuestionError for what cannot be asked, and DamagedError.
        """
        return await self.search(
            lambda archive: archive.ask(question, k=k, filters=filters, previous=previous), _status_of
        )

    async def search(self, function: Callable[[Archive], T], outcome: Callable[[T], Outcome] | None = None) -> T:
        """Return what `function` makes of the archive, in the lane of the searches; the same errors as `ask`.

        With `outcome` it counts as a question.
        """
        began = perf_counter()
        ended: Outcome = "failed"
        try:
            result = await self._searches.run(self._lent, function)
            ended = outcome(result) if outcome else "answered"
            return result
        except Busy:
            ended = "busy"
            raise
        except TooSlow:
            ended = "too_slow"
            raise
        except DamagedError:
            self.doubted = True
            raise
        finally:
            if self._gauge is not None:
                self._gauge.set_searches(self.running, self.waiting)
                if outcome is not None:
                    self._gauge.count_question(ended, perf_counter() - began)

    async def call(self, function: Callable[Concatenate[Archive, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return `function(archive, …)` from a thread, for look-ups that need no encoder; the same errors as `ask`."""
        try:
            return await self._catalogue.run(self._lent, lambda archive: function(archive, *args, **kwargs))
        except DamagedError:
            self.doubted = True
            raise

    async def gather(self, function: Callable[[Archive], T]) -> T:
        """Return what `function` makes of all articles, which may take minutes; the same errors as `ask`."""
        return await self._lists.run(self._lent, function)

    async def refresh(self) -> bool:
        """Take up the newest generation if there is one that is not asked yet; return whether there was.

        One that cannot be opened leaves the one before in place, and `problem` tells why.
        """
        try:
            newer = await self._upkeep.run(self._open_newer)
        except ArchivistError as error:
            if self._problem != str(error):
                _log.error("the archive cannot be opened: %s", error)
            self._problem = str(error)
            self._away = error if isinstance(error, ServerError) else None
            return False
        self._problem = self._away = None
        if newer is None:
            return False
        before, self._held = self._held, newer
        if before is not None:
            before.retire()
        _log.info("generation %s is asked now", newer.generation)
        return True

    def _open_newer(self) -> _Held | None:
        avoiding = frozenset(self._damaged)
        current = self._wanted = self._opener.current(avoiding)
        if current is None or current == self.generation:
            return None
        return _Held(self._opener.open(avoiding))

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._follow_every_s)
            try:
                await self.refresh()
            except (Busy, TooSlow):
                continue  # an earlier opening still runs
            except OSError as error:
                _log.error("the archive's generations cannot be followed: %s", error)

    def _lent(self, function: Callable[[Archive], T]) -> T:
        while True:
            held = self._held
            if held is None and self._away is not None:
                raise ServerError(self._away.message, self._away.hint)
            if held is None:
                raise NotReady
            with held.lend() as archive:
                if archive is not None:
                    return function(archive)
            # It was retired between the two lines above: its successor is in place.


class _Held:
    """An open archive that is closed when it is retired and nobody uses it any more."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.generation = archive.status().generation
        self._lock = threading.Lock()
        self._users = 0
        self._retired = False

    @contextmanager
    def lend(self) -> Iterator[Archive | None]:
        """Give the archive for as long as the context lasts, None where it is closed already."""
        with self._lock:
            usable = not (self._retired and self._users == 0)
            self._users += usable
        if not usable:
            yield None
            return
        try:
            yield self._archive
        finally:
            with self._lock:
                self._users -= 1
                last = self._retired and self._users == 0
            if last:
                self._archive.close()

    def retire(self) -> None:
        """Close the archive as soon as nobody uses it."""
        with self._lock:
            self._retired = True
            unused = self._users == 0
        if unused:
            self._archive.close()


class ArchiveFolder:
    """Opens the archive in the data folder `data` with `open_archive`, which gets the same encoder each time.

    It is called with the name of a generation, None for the current one. `keeper` is what keeps the generations, where
    that is not the data folder itself.
    """

    def __init__(self, data: Path, open_archive: Callable[[str | None], Archive], keeper: Keeper | None = None) -> None:
        self._data = data
        self._open = open_archive
        self._kept = keeper

    def open(self, avoiding: Collection[str] = ()) -> Archive:
        """Open the generation that `current` names; the same errors as `Archive.open`."""
        name = self.current(avoiding)
        return self._open(None if name == self._keeper().current() else name)

    def current(self, avoiding: Collection[str] = ()) -> str | None:
        """Return the name of the generation to ask; raises DamagedError where that cannot be told."""
        keeper = self._keeper()
        name = keeper.current()
        if name is None or name not in avoiding:
            return name
        older = [each for each in keeper.names() if int(each) < int(name) and each not in avoiding]
        return older[-1] if older else name

    def _keeper(self) -> Keeper:
        from retrieval.keeper import LocalKeeper

        return self._kept or LocalKeeper(self._data)


def _status_of(answer: Answer) -> Outcome:
    return answer.status
