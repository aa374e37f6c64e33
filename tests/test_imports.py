from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "discord",
    "distributed",
    "faiss",
    "ir_measures",
    "lxml",
    "matplotlib",
    "numpy",
    "py3langid",
    "rich",
    "sentence_transformers",
    "sqlalchemy",
    "tantivy",
    "tokenizers",
    "torch",
    "trafilatura",
    "transformers",
}
MEASURE = """
import json, sys, time
started = time.perf_counter()
{statement}
took_s = time.perf_counter() - started
print(json.dumps([took_s, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""


def measure(statement: str) -> tuple[float, set[str]]:
    """Return how long a statement takes in a new interpreter (seconds), and the top-level modules loaded after it."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(statement=statement)], capture_output=True, text=True, check=True
    )
    took_s, modules = json.loads(done.stdout)
    return took_s, set(modules)


@pytest.mark.parametrize("package", ["config", "retrieval", "bot"])
def test_importing_a_package_is_quick_and_loads_nothing_heavy(package: str) -> None:
    runs = [measure(f"import {package}") for _ in range(3)]

    assert not runs[0][1] & HEAVY
    assert min(took_s for took_s, _ in runs) < 0.3  # the best of several: other programs only ever make it slower


def test_the_command_lines_help_loads_nothing_heavy() -> None:
    _, modules = measure("""
import contextlib, io
from retrieval.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    assert main(["--help"]) == 0
""")

    assert not modules & HEAVY


def test_the_retrieval_layer_does_not_know_the_bot_and_the_configuration_knows_neither() -> None:
    _, with_retrieval = measure("import retrieval.cli, retrieval.build")
    _, with_config = measure("import config.model")

    assert "bot" not in with_retrieval
    assert not with_config & {"bot", "retrieval"}
