"""Where the milliseconds of one warm question go, and how near its encoding is to what this processor can do.

    python -m tests.benchmarks.one_question DATA SET … [--questions 200] [--out FILE]

DATA is a data folder with an index, SETs are folders in BEIR's layout whose questions are asked, each once. Every stage
is clocked by itself: what a stage calls of another counts for that one only. Printed are means, which add up to the
whole, and each stage's 95th percentile, which do not; `rest` is what no stage claims, the clocks too.

The roofline: a transformer of L layers of width d with f hidden numbers takes, for n tokens,

    L · (2n · (4d² + 2df) + 4n²d)

operations (a multiplication and an addition are two; Kaplan et al. 2020, arXiv 2001.08361, table 1, with the attention
to all n tokens). n is what is computed: the tokens padded to a multiple of 16. What the processor can do is measured in
the same run by a product of large matrices, in float32 (PyTorch) and in int8 (OpenVINO), each on one thread, since
one question is encoded by one thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import closeness, dated, inquiry, search
from retrieval.archive import Archive
from retrieval.encoders.converted import OpenVinoEncoder
from retrieval.encoders.network import Begun
from retrieval.encoders.tokens import WIDTH
from retrieval.index.local import LocalIndex, open_current
from retrieval.models import model_folder

from .recombining import questions

_WARM = 20
_SIZE = 1_536  # rows and columns of the matrices that are multiplied
_REPEATED = 20


class Clock:
    """Adds up the milliseconds of each stage; a stage within another stops the outer one's clock."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._stages: list[str] = []
        self._since = 0.0

    def claim(self, owner: Any, name: str, stage: str) -> None:
        """Count what the function `name` of `owner` takes for `stage`, from now on."""
        inner: Callable[..., Any] = getattr(owner, name)

        def clocked(*args: Any, **named: Any) -> Any:
            self._turn()
            self._stages.append(stage)
            try:
                return inner(*args, **named)
            finally:
                self._turn()
                self._stages.pop()

        setattr(owner, name, clocked)

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._stages:
            self.spent[self._stages[-1]] += (now - self._since) * 1000
        self._since = now


def claimed(clock: Clock, index: LocalIndex, encoder: OpenVinoEncoder) -> None:
    """Put every stage of a question on the clock."""
    clock.claim(inquiry, "prepare", "understanding the question")
    clock.claim(dated, "heard", "understanding the question")
    clock.claim(encoder, "encode_queries", "encoding, as far as it is waited for")
    clock.claim(encoder, "begin_queries", "encoding, as far as it is waited for")
    clock.claim(Begun, "rows", "encoding, as far as it is waited for")
    for name in ("search", "scores"):
        clock.claim(index.dense, name, "vectors")
        clock.claim(index.passage_texts, name, "full text of passages")
    clock.claim(index.article_texts, "scores", "full text of articles")
    clock.claim(search, "rare_names", "rare names")
    clock.claim(search, "rows_of", "rare names")
    clock.claim(search, "signals_of", "ranking")
    clock.claim(search, "_take", "ranking")
    clock.claim(closeness.Reader, "read", "ranking: closeness of words")
    clock.claim(index.catalogue, "passages", "passages from the catalogue")
    clock.claim(index.catalogue, "copies", "who else has them")
    clock.claim(inquiry, "read", "sentences and marks")
    clock.claim(inquiry, "to_hit", "sentences and marks")
    clock.claim(inquiry, "evidence", "confidence")


def stages(data: Path, asked: Sequence[str]) -> tuple[list[dict[str, Any]], OpenVinoEncoder]:
    """Return what each stage takes of a question, in milliseconds, the dearest first, then the whole."""
    index = open_current(data)
    plain = Archive.open(data)
    encoder = plain._encoder._encoder
    plain.close()
    if not isinstance(encoder, OpenVinoEncoder):
        raise SystemExit(f"{data} was made by PyTorch: the roofline is of a converted model")
    archive = Archive(index, encoder, questions_kept=0)
    for question in asked[:_WARM]:
        archive.ask(question)
    unclocked = [_timed(archive, question) for question in asked[_WARM:]]
    clock = Clock()
    claimed(clock, index, encoder)
    each: list[dict[str, float]] = []
    for question in asked[_WARM:]:
        clock.spent.clear()
        whole = _timed(archive, question)
        each.append({**clock.spent, "rest": whole - sum(clock.spent.values())})
    archive.close()
    names = sorted({name for one in each for name in one}, key=lambda name: -sum(one.get(name, 0.0) for one in each))
    rows = [_row(name, [one.get(name, 0.0) for one in each]) for name in names]
    rows.append(_row("one question, clocked", [sum(one.values()) for one in each]))
    rows.append(_row("one question", unclocked))
    return rows, encoder


def _timed(archive: Archive, question: str) -> float:
    started = time.perf_counter()
    archive.ask(question)
    return (time.perf_counter() - started) * 1000


def _row(name: str, times: Sequence[float]) -> dict[str, Any]:
    return {
        "stage": name, "mean_ms": round(statistics.mean(times), 2), "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
    }  # fmt: skip


def roofline(encoder: OpenVinoEncoder, asked: Sequence[str]) -> dict[str, Any]:
    """Return how much one question's encoding computes, in how long, and how fast the processor can compute."""
    config = json.loads((model_folder(encoder.name) / "config.json").read_text(encoding="utf-8"))
    layers, width, hidden = (config[key] for key in ("num_hidden_layers", "hidden_size", "intermediate_size"))
    tokens = [-(-(count + 2) // WIDTH) * WIDTH for count in encoder.count(asked)]
    operations = [layers * (2 * n * (4 * width**2 + 2 * width * hidden) + 4 * n**2 * width) for n in tokens]
    times = []
    for question in asked:
        started = time.perf_counter()
        encoder.encode_queries([question])
        times.append(time.perf_counter() - started)
    rate = sum(operations) / sum(times)
    peaks = {"float32": float32_peak(), "int8": int8_peak()}
    return {
        "tokens_mean": round(statistics.mean(tokens), 1),
        "operations_mean": round(statistics.mean(operations)),
        "encode_ms_mean": round(statistics.mean(times) * 1000, 2),
        "gops": round(rate / 1e9, 1),
        **{f"peak_{name}_gops": round(peak / 1e9, 1) for name, peak in peaks.items()},
        **{f"least_ms_{name}": round(statistics.mean(operations) / peak * 1000, 2) for name, peak in peaks.items()},
        **{f"share_of_{name}": round(rate / peak, 3) for name, peak in peaks.items()},
    }


def float32_peak() -> float:
    """Return the operations a second of a product of float32 matrices on one thread."""
    import torch

    draw = np.random.default_rng(1)
    one, other = (torch.from_numpy(draw.normal(size=(_SIZE, _SIZE)).astype(np.float32)) for _ in range(2))
    torch.set_num_threads(1)
    return _peak(lambda: one @ other)


def int8_peak() -> float:
    """Return the operations a second of a product of int8 matrices on one thread, as OpenVINO runs it."""
    import openvino
    from openvino import opset13

    draw = np.random.default_rng(1)
    rows = opset13.parameter([_SIZE, _SIZE], np.float32)

    def quantised(of: Any, levels: int) -> Any:
        low, high = np.float32(-4), np.float32(4)
        return opset13.fake_quantize(of, low, high, low, high, levels)

    weights = opset13.constant(draw.normal(size=(_SIZE, _SIZE)).astype(np.float32))
    product = opset13.matmul(quantised(rows, 256), quantised(weights, 255), False, True)
    chosen = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(openvino.Model([product], [rows]), "CPU", chosen)
    request = compiled.create_infer_request()
    given = openvino.Tensor(draw.normal(size=(_SIZE, _SIZE)).astype(np.float32))
    return _peak(lambda: request.infer([given]))


def _peak(multiply: Callable[[], object]) -> float:
    multiply()
    times = []
    for _ in range(_REPEATED):
        started = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - started)
    return 2 * _SIZE**3 / min(times)


def tables(result: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["| stage | mean ms | median ms | p95 ms |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row['stage']} | {row['mean_ms']:.2f} | {row['median_ms']:.2f} | {row['p95_ms']:.2f} |"
        for row in result["stages"]
    ]
    lines += ["", "| roofline | |", "|---|---:|"]
    lines += [f"| {name.replace('_', ' ')} | {value:,} |" for name, value in result["roofline"].items()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables and write the JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.one_question", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--out", type=Path, help="write everything to this file as JSON")
    given = parser.parse_args(arguments)
    asked = questions(given.sets, given.questions + _WARM)
    rows, encoder = stages(given.data, asked)
    result = {"stages": rows, "roofline": roofline(encoder, asked[_WARM:])}
    sys.stdout.write(tables(result))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
