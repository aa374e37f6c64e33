"""Which encoder runs a model: the one that settings ask for, or the one that made an index."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from retrieval.encoders.conversion import CannotConvert, Conversion, Precision, Tell, convert, find, key_of, missing
from retrieval.encoders.converted import OpenVinoEncoder
from retrieval.encoders.encoder import Encoder
from retrieval.encoders.reference import SentenceTransformerEncoder
from retrieval.errors import EncoderError, EncoderMismatch
from retrieval.models import model_folder

Backend = Literal["auto", "openvino", "torch"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What `choose` makes an encoder from, to be sent to where one is wanted; called, it makes it."""

    model: str
    backend: Backend
    precision: Precision
    query_prompt: str
    passage_prompt: str
    languages: tuple[str, ...]

    def __call__(self) -> Encoder:
        """Return the encoder; the same errors as `choose`."""
        return choose(
            self.model,
            backend=self.backend,
            precision=self.precision,
            query_prompt=self.query_prompt,
            passage_prompt=self.passage_prompt,
            languages=self.languages,
        )


def choose(
    model: str = "all-MiniLM-L6-v2",
    *,
    backend: Backend = "auto",
    precision: Precision = "int8",
    query_prompt: str = "",
    passage_prompt: str = "",
    threads: int = 0,
    languages: tuple[str, ...] = (),
    tell: Tell = _log.warning,
) -> Encoder:
    """Return the encoder of `model` by `backend`, converting the model first where that was never done.

    "auto" is OpenVINO where the model can be converted, else sentence-transformers on PyTorch, which always computes in
    float32; `tell` is told why it is the other. `tell` is also told before a conversion begins, which takes most of a
    minute. Raises EncoderError where the model's files cannot be found or used, CannotConvert where `backend` is
    "openvino" and the model cannot be converted.
    """
    conversion: Conversion | None = None
    if backend != "torch":
        try:
            conversion = _conversion(model, precision, tell)
        except CannotConvert as error:
            if backend == "openvino":
                raise
            tell(f"{error.message}. It is run by PyTorch instead, which is slower and finds the same")
    if conversion is None:
        return SentenceTransformerEncoder(
            model, query_prompt=query_prompt, passage_prompt=passage_prompt, threads=threads, languages=languages
        )
    return OpenVinoEncoder(
        conversion, model, query_prompt=query_prompt, passage_prompt=passage_prompt, threads=threads,
        languages=languages,
    )  # fmt: skip


def made_by(
    made: Mapping[str, Any], *, threads: int = 0, languages: tuple[str, ...] = (), tell: Tell = _log.warning
) -> Encoder:
    """Return the encoder that an index names in its manifest as `made`; an older one names no backend, and PyTorch
    made it. `languages` empty are those it names.

    A converted model is taken from the cache as it was when the index was made, whatever versions are installed now; an
    index that came from another machine has it converted here by the same recipe. Raises EncoderError where it cannot
    be, EncoderMismatch where what is installed now would convert it otherwise.
    """
    about: dict[str, Any] = {
        "query_prompt": made["query_prompt"],
        "passage_prompt": made["passage_prompt"],
        "threads": threads,
        "languages": languages or tuple(made["languages"]),
    }
    backend = made.get("backend", "torch")
    if backend == "torch":
        return SentenceTransformerEncoder(made["name"], **about)
    if backend != "openvino":
        raise EncoderError(
            f"the index was made by {made['name']} on {backend}, which this program does not know",
            "Run `archivist index`, which encodes the archive anew, or update Archivist",
        )
    return OpenVinoEncoder(_remade(made, tell), made["name"], **about)


def _conversion(model: str, precision: Precision, tell: Tell) -> Conversion:
    """Return the conversion of `model` that what is installed now makes; raises CannotConvert."""
    if absent := missing(precision):
        raise CannotConvert(
            f"the model {model} cannot be converted: {absent}", "Install it, or set encoder.backend to torch"
        )
    folder = model_folder(model)
    key = key_of(folder, precision)
    return find(key) or convert(folder, model, precision, key, tell)


def _remade(made: Mapping[str, Any], tell: Tell) -> Conversion:
    """Return the conversion that an index was made with."""
    name, key, precision = made["name"], made["conversion"], cast(Precision, made["precision"])
    again = "Run `archivist index`, which encodes the archive anew with what is installed"
    if absent := missing("float32"):  # which is all that running it needs
        raise EncoderError(f"the index was made by {name} on OpenVINO, which cannot run here: {absent}", again)
    kept = find(key)
    if kept:
        return kept
    if absent := missing(precision):
        raise EncoderError(f"the index was made by {name} converted to {precision}: {absent}", again)
    folder = model_folder(name)
    if key_of(folder, precision) != key:
        raise EncoderMismatch(
            f"the index was made by {name} as another version of OpenVINO or of the model has it ({key[:12]})", again
        )
    return convert(folder, name, precision, key, tell)
