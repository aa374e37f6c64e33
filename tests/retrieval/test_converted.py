from __future__ import annotations

import gc
import hashlib
import json
import random
import shutil
import subprocess
import sys
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import press
import pytest
from test_encoders import TEXTS

from retrieval.encoders import OpenVinoEncoder, SentenceTransformerEncoder, Vectors
from retrieval.encoders.conversion import Conversion, find
from retrieval.errors import EncoderError

LONG = "word " * 700
PASSAGES = [*TEXTS, LONG, *(str(press.record(n)["text"]) for n in range(60))]


def conversion_of(encoder: OpenVinoEncoder) -> Conversion:
    found = find(encoder.method["conversion"])
    assert found is not None
    return found


@pytest.fixture(scope="module")
def reference(minilm: SentenceTransformerEncoder) -> Vectors:
    return minilm.encode_passages(PASSAGES)


@pytest.fixture(scope="module")
def vectors(converted: OpenVinoEncoder) -> Vectors:
    return converted.encode_passages(PASSAGES)


def test_float32_gives_the_vectors_of_the_reference(converted_float32: OpenVinoEncoder, reference: Vectors) -> None:
    cosines = (converted_float32.encode_passages(PASSAGES) * reference).sum(axis=1)
    assert cosines.min() >= 0.9999


def test_int8_gives_nearly_the_vectors_of_the_reference(vectors: Vectors, reference: Vectors) -> None:
    cosines = (vectors * reference).sum(axis=1)
    assert cosines.mean() >= 0.985
    assert cosines.min() >= 0.95
    assert cosines.mean() < 0.99999, "this is not int8"


def test_vectors_are_normalised_float32_rows(converted: OpenVinoEncoder, vectors: Vectors) -> None:
    assert vectors.shape == (len(PASSAGES), converted.dimension) == (len(PASSAGES), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(PASSAGES)), abs=1e-6)
    for none in (converted.encode_passages([]), converted.encode_queries([])):
        assert none.shape == (0, 384)
        assert none.dtype == np.float32


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_a_vector_is_a_function_of_its_text_alone(request: pytest.FixtureRequest, precision: str) -> None:
    encoder: OpenVinoEncoder = request.getfixturevalue("converted" if precision == "int8" else "converted_float32")
    texts = [*TEXTS, *PASSAGES[-12:]]
    vectors = encoder.encode_passages(texts)
    order = list(range(len(texts)))
    random.Random(3).shuffle(order)
    assert encoder.encode_passages([texts[i] for i in order]).tobytes() == vectors[order].tobytes()
    for i, text in enumerate(texts):
        assert encoder.encode_passages([text]).tobytes() == vectors[i].tobytes()
    assert vectors[0].tobytes() == vectors[6].tobytes()


def test_a_question_has_the_same_vector_alone_and_among_others_asked_at_the_same_time(
    converted: OpenVinoEncoder,
) -> None:
    questions = [f"Which {'very ' * n}old ferry sank off Holm?" for n in range(12)]
    alone = [converted.encode_queries([question]).tobytes() for question in questions]
    assert converted.encode_queries(questions).tobytes() == b"".join(alone)
    seen: dict[int, bytes] = {}
    ready = threading.Barrier(len(questions))

    def ask(i: int) -> None:
        ready.wait()
        seen[i] = b"".join(converted.encode_queries([questions[i]]).tobytes() for _ in range(3))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {i: vector * 3 for i, vector in enumerate(alone)}


def test_how_many_threads_there_are_changes_no_vector(converted: OpenVinoEncoder, vectors: Vectors) -> None:
    one = OpenVinoEncoder(conversion_of(converted), converted.name, threads=1)
    assert one.fingerprint == converted.fingerprint
    assert one.encode_passages(PASSAGES[:30]).tobytes() == vectors[:30].tobytes()


def test_texts_are_counted_and_cut_as_by_the_reference(
    converted: OpenVinoEncoder, minilm: SentenceTransformerEncoder
) -> None:
    assert converted.count(PASSAGES) == minilm.count(PASSAGES)
    assert converted.max_tokens == minilm.max_tokens == 254
    full, longer, other = converted.encode_passages(
        ["word " * 254, "word " * 254 + "ferry bridge", "word " * 253 + "ferry"]
    )
    assert full.tobytes() == longer.tobytes() != other.tobytes()


def test_prompts_change_the_vector_the_limit_and_the_fingerprint(converted: OpenVinoEncoder) -> None:
    made_of = conversion_of(converted)
    prompted = OpenVinoEncoder(made_of, converted.name, query_prompt="question: ", passage_prompt="passage: ")
    swapped = OpenVinoEncoder(made_of, converted.name, query_prompt="passage: ", passage_prompt="question: ")
    assert prompted.max_tokens == 252
    text = "The ferry sank."
    assert prompted.encode_passages([text]).tobytes() == converted.encode_passages([f"passage: {text}"]).tobytes()
    assert prompted.encode_queries([text]).tobytes() == converted.encode_queries([f"question: {text}"]).tobytes()
    assert len({e.fingerprint for e in (converted, prompted, swapped)}) == 3


def test_each_way_of_running_a_model_has_a_fingerprint_of_its_own(
    converted: OpenVinoEncoder, converted_float32: OpenVinoEncoder, minilm: SentenceTransformerEncoder
) -> None:
    assert len({e.fingerprint for e in (converted, converted_float32, minilm)}) == 3
    assert converted.method == {
        "backend": "openvino", "precision": "int8", "conversion": conversion_of(converted).key,
    }  # fmt: skip


def test_progress_rises_to_the_last_passage(converted: OpenVinoEncoder) -> None:
    seen: list[int] = []
    converted.encode_passages([f"note {n}" for n in range(43)], seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 43


def test_progress_that_fails_ends_the_encoding(converted: OpenVinoEncoder) -> None:
    def fail(done: int) -> None:
        raise RuntimeError(f"stopped at {done}")

    with pytest.raises(RuntimeError, match="stopped at"):
        converted.encode_passages([f"note {n}" for n in range(43)], fail)
    assert converted.encode_queries(["ferry"]).shape == (1, 384)


@pytest.fixture
def copied(converted: OpenVinoEncoder, tmp_path: Path) -> Conversion:
    """A converted model of the test's own."""
    made = conversion_of(converted)
    return replace(made, folder=Path(shutil.copytree(made.folder, tmp_path / "model")))


def test_what_was_compiled_is_used_again_and_damage_to_it_is_noticed(
    converted: OpenVinoEncoder, copied: Conversion, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(copied.folder / "compiled")
    expected = converted.encode_queries(["ferry"]).tobytes()
    for _ in range(2):
        assert OpenVinoEncoder(copied, "m").encode_queries(["ferry"]).tobytes() == expected
    (blob,) = (copied.folder / "compiled").iterdir()
    whole = blob.read_bytes()
    before = blob.stat().st_mtime_ns
    OpenVinoEncoder(copied, "m").encode_queries(["ferry"])
    assert blob.stat().st_mtime_ns == before
    for damaged in (whole[: len(whole) // 2] + bytes(64) + whole[len(whole) // 2 + 64 :], whole[:-9], b""):
        blob.unlink()  # another file: one that a model still maps must not change under it
        blob.write_bytes(damaged)
        assert OpenVinoEncoder(copied, "m").encode_queries(["ferry"]).tobytes() == expected
        now = blob.read_bytes()
        assert hashlib.sha256(now[:-32]).digest() == now[-32:]
        assert list((copied.folder / "compiled").iterdir()) == [blob]
    assert "damaged: the model is compiled anew" in caplog.text


def test_an_encoder_that_nobody_holds_gives_its_memory_back_at_once(copied: Conversion) -> None:
    encoder = OpenVinoEncoder(copied, "m")
    encoder.encode_queries(["ferry"])
    left = weakref.ref(encoder)
    gc.disable()  # which would find it sooner or later, with a model mapped from a file that may have changed since
    try:
        del encoder
        assert left() is None
    finally:
        gc.enable()


def test_a_folder_that_cannot_keep_what_was_compiled_is_no_failure(
    converted: OpenVinoEncoder, copied: Conversion
) -> None:
    shutil.rmtree(copied.folder / "compiled")
    (copied.folder / "compiled").write_text("a file where the folder should be")
    expected = converted.encode_queries(["ferry"]).tobytes()
    assert OpenVinoEncoder(copied, "m").encode_queries(["ferry"]).tobytes() == expected


def test_a_converted_model_that_cannot_be_loaded_is_named(copied: Conversion) -> None:
    shutil.rmtree(copied.folder / "compiled")
    (copied.folder / "model.xml").write_text("dust")
    with pytest.raises(EncoderError, match="cannot be loaded") as raised:
        OpenVinoEncoder(copied, "m").encode_queries(["ferry"])
    assert str(copied.folder) in raised.value.message


def test_a_question_is_encoded_without_torch_or_transformers_or_telemetry(converted: OpenVinoEncoder) -> None:
    made_of = conversion_of(converted)
    program = (
        "import json, sys\n"
        "from retrieval.encoders import OpenVinoEncoder\n"
        "from retrieval.encoders.conversion import find\n"
        f"OpenVinoEncoder(find({made_of.key!r}), 'all-MiniLM-L6-v2').encode_queries(['Where is the ferry?'])\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(json.loads(ran.stdout))
    assert "openvino" in loaded
    assert not loaded & {"torch", "transformers", "sentence_transformers", "nncf", "openvino_telemetry", "scipy"}


def test_a_question_that_is_begun_has_the_vector_that_it_has_anyway(converted: OpenVinoEncoder) -> None:
    questions = ["Which ferry sank off Holm?", "When did the very old mill of the upper village burn down?"]
    expected = [converted.encode_queries([question]).tobytes() for question in questions]
    # More than there are threads, so that some are not begun before they are waited for.
    waiting = [converted.begin_queries([question]) for question in questions * 8]
    assert [rows().tobytes() for rows in waiting] == expected * 8
    assert [rows().tobytes() for rows in waiting] == expected * 8  # as often as it is asked
    assert converted.begin_queries(questions)().tobytes() == b"".join(expected)


def test_what_nobody_waits_for_takes_no_thread_away(converted: OpenVinoEncoder) -> None:
    for _ in range(20):
        converted.begin_queries(["Which ferry sank off Holm?"])
    rows = converted.begin_queries(["Which ferry sank off Holm?"])
    assert rows().tobytes() == converted.encode_queries(["Which ferry sank off Holm?"]).tobytes()
