"""Posted answers as rows of the bot's database, and back; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.additions import Additions
from bot.records import (
    Heard,
    PostedAnswer,
    filters_from_json,
    filters_to_json,
    hits_from_json,
    hits_to_json,
    question_key,
)

ANSWER = (
    "question, asker_id, channel_id, guild_id, status, confidence, generation, hits, filters, k, private, message_id, "
    "id, created_at, previous, undated, heard, additions"
)


def values_of(answer: PostedAnswer, now: int) -> dict[str, Any]:
    """Return what is stored of an answer that is posted `now`, by column; it gets its id there."""
    return {
        "question": answer.question,
        "question_key": question_key(answer.question),
        "asker_id": answer.asker_id,
        "channel_id": answer.channel_id,
        "guild_id": answer.guild_id,
        "status": answer.status,
        "confidence": answer.confidence,
        "generation": answer.generation,
        "hits": hits_to_json(answer.hits),
        "filters": filters_to_json(answer.filters),
        "k": answer.k,
        "private": answer.private,
        "message_id": answer.message_id,
        "created_at": now,
        "previous": answer.previous,
        "undated": answer.undated,
        "heard": answer.heard.to_json(),
        "additions": answer.additions.to_json(),
    }


def answer_from(row: Sequence[Any]) -> PostedAnswer:
    """Return the answer of a row with the columns ANSWER."""
    (
        question, asker_id, channel_id, guild_id, status, confidence, generation, hits, filters, k, private, message_id,
        answer_id, created_at, previous, undated, heard, additions,
    ) = row  # fmt: skip
    return PostedAnswer(
        question=question,
        asker_id=asker_id,
        channel_id=channel_id,
        guild_id=guild_id,
        status=status,
        confidence=confidence,
        generation=generation,
        hits=hits_from_json(hits),
        filters=filters_from_json(filters),
        k=k,
        private=bool(private),
        message_id=message_id,
        id=answer_id,
        created_at=created_at,
        previous=previous,
        undated=undated,
        heard=Heard.from_json(heard),
        additions=Additions.from_json(additions),
    )
