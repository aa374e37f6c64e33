"""The one place where what went wrong becomes one short reply, with what to do next.

Refusal             something that is told to whoever asked, in their language
├── Busy            as many questions as can be are being looked up
├── TooSlow         the archive took too long
├── Closing         the bot is being stopped
├── NotReady        there is no index to ask yet
├── Cooling         asked too often in too short a time
└── NotAllowed      not by this member, in this channel or in this server

All else gets an id, which stands in the log beside the traceback.
"""

from __future__ import annotations

import logging
import secrets

import discord
from discord import app_commands

from bot.limits import escaped
from bot.words import Language, marked, plural, text
from retrieval.errors import ArchivistError, NoGeneration, QuestionError, ServerError

_log = logging.getLogger(__name__)
_NOBODY_WAITS = {10008, 10015, 10062, 50027}  # unknown message, webhook, interaction; expired token


class Refusal(app_commands.AppCommandError):
    """A reason not to do what was asked; `message` is a message id of the catalogue.

    It is one of discord.py's own errors because only those come through its command tree as they are.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def told(self, locale: Language) -> str:
        """Return the reason in the language of `locale`."""
        return text(self.message, locale, **self.values)


class Busy(Refusal):
    """As many questions as can be are being looked up."""

    def __init__(self) -> None:
        super().__init__(marked("The archive is busy right now. Try again in a moment."))


class TooSlow(Refusal):
    """The archive took too long."""

    def __init__(self) -> None:
        super().__init__(marked("That took too long. Try again in a moment, or narrow the question with a filter."))


class Closing(Refusal):
    """The bot is being stopped."""

    def __init__(self) -> None:
        super().__init__(marked("I am being restarted. Ask again in a minute."))


class NotReady(Refusal):
    """There is no index to ask yet."""

    def __init__(self) -> None:
        super().__init__(marked("The archive is still being indexed. Ask again in a few minutes."))


class NotAllowed(Refusal):
    """Not by this member, in this channel or in this server."""


class Cooling(Refusal):
    """Asked too often in too short a time; `seconds` is when to try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("")
        self.seconds = seconds

    def told(self, locale: Language) -> str:
        """Return the reason in the language of `locale`."""
        return plural(
            "That was a lot of questions. Ask again in {n} second.",
            "That was a lot of questions. Ask again in {n} seconds.",
            self.seconds,
            locale,
        )


def explain(error: BaseException, locale: Language) -> str | None:
    """Return what to reply to an error, None where nobody is left to read it; logs what its owner should know of."""
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        error = error.__cause__
    if isinstance(error, discord.HTTPException) and error.code in _NOBODY_WAITS:
        _log.info("nobody is left to answer: %s", error)
        return None
    return _expected(error, locale) or _unexpected(error, locale)


def _expected(error: BaseException, locale: Language) -> str | None:
    """Return what to reply to an error that nobody has to look into, None for all others."""
    match error:
        case Refusal():
            told: str | None = error.told(locale)
        case QuestionError():
            told = escaped(f"{error.message[:1].upper()}{str(error)[1:]}")
        case NoGeneration():
            told = NotReady().told(locale)
        case ServerError():  # away, full, or it refuses the token: whoever runs the bot reads in the log which
            _log.warning("%s", error)
            told = text("The archive cannot be reached right now. Try again in a moment.", locale)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            told = text("That command has changed. Wait a minute, or restart Discord, and try it again.", locale)
        case app_commands.CheckFailure():
            told = text("You are not allowed to do that here.", locale)
        case discord.Forbidden():
            _log.warning("Discord forbids it: %s", error)
            told = text("Discord does not let me do that here. A moderator can give me the permission.", locale)
        case _:
            told = None
    return told


def _unexpected(error: BaseException, locale: Language) -> str:
    ident = secrets.token_hex(4)
    ours = f" ({error.kind})" if isinstance(error, ArchivistError) else ""
    _log.error("error %s%s: %s", ident, ours, error, exc_info=error)
    return text("Something went wrong here. The bot's owner finds it in the log as `{id}`.", locale, id=ident)


async def tell(interaction: discord.Interaction, error: BaseException) -> None:
    """Reply to an interaction that failed, only to whoever it was; never raises what Discord answers to that."""
    told = explain(error, interaction.locale)
    if told is None:
        return
    try:
        if interaction.type is discord.InteractionType.autocomplete:
            if not interaction.response.is_done():
                await interaction.response.autocomplete([])
        elif not interaction.response.is_done():
            await interaction.response.send_message(told, ephemeral=True)
        elif interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await _replace_thinking(interaction, told)
        else:
            await interaction.followup.send(told, ephemeral=True)
    except discord.HTTPException as failed:
        _log.warning("could not tell %r: %s", told, failed)


async def tell_message(message: discord.Message, error: BaseException, locale: Language) -> None:
    """Reply to a message whose question failed; never raises what Discord answers to that."""
    told = explain(error, locale)
    if told is None:
        return
    try:
        await message.reply(told, mention_author=False)
    except discord.HTTPException as failed:
        _log.warning("could not tell %r: %s", told, failed)


async def _replace_thinking(interaction: discord.Interaction, told: str) -> None:
    """Put a failure where "… is thinking" stands; if an answer is there already, it stays and this follows it."""
    if interaction.extras.get("answered"):
        await interaction.followup.send(told, ephemeral=True)
    else:
        await interaction.edit_original_response(content=told)
