"""How the small Discord of the tests takes requests and answers them, or refuses to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from discord_payloads import Payload

API = "/api/v10"


@dataclass(slots=True)
class Seen:
    """One request as it arrived, and the status that it got. `at_s` is monotonic."""

    method: str
    path: str
    at_s: float
    status: int = 0
    body: Payload = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What is answered instead, `times` times, to requests whose "METHOD path" the pattern finds."""

    pattern: re.Pattern[str]
    status: int
    times: int
    retry_after_s: float

    def response(self) -> web.Response:
        body = {"message": f"{self.status} on demand", "code": 0}
        if self.status == 429:
            body = {"message": "You are being rate limited.", "retry_after": self.retry_after_s, "global": False}
        # Without Via, discord.py takes a 429 for a ban by the network in front of Discord.
        headers = {"Via": "1.1 on-demand", "Retry-After": str(max(1, round(self.retry_after_s)))}
        return reply(body, status=self.status, headers=headers)


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return JSON; with a charset in its type, which aiohttp adds to text, discord.py would not take it for that."""
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")


def empty() -> web.Response:
    return web.Response(status=204)


def unknown_message() -> web.Response:
    return reply({"message": "Unknown Message", "code": 10008}, status=404)


async def read_body(request: web.Request) -> Payload:
    """The request's JSON; that of a form with files lies in a field of it."""
    if request.content_type == "multipart/form-data":
        text = str((await request.post())["payload_json"])
    else:
        text = await request.text()
    given = json.loads(text) if text else {}
    return given if isinstance(given, dict) else {"payload": given}
