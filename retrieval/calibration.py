"""How sure an answer is: a logistic model over the `evidence`, its fit, its file. `reliability` tells what it is worth.

A model is a JSON file of one coefficient for each kind of evidence and an intercept, with what it was fitted on. One
ships with the program (`confidence.json`); a data folder may hold its own, which `archivist calibrate` writes.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import SettingsDamaged
from retrieval.evidence import NAMES

FILE = "confidence.json"
_STEPS = 60  # of Newton's method; a handful are enough
_STILL = 1e-9  # a step so small changes nothing


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic model: an intercept and a coefficient for each of `evidence.NAMES`, in that order."""

    intercept: float
    coefficients: tuple[float, ...]

    def of(self, evidence: Mapping[str, float]) -> float:
        """Return how likely it is, between 0 and 1, that the best passage answers; to four places."""
        z = self.intercept + sum(c * evidence[name] for name, c in zip(NAMES, self.coefficients, strict=True))
        return round(1 / (1 + math.exp(-max(-30.0, min(30.0, z)))), 4)

    @property
    def vector(self) -> NDArray[np.float64]:
        """The intercept, then the coefficients."""
        return np.array([self.intercept, *self.coefficients])


def fit(
    rows: NDArray[np.float64],
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    prior: NDArray[np.float64],
    strength: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the intercept and coefficients of a weighted logistic regression, drawn towards `prior`.

    `rows` is (answers, kinds of evidence). What is least is the weighted log-loss plus half of `strength` times the
    square of the distance from `prior`, one strength for each coefficient, the intercept's first. Newton's
    method, damped.
    """
    x = np.column_stack([np.ones(len(rows)), rows])

    def loss(beta: NDArray[np.float64]) -> float:
        z = x @ beta
        return float(weights @ (np.logaddexp(0, z) - labels * z) + strength @ (beta - prior) ** 2 / 2)

    beta = prior.astype(np.float64).copy()
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weights * (labels - p)) - strength * (beta - prior)
        step = np.linalg.solve((x.T * (weights * p * (1 - p))) @ x + np.diag(strength + 1e-9), gradient)
        now = loss(beta)
        while loss(beta + step) > now and np.abs(step).max() > _STILL:
            step = step / 2  # a whole step overshoots where the start is far too sure
        beta = beta + step
        if np.abs(step).max() < _STILL:
            break
    return beta


@cache
def shipped() -> Confidence:
    """Return the model that comes with the program."""
    return _model(json.loads(files("retrieval").joinpath(FILE).read_text(encoding="utf-8")))


def load(data: Path) -> Confidence:
    """Return the model of the data folder `data`, the shipped one where it has none of its own.

    Raises SettingsDamaged for a file that is not such a model.
    """
    path = data / FILE
    try:
        return _model(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return shipped()
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SettingsDamaged(
            f"{path} holds no model of confidence: {error}", "Run `archivist calibrate` again, or delete the file"
        ) from error


def save(data: Path, model: Confidence, fitted_on: Mapping[str, Any]) -> Path:
    """Write `model` into the data folder, with what it was fitted on; it appears when it is whole."""
    path = data / FILE
    part = path.with_name(FILE + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(json.dumps(as_document(model) | dict(fitted_on), indent=1, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def as_document(model: Confidence) -> dict[str, Any]:
    """Return `model` as its file holds it."""
    named = dict(zip(NAMES, (round(c, 4) for c in model.coefficients), strict=True))
    return {"coefficients": {"intercept": round(model.intercept, 4)} | named}


def _model(document: Any) -> Confidence:
    known = document["coefficients"]
    if set(known) != {"intercept", *NAMES}:
        raise ValueError(f"its coefficients are {', '.join(sorted(known))}")
    values = {name: float(value) for name, value in known.items()}
    if not all(map(math.isfinite, values.values())):
        raise ValueError("a coefficient is not a number")
    return Confidence(values["intercept"], tuple(values[name] for name in NAMES))
