"""Converted models: made once on this machine, and kept in the user's cache folder under the hash of what they are
made of.

A conversion is either wholly there or not at all, is made by one process at a time, and knows when it was damaged.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import EncoderError
from retrieval.index.durable import is_whole, sealed, sha256_of, sync, write_new
from retrieval.index.lock import alone
from retrieval.models import fingerprint

Precision = Literal["int8", "float32"]
Tell = Callable[[str], None]
# How a model is quantised (see `converter`); a change here makes every model be converted anew.
RECIPE = {"format": 1, "smooth_quant": 0.6, "passages": 200}
_ABOUT = "conversion.json"
_REFUSED = 3  # the converter's exit code where it cannot convert a model of this kind

_log = logging.getLogger(__name__)


class CannotConvert(EncoderError):
    """A model that cannot be converted here; the message says why."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted model in the folder `folder`, under the hash `key` of all that it was made of.

    `reads` is how many tokens it reads, special ones included, `pad` the token that fills up, `inputs` the names of the
    arrays it takes, `similarity` its mean cosine to the reference over the texts it was checked on.
    """

    folder: Path
    key: str
    precision: str
    dimension: int
    reads: int
    pad: int
    inputs: tuple[str, ...]
    similarity: float


def calibration() -> list[str]:
    """Return the passages that int8 is calibrated on, which ship with the program."""
    return files("retrieval.encoders").joinpath("calibration.txt").read_text(encoding="utf-8").splitlines()


def missing(precision: Precision) -> str:
    """Return what keeps models from being converted or run converted here, nothing where all is there."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        return f"converted models were only ever measured on x86-64, this is {platform.machine()}"
    needed = ("openvino", "nncf") if precision == "int8" else ("openvino",)
    absent = [name for name in needed if find_spec(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def key_of(folder: Path, precision: Precision) -> str:
    """Return the hash of all that decides the conversion of the model in `folder`: its files, tools and settings."""
    method: list[object] = [RECIPE, precision, _version("openvino")]
    if precision == "int8":
        method += [_version("nncf"), hashlib.sha256("\n".join(calibration()).encode()).hexdigest()]
    return fingerprint(folder, method)


def find(key: str) -> Conversion | None:
    """Return the conversion under `key`, None where there is none that is whole."""
    folder = _home() / key
    try:
        text = (folder / _ABOUT).read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        about: dict[str, Any] = json.loads(text)
        whole = is_whole(text, about) and all(sha256_of(folder / name) == sha for name, sha in about["files"].items())
    except (OSError, ValueError, KeyError, AttributeError) as error:
        _log.info("%s cannot be read: %r", folder, error)
        whole = False
    if not whole:
        _log.warning("the converted model in %s is damaged", folder)
        return None
    return Conversion(
        folder, key, about["precision"], about["dimension"], about["reads"], about["pad"], tuple(about["inputs"]),
        about["similarity"],
    )  # fmt: skip


def convert(model: Path, name: str, precision: Precision, key: str, tell: Tell) -> Conversion:
    """Return the conversion of the model in the folder `model` under `key`, made now unless it is there already.

    It is made by a process of its own, so that this one imports neither torch nor what quantises. Another process that
    makes the same one is waited for. `tell` is told before it begins, which takes most of a minute for a small model.
    Raises CannotConvert, at once where it was tried before and the model is of a kind that cannot be converted.
    """
    home = _home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with alone(home / f"{key}.lock"):
            return find(key) or _made(model, name, precision, home / key, tell)
    except OSError as error:
        raise CannotConvert(
            f"the model {name} cannot be converted in {home}: {error.strerror or error}",
            "Set XDG_CACHE_HOME to a folder that this user may write, or encoder.backend to torch",
        ) from error


def _made(model: Path, name: str, precision: Precision, place: Path, tell: Tell) -> Conversion:
    refused = place.with_suffix(".refused")
    hint = "Set encoder.backend to torch, which runs any model"
    if refused.is_file():
        raise CannotConvert(f"the model {name} cannot be converted: {refused.read_text(encoding='utf-8')}", hint)
    tell(f"converting the model {name} for this machine ({precision}), which is done once and takes about a minute")
    for left in place.parent.glob(f".{place.name}.*"):  # by a run that died
        shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        done = _run([str(model), precision, str(new)])
        if done.returncode == _REFUSED:
            why = done.stderr.strip().splitlines()[-1]
            write_new(refused, why)
            raise CannotConvert(f"the model {name} cannot be converted: {why}", hint)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise CannotConvert(
                f"converting the model {name} failed with code {done.returncode}: {last}", f"Try again. {hint}"
            )
        about = json.loads((new / _ABOUT).read_text(encoding="utf-8"))
        names = sorted(path.name for path in new.iterdir() if path.is_file() and path.name != _ABOUT)
        write_new(new / _ABOUT, sealed(about | {"files": {name: sha256_of(new / name) for name in names}}))
        for path in (*new.iterdir(), new):
            sync(path)
        shutil.rmtree(place, ignore_errors=True)  # one that is damaged
        new.rename(place)
        sync(place.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    made = find(place.name)
    if made is None:
        raise CannotConvert(f"the model {name} was damaged while it was written to {place}", f"Check the disk. {hint}")
    return made


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the converter, with this very program on its path, whatever the working folder holds."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-m", "retrieval.encoders.converter", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
        encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


def _home() -> Path:
    """Return the folder that holds converted models: below the user's cache folder, by the XDG rule."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    return base / "archivist" / "models"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
