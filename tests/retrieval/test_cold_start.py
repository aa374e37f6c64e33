"""A question from a shell, in a process of its own: what it imports, and how much memory it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import press

from retrieval.encoders import OpenVinoEncoder

PROGRAM = """
import contextlib, io, json, sys
from pathlib import Path
from retrieval.cli import main
with contextlib.redirect_stdout(io.StringIO()) as out:
    code = main(["ask", "Which boat sank?", "--data", sys.argv[1], "--json"])
status = Path("/proc/self/status")  # `getrusage` would count what the parent took before this program began
said = status.read_text().splitlines() if status.exists() else []
peak_mb = sum(int(line.split()[1]) for line in said if line.startswith("VmHWM")) // 1024
print(json.dumps([code, json.loads(out.getvalue()), sorted(sys.modules), peak_mb]))
"""


def test_a_question_needs_none_of_the_libraries_that_convert_or_index(
    converted: OpenVinoEncoder, tmp_path: Path
) -> None:
    press.write_story(tmp_path / "news", "a.txt", "The old ferry to Holm sank in a storm last night.")
    press.build(tmp_path / "data", tmp_path / "news", converted)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    code, answer, modules, peak_mb = json.loads(ran.stdout)
    assert code == 0
    assert ran.stderr == ""
    assert answer["passages"][0]["text"].startswith("The old ferry")
    loaded = {name.partition(".")[0] for name in modules}
    assert "openvino" in loaded
    assert not loaded & {"torch", "transformers", "sentence_transformers", "nncf", "openvino_telemetry", "trafilatura"}
    assert not loaded & {"lxml", "scipy", "huggingface_hub", "rich"}
    assert "retrieval.reading.articles" not in modules
    assert peak_mb < 400
