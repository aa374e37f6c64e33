from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index.vectors import KEY, Spool

VECTORS = np.arange(40, dtype=np.float32).reshape(10, 4)
KEYS = [bytes([n]) * KEY for n in range(10)]


def test_what_was_kept_comes_back_after_the_process_is_gone(tmp_path: Path) -> None:
    with Spool(tmp_path, "f", 4) as spool:
        spool.add(KEYS[:6], VECTORS[:6])
        spool.add(KEYS[6:8], VECTORS[6:8])
    with Spool(tmp_path, "f", 4) as spool:
        assert [key in spool for key in KEYS] == [True] * 8 + [False] * 2
        assert spool.get([KEYS[7], KEYS[0], KEYS[0]]).tolist() == VECTORS[[7, 0, 0]].tolist()
        spool.add(KEYS[8:], VECTORS[8:])
        assert spool.get(KEYS).tobytes() == VECTORS.tobytes()
        assert spool.get([]).shape == (0, 4)


@given(share=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_a_record_that_was_cut_short_is_dropped_and_the_others_stay(share: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Spool(Path(folder), "f", 4) as spool:
            spool.add(KEYS[:3], VECTORS[:3])
        [path] = Path(folder).iterdir()
        content = path.read_bytes()
        cut = int(share * len(content))
        path.write_bytes(content[:cut])
        whole = cut // (len(content) // 3)
        with Spool(Path(folder), "f", 4) as spool:
            assert [key in spool for key in KEYS[:3]] == [n < whole for n in range(3)]
            spool.add(KEYS[5:6], VECTORS[5:6])
            assert spool.get([*KEYS[:whole], KEYS[5]]).tolist() == [*VECTORS[:whole].tolist(), VECTORS[5].tolist()]


@settings(max_examples=40, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_record_that_rotted_is_not_used(place: float, flip: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Spool(Path(folder), "f", 4) as spool:
            spool.add(KEYS[:3], VECTORS[:3])
        [path] = Path(folder).iterdir()
        content = bytearray(path.read_bytes())
        content[int(place * len(content))] ^= flip
        path.write_bytes(content)
        with Spool(Path(folder), "f", 4) as spool:
            sound = [n for n in range(3) if KEYS[n] in spool]
            assert spool.get([KEYS[n] for n in sound]).tolist() == VECTORS[sound].tolist()
            assert len(sound) < 3


def test_another_encoders_vectors_are_forgotten(tmp_path: Path) -> None:
    with Spool(tmp_path, "one", 4) as spool:
        spool.add(KEYS[:2], VECTORS[:2])
    with Spool(tmp_path, "two", 4) as spool:
        assert KEYS[0] not in spool
    with Spool(tmp_path, "one", 4) as spool:
        assert KEYS[0] not in spool


def test_nothing_is_left_once_it_is_cleared(tmp_path: Path) -> None:
    with Spool(tmp_path, "f", 4) as spool:
        spool.add(KEYS[:2], VECTORS[:2])
        spool.clear()
    assert list(tmp_path.iterdir()) == []
