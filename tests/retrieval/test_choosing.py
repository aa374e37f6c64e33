"""Which encoder runs: what settings ask for, what an index was made by, and how one gives way to another."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import press
import pytest

from config import load_settings
from retrieval import build, upkeep
from retrieval.archive import Archive
from retrieval.cli import main
from retrieval.encoders import Encoder, OpenVinoEncoder, SentenceTransformerEncoder, choosing, conversion
from retrieval.encoders.choosing import choose, made_by
from retrieval.encoders.conversion import CannotConvert
from retrieval.errors import EncoderError, EncoderMismatch
from retrieval.index import generation as generations

STORY = "The old ferry to Holm sank in a storm last night. All nine aboard were saved."


def told_of(model: str, backend: choosing.Backend) -> tuple[Encoder, list[str]]:
    told: list[str] = []
    return choose(model, backend=backend, tell=told.append), told


def manifest_of(encoder: Encoder, **more: Any) -> dict[str, Any]:
    about = {
        "name": encoder.name, "fingerprint": encoder.fingerprint, "query_prompt": "", "passage_prompt": "",
        "dimension": encoder.dimension, "languages": list(encoder.languages), **encoder.method,
    }  # fmt: skip
    return about | more


def test_a_model_that_can_be_converted_is_run_so_unless_pytorch_is_asked_for(
    converted: OpenVinoEncoder, minilm: SentenceTransformerEncoder
) -> None:
    backends: tuple[choosing.Backend, ...] = ("auto", "openvino")
    for backend in backends:
        encoder, told = told_of("all-MiniLM-L6-v2", backend)
        assert encoder.fingerprint == converted.fingerprint
        assert told == []
    encoder, told = told_of("all-MiniLM-L6-v2", "torch")
    assert encoder.fingerprint == minilm.fingerprint
    assert told == []


def test_where_converted_models_cannot_run_pytorch_does_and_the_reason_is_told_once(
    monkeypatch: pytest.MonkeyPatch, minilm: SentenceTransformerEncoder
) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda name: None)
    encoder, told = told_of("all-MiniLM-L6-v2", "auto")
    assert encoder.fingerprint == minilm.fingerprint
    assert len(told) == 1
    assert "not installed: openvino, nncf" in told[0]
    assert "PyTorch" in told[0]
    with pytest.raises(CannotConvert, match="not installed: openvino, nncf") as raised:
        choose(backend="openvino")
    assert "encoder.backend" in raised.value.hint
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert "riscv64" in conversion.missing("int8")


def test_an_older_index_that_names_no_backend_was_made_by_pytorch(minilm: SentenceTransformerEncoder) -> None:
    made = manifest_of(minilm)
    del made["backend"], made["precision"]
    assert made_by(made).fingerprint == minilm.fingerprint
    assert made_by(manifest_of(minilm)).fingerprint == minilm.fingerprint
    with pytest.raises(EncoderError, match="on abacus, which this program does not know"):
        made_by(manifest_of(minilm, backend="abacus"))


def test_an_index_is_asked_by_the_conversion_that_made_it_whatever_is_installed_now(
    converted: OpenVinoEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "_version", lambda package: "another")
    assert made_by(manifest_of(converted)).fingerprint == converted.fingerprint
    with pytest.raises(EncoderMismatch, match="another version of OpenVINO") as raised:
        made_by(manifest_of(converted, conversion="0" * 64))
    assert "archivist index" in raised.value.hint


def test_without_openvino_an_index_that_it_made_is_refused_with_what_to_do(
    converted: OpenVinoEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match="on OpenVINO, which cannot run here: not installed: openvino") as raised:
        made_by(manifest_of(converted))
    assert "archivist index" in raised.value.hint


def test_what_quantises_is_not_needed_to_ask(converted: OpenVinoEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda name: None if name == "nncf" else find_spec(name))
    assert made_by(manifest_of(converted)).fingerprint == converted.fingerprint


def test_vectors_of_one_encoder_are_never_asked_by_another(
    converted: OpenVinoEncoder, converted_float32: OpenVinoEncoder, minilm: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    press.write_story(tmp_path / "news", "a.txt", STORY)
    encoders: tuple[Encoder, ...] = (converted, converted_float32, minilm)
    for n, made in enumerate(encoders):
        data = tmp_path / str(n)
        press.build(data, tmp_path / "news", made)
        for asking in encoders:
            if asking is made:
                with Archive.open(data, encoder=asking) as archive:
                    assert archive.ask("Which boat sank?").hits
            else:
                with pytest.raises(EncoderMismatch):
                    Archive.open(data, encoder=asking)
        with Archive.open(data) as archive:  # by what the manifest names
            assert archive.ask("Which boat sank?").hits[0].article.id == "news/a.txt"


def test_an_index_made_by_pytorch_is_asked_as_it_is_until_the_next_run_encodes_it_anew(
    converted: OpenVinoEncoder,
    minilm: SentenceTransformerEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    press.write_story(tmp_path / "news", "a.txt", STORY)
    assert main(["index", "news", "--data", "data"]) == 0
    settings = load_settings(data_dir=Path("data"), encoder__backend="torch")
    with build.open_archive(settings) as archive:
        assert archive.ask("Which boat sank?").hits, "the setting is for what is indexed next"
    monkeypatch.setenv("ARCHIVIST_ENCODER__BACKEND", "torch")
    capsys.readouterr()
    assert main(["index", "--data", "data", "--json"]) == 0
    done = capsys.readouterr()
    assert '"encoded": 1' in done.out
    assert "made by all-MiniLM-L6-v2 (openvino, int8), and is made by all-MiniLM-L6-v2 (torch, float32) now" in done.err
    assert "every passage is encoded anew" in done.err
    monkeypatch.delenv("ARCHIVIST_ENCODER__BACKEND")
    assert made_now(tmp_path / "data")["fingerprint"] == minilm.fingerprint
    assert main(["ask", "Which boat sank?", "--data", "data"]) == 0
    capsys.readouterr()
    assert main(["index", "--data", "data", "--json"]) == 0
    done = capsys.readouterr()
    assert '"encoded": 1' in done.out
    assert made_now(tmp_path / "data")["conversion"] == converted.method["conversion"]
    assert main(["index", "--data", "data", "--json"]) == 0
    done = capsys.readouterr()
    assert '"encoded": 0' in done.out
    assert done.err == ""
    upkeep.rollback(tmp_path / "data")
    assert made_now(tmp_path / "data")["backend"] == "torch"
    assert main(["ask", "Which boat sank?", "--data", "data"]) == 0


def test_an_index_of_another_model_than_the_one_that_is_set_is_refused(
    converted: OpenVinoEncoder, tmp_path: Path
) -> None:
    press.write_story(tmp_path / "news", "a.txt", STORY)
    press.build(tmp_path / "data", tmp_path / "news", converted)
    for changed in ({"query_prompt": "query: "}, {"model": str(Path(conversion_folder()))}):
        with pytest.raises(EncoderMismatch):
            build.open_archive(load_settings(data_dir=tmp_path / "data", encoder={"backend": "torch", **changed}))


def conversion_folder() -> Path:
    from retrieval.models import model_folder

    return model_folder("all-MiniLM-L6-v2")


def made_now(data: Path) -> dict[str, Any]:
    name = generations.require_current(data)
    return generations.load_manifest(generations.folder_of(data, name)).encoder
