"""Discord's gateway, the part of it that a bot needs: sessions that can be dropped and resumed, over real sockets."""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from time import monotonic

from aiohttp import WSMsgType, web
from discord_payloads import Payload, Person, Room, snowflake

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 9, 10, 11
BAD_TOKEN, BAD_INTENTS = 4004, 4014
_FOR_GOOD = (1000, 1001)  # a client that closes with these cannot resume
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT
_INVALID: Payload = {"op": INVALID_SESSION, "d": False, "s": None, "t": None}
NEEDED = {"MESSAGE_CREATE": 1 << 9, "GUILD_CREATE": 1 << 0}


class _Connection:
    """One socket; compressed as its client asked."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._transport = request.transport
        # A kind that is not known is sent plain, which every client takes.
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def send(self, payload: Payload) -> None:
        text = json.dumps(payload)
        if self._zlib is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH))

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


@dataclass(slots=True)
class Session:
    """What a bot identified for; events that it missed wait here for its RESUME."""

    id: str
    shard: tuple[int, int]
    intents: int
    connection: _Connection | None = None
    sent: list[Payload] = field(default_factory=list)


class Gateway:
    """Takes sockets, and sends events to the session whose shard a server belongs to.

    `identified` (with `identified_at_s`) and `resumed` hold what came, in order; `opened` the query of each connection;
    `beats` counts heartbeats. `resume_url` is what READY tells.
    """

    def __init__(self, token: str, me: Person, owner: Person, rooms: list[Room], *, beat_every_ms: int) -> None:
        self.resume_url = ""
        self.identified: list[Payload] = []
        self.identified_at_s: list[float] = []
        self.resumed: list[Payload] = []
        self.opened: list[dict[str, str]] = []
        self.beats = 0
        self._token = token
        self._me = me
        self._owner = owner
        self._rooms = rooms
        self._beat_every_ms = beat_every_ms
        self._sessions: dict[str, Session] = {}
        self._changed = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        self.opened.append(dict(request.query))
        connection = _Connection(socket, request)
        await connection.send({"op": HELLO, "d": {"heartbeat_interval": self._beat_every_ms}, "s": None, "t": None})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._take(connection, json.loads(frame.data))
        for session in [session for session in self._sessions.values() if session.connection is connection]:
            session.connection = None
            if socket.close_code in _FOR_GOOD:
                del self._sessions[session.id]
        await self._tell()
        return socket

    async def send(self, room: Room, event: str, data: Payload, *, shard: int | None = None) -> None:
        """Send an event of a server to its shard's session; a session without a socket gets it at its RESUME.

        It goes to another `shard` where one is named, as Discord would never do.
        """
        for session in self._sessions.values():
            number, shards = session.shard
            mine = (room.guild_id >> 22) % shards == number if shard is None else shard == number
            if mine and session.intents & NEEDED.get(event, ~0):
                await self._dispatch(session, event, data)

    async def drop(self, code: int | None = None) -> None:
        """Break all connections: without a word, or with a close frame that has `code`."""
        for session in self._sessions.values():
            if session.connection is not None:
                connection, session.connection = session.connection, None
                if code is None:
                    connection.abort()
                else:
                    await connection.socket.close(code=code)

    async def until(self, *, identified: int = 0, resumed: int = 0, connected: bool | None = None) -> None:
        """Wait until so many IDENTIFYs and RESUMEs have come, and all (or none) of the sessions have a socket."""

        def reached() -> bool:
            alive = [session.connection is not None for session in self._sessions.values()]
            fits = connected is None or all(live is connected for live in alive)
            return len(self.identified) >= identified and len(self.resumed) >= resumed and fits

        async with self._changed:
            await self._changed.wait_for(reached)

    async def invalidate(self) -> None:
        """End all sessions, so that their bots have to identify anew."""
        ended, self._sessions = self._sessions, {}
        for session in ended.values():
            if session.connection is not None:
                await session.connection.send(_INVALID)

    async def _take(self, connection: _Connection, payload: Payload) -> None:
        match payload["op"]:
            case 1:  # HEARTBEAT
                self.beats += 1
                await connection.send({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
            case 2:  # IDENTIFY
                await self._identify(connection, payload["d"])
            case 6:  # RESUME
                await self._resume(connection, payload["d"])
        await self._tell()

    async def _identify(self, connection: _Connection, data: Payload) -> None:
        self.identified.append(data)
        self.identified_at_s.append(monotonic())
        if data["token"] != self._token:
            await connection.socket.close(code=BAD_TOKEN)
            return
        if data["intents"] & PRIVILEGED:
            await connection.socket.close(code=BAD_INTENTS)
            return
        number, shards = data.get("shard", (0, 1))
        session = Session(f"session-{snowflake()}", (number, shards), data["intents"], connection)
        self._sessions[session.id] = session
        mine = [room for room in self._rooms if (room.guild_id >> 22) % shards == number]
        ready = {
            "v": 10, "user": self._me.to_payload(), "session_id": session.id, "shard": [number, shards],
            "resume_gateway_url": self.resume_url, "application": {"id": str(self._me.id), "flags": 0},
            "guilds": [{"id": str(room.guild_id), "unavailable": True} for room in mine],
        }  # fmt: skip
        await self._dispatch(session, "READY", ready)
        for room in mine:
            await self._dispatch(session, "GUILD_CREATE", room.to_guild(self._owner, self._me))

    async def _resume(self, connection: _Connection, data: Payload) -> None:
        self.resumed.append(data)
        session = self._sessions.get(data["session_id"])
        if session is None or data["token"] != self._token:
            await connection.send(_INVALID)
            return
        session.connection = connection
        for event in session.sent[data["seq"] :]:
            await connection.send(event)
        await self._dispatch(session, "RESUMED", {})

    async def _dispatch(self, session: Session, event: str, data: Payload) -> None:
        payload = {"op": DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
        session.sent.append(payload)
        if session.connection is not None:
            try:
                await session.connection.send(payload)
            except ConnectionError:
                session.connection = None  # it went while this was sent; a RESUME fetches it

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
