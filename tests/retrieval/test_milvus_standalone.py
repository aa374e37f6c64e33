"""A real server, 2.3.5, in a network namespace of its own: the contract, and what it does when it is killed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from milvus_standalone import NoStandalone, namespaced

pytestmark = pytest.mark.soak
HERE = Path(__file__).parent
_ALONE = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-cov", "--tb=short", "-c", str(HERE.parents[1] / "pyproject.toml"))  # fmt: skip # noqa: E501


def run(*arguments: str) -> None:
    """Run pytest in a namespace; skip where there is no server to run."""
    try:
        command = namespaced(*arguments)
    except NoStandalone as why:
        pytest.skip(str(why))
    around = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    ended = subprocess.run(
        command, cwd=HERE.parents[1], env=around, capture_output=True, text=True, timeout=1_500, check=False
    )
    assert ended.returncode == 0, ended.stdout[-6_000:] + ended.stderr[-2_000:]
    assert " passed" in ended.stdout
    assert " skipped" not in ended.stdout


def test_a_real_server_holds_the_contract_but_for_sparse_vectors(tmp_path: Path) -> None:
    run("--serve", str(tmp_path / "served"), str(HERE / "test_milvus_contract.py"), "-k", "real", *_ALONE)


def test_a_real_server_that_is_killed_comes_back_whole() -> None:
    run(str(HERE / "standalone.py"), *_ALONE)
