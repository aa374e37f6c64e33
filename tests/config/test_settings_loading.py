"""Where settings come from, and which of several wins."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from config import Settings, SettingsError, load_settings
from config.model import SearchSettings
from config.variables import Environment


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


def test_nothing_set_gives_the_defaults() -> None:
    settings = load_settings()
    assert settings.model_dump() == {
        "data_dir": Path("data"),
        "sources": (),
        "encoder": {
            "model": "all-MiniLM-L6-v2",
            "query_prompt": "",
            "passage_prompt": "",
            "backend": "auto",
            "precision": "int8",
            "threads": 0,
            "languages": (),
        },
        "passages": {"words": 150},
        "search": {
            "k": 5,
            "per_article": 2,
            "candidates": 100,
            "understand_time": True,
            "now": "today",
            "prefer_recent_days": 0,
            "reranker": "",
            "rerank_candidates": 30,
            "rerank_ms": 300,
        },
        "reading": {"max_file_mb": 64, "max_article_mb": 5, "processes": 0},
        "index": {
            "keep": 3,
            "max_removed_share": 0.1,
            "max_removed": 3,
            "exact_below": 50_000,
            "every": 0,
            "backend": "local",
            "milvus": {
                "uri": "http://127.0.0.1:19530",
                "token": SecretStr(""),
                "archive": "archivist",
                "shards": 1,
                "replicas": 1,
                "timeout_s": 5,
                "vectors": "auto",
            },
        },
        "answer": {"answered": 0.5, "unsure": 0.25},
        "discord": {
            "token": SecretStr(""),
            "allowed_guilds": (),
            "home_guilds": (),
            "direct_messages": False,
            "user_installs": False,
            "max_searches": 2,
            "queue": 24,
            "timeout_s": 10,
            "user_questions_per_minute": 10,
            "guild_questions_per_minute": 60,
            "uploads": Path("uploads"),
            "max_upload_mb": 8,
            "keep_questions_days": 30,
            "health_port": 0,
            "api_url": "",
            "gateway_url": "",
            "shard_count": 0,
            "shard_ids": (),
        },
        "database": {"url": SecretStr("")},
        "log_level": "warning",
    }


def test_each_place_wins_over_the_ones_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    write("archivist.toml", "[search]\nk = 11\nper_article = 11\ncandidates = 11\n[index]\nkeep = 11\n")
    write(".env", "ARCHIVIST_SEARCH__PER_ARTICLE=12\nARCHIVIST_SEARCH__CANDIDATES=12\nARCHIVIST_INDEX__KEEP=12\n")
    monkeypatch.setenv("ARCHIVIST_SEARCH__CANDIDATES", "13")
    monkeypatch.setenv("ARCHIVIST_INDEX__KEEP", "13")
    settings = load_settings(index__keep=14)
    assert (settings.search.k, settings.search.per_article, settings.search.candidates, settings.index.keep) == (
        11,
        12,
        13,
        14,
    )
    assert settings.passages.words == 150


def test_arguments_may_be_nested_and_none_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "7")
    settings = load_settings(search={"k": None, "per_article": 4}, data_dir=None, log_level="info")
    assert (settings.search.k, settings.search.per_article, settings.data_dir, settings.log_level) == (
        7,
        4,
        Path("data"),
        "info",
    )


def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    write("archivist.toml", "[search]\nk = 9\n")
    write(".env", "ARCHIVIST_SEARCH__K=\n")
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "")
    monkeypatch.setenv("ARCHIVIST_CONFIG", "")
    assert load_settings().search.k == 9


def test_an_empty_text_can_be_set_in_the_file() -> None:
    write("archivist.toml", '[encoder]\nquery_prompt = "query: "\npassage_prompt = ""\n')
    encoder = load_settings().encoder
    assert (encoder.query_prompt, encoder.passage_prompt) == ("query: ", "")


def test_the_file_may_be_named_by_the_environment_or_by_dotenv(monkeypatch: pytest.MonkeyPatch) -> None:
    write("archivist.toml", "log_level = 'debug'\n")
    write("one/a.toml", "log_level = 'info'\n")
    write("two/b.toml", "log_level = 'error'\n")
    write(".env", "ARCHIVIST_CONFIG=one/a.toml\n")
    assert load_settings().log_level == "info"
    monkeypatch.setenv("ARCHIVIST_CONFIG", "two/b.toml")
    assert load_settings().log_level == "error"


def test_relative_paths_in_the_file_start_from_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = write(
        "else/where/a.toml",
        'data_dir = "index"\nsources = ["letters", "../shared", "/abs/olute"]\n[encoder]\nmodel = "../e5"\n',
    )
    monkeypatch.setenv("ARCHIVIST_CONFIG", str(elsewhere))
    settings = load_settings()
    base = folder / "else" / "where"
    assert settings.data_dir == base / "index"
    assert settings.sources == (base / "letters", base / "../shared", Path("/abs/olute"))
    assert settings.encoder.model == str(base / "../e5")


def test_relative_paths_in_variables_and_arguments_start_from_the_working_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("conf/a.toml", "log_level = 'info'\n")
    monkeypatch.setenv("ARCHIVIST_CONFIG", "conf/a.toml")
    monkeypatch.setenv("ARCHIVIST_DATA_DIR", "index")
    settings = load_settings(sources=[Path("letters")])
    assert (settings.data_dir, settings.sources) == (Path("index"), (Path("letters"),))


def test_a_model_with_a_slash_in_its_name_is_no_folder_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write("conf/a.toml", '[encoder]\nmodel = "maker/model"\n')
    monkeypatch.setenv("ARCHIVIST_CONFIG", "conf/a.toml")
    assert load_settings().encoder.model == "maker/model"


def test_a_model_in_a_folder_stays_one_when_the_file_is_named_by_a_relative_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("conf/a.toml", '[encoder]\nmodel = "./e5"\n')
    monkeypatch.setenv("ARCHIVIST_CONFIG", "conf/a.toml")
    assert load_settings().encoder.model == str(folder / "conf" / "e5")


def test_a_tilde_is_the_home_folder_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write("../own.toml", 'sources = ["~/letters"]\n[encoder]\nmodel = "~/e5"\n')
    write(".env", "ARCHIVIST_DATA_DIR=~/index\n")
    monkeypatch.setenv("ARCHIVIST_CONFIG", "~/own.toml")
    settings = load_settings()
    assert settings.sources == (tmp_path / "letters",)
    assert settings.encoder.model == str(tmp_path / "e5")
    assert settings.data_dir == tmp_path / "index"


@pytest.mark.parametrize(
    "value", [json.dumps(["a b", "c:d"]), f"a b{os.pathsep}c", f"a b{os.pathsep}{os.pathsep}c{os.pathsep}", "a b"]
)
def test_sources_in_the_environment_are_json_or_separated_paths(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SOURCES", value)
    wanted = json.loads(value) if value.startswith("[") else [part for part in value.split(os.pathsep) if part]
    assert load_settings().sources == tuple(map(Path, wanted))


@pytest.mark.parametrize("value", ["en,DE", '["en", "de"]', " en , de "])
def test_languages_in_the_environment_are_json_or_separated_codes(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_ENCODER__LANGUAGES", value)
    assert load_settings().encoder.languages == ("en", "de")


def test_dotenv_may_hold_variables_of_other_programs() -> None:
    write(".env", "OTHER_TOKEN=abc\nARCHIVISTS=7\nexport ARCHIVIST_SEARCH__K='8'  # eight\n# ARCHIVIST_NONE=1\n")
    assert load_settings().search.k == 8


def test_files_that_begin_with_a_byte_order_mark_are_read(folder: Path) -> None:
    (folder / ".env").write_bytes(b"\xef\xbb\xbfARCHIVIST_SEARCH__K=8\r\n")
    (folder / "archivist.toml").write_bytes(b"\xef\xbb\xbflog_level = 'info'\r\n")
    settings = load_settings()
    assert (settings.search.k, settings.log_level) == (8, "info")


def test_a_folder_called_dotenv_is_left_alone(folder: Path) -> None:
    (folder / ".env").mkdir()
    assert load_settings() == Settings.model_construct()


def test_log_levels_are_read_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_LOG_LEVEL", "INFO")
    assert load_settings().log_level == "info"


def test_settings_are_read_by_pydantic_settings_from_these_layers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Watched(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            sources = super().settings_customise_sources(
                settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
            )
            seen.extend(type(source).__name__ for source in sources)
            return sources

    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "9")
    assert issubclass(Settings, BaseSettings)
    assert Watched().search.k == 9
    assert seen == ["Arguments", "Environment", "Dotenv", "Toml"]


def test_settings_made_directly_read_the_same_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    write("archivist.toml", "log_level = 'debug'\n")
    write(".env", "ARCHIVIST_INDEX__KEEP=8\n")
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "9")
    settings = Settings(data_dir=Path("elsewhere"))
    assert (settings.log_level, settings.index.keep, settings.search.k, settings.data_dir) == (
        "debug",
        8,
        9,
        Path("elsewhere"),
    )
    assert settings == load_settings(data_dir="elsewhere") == Settings.model_validate({"data_dir": "elsewhere"})


@pytest.mark.parametrize("make", [load_settings, Settings, lambda **given: Settings.model_validate(given)])
def test_settings_are_refused_as_plainly_however_made(
    make: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVIST_SERACH__K", "9")
    with pytest.raises(SettingsError) as caught:
        make(log_level=3)
    assert str(caught.value).split("\n") == [
        "ARCHIVIST_SERACH__K (environment variable) is not a setting. Did you mean ARCHIVIST_SEARCH__K?",
        "log_level = 3 (argument) is not allowed. It takes one of debug, info, warning, error",
    ]


def test_the_bare_defaults_can_be_had_whatever_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = load_settings()
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "9")
    assert Settings.model_construct() == defaults


@pytest.mark.parametrize("option", ["_env_file", "_env_prefix", "_secrets_dir", "_cli_parse_args", "_layers", "self"])
def test_options_of_the_library_are_no_settings(option: str) -> None:
    write("other.env", "ARCHIVIST_SEARCH__K=9\n")
    with pytest.raises(SettingsError, match=rf"^{option} \(argument\) is not a setting\."):
        load_settings(**{option: "other.env"})


def test_a_group_given_whole_sets_each_of_its_knobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SEARCH__PER_ARTICLE", "9")
    settings = Settings(search=SearchSettings(k=7))
    assert settings.search == SearchSettings(k=7, per_article=2)
    assert Settings(**dict(settings)) == settings


def test_one_layer_gives_one_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "9")
    monkeypatch.setenv("ARCHIVIST_LOG_LEVEL", "info")
    layer = Environment(Settings)
    got = {name: layer.get_field_value(field, name)[0] for name, field in Settings.model_fields.items()}
    assert {name: value for name, value in got.items() if value is not None} == layer()
    assert layer() == {"search": {"k": "9"}, "log_level": "info"}


def test_settings_are_frozen_at_every_depth() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.log_level = "debug"
    with pytest.raises(ValidationError, match="frozen"):
        settings.search.k = 9


def test_a_settings_error_is_of_its_kind_and_divides_into_message_and_hint() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(search__k=0)
    error = caught.value
    assert error.kind == "settings"
    assert error.message == "search.k = 0 (argument) is not allowed"
    assert error.hint == "It takes a whole number from 1 to 100"
    assert str(error) == f"{error.message}. {error.hint}"
