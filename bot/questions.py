"""From a question to a posted card, and from a posted card to its pages: what every way of asking has in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.additions import CITED, Additions
from bot.errors import Refusal
from bot.limits import clip
from bot.quotes import Found, find, reread, status_for
from bot.records import Heard, HitRef, PostedAnswer
from bot.render import PER_PAGE, Page, Reach, answer_card
from bot.told import cited_in
from bot.words import Language, marked
from retrieval.types import Filters

if TYPE_CHECKING:
    from bot.asking import Outcome
    from bot.client import ArchivistBot
    from retrieval.archive import Archive

MAX_QUESTION = 1000  # characters: what a modal and a command take
_THREADED = (discord.ChannelType.text, discord.ChannelType.news)
Send = Callable[[ui.LayoutView], Awaitable[int | None]]  # posts a card; returns the message's id


@dataclass(frozen=True, slots=True)
class Question:
    """A question with where it comes from. `previous` is the one that it follows up, empty if none.

    `literally` are words of it that the asker wants taken as they stand.
    """

    text: str
    asker_id: int
    channel_id: int
    guild_id: int | None
    filters: Filters = Filters()
    previous: str = ""
    private: bool = False
    k: int | None = None
    literally: tuple[str, ...] = ()


class Questions:
    """Asks, posts, and finds again what was posted."""

    def __init__(self, bot: ArchivistBot) -> None:
        self._bot = bot

    async def post(self, question: Question, reach: Reach, locale: Language, send: Send) -> PostedAnswer:
        """Ask, and post the card by `send`; what was posted is remembered under its message.

        Raises what asking and sending raise; nothing is remembered then.
        """
        posted, page = await self._ask(question)
        return await self._send(posted, answer_card(posted, page, reach, locale), send)

    async def share(self, posted: PostedAnswer, channel_id: int, reach: Reach, locale: Language, send: Send) -> None:
        """Post a private answer once more, for everybody."""
        page = await self.page(posted, 0)
        public = replace(posted, channel_id=channel_id, private=False, message_id=None, id=0)
        public = replace(public, id=await self._bot.store.add_answer(public))
        await self._send(public, answer_card(public, page, reach, locale, shared=True), send)

    async def page(self, posted: PostedAnswer, number: int) -> Page:
        """Return a page of a posted answer as the archive holds it now."""
        refs = posted.hits[number * PER_PAGE : (number + 1) * PER_PAGE]
        return await self._bot.asking.call(partial(_page, number=number, refs=refs, additions=posted.additions))

    async def posted(self, target: str) -> PostedAnswer:
        """Return the answer that a button belongs to; raises Refusal where it is not kept any more."""
        posted = await self._bot.store.answer(int(target)) if target.isdigit() else None
        if posted is None:
            raise Refusal(marked("I have forgotten that answer: they are kept for a while only. Ask again."))
        return posted

    async def _ask(self, question: Question) -> tuple[PostedAnswer, Page]:
        settings = await self._bot.store.settings(question.guild_id)
        text = clip(question.text, MAX_QUESTION)
        k = question.k or settings.k or self._bot.k
        found = await self._bot.asking.search(
            partial(
                find,
                question=text,
                k=k,
                filters=question.filters,
                previous=question.previous,
                literally=question.literally,
            ),
            partial(_outcome, sure=settings.sure),
        )
        answer = found.answer
        posted = PostedAnswer(
            question=text,
            asker_id=question.asker_id,
            channel_id=question.channel_id,
            guild_id=question.guild_id,
            status=status_for(answer, settings.sure),
            confidence=answer.confidence,
            generation=answer.generation,
            hits=tuple(HitRef.of(hit) for hit in answer.hits),
            filters=question.filters,
            k=k,
            private=question.private,
            previous=question.previous,
            undated=answer.undated,
            heard=Heard(answer.understood, answer.outside, question.literally),
            additions=Additions.of(answer, question.literally),
        )
        posted = replace(posted, id=await self._bot.store.add_answer(posted))
        cited = answer.about.articles[:CITED] if answer.about else ()
        return posted, Page(0, found.quotes[:PER_PAGE], found.summary, cited)

    async def _send(self, posted: PostedAnswer, card: ui.LayoutView, send: Send) -> PostedAnswer:
        try:
            message_id = await send(card)
        except BaseException:
            await self._bot.store.forget_answer(posted.id)
            raise
        if message_id is not None:
            await self._bot.store.set_message(posted.id, posted.channel_id, message_id)
        return replace(posted, message_id=message_id)


def reach_in(channel: object, *, private: bool, guild: bool, user_only: bool) -> Reach:
    """Return what can be done with a card in a channel."""
    kind = getattr(channel, "type", None)
    return Reach(
        private=private,
        share=private and guild and not user_only,
        threads=not private and guild and not user_only and kind in _THREADED,
    )


def _page(archive: Archive, number: int, refs: tuple[HitRef, ...], additions: Additions) -> Page:
    return Page(number, reread(archive, refs), archive.status(), cited_in(archive, additions))


def _outcome(found: Found, sure: float | None) -> Outcome:
    return status_for(found.answer, sure)
