"""What the buttons below an answer do, whenever it was posted and whoever presses them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import discord
from discord import ui

from bot.errors import NotAllowed, Refusal
from bot.gate import only_user_installed
from bot.limits import THREAD_NAME_CHARS, clip, one_line
from bot.questions import Question, Questions, reach_in
from bot.quotes import context, more_of, reread
from bot.reader import context_card, more_card
from bot.records import Heard, HitRef, PostedAnswer
from bot.render import Reach, answer_card, layout, pages_of
from bot.views import Handler, Press
from bot.words import marked, text
from retrieval.types import Filters

if TYPE_CHECKING:
    from bot.client import ArchivistBot, Interaction

_THREAD_EXISTS = 160004  # Discord's code for a message that has a thread already


class AnswerPresses:
    """The handlers of an answer's buttons, by action; the target is the answer's id."""

    def __init__(self, bot: ArchivistBot, questions: Questions) -> None:
        self._bot = bot
        self._questions = questions
        self.handlers: dict[str, Handler] = {
            "page": self.turn,
            "drop": self.drop,
            "context": self.show_context,
            "more": self.show_more,
            "more_page": self.turn_more,
            "up": partial(self.vote, vote=1),
            "down": partial(self.vote, vote=-1),
            "thread": self.open_thread,
            "share": self.share,
            "delete": self.delete,
        }

    async def turn(self, interaction: Interaction, target: str, detail: str) -> None:
        """Show another page; only the asker may."""
        posted = await self._own(interaction, target)
        number = min(int(detail) if detail.isdigit() else 0, pages_of(posted) - 1)
        await interaction.response.defer()
        page = await self._questions.page(posted, number)
        card = answer_card(posted, page, self._reach(interaction, posted), interaction.locale)
        await interaction.edit_original_response(view=card)

    async def drop(self, interaction: Interaction, target: str, detail: str) -> None:
        """Ask again without a filter or an understood time, in the old answer's place; only the asker may."""
        posted = await self._own(interaction, target)
        self._bot.gate.count(interaction.user.id, interaction.guild_id)
        await interaction.response.defer()
        question = Question(
            posted.question, posted.asker_id, posted.channel_id, posted.guild_id, without(posted.filters, detail),
            posted.previous, posted.private, posted.k, _taken_literally(posted, detail),
        )  # fmt: skip

        async def send(card: ui.LayoutView) -> int:
            message = await interaction.edit_original_response(view=card)
            await self._bot.store.forget_answer(posted.id)  # a message holds one answer
            return message.id

        async with self._bot.work():
            await self._questions.post(question, self._reach(interaction, posted), interaction.locale, send)

    async def show_context(self, interaction: Interaction, target: str, detail: str) -> None:
        """Show what stands before and after a passage, to whoever pressed."""
        _, ref = await self._passage(target, detail)
        await interaction.response.defer(thinking=True, ephemeral=True)
        found = await self._bot.asking.call(context, ref)
        await interaction.edit_original_response(view=context_card(found, interaction.locale))

    async def show_more(self, interaction: Interaction, target: str, detail: str) -> None:
        """Show a passage's article, and what else it says on the question, to whoever pressed."""
        posted, ref = await self._passage(target, detail)
        self._bot.gate.count(interaction.user.id, interaction.guild_id)
        await interaction.response.defer(thinking=True, ephemeral=True)
        await self._show_more(interaction, posted, ref, 0)

    async def turn_more(self, interaction: Interaction, target: str, detail: str) -> None:
        """Show another page of what an article says on the question; only who pressed sees the card."""
        place, _, page = detail.partition("-")
        posted, ref = await self._passage(target, place)
        await interaction.response.defer()
        await self._show_more(interaction, posted, ref, int(page) if page.isdigit() else 0)

    async def _show_more(self, interaction: Interaction, posted: PostedAnswer, ref: HitRef, page: int) -> None:
        asking = self._bot.asking
        (quote,) = await asking.call(reread, (ref,))
        if quote.state == "gone":
            raise Refusal(marked("This article is no longer in the archive."))
        others = await asking.search(partial(more_of, question=posted.question, article_id=ref.article_id, without=ref))
        place = posted.hits.index(ref)
        card = more_card(quote.citation, others, interaction.locale, target=posted.id, place=place, page=page)
        await interaction.edit_original_response(view=card)

    async def vote(self, interaction: Interaction, target: str, detail: str, *, vote: int) -> None:
        """Remember what somebody thinks of the first passage of a page."""
        posted, ref = await self._passage(target, detail)
        await interaction.response.defer(thinking=True, ephemeral=True)
        await self._bot.store.vote(posted.id, interaction.user.id, ref.article_id, vote)
        thanks = marked("Noted: this helped.") if vote > 0 else marked("Noted: this did not help.")
        await interaction.edit_original_response(content=text(thanks, interaction.locale))

    async def open_thread(self, interaction: Interaction, target: str, _: str) -> None:
        """Open a thread below an answer, to ask on in."""
        posted = await self._questions.posted(target)
        message = interaction.message
        if message is None:  # a button stands below a message
            return
        if not interaction.permissions.create_public_threads:
            raise NotAllowed(marked("You are not allowed to open threads here."))
        await interaction.response.defer()
        name = clip(one_line(posted.question), THREAD_NAME_CHARS) or "?"
        try:
            thread = await message.create_thread(name=name, reason=f"asked for by {interaction.user}")
        except discord.HTTPException as error:
            if error.code == _THREAD_EXISTS:
                raise Refusal(marked("This answer has a thread already.")) from error
            raise
        hint = text("Ask on here: mention me, or press the button.", interaction.locale)
        button = Press("follow", posted.id, text=text("Follow up", interaction.locale))
        await thread.send(view=layout(ui.TextDisplay(hint), ui.ActionRow(button)))

    async def share(self, interaction: Interaction, target: str, _: str) -> None:
        """Post a private answer for everybody; only its asker sees the button."""
        posted = await self._own(interaction, target)
        channel = interaction.channel
        if not isinstance(channel, discord.abc.Messageable) or only_user_installed(interaction):
            raise NotAllowed(marked("I cannot post in this channel."))
        if not interaction.permissions.send_messages:
            raise NotAllowed(marked("You are not allowed to post in this channel."))
        await interaction.response.defer()
        reach = reach_in(channel, private=False, guild=interaction.guild_id is not None, user_only=False)

        async def send(card: ui.LayoutView) -> int:
            return (await channel.send(view=card)).id

        await self._questions.share(posted, interaction.channel_id or 0, reach, interaction.guild_locale, send)
        await interaction.followup.send(text("Shared in this channel.", interaction.locale), ephemeral=True)

    async def delete(self, interaction: Interaction, target: str, _: str) -> None:
        """Delete an answer; its asker and moderators may."""
        posted = await self._bot.store.answer(int(target)) if target.isdigit() else None
        asker = posted is not None and posted.asker_id == interaction.user.id
        if not asker and not interaction.permissions.manage_messages:
            raise NotAllowed(marked("Only whoever asked, and moderators, can delete this answer."))
        await interaction.response.defer()
        await interaction.delete_original_response()
        if posted is not None:
            await self._bot.store.forget_answer(posted.id)

    async def _own(self, interaction: Interaction, target: str) -> PostedAnswer:
        posted = await self._questions.posted(target)
        if posted.asker_id != interaction.user.id:
            raise NotAllowed(marked("Only whoever asked can do that. Use /ask to ask yourself."))
        return posted

    async def _passage(self, target: str, detail: str) -> tuple[PostedAnswer, HitRef]:
        posted = await self._questions.posted(target)
        place = int(detail) if detail.isdigit() else 0
        if place >= len(posted.hits):
            raise Refusal(marked("There is no such passage."))
        return posted, posted.hits[place]

    def _reach(self, interaction: Interaction, posted: PostedAnswer) -> Reach:
        return reach_in(
            interaction.channel,
            private=posted.private,
            guild=posted.guild_id is not None,
            user_only=only_user_installed(interaction),
        )


def _taken_literally(posted: PostedAnswer, name: str) -> tuple[str, ...]:
    return posted.additions.without(name) if name == "whose" else literally(posted.heard, name)


def literally(heard: Heard, name: str) -> tuple[str, ...]:
    """Return what is to be taken literally from now on: also the words called `name`, as `heard_labels` names them."""
    kind, _, place = name.partition("-")
    if kind != "understood" or not place.isdigit() or int(place) >= len(heard.understood):
        return heard.literally
    return (*heard.literally, heard.understood[int(place)].text)


def without(filters: Filters, name: str) -> Filters:
    """Return filters without the one called `name`, as `filter_labels` names them; the same where there is none."""
    kind, _, place = name.partition("-")

    def kept(names: tuple[str, ...], of: str) -> tuple[str, ...]:
        return tuple(value for i, value in enumerate(names) if (kind, place) != (of, str(i)))

    return replace(
        filters,
        after=None if kind == "after" else filters.after,
        before=None if kind == "before" else filters.before,
        publishers=kept(filters.publishers, "publisher"),
        authors=kept(filters.authors, "author"),
    )
