from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from retrieval import models
from retrieval.encoders import SentenceTransformerEncoder, Vectors
from retrieval.errors import EncoderError
from retrieval.models import model_folder

TEXTS = [
    "The ferry sank.",
    "",
    "A short note about nothing.",
    "The harbour master closed the old pier this morning because the storm had broken two of its beams. " * 2,
    "Der Bürgermeister eröffnete die Brücke.",
    "🦊 \u202e\x07",
    "The ferry sank.",
    *(f"Number {n} of the {'very ' * (n * 2)}long list." for n in range(14)),
]


@pytest.fixture(scope="module")
def vectors(minilm: SentenceTransformerEncoder) -> Vectors:
    return minilm.encode_passages(TEXTS)


def test_vectors_are_normalised_float32_rows(minilm: SentenceTransformerEncoder, vectors: Vectors) -> None:
    assert vectors.shape == (len(TEXTS), minilm.dimension) == (21, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-6)


def test_a_vector_is_a_function_of_its_text_alone(minilm: SentenceTransformerEncoder, vectors: Vectors) -> None:
    order = list(range(len(TEXTS)))
    random.Random(3).shuffle(order)
    shuffled = minilm.encode_passages([TEXTS[i] for i in order])
    assert shuffled.tobytes() == vectors[order].tobytes()
    for i in (1, 3):
        assert minilm.encode_passages([TEXTS[i]]).tobytes() == vectors[i].tobytes()
    assert vectors[0].tobytes() == vectors[6].tobytes()


def test_a_question_has_the_same_vector_in_any_company(minilm: SentenceTransformerEncoder) -> None:
    together = minilm.encode_queries(TEXTS[:5])
    assert together.dtype == np.float32
    for i, text in enumerate(TEXTS[:5]):
        assert minilm.encode_queries([text]).tobytes() == together[i].tobytes()


def test_no_texts_have_no_vectors(minilm: SentenceTransformerEncoder) -> None:
    for none in (minilm.encode_passages([]), minilm.encode_queries([])):
        assert none.shape == (0, 384)
        assert none.dtype == np.float32
    assert minilm.count([]) == []


def test_the_vectors_are_those_of_the_library(minilm: SentenceTransformerEncoder, vectors: Vectors) -> None:
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(str(model_folder("all-MiniLM-L6-v2")), device="cpu", local_files_only=True)
    expected = library.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert (np.asarray(expected) * vectors).sum(axis=1).min() > 0.99999
    questions = [*TEXTS[:5], "word " * 400]
    expected = library.encode(questions, normalize_embeddings=True, show_progress_bar=False)
    assert (np.asarray(expected) * minilm.encode_queries(questions)).sum(axis=1).min() > 0.99999


def test_a_text_is_read_up_to_its_limit_and_no_further(minilm: SentenceTransformerEncoder) -> None:
    assert minilm.max_tokens == 254
    assert minilm.count(["word " * 254, "", "ferry", "Zanzibarian ferries"])[:3] == [254, 0, 1]
    full, longer, other = minilm.encode_passages(
        ["word " * 254, "word " * 254 + "ferry bridge", "word " * 253 + "ferry"]
    )
    assert full.tobytes() == longer.tobytes()
    assert full.tobytes() != other.tobytes()


def test_prompts_change_the_vector_the_limit_and_the_fingerprint(minilm: SentenceTransformerEncoder) -> None:
    prompted = SentenceTransformerEncoder(query_prompt="question: ", passage_prompt="passage: ")
    assert prompted.prompts == ("question: ", "passage: ")
    assert prompted.max_tokens == 252
    text = "The ferry sank."
    assert prompted.encode_passages([text]).tobytes() == minilm.encode_passages([f"passage: {text}"]).tobytes()
    assert prompted.encode_queries([text]).tobytes() == minilm.encode_queries([f"question: {text}"]).tobytes()
    swapped = SentenceTransformerEncoder(query_prompt="passage: ", passage_prompt="question: ")
    joined = SentenceTransformerEncoder(query_prompt="question: passage: ")
    found = {e.fingerprint for e in (minilm, prompted, swapped, joined)}
    assert len(found) == 4
    assert SentenceTransformerEncoder().fingerprint == minilm.fingerprint


def test_progress_counts_to_the_last_passage(minilm: SentenceTransformerEncoder) -> None:
    seen: list[int] = []
    minilm.encode_passages([f"note {n}" for n in range(40)], seen.append)
    assert seen == [32, 40]


def test_threads_get_the_vectors_that_one_gets(minilm: SentenceTransformerEncoder) -> None:
    expected = minilm.encode_queries(TEXTS[:4]).tobytes()
    seen: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: seen.append(minilm.encode_queries(TEXTS[:4]).tobytes())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 4


def linked_model(tmp_path: Path, name: str) -> Path:
    """A folder of links to the packaged model's files, with a changed copy of one."""
    model = model_folder("all-MiniLM-L6-v2")
    folder = tmp_path / "model"
    for path in model.rglob("*"):
        if path.is_file():
            link = folder / path.relative_to(model)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    changed = folder / name
    content = changed.read_bytes()
    changed.unlink()
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    return folder


def test_a_packaged_model_that_is_not_the_published_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = linked_model(tmp_path, "model.safetensors")
    package = tmp_path / "tampered_model"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model").symlink_to(folder)
    monkeypatch.syspath_prepend(tmp_path)
    _, inner, sha256 = models._PACKAGED["all-MiniLM-L6-v2"]
    monkeypatch.setitem(models._PACKAGED, "all-MiniLM-L6-v2", ("tampered_model", inner, sha256))
    for name in ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"):
        with pytest.raises(EncoderError, match=r"model\.safetensors is not the published model") as raised:
            SentenceTransformerEncoder(name)
    assert sha256 in raised.value.message
    assert "tampered_model" in raised.value.hint
    (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"model\.safetensors cannot be read"):
        SentenceTransformerEncoder()


def test_a_folder_of_the_same_files_has_the_same_fingerprint_and_vectors_and_a_changed_one_has_not(
    minilm: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    model = model_folder("all-MiniLM-L6-v2")
    same = SentenceTransformerEncoder(str(shutil.copytree(model, tmp_path / "same", symlinks=True)))
    assert same.fingerprint == minilm.fingerprint
    assert same.encode_queries(["ferry"]).tobytes() == minilm.encode_queries(["ferry"]).tobytes()
    changed = linked_model(tmp_path, "model.safetensors")
    assert SentenceTransformerEncoder(str(changed)).fingerprint != minilm.fingerprint


def test_a_model_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    folder = linked_model(tmp_path, "model.safetensors")
    (folder / "model.safetensors").write_bytes(b"dust")
    encoder = SentenceTransformerEncoder(str(folder))
    with pytest.raises(EncoderError, match="cannot be loaded") as raised:
        encoder.encode_queries(["ferry"])
    assert str(folder) in raised.value.message


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no usable tokenizer\.json"):
        SentenceTransformerEncoder(str(tmp_path))
    shutil.copy(model_folder("all-MiniLM-L6-v2") / "tokenizer.json", tmp_path)
    for content in (None, "{", "[]", "{}", '{"hidden_size": "many"}'):
        if content is not None:
            (tmp_path / "config.json").write_text(content)
        with pytest.raises(EncoderError, match="does not hold a sentence-transformers model"):
            SentenceTransformerEncoder(str(tmp_path))


def test_a_model_that_is_nowhere_is_one_clear_error_at_once(tmp_path: Path) -> None:
    program = (
        "from retrieval.encoders import SentenceTransformerEncoder; from retrieval.errors import EncoderError\n"
        "try: SentenceTransformerEncoder('no-such/model-anywhere')\n"
        "except EncoderError as error: print(error)\n"
    )
    environment = {
        **os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=True)
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1
    assert "no-such/model-anywhere is no folder" in ran.stdout
    assert "encoder.model" in ran.stdout


def test_what_a_model_was_trained_to_read_is_known_or_said(minilm: SentenceTransformerEncoder, tmp_path: Path) -> None:
    assert minilm.languages == ("en",)
    assert SentenceTransformerEncoder(languages=("de", "en")).languages == ("de", "en")
    folder = linked_model(tmp_path, "config.json")
    (folder / "config.json").write_bytes((model_folder("all-MiniLM-L6-v2") / "config.json").read_bytes())
    assert SentenceTransformerEncoder(str(folder)).languages == ()
