"""Files with bytes overwritten and their end cut off."""

from __future__ import annotations

from collections.abc import Sequence


def damaged(data: bytes, changes: Sequence[tuple[float, bytes]], cut: float | None) -> bytes:
    """Return `data` with bytes put in at places (shares of its length), and without what is behind `cut`."""
    broken = bytearray(data)
    for place, new in changes:
        at = int(place * len(broken))
        broken[at : at + len(new)] = new
    return bytes(broken[: int(cut * len(broken))] if cut is not None else broken)
