"""Whatever runs the archive is refused from anywhere but a home server, even where Discord should let it through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import press
import pytest
from fakes import HashEncoder
from home import HOME, Home, home
from paced import PacedIndexer
from simcord.enums import InteractionType
from world import user_installed_by

from bot.panels import BLUE, panel
from bot.views import Press
from retrieval.indexing import run_index

COMMANDS: dict[str, list[dict[str, Any]]] = {
    "reindex": [],
    "archive status": [],
    "archive sources": [],
    "archive add": [],
    "archive remove": [{"name": "file", "type": 3, "value": "x"}],
    "archive withdraw": [{"name": "article", "type": 3, "value": "x"}],
    "archive restore": [{"name": "article", "type": 3, "value": "x"}],
    "archive rollback": [],
}
PRESSES = [("run_cancel", "k"), ("run_confirm", "k"), ("confirm", "k"), ("roll_back", "0001")]
NOT_HERE, NO_SERVER = "The archive is not run from this server.", "That works in a server only."


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Home]:
    press.write_story(tmp_path / "texts", "mill.txt", "The mill closed in 1968. Nobody was surprised.")
    run_index(tmp_path / "data", [tmp_path / "texts"], HashEncoder())
    async with home(tmp_path, PacedIndexer(tmp_path / "data"), user_installs=True, direct_messages=True) as found:
        yield found
        assert found.env.errors == [] or all("Refusal" not in repr(error) for error in found.env.errors)
        found.env._errors_acknowledged = len(found.env.errors)


def altering(there: Home, change: dict[str, Any]) -> None:
    """Put `change` over what Discord says of every interaction; None takes a field away."""
    emit = there.env.backend.emit

    def altered(event: str, payload: Any) -> None:
        if event == "INTERACTION_CREATE":
            payload = {name: value for name, value in {**payload, **change}.items() if value is not None}
        emit(event, payload)

    there.env.backend.emit = altered  # type: ignore[method-assign]


async def forged(there: Home, member: Any, channel: Any, name: str) -> Any:
    """Send a command of the home server, whose id somebody may know, from somewhere else."""
    root, _, under = name.partition(" ")
    command = there.env.backend.find_command(root, HOME, type=1)
    assert command is not None
    options = [{"name": under, "type": 1, "options": COMMANDS[name]}] if under else COMMANDS[name]
    data = {"id": command["id"], "name": root, "type": 1, "guild_id": str(HOME), "options": options}
    return await member._dispatch_interaction(InteractionType.APPLICATION_COMMAND, channel, data)


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_manager_of_another_server_is_refused(there: Home, name: str) -> None:
    result = await forged(there, there.dan, there.away_channel, name)
    assert result.ephemeral
    assert result.modal is None
    assert NOT_HERE in result.response.content


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_manager_whose_own_install_it_is_is_refused_at_home_too(there: Home, name: str) -> None:
    altering(there, user_installed_by(there.ann))
    result = await forged(there, there.ann, there.channel, name)
    assert result.modal is None
    assert NO_SERVER in result.response.content


@pytest.mark.parametrize(("action", "target"), PRESSES)
async def test_buttons_are_refused_from_another_server_and_by_a_members_own_install(
    there: Home, action: str, target: str
) -> None:
    buttons = panel("x", [], BLUE, [Press(action, target, text="x")])
    for channel, member, refusal in (
        (there.away_channel, there.dan, NOT_HERE),
        (there.channel, there.ann, NO_SERVER),
    ):
        place = there.bot.get_channel(channel.id)
        message = await place.send(view=buttons)  # type: ignore[union-attr]
        if refusal is NO_SERVER:
            altering(there, user_installed_by(there.ann))
        result = await member.click(message, custom_id=f"archivist:{action}:{target}:")
        assert refusal in result.response.content


async def test_a_modal_of_the_home_server_is_refused_by_a_members_own_install(there: Home) -> None:
    shown = await there.ann.slash(there.channel, "archive add")
    altering(there, user_installed_by(there.ann))
    result = await there.ann.submit_modal(shown, {"files": [("notes.txt", b"A note.")]})
    assert NO_SERVER in result.response.content
    assert not there.uploads.exists()


@pytest.mark.parametrize("name", ["settings", "unanswered", "feedback export"])
async def test_what_a_server_sets_and_hears_is_refused_in_a_direct_message(there: Home, name: str) -> None:
    user = {"id": str(there.ann.id), "username": "ann", "discriminator": "0", "avatar": None, "global_name": "ann"}
    altering(there, {"guild_id": None, "member": None, "guild": None, "user": user, "context": 1})
    result = await there.ann.slash(there.channel, name)
    assert NO_SERVER in result.response.content


async def test_whoever_only_installed_it_can_ask_and_is_given_no_command_that_runs_the_archive(there: Home) -> None:
    global_ones = {command.name for command in there.bot.tree.get_commands()}
    assert global_ones & {"reindex", "archive"} == set()
    assert {"ask", "article", "about", "help", "privacy"} <= global_ones
    for command in there.bot.tree.get_commands():
        installs, contexts = command.allowed_installs, command.allowed_contexts
        if command.name in {"settings", "unanswered", "feedback"}:
            assert installs is not None
            assert (installs.guild, installs.user) == (True, False)
            assert command.guild_only or (contexts and not contexts.dm_channel)
