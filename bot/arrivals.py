"""Files that come into the archive through Discord, and leave it again: stored, noted, indexed, and told about."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import discord

from bot.errors import Refusal
from bot.indexing import Indexer, IndexerBusy
from bot.limits import escaped_line
from bot.records import Upload
from bot.reports import IndexFailed, IndexReport, RunCancelled
from bot.store import Store
from bot.upkeep import Upkeep
from bot.uploads import Stored, UploadFolder, UploadRefused
from bot.words import Language, marked, text
from retrieval.types import Skipped

_log = logging.getLogger(__name__)
_NAME_CHARS, _REASON_CHARS = 100, 250


class Attached(Protocol):
    """A file that hangs on a message or came with a modal, as discord.py has it."""

    filename: str
    size: int  # in bytes

    async def read(self) -> bytes:
        """Fetch it; raises discord.HTTPException where that fails."""
        ...


@dataclass(frozen=True, slots=True)
class _Taken:
    original_name: str
    stored: Stored


class Arrivals:
    """Takes files into the upload folder and the index, and out again."""

    def __init__(self, indexer: Indexer, store: Store, upkeep: Upkeep, folder: UploadFolder) -> None:
        self._indexer = indexer
        self._store = store
        self._upkeep = upkeep
        self._folder = folder

    async def take(self, files: Sequence[Attached], user_id: int, guild_id: int | None, locale: Language) -> list[str]:
        """Store and index files; return a line for each, escaped, that says what became of it.

        A file that holds nothing that could be indexed is removed again. Raises IndexFailed, after which none of the
        files is left.
        """
        lines: list[str] = []
        taken: list[_Taken] = []
        for file in files:
            try:
                taken.append(_Taken(file.filename, await self._put(file)))
            except UploadRefused as error:
                lines.append(f"- {error.told(locale)}")
        for each in taken:
            await self._note(each, user_id, guild_id)
        if not taken:
            return lines
        try:
            skipped = await self._index_new(taken, user_id)
        except (IndexFailed, RunCancelled):
            await self._undo([each for each in taken if each.stored.fresh])
            raise
        useless = []
        for each in taken:
            holds = await self._upkeep.articles_in(each.stored.name)
            lines.append(f"- {_outcome(each, holds, skipped, locale)}")
            if not holds:
                useless.append(each)
        await self._undo(useless)
        return lines

    async def remove(self, name: str, locale: Language) -> list[str]:
        """Remove a file that came through Discord, and its articles; return lines that say so.

        Raises Refusal for a file that did not come that way, and IndexFailed, after which the file is gone and the
        next run takes its articles out.
        """
        upload = next((each for each in await self._store.uploads() if name in (each.name, each.original_name)), None)
        if upload is None:
            raise Refusal(marked("No such file came through Discord. Choose one of those that are offered."))
        await self._upkeep.call(self._folder.remove, upload.name)
        await self._store.forget_upload(upload.name)
        _log.info("removed the upload %s", upload.name)
        await self._index(None, removing=True)
        return [escaped_line(upload.original_name, _NAME_CHARS)]

    async def _put(self, file: Attached) -> Stored:
        self._folder.check_size(file.filename, file.size)  # before it is fetched
        try:
            content = await file.read()
        except discord.HTTPException as error:
            raise UploadRefused(
                marked("`{name}` could not be fetched from Discord."), name=file.filename.replace("`", "'")
            ) from error
        return await self._upkeep.call(self._folder.put, file.filename, content)

    async def _note(self, taken: _Taken, user_id: int, guild_id: int | None) -> None:
        stored = taken.stored
        if not stored.fresh:
            return  # who brought it first stays noted
        _log.info("%d added %s (%d bytes) to the archive", user_id, stored.name, stored.size_bytes)
        await self._store.add_upload(
            Upload(stored.name, taken.original_name, stored.size_bytes, stored.sha256, user_id, guild_id)
        )

    async def _undo(self, taken: Sequence[_Taken]) -> None:
        for each in taken:
            await self._upkeep.call(self._folder.remove, each.stored.name)
            await self._store.forget_upload(each.stored.name)

    async def _index_new(self, taken: Sequence[_Taken], user_id: int) -> Sequence[Skipped]:
        """Index the files that are not in the index yet; return what was skipped."""
        if all([not each.stored.fresh and await self._upkeep.articles_in(each.stored.name) for each in taken]):
            return ()
        return (await self._index(user_id, removing=False)).skipped

    async def _index(self, user_id: int | None, *, removing: bool) -> IndexReport:
        """Bring the source that the upload folder is, or lies in, up to date, once nothing else is being indexed."""
        source = await self._upkeep.source_of(self._folder.path)
        # The folder's last file may go: that it is suddenly empty is meant. A larger source keeps its guard.
        own = source == self._folder.path.expanduser().resolve()
        while True:
            await self._indexer.idle()
            try:
                run = self._indexer.run(
                    [source], allow_removals=removing and own, by=f"<@{user_id}>" if user_id else ""
                )
            except IndexerBusy:
                continue
            return await run.finish()


def _outcome(taken: _Taken, articles: int, skipped: Sequence[Skipped], locale: Language) -> str:
    name = escaped_line(taken.original_name, _NAME_CHARS)
    if articles and taken.stored.fresh:
        return text("{name}: added", locale, name=name)
    if articles:
        return text("{name}: it was there already", locale, name=name)
    reasons = [each.reason for each in skipped if each.path.rsplit("/", maxsplit=1)[-1] == taken.stored.name]
    why = escaped_line(reasons[0], _REASON_CHARS) if reasons else text("it holds no article", locale)
    return text("{name}: not added, {why}", locale, name=name, why=why)
