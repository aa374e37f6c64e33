"""Two minutes of damage to every kind of container and web archive: nothing raises, hangs or takes memory."""

from __future__ import annotations

import io
import random
import resource
import time

import pytest
import test_reading_containers as containers
import test_reading_wacz as wacz
import test_reading_warc as warc
import test_reading_zim as zim

from retrieval.reading.articles import read_stream
from retrieval.types import Skipped

SECONDS = 120
KINDS = {
    "box.zip": containers.SAMPLES,
    "web.warc": warc.SAMPLES,
    "crawl.wacz": [wacz.wacz(wacz.WHOLE)],
    "holm.zim": [zim.zim(zim.PAGES, *packing) for packing in zim.PACKINGS],
}
PIECES = (b"\0", b"\xff",
          b"\xff\xff\xff\xff", b"PK\x03\x04", b"PK\x01\x02", b"\x1f\x8b\x08", b"WARC/1.0\r\n", b"\r\n\r\n",
          b"99999999999", b"-1", b"ZIM\x04", b"\x28\xb5\x2f\xfd", b"Content-Length: 0\r\n")  # fmt: skip


def damaged(data: bytes, drawn: random.Random) -> bytes:
    """Return `data` with a few places overwritten, doubled, taken out or cut."""
    broken = bytearray(data)
    for _ in range(drawn.randint(1, 6)):
        at = drawn.randrange(len(broken) + 1)
        piece = drawn.choice((drawn.randbytes(drawn.randint(1, 8)), drawn.choice(PIECES)))
        match drawn.randrange(5):
            case 0:
                broken[at : at + len(piece)] = piece
            case 1:
                broken[at:at] = piece
            case 2:
                del broken[at : at + drawn.randint(1, 200)]
            case 3:
                broken[at:at] = broken[at : at + drawn.randint(1, 400)]
            case _ if len(broken) > 4:
                broken[at : at + 4] = drawn.randrange(1 << 32).to_bytes(4, "little")
    return bytes(broken[: drawn.randrange(len(broken) + 1)] if drawn.random() < 0.2 else broken)


@pytest.mark.soak
@pytest.mark.parametrize("name", KINDS)
def test_two_minutes_of_damage_raise_nothing(name: str) -> None:
    drawn = random.Random(name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        data = damaged(drawn.choice(KINDS[name]), drawn)
        began = time.process_time()
        found = list(read_stream(io.BytesIO(data), name))
        assert found
        assert time.process_time() - began < 5, data
        failed = [item for item in found if isinstance(item, Skipped) and "reading it failed" in item.reason]
        assert not failed, (failed, data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # kB
