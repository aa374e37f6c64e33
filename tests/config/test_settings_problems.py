"""What is wrong with a setting is told in one line each: its name, where it was set, its value, what is allowed."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from config import SettingsError, load_settings
from config.kinds import Group
from config.knobs import PREFIX, Vocabulary, written
from config.model import Settings
from config.nested import Arguments
from config.variables import Environment

WORDS = Vocabulary.of(Settings)
VARIABLES = {knob.variable for knob in WORDS.knobs.values()} | {"ARCHIVIST_CONFIG"}
SECRET = "s3cret-value-of-a-token"  # noqa: S105 - an invented one, to look for


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and none of our variables in the environment."""
    for name in [name for name in os.environ if name.upper().startswith("ARCHIVIST_")]:
        monkeypatch.delenv(name)
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    return working


def write(name: str, text: str) -> Path:
    path = Path(name).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def lines() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value).split("\n")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ARCHIVIST_ENCODR__MODEL", "ARCHIVIST_ENCODER__MODEL"),
        ("ARCHIVIST_SEARCH_K", "ARCHIVIST_SEARCH__K"),
        ("ARCHIVIST_MODEL", "ARCHIVIST_ENCODER__MODEL"),
        ("ARCHIVIST_SEARCH__KEEP", "ARCHIVIST_INDEX__KEEP"),
        ("ARCHIVIST_DATA_DIR__X", "ARCHIVIST_DATA_DIR"),
        ("archivist_search__k", "ARCHIVIST_SEARCH__K"),
        ("Archivist_Config", "ARCHIVIST_CONFIG"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_known(
    name: str, near: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "7")
    assert lines() == [f"{name} (environment variable) is not a setting. Did you mean {near}?"]
    monkeypatch.delenv(name)
    write(".env", f"{name}=7\n")
    assert lines() == [f"{name} (.env) is not a setting. Did you mean {near}?"]


@pytest.mark.parametrize(
    ("toml", "name", "near"),
    [
        ("serach.k = 1", "serach", "search"),
        ("[search]\nkk = 1", "search.kk", "search.k"),
        ("k = 1", "k", "search.k"),
        ("[encoder]\nmodle = 'x'", "encoder.modle", "encoder.model"),
        ('"search.k" = 1', '"search.k"', "search.k"),
        ("Log_Level = 'info'", "Log_Level", "log_level"),
    ],
)
def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_known(toml: str, name: str, near: str) -> None:
    write("archivist.toml", toml)
    assert lines() == [f"{name} (archivist.toml) is not a setting. Did you mean {near}?"]


def test_an_unknown_name_near_none_is_refused_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_QQQQQQ", SECRET)
    write("archivist.toml", f'[zzz]\ntoken = "{SECRET}"\n')
    assert lines() == [
        "ARCHIVIST_QQQQQQ (environment variable) is not a setting. The README lists every setting; remove this one",
        "zzz (archivist.toml) is not a setting. The README lists every setting; remove this one",
    ]


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), group=st.sampled_from([(), *WORDS.groups]))
def test_any_single_unknown_key_is_refused_by_its_name(key: str, group: tuple[str, ...]) -> None:
    path = (*group, key)
    if path in WORDS.knobs or path in WORDS.groups:
        return
    tables: dict[str, object] = {key: 1}
    for name in reversed(group):
        tables = {name: tables}
    top = next(iter(tables))
    if "__" in top:  # divides an argument's name into groups
        return
    layer = Arguments(Settings, tables)
    assert not layer.given
    (problem,) = layer.problems
    assert problem.message == f"{written(path)} (argument) is not a setting"
    assert str(problem).isprintable()


@given(rest=st.from_regex(r"[A-Za-z0-9_]{1,30}", fullmatch=True))
def test_any_single_unknown_variable_is_refused_by_its_name(rest: str) -> None:
    name = PREFIX + rest
    if name in VARIABLES:
        return
    with mock.patch.dict(os.environ, {name: "1"}):
        layer = Environment(Settings)
    assert not layer.given
    (problem,) = layer.problems
    assert problem.message.startswith(f"{name} (environment variable) is ")


def test_a_refused_value_is_named_with_its_place_and_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    write("archivist.toml", "[search]\nk = 500\n[index]\nkeep = true\n[passages]\nwords = 1.5\n")
    write(".env", "ARCHIVIST_SEARCH__CANDIDATES=many\n")
    monkeypatch.setenv("ARCHIVIST_LOG_LEVEL", "loud\nand clear")
    monkeypatch.setenv("ARCHIVIST_ANSWER__ANSWERED", "nan")
    assert sorted(lines()) == [
        'ARCHIVIST_ANSWER__ANSWERED = "nan" (environment variable) is not allowed. It takes a number from 0 to 1',
        'ARCHIVIST_LOG_LEVEL = "loud\\nand clear" (environment variable) is not allowed. '
        "It takes one of debug, info, warning, error",
        'ARCHIVIST_SEARCH__CANDIDATES = "many" (.env) is not allowed. It takes a whole number from 10 to 10000',
        "index.keep = true (archivist.toml) is not allowed. It takes a number, not true or false",
        "passages.words = 1.5 (archivist.toml) is not allowed. It takes a whole number from 20 to 1000",
        "search.k = 500 (archivist.toml) is not allowed. It takes a whole number from 1 to 100",
    ]


def test_unsure_may_equal_answered_and_not_exceed_it() -> None:
    assert load_settings(answer={"answered": 0.4, "unsure": 0.4}).answer.unsure == 0.4
    write("archivist.toml", "[answer]\nunsure = 0.6\n")
    assert lines() == [
        "answer.unsure = 0.6 (archivist.toml) is not allowed. It must not be above answer.answered, which is 0.5"
    ]


def test_answered_below_the_default_of_unsure_is_refused() -> None:
    write("archivist.toml", "[answer]\nanswered = 0.2\n")
    assert lines() == [
        "answer.unsure = 0.25 (default) is not allowed. It must not be above answer.answered, which is 0.2"
    ]


def test_a_group_set_as_a_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    write("archivist.toml", f'passages = "{SECRET}"\n')
    monkeypatch.setenv("ARCHIVIST_ANSWER", SECRET)
    assert lines() == [
        "ARCHIVIST_ANSWER (environment variable) is a group of settings, not a setting. "
        "Set one of ARCHIVIST_ANSWER__ANSWERED, ARCHIVIST_ANSWER__UNSURE",
        "passages (archivist.toml) is a group of settings, not a setting. Set one of passages.words",
    ]


def test_a_list_with_many_bad_parts_is_one_problem() -> None:
    write("archivist.toml", 'sources = ["fine", 3, 4, ""]\n[encoder]\nlanguages = ["english", "de", "x"]\n')
    assert lines() == [
        'sources = ["fine", 3, 4, ""] (archivist.toml) is not allowed. It takes a list of paths',
        'encoder.languages = ["english", "de", "x"] (archivist.toml) is not allowed. '
        "It takes a list of ISO 639-1 codes, such as `en`",
    ]


@pytest.mark.parametrize("value", ["", "a\\u0000b"])
def test_a_path_that_cannot_be_one_is_refused(value: str) -> None:
    write("archivist.toml", f'data_dir = "{value}"\n')
    (line,) = lines()
    assert line.startswith("data_dir = ")
    assert line.endswith("It takes a path that is not empty and holds no NUL character")


def test_the_home_of_an_unknown_user_is_refused() -> None:
    write("archivist.toml", 'data_dir = "~nobody-of-that-name/x"\n')
    assert lines() == [
        'data_dir = "~nobody-of-that-name/x" (archivist.toml) is not allowed. '
        "~nobody-of-that-name is nobody's home folder on this machine"
    ]


def test_a_long_value_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "9x" * 500)
    (line,) = lines()
    assert "…" in line
    assert len(line) < 250


def test_json_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SOURCES", '["a", ')
    assert lines() == [
        "ARCHIVIST_SOURCES (environment variable) begins like JSON and is not JSON. It takes a list of paths"
    ]


def test_a_broken_file_is_one_line_with_its_place() -> None:
    write("archivist.toml", "log_level = 'info'\n[search]\nk 3\n")
    (line,) = lines()
    assert line.startswith("archivist.toml is not valid TOML: ")
    assert "line 3" in line


def test_a_named_file_that_does_not_exist_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_CONFIG", "no/such.toml")
    assert lines() == [
        'ARCHIVIST_CONFIG (environment variable) names "no/such.toml", which does not exist. '
        "Create that file, or unset ARCHIVIST_CONFIG"
    ]


def test_a_file_that_cannot_be_read_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    monkeypatch.setenv("ARCHIVIST_CONFIG", "sub")
    assert lines() == ["sub cannot be read: Is a directory. Make it a file that this user may read"]


@pytest.mark.parametrize("name", [".env", "archivist.toml"])
def test_a_file_that_is_not_utf8_is_one_line(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"# caf\xe9\n")
    assert lines() == [f"{name} is not UTF-8 text (byte 5). Save it as UTF-8"]


@pytest.mark.parametrize("line", ["ARCHIVIST_SEARCH__K", "ARCHIVIST_SEARCH__K='7", "export ARCHIVIST_SEARCH__K"])
def test_a_line_of_dotenv_that_sets_nothing_is_not_passed_over(line: str) -> None:
    write(".env", f"OTHER=1\n{line}\n")
    assert lines() == [
        "ARCHIVIST_SEARCH__K (.env) cannot be understood. Write it on one line, as ARCHIVIST_SEARCH__K=value"
    ]


class Locked(Group):
    """A group with secrets, as a later one may have."""

    token: SecretStr = Field(min_length=40)
    spare: SecretStr | None = Field(default=None, min_length=40)


class WithSecrets(Settings):
    locked: Locked = Field(default_factory=lambda: Locked(token=SecretStr("x" * 40)))


def test_a_secret_is_shown_neither_in_the_text_nor_in_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_LOCKED__TOKEN", SECRET)
    write("archivist.toml", f'[locked]\nspare = "{SECRET}"\n')
    with pytest.raises(SettingsError) as caught:
        WithSecrets()
    assert str(caught.value).split("\n") == [
        "ARCHIVIST_LOCKED__TOKEN (environment variable) is not allowed. It takes text",
        "locked.spare (archivist.toml) is not allowed. It takes text",
    ]
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_setting_that_must_be_set_and_is_not_is_named() -> None:
    write("archivist.toml", f'[locked]\nspare = "{SECRET * 2}"\n')
    with pytest.raises(SettingsError) as caught:
        WithSecrets()
    assert str(caught.value) == "locked.token is not set. It takes text"
