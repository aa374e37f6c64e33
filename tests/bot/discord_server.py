"""A small Discord on 127.0.0.1: real HTTP and real sockets, for tests of the bot as a process of its own.

It keeps messages and commands, answers as Discord does where a bot can tell the difference (authorisation, an
interaction acknowledged twice, content that is kept from a bot without the intent), refuses and breaks on demand, and
remembers every request. What it does not know it answers with 404 and lists in `unknown`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from time import monotonic
from types import TracebackType
from typing import Any

from aiohttp import web
from discord_gateway import Gateway
from discord_http import API, Fault, Seen, empty, read_body, reply, unknown_message
from discord_payloads import Payload, Person, Room, interaction, message, snowflake

TOKEN = "MTIz.not-a-token.of-anybody"  # noqa: S105 - the server's own
MANAGE_GUILD = 1 << 5
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DiscordServer:
    """Runs while it is entered (`async with`). `rooms` are the servers that the bot is in, and `managers` manage them
    all."""

    def __init__(self, rooms: int = 1, *, shards: int = 1, beat_every_ms: int = 500) -> None:
        self.me = Person("Archivist", bot=True)
        self.asker = Person("Ida")
        self.managers: list[Person] = []
        self.rooms = [Room() for _ in range(rooms)]
        self.gateway = Gateway(TOKEN, self.me, self.asker, self.rooms, beat_every_ms=beat_every_ms)
        self.advertised_gateway_url = ""
        self.seen: list[Seen] = []
        self.unknown: list[str] = []
        self.messages: dict[str, Payload] = {}
        self.commands: dict[str, list[Payload]] = {}
        self.callbacks: dict[str, Payload] = {}
        self._interactions: dict[str, Payload] = {}
        self._originals: dict[str, str] = {}
        self._faults: list[Fault] = []
        self._shards = shards
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> DiscordServer:
        app = web.Application(middlewares=[self._around])
        app.router.add_get("/gateway", self.gateway.handle)
        for method, path, handler in (
            ("GET", "/users/@me", self._get_me),
            ("GET", "/oauth2/applications/@me", self._get_application),
            ("GET", "/gateway/bot", self._get_gateway),
            ("PUT", "/applications/{app}/commands", self._put_commands),
            ("PUT", "/applications/{app}/guilds/{guild}/commands", self._put_commands),
            ("POST", "/channels/{channel}/typing", self._no_content),
            ("POST", "/channels/{channel}/messages", self._post_message),
            ("GET", "/channels/{channel}/messages/{message}", self._get_message),
            ("PATCH", "/channels/{channel}/messages/{message}", self._patch_message),
            ("DELETE", "/channels/{channel}/messages/{message}", self._delete_message),
            ("POST", "/interactions/{id}/{token}/callback", self._post_callback),
            ("POST", "/webhooks/{app}/{token}", self._post_followup),
            ("GET", "/webhooks/{app}/{token}/messages/{message}", self._get_message),
            ("PATCH", "/webhooks/{app}/{token}/messages/{message}", self._patch_message),
            ("DELETE", "/webhooks/{app}/{token}/messages/{message}", self._delete_message),
        ):
            app.router.add_route(method, API + path, handler)
        app.router.add_route("*", "/{anything:.*}", self._not_found)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        at = f"127.0.0.1:{self._runner.addresses[0][1]}"
        self.api_url, self.gateway_url = f"http://{at}{API}", f"ws://{at}/gateway"
        self.advertised_gateway_url = self.gateway.resume_url = self.gateway_url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.gateway.drop()
        await self._runner.cleanup()

    def refuse(self, pattern: str, status: int, *, times: int = 1, retry_after_s: float = 0) -> None:
        """Answer the next `times` requests whose "METHOD path" has `pattern` in it with `status`."""
        self._faults.append(Fault(re.compile(pattern), status, times, retry_after_s))

    def requests(self, pattern: str) -> list[Seen]:
        """Return the requests so far whose "METHOD path" has `pattern` in it."""
        return [seen for seen in self.seen if re.search(pattern, f"{seen.method} {seen.path}")]

    async def until_requested(self, pattern: str, status: int) -> None:
        """Wait until a request whose "METHOD path" has `pattern` in it has been answered with `status`."""
        async with self._changed:
            await self._changed.wait_for(lambda: any(seen.status == status for seen in self.requests(pattern)))

    async def mention(self, question: str, *, room: Room | None = None, asker: Person | None = None) -> str:
        """Have somebody mention the bot with a question; return the message's id."""
        room, asker = room or self.rooms[0], asker or self.asker
        sent = message(room, asker, f"<@{self.me.id}> {question}", mentions=[self.me.to_payload()])
        self.messages[sent["id"]] = sent
        await self.gateway.send(room, "MESSAGE_CREATE", sent)
        return str(sent["id"])

    async def chat(self, content: str) -> str:
        """Have somebody say something that is not for the bot, whose text Discord therefore keeps from it."""
        sent = message(self.rooms[0], self.asker, content)
        await self.gateway.send(self.rooms[0], "MESSAGE_CREATE", sent | {"content": ""})
        return str(sent["id"])

    async def command(
        self, name: str, *, asker: Person | None = None, room: Room | None = None, at_home: bool = False,
        shard: int | None = None, **options: Any,
    ) -> str:  # fmt: skip
        """Have somebody use a slash command with options of text; return the interaction's id.

        `at_home` is a command that the server has for itself; `shard` is told of it, whosever the server is.
        """
        room = room or self.rooms[0]
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        data = {"id": str(snowflake()), "name": name, "type": 1, "options": given}
        if at_home:
            data["guild_id"] = str(room.guild_id)
        return await self._interact(2, data, asker or self.asker, room, shard)

    async def press(self, message_id: str, custom_id: str, *, asker: Person | None = None) -> str:
        """Have somebody press a button of a message; return the interaction's id."""
        data = {"custom_id": custom_id, "component_type": 2}
        return await self._interact(3, data, asker or self.asker, message=self.messages[message_id])

    async def choose(self, message: Payload, custom_id: str, *values: str, room: Room) -> str:
        """Have somebody choose from a menu of a message; return the interaction's id."""
        data = {"custom_id": custom_id, "component_type": 3, "values": list(values)}
        return await self._interact(3, data, self.asker, room, message=message)

    async def answer_to(self, question_id: str, fits: Callable[[Payload], bool] = bool) -> Payload:
        """Wait for the bot's message that replies to a message or is the response to an interaction, and `fits`."""

        def found() -> Payload | None:
            original = self._originals.get(question_id, "")
            for sent in self.messages.values():
                to = (sent.get("message_reference") or {}).get("message_id")
                if (str(to) == question_id or sent["id"] == original) and fits(sent):
                    return sent
            return None

        async with self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        answer = found()
        assert answer is not None
        return answer

    async def _interact(
        self, kind: int, data: Payload, asker: Person, room: Room | None = None, shard: int | None = None, **more: Any
    ) -> str:
        room = room or self.rooms[0]
        sent = interaction(room, asker, self.me.id, kind, data) | more
        if asker in self.managers:
            sent["member"]["permissions"] = str(int(sent["member"]["permissions"]) | MANAGE_GUILD)
        self._interactions[sent["token"]] = sent
        await self.gateway.send(room, "INTERACTION_CREATE", sent, shard=shard)
        return str(sent["id"])

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(API):
            return await handler(request)
        seen = Seen(request.method, request.path.removeprefix(API), monotonic())
        self.seen.append(seen)
        seen.body = await read_body(request)
        response = await self._respond(request, handler)
        seen.status = response.status
        async with self._changed:
            self._changed.notify_all()
        return response

    async def _respond(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        for fault in self._faults:
            if fault.times and fault.pattern.search(f"{request.method} {request.path.removeprefix(API)}"):
                fault.times -= 1
                return fault.response()
        # A token in the path stands for itself.
        by_path = re.search("/(interactions|webhooks)/", request.path)
        if not by_path and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return reply({"message": "401: Unauthorized", "code": 0}, status=401)
        return await handler(request)

    async def _get_me(self, request: web.Request) -> web.Response:
        return reply(self.me.to_payload())

    async def _get_application(self, request: web.Request) -> web.Response:
        return reply({
            "id": str(self.me.id), "name": self.me.name, "description": "", "icon": None, "bot_public": True,
            "bot_require_code_grant": False, "verify_key": "", "owner": self.asker.to_payload(), "flags": 0,
        })  # fmt: skip

    async def _get_gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return reply({"url": self.advertised_gateway_url, "shards": self._shards, "session_start_limit": limit})

    async def _put_commands(self, request: web.Request) -> web.Response:
        scope = request.match_info.get("guild", "")
        kept = [
            {"description": ""} | given | {
                "id": str(snowflake()), "application_id": str(self.me.id), "version": str(snowflake()),
            }
            for given in (await read_body(request))["payload"]
        ]  # fmt: skip
        self.commands[scope] = kept
        return reply(kept)

    async def _post_message(self, request: web.Request) -> web.Response:
        return reply(self._keep(await read_body(request), request.match_info["channel"]))

    async def _get_message(self, request: web.Request) -> web.Response:
        kept = self._find(request)
        return reply(kept) if kept else unknown_message()

    async def _patch_message(self, request: web.Request) -> web.Response:
        kept = self._find(request)
        if kept is None:
            return unknown_message()
        kept.update(_shown(await read_body(request)), edited_timestamp=kept["timestamp"])
        return reply(kept)

    async def _delete_message(self, request: web.Request) -> web.Response:
        kept = self._find(request)
        return unknown_message() if self.messages.pop(kept["id"] if kept else "", None) is None else empty()

    async def _post_callback(self, request: web.Request) -> web.Response:
        asked = self._interactions.get(request.match_info["token"])
        if asked is None:
            return reply({"message": "Unknown interaction", "code": 10062}, status=404)
        if asked["id"] in self.callbacks:
            return reply({"message": "Interaction has already been acknowledged.", "code": 40060}, status=400)
        body = self.callbacks[asked["id"]] = await read_body(request)
        told: Payload = {"interaction": {"id": asked["id"], "type": asked["type"]}}
        if body["type"] in {4, 5}:
            kept = self._keep(body.get("data") or {}, asked["channel_id"])
            self._originals[asked["id"]] = self._originals[asked["token"]] = kept["id"]
            told["interaction"]["response_message_id"] = kept["id"]
            told["resource"] = {"type": body["type"], "message": kept}
        elif body["type"] in {6, 7}:
            kept = self.messages[asked["message"]["id"]]
            kept.update(_shown(body.get("data") or {}))
            self._originals[asked["id"]] = self._originals[asked["token"]] = kept["id"]
            told["resource"] = {"type": body["type"], "message": kept}
        return reply(told)

    async def _post_followup(self, request: web.Request) -> web.Response:
        asked = self._interactions.get(request.match_info["token"])
        if asked is None:
            return reply({"message": "Unknown Webhook", "code": 10015}, status=404)
        return reply(self._keep(await read_body(request), asked["channel_id"]))

    async def _no_content(self, request: web.Request) -> web.Response:
        return empty()

    async def _not_found(self, request: web.Request) -> web.Response:
        self.unknown.append(f"{request.method} {request.path}")
        return reply({"message": "404: Not Found", "code": 0}, status=404)

    def _keep(self, body: Payload, channel_id: str) -> Payload:
        room = next(room for room in self.rooms if str(room.id) == channel_id)
        kept = message(room, self.me, **_shown(body))
        self.messages[kept["id"]] = kept
        return kept

    def _find(self, request: web.Request) -> Payload | None:
        wanted = request.match_info["message"]
        if wanted == "@original":
            wanted = self._originals.get(request.match_info["token"], "")
        return self.messages.get(wanted)


def _shown(body: Payload) -> Payload:
    """The fields of a request that a message then has."""
    fields = ("content", "embeds", "components", "flags", "message_reference")
    return {name: body[name] for name in fields if body.get(name) is not None}
