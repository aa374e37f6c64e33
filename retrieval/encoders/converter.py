"""Converts a sentence-transformers model for OpenVINO, as a process of its own:

    python -m retrieval.encoders.converter MODEL int8|float32 FOLDER

The whole model is traced, with its pooling and whatever comes after, so that any that can be traced can be converted.
What came of it is then compared with the reference, from text to vector, and refused where it is too far from it: exit
code 3, with the reason as the last line on stderr.

int8 is static, by NNCF: activations' ranges are taken from the program's own calibration passages, after SmoothQuant
(Xiao et al. 2023, arXiv 2211.10438) with an alpha of 0.6.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encoders.conversion import RECIPE, Conversion, calibration
from retrieval.encoders.converted import OpenVinoEncoder
from retrieval.encoders.reference import SentenceTransformerEncoder
from retrieval.encoders.tokens import Tokens
from retrieval.errors import EncoderError
from retrieval.models import load_tokenizer, model_folder, shape

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# What a conversion must reach: the least cosine to the reference, and the mean.
FLOORS = {"float32": (0.9999, 0.9999), "int8": (0.9, 0.985)}
# Beside every eighth calibration passage: what tokenizers and widths may stumble over.
_PROBES = ("", "x", "ÄÖÜ ß İstanbul", "A  b\tc\nd", "🦊 fox", "CASE and case", "word " * 700, "a" * 3000)
_ODD = 2  # probes of no words at all, on which a mean must not hang


class Refused(Exception):
    """A model that cannot be converted, with the reason."""


def main(arguments: list[str]) -> int:
    """Convert, check and write; return the exit code."""
    model, precision, folder = arguments
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # or the conversion would be told to its makers
    try:
        convert(Path(model), precision, Path(folder))
    except Refused as error:
        sys.stderr.write(f"\n{' '.join(str(error).split())}\n")
        return 3
    return 0


def convert(model: Path, precision: str, folder: Path) -> None:
    """Write the converted model, its tokenizer and what is to be known of it into `folder`; raises Refused."""
    reference = SentenceTransformerEncoder(str(model))
    library = _library(model)
    dimension, reads = shape(model, model.name)
    inputs = tuple(name for name in _INPUTS if name in library.tokenizer.model_input_names)
    if set(library.tokenizer.model_input_names) != set(inputs) or "input_ids" not in inputs:
        raise Refused(f"it takes {', '.join(library.tokenizer.model_input_names)}")
    pad = int(library.tokenizer.pad_token_id or 0)
    traced = _traced(library, inputs)
    del library
    tokens = Tokens(load_tokenizer(model, model.name), reads, pad, inputs)
    if precision == "int8":
        traced = _quantised(traced, tokens)
    import openvino

    openvino.save_model(traced, folder / "model.xml", compress_to_fp16=False)
    shutil.copyfile(model / "tokenizer.json", folder / "tokenizer.json")
    made = Conversion(folder, "", precision, dimension, reads, pad, inputs, 0.0)
    least, mean = _compared(made, reference)
    if least < FLOORS[precision][0] or mean < FLOORS[precision][1]:
        raise Refused(f"converted to {precision}, its vectors have a mean cosine of {mean:.4f} to what they should be")
    about = {
        "precision": precision, "dimension": dimension, "reads": reads, "pad": pad, "inputs": inputs,
        "similarity": round(mean, 6),
    }  # fmt: skip
    (folder / "conversion.json").write_text(json.dumps(about), encoding="utf-8")


def _library(model: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(model_folder(str(model))), device="cpu", local_files_only=True).eval()


def _traced(library: SentenceTransformer, inputs: tuple[str, ...]) -> Any:
    """Return the whole model as OpenVINO's, for any number of texts of any width."""
    import openvino
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.library = library

        def forward(self, *arrays: torch.Tensor) -> torch.Tensor:
            vectors: torch.Tensor = self.library(dict(zip(inputs, arrays, strict=True)))["sentence_embedding"]
            return vectors

    texts = ["An example of a text.", "Another one"]
    read = library.tokenizer(texts, padding="max_length", max_length=32, truncation=True, return_tensors="pt")
    try:
        with torch.inference_mode():
            traced = openvino.convert_model(Whole(), example_input=tuple(read[name] for name in inputs))
    except Exception as error:  # the kinds of errors are as many as the kinds of models
        raise Refused(f"OpenVINO cannot trace it: {type(error).__name__}: {error}") from error
    for port, name in zip(traced.inputs, inputs, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
    traced.reshape({port.any_name: openvino.PartialShape([-1, -1]) for port in traced.inputs})
    return traced


def _quantised(traced: Any, tokens: Tokens) -> Any:
    """Return the model with weights and activations of its matrix products in 8-bit integers."""
    import nncf

    read = tokens.read(calibration())
    laid_out = [tokens.layout([encoding], tokens.width(encoding), 1) for encoding in read]
    smooth = nncf.AdvancedSmoothQuantParameters(matmul=RECIPE["smooth_quant"])
    try:
        return nncf.quantize(
            traced,
            nncf.Dataset(laid_out),
            subset_size=RECIPE["passages"],
            model_type=nncf.ModelType.TRANSFORMER,
            advanced_parameters=nncf.AdvancedQuantizationParameters(smooth_quant_alphas=smooth),
        )
    except Exception as error:
        raise Refused(f"NNCF cannot quantise it: {type(error).__name__}: {error}") from error


def _compared(made: Conversion, reference: SentenceTransformerEncoder) -> tuple[float, float]:
    """Return the least and the mean cosine of a conversion's vectors to the reference's, from text to vector."""
    probes = [*_PROBES, *calibration()[::8]]
    try:
        ours = OpenVinoEncoder(made, made.folder.name).encode_passages(probes)
    except EncoderError as error:
        raise Refused(error.message) from error
    cosines = (ours * reference.encode_passages(probes)).sum(axis=1)
    return float(cosines.min()), float(np.mean(cosines[_ODD:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
