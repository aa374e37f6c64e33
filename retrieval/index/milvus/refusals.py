"""What pymilvus raises, and what servers say, as errors of ours: by what there is to do about it."""

from __future__ import annotations

import re

from retrieval.errors import ArchivistError, ServerError, Unreachable
from retrieval.index.lock import Retired

_MISSING = {100, 1600}  # no such collection (and, on Lite, alias); no such alias
_NO_INDEX = 700
_REFUSED = {"UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"}
_FULL = re.compile(r"quota|no space|disk full|out of memory|insufficient|resource.?exhausted|deny|rate.?limit", re.I)
_TOKEN = re.compile(r"auth|token|permission|privilege|credential|unauthor", re.IGNORECASE)
_AWAY = re.compile(
    r"fail(?:ed)? connecting|connect(?:ion)? (?:refused|fail)|unavailable|deadline|timed? ?out|timeout", re.I
)
_AWAY_HINT = "Start it again, or see `index.milvus.uri`; nothing is lost, and asking again is enough"


class Unfinished(ServerError):
    """A collection without an index: whoever began it died, and it cannot be asked."""


def told(happened: Exception, uri: str, doing: str) -> ArchivistError:
    """Return what pymilvus raised while the server at `uri` was `doing` something, as an error of ours."""
    error = _refusal(happened)
    code = getattr(error, "code", None)
    code = code() if callable(code) else code
    name = str(getattr(code, "name", code))
    said = str(getattr(error, "message", "") or getattr(error, "details", lambda: "")() or error)
    said = " ".join(said.split())[:300]
    where = f"the Milvus at {uri}"
    if code in _MISSING:
        return Retired(f"{where} cannot {doing}: {said}", "Open the archive again")
    if code == _NO_INDEX:
        return Unfinished(
            f"{where} cannot {doing}, which has no index: {said}", "Run `archivist index`, which mends it"
        )
    if name in ("UNAUTHENTICATED", "PERMISSION_DENIED") or code in (1400, 1401) or _TOKEN.search(said):
        return ServerError(f"{where} refuses to {doing}: {said}", "Set `index.milvus.token` to one that is allowed to")
    if name == "RESOURCE_EXHAUSTED" or code in (8, 9) or _FULL.search(said):
        return ServerError(f"{where} has no room to {doing}: {said}", "Give it more memory or disk, and try again")
    if name in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED") or code == 2 or _AWAY.search(said):
        return Unreachable(f"{where} cannot be reached: {said}", _AWAY_HINT)
    return ServerError(f"{where} cannot {doing}: {said or type(error).__name__}", "The server's log may say more")


def _refusal(error: BaseException) -> BaseException:
    """Return what a server refused with: pymilvus says of all that happens while it connects that it cannot."""
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:  # it raises errors from themselves
        code = getattr(found, "code", None)
        if getattr(code() if callable(code) else code, "name", "") in _REFUSED:
            return found
        seen.append(found)
        found = found.__cause__ or found.__context__
    return error
