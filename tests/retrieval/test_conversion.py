"""Conversions in the cache, with a converter that only writes files; the real one is at the end, on a tiny model."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoders import OpenVinoEncoder, SentenceTransformerEncoder, conversion, converter
from retrieval.encoders.conversion import CannotConvert, Conversion, convert, find, key_of
from retrieval.errors import EncoderError

ABOUT = {"precision": "int8", "dimension": 3, "reads": 16, "pad": 0, "inputs": ["input_ids"], "similarity": 0.99}
KEY = "ab" * 32


class Converter:
    """Stands in for the process that converts: writes small files, or fails as it is told."""

    def __init__(self) -> None:
        self.runs = 0
        self.code, self.said = 0, ""

    def __call__(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        self.runs += 1
        folder = Path(arguments[2])
        (folder / "model.xml").write_text("a model")
        time.sleep(0.05)  # long enough for another to come
        (folder / "conversion.json").write_text(json.dumps(ABOUT))
        return subprocess.CompletedProcess(arguments, self.code, "", self.said)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "archivist" / "models"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Converter:
    made = Converter()
    monkeypatch.setattr(conversion, "_run", made)
    return made


def made(told: list[str] | None = None) -> Conversion:
    return convert(Path("somewhere"), "a-model", "int8", KEY, (told if told is not None else []).append)


def test_a_model_is_converted_once_and_that_is_said_before(run: Converter, home: Path) -> None:
    told: list[str] = []
    assert find(KEY) is None
    first = made(told)
    assert first == made(told) == find(KEY)
    assert (first.folder, first.dimension, first.inputs) == (home / KEY, 3, ("input_ids",))
    assert run.runs == len(told) == 1
    assert "a-model" in told[0]
    assert "once" in told[0]
    assert {path.name for path in home.iterdir()} == {KEY, f"{KEY}.lock"}


def test_those_who_want_the_same_model_at_once_wait_for_one_conversion(run: Converter) -> None:
    got: list[Conversion] = []
    threads = [threading.Thread(target=lambda: got.append(made())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.runs == 1
    assert got == [find(KEY)] * 5


@pytest.mark.parametrize("name", ["model.xml", "conversion.json"])
@pytest.mark.parametrize("how", ["changed", "cut", "missing"])
def test_damage_is_noticed_and_the_model_converted_anew(
    run: Converter, home: Path, caplog: pytest.LogCaptureFixture, name: str, how: str
) -> None:
    whole = made()
    path = home / KEY / name
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-2] + (b"?" + content[-1:] if how == "changed" else b""))
    assert find(KEY) is None
    assert ("damaged" in caplog.text) == (path.name != "conversion.json" or how != "missing")
    assert made() == whole
    assert run.runs == 2
    assert path.read_bytes() == content


def test_a_conversion_that_was_cut_short_leaves_nothing_that_counts(run: Converter, home: Path) -> None:
    run.code, run.said = -9, ""
    for runs in (1, 2):
        with pytest.raises(CannotConvert, match="failed with code -9: it said nothing") as raised:
            made()
        assert "encoder.backend" in raised.value.hint
        assert run.runs == runs, "what failed may work the next time"
        assert find(KEY) is None
    dead = home / f".{KEY}.left"
    dead.mkdir()
    run.code = 0
    made()
    assert not dead.exists()


def test_a_model_of_a_kind_that_cannot_be_converted_is_tried_once(run: Converter) -> None:
    run.code, run.said = 3, "a warning\n\nit takes pictures\n"
    for _ in range(2):
        with pytest.raises(CannotConvert, match="a-model cannot be converted: it takes pictures"):
            made()
    assert run.runs == 1


def test_a_cache_that_cannot_be_written_is_named_with_what_to_do(
    run: Converter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(CannotConvert, match="cannot be converted in") as raised:
        made()
    assert "XDG_CACHE_HOME" in raised.value.hint
    assert run.runs == 0


def test_a_cache_folder_that_is_not_absolute_is_not_heeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("", "here"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert conversion._home() == tmp_path / ".cache" / "archivist" / "models"


def test_the_key_tells_apart_all_that_a_conversion_is_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    keys = {key_of(tmp_path, "int8"), key_of(tmp_path, "float32")}
    assert key_of(tmp_path, "int8") in keys
    with monkeypatch.context() as patched:
        patched.setattr(conversion, "calibration", lambda: ["other passages"])
        keys.add(key_of(tmp_path, "int8"))
        assert key_of(tmp_path, "float32") in keys, "float32 is not calibrated"
    with monkeypatch.context() as patched:
        patched.setattr(conversion, "_version", lambda package: "another")
        keys |= {key_of(tmp_path, "int8"), key_of(tmp_path, "float32")}
    with monkeypatch.context() as patched:
        patched.setitem(conversion.RECIPE, "smooth_quant", 0.5)
        keys.add(key_of(tmp_path, "int8"))
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    keys.add(key_of(tmp_path, "int8"))
    assert len(keys) == 7


def test_there_are_two_hundred_passages_to_calibrate_on_each_another() -> None:
    passages = conversion.calibration()
    assert len(passages) == len(set(passages)) == conversion.RECIPE["passages"] == 200
    lengths = [len(passage.split()) for passage in passages]
    assert min(lengths) < 10
    assert max(lengths) > 150


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two layers with random weights that pools its first token and does not normalise."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    from retrieval.models import model_folder

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shape = BertConfig(
            hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, max_position_embeddings=64
        )
        BertModel(shape).save_pretrained(folder / "bert")
        for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
            shutil.copy(model_folder("all-MiniLM-L6-v2") / name, folder / "bert")
        words = Transformer(str(folder / "bert"), max_seq_length=40)
        SentenceTransformer(modules=[words, Pooling(48, pooling_mode="cls")], device="cpu").save(str(folder / "whole"))
    return folder / "whole"


@pytest.mark.filterwarnings("ignore")
def test_other_poolings_and_lengths_are_converted_too(tiny: Path, tmp_path: Path) -> None:
    converter.convert(tiny, "float32", tmp_path)
    about = json.loads((tmp_path / "conversion.json").read_text())
    assert (about["dimension"], about["reads"]) == (48, 40)
    made_of = Conversion(
        tmp_path, "", "float32", 48, about["reads"], about["pad"], tuple(about["inputs"]), about["similarity"]
    )
    texts = ["The ferry sank.", "", "word " * 100, "Ä ß 🦊"]
    ours = OpenVinoEncoder(made_of, "tiny").encode_passages(texts)
    assert (ours * SentenceTransformerEncoder(str(tiny)).encode_passages(texts)).sum(axis=1).min() > 0.9999
    assert np.linalg.norm(ours, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_conversion_that_is_too_far_from_the_reference_is_refused(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crooked(self: OpenVinoEncoder, texts: list[str]) -> object:
        return np.roll(encode(self, texts), 1, axis=1)

    encode = OpenVinoEncoder.encode_passages
    monkeypatch.setattr(OpenVinoEncoder, "encode_passages", crooked)
    with pytest.raises(converter.Refused, match="a mean cosine of"):
        converter.convert(tiny, "float32", tmp_path)
    assert not (tmp_path / "conversion.json").exists()


def test_what_is_no_model_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(EncoderError):
        converter.convert(tmp_path, "float32", tmp_path)
