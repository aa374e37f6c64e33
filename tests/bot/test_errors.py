"""Whatever goes wrong becomes one short line that says what to do, and the log has the rest."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.errors import Busy, Closing, Cooling, NotAllowed, NotReady, Refusal, TooSlow, explain
from retrieval.errors import ArchivistError, DamagedError, NoGeneration, QuestionError, ServerError, Unreachable


def http_error(kind: type[discord.HTTPException], status: int, code: int) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="said the test")
    return kind(response, {"code": code, "message": "said the test"})


@pytest.mark.parametrize("error", [Busy(), TooSlow(), Closing(), NotReady(), Cooling(5)])
def test_a_refusal_is_told_in_the_readers_language(error: Refusal) -> None:
    english, german = explain(error, "en-US"), explain(error, "de")
    assert english
    assert german
    assert english != german
    assert "gain" in english  # every one of these passes, and says when to ask again
    assert "\n" not in english + german


def test_what_a_question_lacks_is_told_and_escaped() -> None:
    told = explain(QuestionError("'*x* @everyone' is not a date", "Write YYYY"), "en")
    assert told == "'\\*x\\* @\u200beveryone' is not a date. Write YYYY"
    wrapped = app_commands.CommandInvokeError.__new__(app_commands.CommandInvokeError)
    wrapped.__cause__ = QuestionError("the question has no words", "Ask with at least one word")
    assert explain(wrapped, "en") == "The question has no words. Ask with at least one word"


@pytest.mark.parametrize(
    "error", [DamagedError("/srv/archive/data/dense.faiss has 3 bytes", "Run it again"), ValueError("token=abc /srv/x")]
)
def test_the_log_has_what_the_reply_keeps_to_itself(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "bot"):
        told = explain(error, "en")
    assert told is not None
    assert "/srv" not in told
    ident = told.split("`")[1]
    assert len(ident) == 8
    (record,) = caplog.records
    assert ident in record.getMessage()
    assert "/srv" in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize("error", [Unreachable("there is no server at x", "Start it"), ServerError("x is full", "")])
def test_a_server_that_does_not_answer_is_told_as_such_and_the_log_has_why(
    error: ServerError, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "bot"):
        told = explain(error, "en")
    assert told == "The archive cannot be reached right now. Try again in a moment."
    assert error.message in caplog.text


@pytest.mark.parametrize("code", [10008, 10015, 10062, 50027])
def test_nobody_is_told_where_nobody_is_left_to_read_it(code: int) -> None:
    assert explain(http_error(discord.NotFound, 404, code), "en") is None


def test_what_discord_forbids_and_what_members_may_not_do_is_told_as_such() -> None:
    assert "A moderator can give me the permission" in str(explain(http_error(discord.Forbidden, 403, 50013), "en"))
    assert "not allowed" in str(explain(app_commands.MissingPermissions(["manage_guild"]), "en"))
    assert "no index" not in str(explain(NoGeneration("there is no index in /srv", ""), "en"))
    assert explain(NotAllowed("I answer in {channels} only.", channels="<#1>"), "en") == "I answer in <#1> only."


def test_every_id_is_another() -> None:
    told = {explain(ArchivistError("x"), "en") for _ in range(20)}
    assert len(told) == 20
