"""What can be set of the bot: ids, addresses, and a token that is never shown."""

from __future__ import annotations

import os
import traceback

import pytest

from config import SettingsError, load_settings, settings_table


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in [name for name in os.environ if name.upper().startswith("ARCHIVIST_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("working"))


def test_nobody_runs_the_archive_and_strangers_cannot_ask_unless_it_is_set() -> None:
    discord = load_settings().discord
    assert discord.home_guilds == ()
    assert not discord.direct_messages
    assert not discord.user_installs
    assert discord.token.get_secret_value() == ""


@pytest.mark.parametrize("value", ["81384788765712384, 42", "[81384788765712384, 42]"])
def test_servers_in_the_environment_are_json_or_separated_ids(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_DISCORD__HOME_GUILDS", value)
    assert load_settings().discord.home_guilds == (81384788765712384, 42)


@pytest.mark.parametrize("value", [0, -1, 2**63, True, "my server"])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(SettingsError, match=r"It takes a (list of Discord's ids|number)"):
        load_settings(discord__allowed_guilds=[value])


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("discord__api_url", "http://127.0.0.1:8080/api/v10", "ws://127.0.0.1"),
        ("discord__api_url", "https://discord.com/api/v10", "127.0.0.1:8080"),
        ("discord__gateway_url", "ws://127.0.0.1:8081", "http://127.0.0.1"),
        ("discord__gateway_url", "wss://gateway.example", "ws://"),
    ],
)
def test_addresses_are_of_their_kind(name: str, good: str, bad: str) -> None:
    assert getattr(load_settings(**{name: good}).discord, name.split("__")[1]) == good
    with pytest.raises(SettingsError, match=r"It takes an address that begins with (http|ws)://"):
        load_settings(**{name: bad})


def test_the_token_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_DISCORD__TOKEN", "abc.secret.xyz")
    settings = load_settings()
    assert settings.discord.token.get_secret_value() == "abc.secret.xyz"
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings.model_dump())
    monkeypatch.setenv("ARCHIVIST_DISCORD__QUEUE", "-1")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "secret" not in "".join(traceback.format_exception(refused.value))


def test_a_switch_takes_true_or_false() -> None:
    assert load_settings(discord__direct_messages="true").discord.direct_messages
    with pytest.raises(SettingsError, match="It takes true or false"):
        load_settings(discord__direct_messages="perhaps")
    assert "| `discord.direct_messages` | `false` | true or false |" in settings_table()


def test_a_process_holds_some_of_the_shards_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_DISCORD__SHARD_COUNT", "4")
    monkeypatch.setenv("ARCHIVIST_DISCORD__SHARD_IDS", "0, 3")
    discord = load_settings().discord
    assert (discord.shard_count, discord.shard_ids) == (4, (0, 3))
    assert load_settings(discord__shard_ids=[]).discord.shard_ids == (0, 3)[:0]


@pytest.mark.parametrize(
    ("count", "ids", "told"),
    [
        (2, [0, 2], "Each must be below discord.shard_count, which is 2"),
        (2, [1, 1], "It must not name a connection twice"),
        (0, [0], "It needs discord.shard_count"),
        (2, [-1], "It takes a list of whole numbers from 0 on, none twice"),
    ],
)
def test_shards_that_there_are_not_are_refused(count: int, ids: list[int], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(discord__shard_count=count, discord__shard_ids=ids)


@pytest.mark.parametrize(
    "url", ["", "sqlite:///data/shared.sqlite", "postgresql://me:s3cret@there:5432/archive", "postgres://there/archive"]
)
def test_a_database_is_a_file_or_a_server(url: str) -> None:
    settings = load_settings(database__url=url)
    assert settings.database.url.get_secret_value() == url
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("url", ["data/bot.sqlite", "sqlite:///", "mysql://me:s3cret@there/x", "postgresql://"])
def test_an_address_of_no_database_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(
        SettingsError, match="It takes sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME"
    ) as refused:
        load_settings(database__url=url)
    assert "s3cret" not in "".join(traceback.format_exception(refused.value))
