"""The questions before something drastic, and the message about damage: whole, within Discord's limits, never alive."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.limits import LAYOUT_CHARS, LAYOUT_COMPONENTS, units
from bot.upkeep_panels import damaged, rolling_back, withdrawing
from retrieval.index.withdrawals import Withdrawn
from retrieval.upkeep import GenerationInfo
from retrieval.withdrawing import Withdrawal

HOSTILE = st.text(max_size=600) | st.sampled_from(
    ["`@everyone`\n# big", "[x](http://x.example)", "\u202eevil", "a" * 9000]
)
LOCALES = st.sampled_from(["en", "de"])


def texts_of(view: discord.ui.LayoutView) -> list[str]:
    return [item.content for item in view.walk_children() if isinstance(item, discord.ui.TextDisplay)]


def is_such_as_discord_takes(view: discord.ui.LayoutView) -> bool:
    view.to_components()  # type: ignore[no-untyped-call]
    return sum(map(units, texts_of(view))) <= LAYOUT_CHARS and view.total_children_count <= LAYOUT_COMPONENTS


@settings(max_examples=60, deadline=None)
@given(title=HOSTILE, reason=HOSTILE, others=st.lists(HOSTILE, max_size=30), locale=LOCALES)
def test_any_withdrawal_can_be_asked_about(title: str, reason: str, others: list[str], locale: str) -> None:
    article = Withdrawn("https://x.example/1", "also", title, "2026-01-01T00:00:00+00:00", "ann", reason)
    view = withdrawing("k" * 16, Withdrawal(article, ("0001",), tuple(others)), reason, locale)
    assert is_such_as_discord_takes(view)
    assert "@everyone" not in "".join(texts_of(view))


@settings(max_examples=60, deadline=None)
@given(files=st.lists(HOSTILE, min_size=1, max_size=60), whole=st.sampled_from([None, "0041"]), locale=LOCALES)
def test_any_damage_can_be_told(files: list[str], whole: str | None, locale: str) -> None:
    view = damaged("0042", files, whole, locale)
    assert is_such_as_discord_takes(view)
    (told,) = texts_of(view)[1:]
    listed = [line for line in told.split("\n") if line.startswith("- `")]
    assert len(listed) == min(len(files), 8)
    assert all(line.count("`") == 2 for line in listed)
    assert told.split("\n")[-1].startswith("- ")  # nothing after the list, where it would look like a part of it


@pytest.mark.parametrize("damage", [None, "it is broken"])
def test_a_rollback_says_what_is_asked_now_and_then(damage: str | None) -> None:
    def info(name: str, articles: int, **more: Any) -> GenerationInfo:
        known = {"built": "2026-01-02T03:04:05+00:00", "passages": 1, "size_bytes": 1, "current": False, "damage": None}
        return GenerationInfo(name=name, articles=articles, **{**known, **more})

    view = rolling_back("k", info("0002", 1234, current=True), info("0001", 1, damage=damage), "de")
    told = "\n".join(texts_of(view))
    assert "Zu Generation 0001 zurückkehren?" in told
    assert "Jetzt: 0002 · 2. Januar 2026 · 1.234 Artikel" in told
    assert "Dann: 0001 · 2. Januar 2026 · 1 Artikel" in told
    assert ("beschädigt" in told) is (damage is not None)
