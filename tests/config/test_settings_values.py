"""Which values are taken: the bounds of numbers, and whatever else may be thrown at a knob."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Settings, SettingsError, load_settings
from config.knobs import Vocabulary
from config.nested import Arguments

WORDS = Vocabulary.of(Settings)
NAMES = sorted({key for path in WORDS.knobs for key in path})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty working folder, and none of our variables in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("ARCHIVIST_")]:
            patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("working"))
        yield


BOUNDS = {
    "encoder__threads": (0, 1024),
    "passages__words": (20, 1000),
    "search__k": (1, 100),
    "search__per_article": (1, 100),
    "search__candidates": (10, 10000),
    "reading__max_file_mb": (1, 100_000),
    "reading__max_article_mb": (1, 100_000),
    "reading__processes": (0, 64),
    "index__keep": (1, 1000),
    "index__every": (0, 8760),
    "discord__max_searches": (1, 64),
    "discord__queue": (0, 1000),
    "discord__timeout_s": (1, 600),
    "discord__user_questions_per_minute": (1, 10_000),
    "discord__guild_questions_per_minute": (1, 100_000),
    "discord__keep_questions_days": (1, 3650),
    "discord__health_port": (0, 65535),
}


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_numbers_keep_within_their_bounds(name: str, bounds: tuple[int, int]) -> None:
    least, most = bounds
    for value in bounds:
        group, _, key = name.partition("__")
        assert getattr(getattr(load_settings(**{name: value}), group), key) == value
    for value in (least - 1, most + 1):
        with pytest.raises(SettingsError, match=f"= {value} .* from {least} to {most}$"):
            load_settings(**{name: value})


@pytest.mark.parametrize("name", ["index__max_removed_share", "answer__answered", "answer__unsure"])
def test_shares_are_between_0_and_1(name: str) -> None:
    for value in (-0.01, 1.01):
        with pytest.raises(SettingsError, match=f"= {re.escape(str(value))} .* from 0 to 1$"):
            load_settings(**{name: value})


@given(data=st.dictionaries(st.sampled_from(NAMES), TREES, max_size=6))
def test_whatever_is_given_makes_settings_or_one_printable_line_for_each_problem(data: dict[str, object]) -> None:
    try:
        settings = load_settings(**data)
    except SettingsError as error:
        for line in str(error).split("\n"):
            assert line.isprintable()
            assert re.search(r" \((argument|default)\) is (not allowed|not a setting|a group of settings)", line)
    else:
        assert not Arguments(Settings, data).problems
        assert Settings.model_validate(settings.model_dump()) == settings
